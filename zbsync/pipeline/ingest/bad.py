"""The list of bad rows: a CSV that opens in Excel, one line for each reason, mended and read again as it is."""

import csv
from pathlib import Path
from typing import Any, TextIO

from zbsync.hub.errors import BadRow
from zbsync.hub.files.headers import REPORT
from zbsync.sentences import mend, say

_ARMED = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe goes before what could be one."""
    text = "" if value is None else str(value)
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(_ARMED) else text


class BadRowsFile:
    """Writes the list as the bad rows come; there is no file until there is a bad row.

    Columns: row, column, value, reason, mend, then the file's own. Reason and mend are sentences in
    the active language. An older list at the same place is replaced, or removed when nothing is bad.
    """

    def __init__(self, path: Path, columns: tuple[tuple[str, str], ...]) -> None:
        self.path = path
        self._columns = columns
        self._file: TextIO | None = None

    def add(self, bad: BadRow) -> None:
        """One line; raises OSError when the place cannot be written."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._file)
            self._writer.writerow([*REPORT, *(caption for caption, _ in self._columns)])
        finding = bad.finding
        cells = [bad.values.get(name, "") for _, name in self._columns]
        line = [finding.field, finding.params.get("value", ""), say(finding), mend(finding), *cells]
        self._writer.writerow([bad.row, *map(harmless, line)])

    def close(self) -> Path | None:
        """Finish; returns the file, None when no row was bad."""
        if self._file is not None:
            self._file.close()
            return self.path
        if self._is_ours():
            self.path.unlink()
        return None

    def _is_ours(self) -> bool:
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                return file.readline().startswith(",".join(REPORT))
        except (OSError, UnicodeDecodeError):
            return False
