"""CSV: any of the usual delimiters, quotes that may hold line ends, and lines that are not what they should be.

A quote that nobody closes would swallow the rest of the file. So the lines of a record in progress are remembered:
when the record turns out to be broken, its first line is the bad row and reading goes on with the second.
"""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from zbsync.core.findings import Finding
from zbsync.hub.errors import FileRefused, shown
from zbsync.hub.files import headers
from zbsync.hub.files.rows import Row, Rows, broken_bytes, open_text
from zbsync.hub.files.sniff import Sniffed

DELIMITERS = ",\t;|，"
CELL_MAX = 8 << 20
"""Characters of one cell: no less than a line may have."""
RECORD_LINES = 500
"""Lines one record may span before its opening quote counts as never closed."""


class _Lines:
    """The file's lines for `csv.reader`, with those of the present record kept so that they can be read again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        """The lines from here on. To be asked for anew after an error, which ends a generator."""
        file, again, taken = self._file, self._again, self.taken
        while True:
            if len(taken) > RECORD_LINES:
                raise csv.Error("unclosed quote")
            line = again.popleft() if again else next(file, "")
            if not line:
                return
            self.number += 1
            taken.append(line)
            yield line

    def start(self) -> int:
        """Forget the last record; returns the number of the line that the next one starts on."""
        self.taken.clear()
        return self.number + 1

    def back_to_second(self) -> str:
        """Give back all lines of the present record but the first, which is returned."""
        first, *rest = self.taken or [""]
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        return first


class CsvRows(Rows):
    """The first line that is not empty is the header."""

    def __init__(self, path: Path, found: Sniffed) -> None:
        self.total = found.lines
        self._damaged = found.damaged
        csv.field_size_limit(max(csv.field_size_limit(), CELL_MAX))  # of the process; its own 128 KB are too few
        self._file = open_text(path, found.encoding, "")
        self._lines = _Lines(self._file)
        try:
            header = self._header()
            self._skip = len(headers.REPORT) if headers.is_report(header) else 0
            self._keys = headers.resolve(header[self._skip :])
        except FileRefused:
            self.close()
            raise
        names = (cell.strip() for cell in header[self._skip :])
        self.columns = tuple((name, key) for name, key in zip(names, self._keys, strict=True) if key)

    def _header(self) -> list[str]:
        for line in self._lines:
            if line.strip("\ufeff \t\r\n"):
                self._lines.back_to_second()
                self._delimiter = max(DELIMITERS, key=line.count)
                cells = next(csv.reader([line.lstrip("\ufeff")], delimiter=self._delimiter), [])
                return [cell.strip() for cell in cells]
            self._lines.start()
        raise FileRefused("intake.file_empty", file=self._file.name)

    def __iter__(self) -> Iterator[Row]:
        lines, keys = self._lines, self._keys
        reader = self._reader()
        width, whole = len(keys), all(keys)
        while True:
            number = lines.start()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                line = shown(lines.back_to_second().strip())
                reader = self._reader()
                yield Row(number, {}, Finding("intake.broken_quotes", params={"value": line}))
                continue
            if not any(cells):
                continue
            if self._skip:
                cells = [_unarmed(cell) for cell in cells[self._skip :]]
            if len(cells) > width and any(cells[width:]):
                yield Row(number, headers.cells_to_values(keys, cells), self._too_many(cells, width))
            elif self._damaged and any(map(broken_bytes, lines.taken)):
                line = shown("".join(lines.taken).strip())
                yield Row(number, {}, Finding("intake.broken_bytes", params={"value": line}))
            elif whole:
                yield Row(number, dict(zip(keys, cells, strict=False)))  # Excel drops empty last cells
            else:
                yield Row(number, headers.cells_to_values(keys, cells))

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines, delimiter=self._delimiter, strict=True)

    def _too_many(self, cells: list[str], width: int) -> Finding:
        value = shown(self._delimiter.join(cells))
        return Finding("intake.too_many_cells", params={"value": value, "cells": len(cells), "columns": width})

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _unarmed(cell: str) -> str:
    """A cell of our own list of bad rows without the apostrophe that keeps Excel from running it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@\t\r") else cell
