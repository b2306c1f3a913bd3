"""XLSX: the first sheet that people can see. calamine reads small workbooks at once, openpyxl large ones row by row.

calamine is sixteen times as fast but holds the whole sheet, some 1 KB a row; above `Limits.eager` the
slow and lean one takes over, and above `Limits.workbook_rows` the mend is to save the sheet as CSV.
"""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from zbsync.hub.errors import FileRefused
from zbsync.hub.files import headers
from zbsync.hub.files.rows import Limits, Row, Rows

_HEADER_WITHIN = 20
"""Rows in which the header must be found: people write titles above it."""
_BROKEN = (CalamineError, InvalidFileException, zipfile.BadZipFile, ParseError, KeyError, ValueError, OSError)


def _sizes(path: Path) -> tuple[int, int]:
    """Unpacked bytes of the sheets, and of the shared strings; raises FileRefused when this is no workbook."""
    try:
        with zipfile.ZipFile(path) as parts:
            sizes = {part.filename: part.file_size for part in parts.infolist()}
    except (zipfile.BadZipFile, OSError) as error:
        raise FileRefused("intake.broken_workbook", file=path.name) from error
    if "xl/workbook.xml" not in sizes:
        raise FileRefused("intake.not_a_workbook", file=path.name)
    sheets = sum(size for name, size in sizes.items() if name.startswith("xl/worksheets/"))
    return sheets, sizes.get("xl/sharedStrings.xml", 0)


def _as_read_at_once(cell: Any) -> Any:
    """A cell as calamine gives it, so that a workbook means the same whatever its size."""
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date()
    return "" if cell is None else cell


def _values(keys: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row by key. openpyxl ends each row with its last cell: what is short says "empty", what is long is kept."""
    wide = max(len(keys), len(row))
    if len(keys) != len(row):
        keys, row = [*keys, *[""] * (wide - len(keys))], [*row, *[""] * (wide - len(row))]
    return headers.cells_to_values(keys, row)


class WorkbookRows(Rows):
    """Rows of the first visible sheet; the header is the first row with a `source_id` column."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._max = limits.workbook_rows
        self._name = path.name
        self._book: Any = None
        self._rows: Iterator[Sequence[Any]] = iter(())
        sheets, strings = _sizes(path)
        eager = sheets + strings <= limits.eager
        if strings > limits.strings or not (eager or limits.lean):
            raise FileRefused("intake.workbook_too_large", file=path.name, max=self._max)
        try:
            self._rows = iter(self._eager(path) if eager else self._lean(path))
            self._at = 0
            self._keys = self._header()
        except _BROKEN as error:
            self.close()
            raise FileRefused("intake.broken_workbook", file=path.name) from error
        except FileRefused:
            self.close()
            raise

    def _eager(self, path: Path) -> Iterable[Sequence[Any]]:
        book = self._book = CalamineWorkbook.from_path(str(path))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet
        ]
        if not visible:
            raise FileRefused("intake.file_empty", file=self._name)
        sheet = book.get_sheet_by_name(visible[0])
        self.total = sheet.total_height + 1  # calamine counts from 0
        if self.total > self._max:
            raise FileRefused("intake.workbook_too_large", file=self._name, max=self._max)
        margin = [""] * sheet.start[1] if sheet.start else []  # calamine leaves out empty columns on the left
        return (margin + row for row in sheet.iter_rows()) if margin else sheet.iter_rows()

    def _lean(self, path: Path) -> Iterable[Sequence[Any]]:
        book = self._book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not visible:
            raise FileRefused("intake.file_empty", file=self._name)
        sheet = visible[0]
        sheet.reset_dimensions()  # what the sheet says of its own size is often wrong
        return (list(map(_as_read_at_once, row)) for row in sheet.iter_rows(values_only=True))

    def _header(self) -> list[str]:
        """Read on to the header; raises FileRefused with the columns of the first row when there is none."""
        first: list[str] = []
        for row in self._rows:
            self._at += 1
            cells = ["" if cell is None else str(cell).strip() for cell in row]
            if any(headers.known(cell) == "source_id" for cell in cells):
                keys = headers.resolve(cells)
                self.columns = tuple((name, key) for name, key in zip(cells, keys, strict=True) if key)
                return keys
            first = first or [cell for cell in cells if cell]
            if self._at >= _HEADER_WITHIN:
                break
        if not first:
            raise FileRefused("intake.file_empty", file=self._name)
        return headers.resolve(first)

    def __iter__(self) -> Iterator[Row]:
        keys = self._keys
        try:
            for number, row in enumerate(self._rows, self._at + 1):
                if number > self._max:
                    raise FileRefused("intake.workbook_too_large", file=self._name, max=self._max)
                if any(cell != "" for cell in row):
                    yield Row(number, _values(keys, row))
        except _BROKEN as error:
            raise FileRefused("intake.broken_workbook", file=self._name) from error

    def close(self) -> None:
        """Close the workbook."""
        book, self._book, self._rows = self._book, None, iter(())  # a sheet half read holds the file open
        if book is not None:
            book.close()
