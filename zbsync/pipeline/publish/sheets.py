"""A version as a workbook: one sheet of rules, one of value maps, every cell a text, so that nothing is turned into a
number, a date or a formula on the way.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from zbsync.core.findings import Finding
from zbsync.core.mapping import COLUMNS
from zbsync.core.transforms import TRANSFORMS
from zbsync.erp.catalogue import FIELDS
from zbsync.pipeline.publish.transfer import (
    FORMAT,
    MAP_COLUMNS,
    MAPS,
    MOST_PAIRS,
    RULES,
    Cells,
    Document,
    FileWrong,
    Wrong,
    build,
)
from zbsync.pipeline.publish.versions import fields_of

ABOUT = "about"
UNPACKED_MAX = 40 << 20
"""Bytes a workbook may unpack to: what is small outside may be large inside."""
_WIDTH, _WIDE = 14, 28
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_BROKEN = (
    zipfile.BadZipFile,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
)


def as_workbook(document: Document) -> bytes:
    """The document as the bytes of an .xlsx file."""
    book = openpyxl.Workbook()
    rules = book.active
    assert isinstance(rules, Worksheet)  # noqa: S101  a new workbook has one
    rules.title = RULES
    _fill(rules, COLUMNS, ([_flat(fields_of(rule)[name]) for name in COLUMNS] for rule in document.rules))
    _offer(rules, {"applies_to": ["both", "unit", "individual"], "transform": list(TRANSFORMS),
                   "policy": ["always", "if_empty", "on_create", "append", "never"],
                   "too_long": ["hold", "cut", "spill"], "required": ["true", "false"]})  # fmt: skip
    maps = book.create_sheet(MAPS)
    pairs = ([one.name, one.kind, one.note, *pair] for one in document.value_maps for pair in one.pairs or [("", "")])
    _fill(maps, MAP_COLUMNS, pairs)
    about = book.create_sheet(ABOUT)
    known = ", ".join(FIELDS)
    told = (["format", FORMAT], ["version", str(document.version)], ["note", document.note], ["targets", known])
    _fill(about, ("name", "value"), told)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def read_workbook(data: bytes) -> Document:
    """The document in an .xlsx file; raises FileWrong. Rows are those of the sheet, its header being 1."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED_MAX:
                raise FileWrong([Wrong("", 0, "", Finding("transfer.not_readable"))])
        book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
        sheets = {name: list(_rows(book[name])) for name in (RULES, MAPS, ABOUT) if name in book.sheetnames}
    except FileWrong:
        raise
    except _BROKEN:
        raise FileWrong([Wrong("", 0, "", Finding("transfer.not_readable"))]) from None
    if RULES not in sheets:
        raise FileWrong([Wrong("", 0, "", Finding("transfer.no_sheet", params={"sheet": RULES}))])
    told = {str(cells.get("name", "")): str(cells.get("value", "")) for _row, cells in sheets.get(ABOUT, [])}
    if told.get("format", FORMAT) != FORMAT:
        raise FileWrong([Wrong("", 0, "", Finding("transfer.not_ours", params={"format": FORMAT}))])
    return build(sheets[RULES], sheets.get(MAPS, []), note=told.get("note", ""))


def _flat(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _fill(sheet: Any, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Header and rows as texts."""
    for number, row in enumerate([list(header), *rows], start=1):
        for place, text in enumerate(row, start=1):
            if text:
                cell = sheet.cell(number, place)
                cell.value, cell.data_type, cell.number_format = _escape(text), "s", "@"
    for place, name in enumerate(header):
        sheet.column_dimensions[chr(ord("A") + place)].width = _WIDE if name in ("source", "argument") else _WIDTH
    sheet.freeze_panes = "A2"


def _offer(sheet: Any, offered: dict[str, list[str]]) -> None:
    """Choices for whoever fills the sheet in by hand."""
    for name, values in offered.items():
        letter = chr(ord("A") + COLUMNS.index(name))
        choice = DataValidation(type="list", formula1=f'"{",".join(values)}"', allow_blank=True)
        choice.add(f"{letter}2:{letter}500")
        sheet.add_data_validation(choice)


def _rows(sheet: Any) -> Iterable[Cells]:
    """Each row that is not empty by the names of its header."""
    sheet.reset_dimensions()  # what the sheet says of its own size is often wrong
    header: list[str] = []
    for number, row in enumerate(sheet.iter_rows(max_row=MOST_PAIRS + 2, values_only=True), start=1):
        texts = [_as_text(value) for value in row]
        if not header:
            header = [text.strip() for text in texts]
        elif any(texts):
            yield number, {name: text for name, text in zip(header, texts, strict=False) if name or text}


def _as_text(value: Any) -> str:
    """What a person may have typed into a cell, as the text that was meant."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat()
    return "" if value is None else _ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value))


def _escape(text: str) -> str:
    """Characters that no sheet can hold, by their number, as spreadsheets write them."""
    return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
