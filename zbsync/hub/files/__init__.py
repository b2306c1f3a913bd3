"""Files of contacts, as a stream of rows: JSON Lines, CSV and XLSX, told apart by what they hold.

`pipeline.ingest` opens a file with `open_rows` and gives each row to `hub.normalize`. A file that is not what its
name says is refused whole (`FileRefused`); a line that cannot be read is one bad row, and the next line goes on.
Memory does not grow with the file, but for a workbook's table of shared strings, whose size is limited.
"""

from pathlib import Path

from zbsync.hub.files.jsonl import JsonRows
from zbsync.hub.files.rows import STANDARD, Limits, Row, Rows
from zbsync.hub.files.sniff import Format, sniff
from zbsync.hub.files.table import CsvRows
from zbsync.hub.files.workbook import WorkbookRows

__all__ = ["STANDARD", "Format", "Limits", "Row", "Rows", "open_rows"]


def open_rows(path: Path, name: str = "", limits: Limits = STANDARD) -> Rows:
    """The rows of a file; `name` is what its owner calls it when `path` is not (an upload). Raises FileRefused.

    Use it as a context manager. Iterating gives `Row`s; `columns` is known from the start, `total` is how many lines
    there are at most (None when only reading tells).
    """
    found = sniff(path, name or path.name, limits.line)
    if found.format is Format.JSONL:
        return JsonRows(path, found)
    if found.format is Format.CSV:
        return CsvRows(path, found)
    return WorkbookRows(path, limits)
