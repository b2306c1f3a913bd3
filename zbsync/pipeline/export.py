"""The audit as a file, JSON Lines or CSV, and back.

Written by `audit_export`, read by `audit_verify`, which needs no database for it.

Both formats hold the same records, one a line, and lose nothing. A CSV cell that a spreadsheet would run as a formula
starts with an apostrophe, which reading takes off again.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from django.db.models import CharField, DateTimeField, Model, TextField, UUIDField

from zbsync.core.keys import canonical
from zbsync.core.records import JSONObject
from zbsync.models import Entry, Exchange

FORMATS = ("jsonl", "csv")
CELL_MAX = 64 * 1024 * 1024
"""Characters a cell may hold: Python's own limit is below the size of a large answer."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")
_TEXTS = (CharField, TextField, DateTimeField, UUIDField)
_SEAL_TEXTS = {"of", "previous", "hash", "at"}
_WHOLE = "row"
"""The column of records that are no rows of a table: the head and the end, as JSON."""
Record = tuple[str, JSONObject]
Progress = Callable[[int, int | None], None]


class ExportError(ValueError):
    """A file that is no export, or no longer one: `line` is where it shows; the message names the mend."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line} {what}")
        self.line = line


def write(path: Path, format_: str, told: Iterable[Record], progress: Progress | None = None) -> JSONObject:
    """Write the records to `path`, whole or not at all; returns the sum at their end. Raises OSError."""
    partial = path.with_name(path.name + ".partial")
    end: JSONObject = {}
    try:
        # A mark at the beginning, without which spreadsheets read Chinese text as something else.
        with partial.open("w", encoding="utf-8-sig" if format_ == "csv" else "utf-8", newline="") as file:
            put = _csv_writer(file) if format_ == "csv" else _json_writer(file)
            for number, (kind, row) in enumerate(told):
                put(kind, row)
                end = row if kind == "end" else end
                if progress is not None and number % 1000 == 0:
                    progress(number, None)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return end


def read(path: Path) -> Iterator[Record]:
    """The records of a file in either format. Raises ExportError, and OSError when it cannot be opened."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            begins = file.read(1)
            file.seek(0)
            yield from _from_json(file) if begins == "{" else _from_csv(file)
        except UnicodeDecodeError:
            raise ExportError(1, "or another is not UTF-8: give a file that audit_export wrote") from None


def _json_writer(file: TextIO) -> Callable[[str, JSONObject], None]:
    def put(kind: str, row: JSONObject) -> None:
        file.write(f"{canonical({'table': kind, 'row': row})}\n")

    return put


def _from_json(file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, start=1):
        try:
            told = json.loads(line)
            yield told["table"], dict(told["row"])
        except (ValueError, KeyError, TypeError):
            raise ExportError(number, "is no record of an audit export: give a file as audit_export wrote it") from None


def _texts(model: type[Model]) -> dict[str, bool]:
    """Column → whether it holds text as it is (else JSON)."""
    return {one.attname: isinstance(one, _TEXTS) for one in model._meta.concrete_fields}


def _columns() -> dict[str, Mapping[str, bool]]:
    """Per record kind, its columns."""
    seal = dict.fromkeys(("of", "first_id", "last_id", "count", "previous", "hash", "at"), False)
    return {
        "entry": _texts(Entry),
        "exchange": _texts(Exchange),
        "seal": seal | dict.fromkeys(_SEAL_TEXTS, True),
        "export": {_WHOLE: False},
        "end": {_WHOLE: False},
    }


def _csv_writer(file: TextIO) -> Callable[[str, JSONObject], None]:
    columns = _columns()
    header = list(dict.fromkeys(name for of_kind in columns.values() for name in of_kind))
    # CRLF, as RFC 4180 has it: with a bare LF Python leaves a lone CR in a cell unquoted, and reading breaks on it.
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(["table", *header])

    def put(kind: str, row: JSONObject) -> None:
        texts = columns[kind]
        cells = row if kind in TABLES_OF_ROWS else {_WHOLE: row}
        writer.writerow([kind, *(guard(_cell(cells.get(name), texts.get(name, True))) for name in header)])

    return put


TABLES_OF_ROWS = ("entry", "exchange", "seal")


def _cell(value: Any, text: bool) -> str:
    if value is None:
        return ""
    return str(value) if text else canonical(value)


def guard(cell: str) -> str:
    """A cell that no spreadsheet runs: what could be a formula starts with an apostrophe."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _from_csv(file: TextIO) -> Iterator[Record]:
    csv.field_size_limit(CELL_MAX)
    columns = _columns()
    reader = csv.reader(file, strict=True)
    try:
        header = next(reader, [])
        if header[:1] != ["table"]:
            raise ExportError(1, "is no header of an audit export: give a file that audit_export wrote")
        for cells in reader:
            yield _record(dict(zip(header, cells, strict=True)), columns)
    except (csv.Error, ValueError, KeyError, TypeError) as error:
        if isinstance(error, ExportError | UnicodeDecodeError):
            raise
        raise ExportError(
            reader.line_num, "is no record of an audit export: give a file as audit_export wrote it"
        ) from None


def _record(cells: Mapping[str, str], columns: Mapping[str, Mapping[str, bool]]) -> Record:
    kind = cells["table"]
    row = {name: _value(cells[name].removeprefix("'"), text) for name, text in columns[kind].items()}
    return kind, row if kind in TABLES_OF_ROWS else dict(row[_WHOLE])


def _value(cell: str, text: bool) -> Any:
    if text:
        return cell
    return json.loads(cell) if cell else None
