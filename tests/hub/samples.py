"""Files for the tests of intake, written as people and programs write them."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl


def csv_text(rows: Iterable[Sequence[Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def csv_file(folder: Path, *rows: Sequence[Any], name: str = "contacts.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def json_file(folder: Path, *contacts: dict[str, Any], name: str = "contacts.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(contact, ensure_ascii=False) + "\n" for contact in contacts))
    return path


def workbook(folder: Path, *rows: Sequence[Any], name: str = "contacts.xlsx", hidden_first: bool = False) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if hidden_first:
        sheet.append(["source_id"])
        sheet.append(["hidden"])
        sheet.sheet_state = "hidden"
        sheet = book.create_sheet("contacts")
    for row in rows:
        sheet.append(list(row))
    path = folder / name
    book.save(path)
    return path
