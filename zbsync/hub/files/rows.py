"""What every reader of a file gives: rows with their numbers, and the columns as the file calls them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO

from zbsync.core.findings import Finding


class Row(NamedTuple):
    """One row: its number as an editor shows it, its cells by contract name or own column name.

    `problem` is set when the row could not be taken apart; then `values` holds what there was of it.
    """

    number: int
    values: dict[str, Any]
    problem: Finding | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What of a file may be held in memory, in bytes, and how many rows a workbook may have."""

    line: int = 8 << 20
    """One line of text: more is no contact, and would not fit into memory ten at a time."""
    eager: int = 80 << 20
    """Unpacked XML up to which a workbook is read at once."""
    strings: int = 150 << 20
    """Unpacked table of shared strings, which either library holds whole."""
    workbook_rows: int = 200_000
    lean: bool = True
    """Whether a workbook above `eager` is read all the same, slowly: some 7,000 rows a second."""


STANDARD = Limits()


_NO_LETTER = re.compile("[\udc80-\udcff]")
"""What `surrogateescape` makes of a byte that is no letter of the file's encoding."""


def broken_bytes(line: str) -> bool:
    """Whether the line held bytes that are no letters; they make this line bad and no other."""
    return not line.isascii() and _NO_LETTER.search(line) is not None


def open_text(path: Path, encoding: str, newline: str) -> TextIO:
    """A text file whose undecodable bytes stop nothing: `broken_bytes` finds them, line by line."""
    # UTF-16 has no single bad byte to keep; what does not decode becomes U+FFFD there.
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    return path.open(encoding=encoding, errors=errors, newline=newline)


class Rows:
    """A file opened for reading. `columns` are (as the file calls it, contract name), in file order."""

    columns: tuple[tuple[str, str], ...] = ()
    total: int | None = None

    def __iter__(self) -> Iterator[Row]:
        raise NotImplementedError

    def close(self) -> None:
        """Give the file back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
