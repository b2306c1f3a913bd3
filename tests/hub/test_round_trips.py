"""Whatever file the same contacts come in, they are the same contacts; whatever bytes come, the answer is told."""

import contextlib
import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.samples import csv_text
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import STANDARD, Limits, open_rows
from zbsync.hub.normalize import normalise

QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
HEADER = ["source_id", "name", "phone", "phone_verified", "company", "notes", "score", "list", "updated_at", "级别"]
CONTACTS = [
    ["c1", "张三", "13800138000", "是", "", "问过价格", "85", "白名单", "2026-01-05 08:03", "A"],
    ["c2", '李"四"', "+86 139-0013-9000", "否", "示例, 公司", "第一行\n第二行", "59.5", "gray", "2026-01-06", ""],
    ["c3", "王五", "", "", "示例公司", "", "", "", "", "乙"],
]
SAID = [
    {
        "source_id": "c1", "name": "张三", "phone": "13800138000", "mobile": "13800138000", "phone_verified": True,
        "company": "", "kind": "individual", "notes": "问过价格", "score": 85.0, "listing": "white",
        "source_updated_at": datetime(2026, 1, 5, 0, 3, tzinfo=UTC), "extra": {"级别": "A"}, "deleted": False,
    },
    {
        "source_id": "c2", "name": '李"四"', "phone": "+86 139-0013-9000", "mobile": "13900139000",
        "phone_verified": False, "company": "示例, 公司", "kind": "company", "notes": "第一行\n第二行", "score": 59.5,
        "listing": "gray", "source_updated_at": datetime(2026, 1, 5, 16, 0, tzinfo=UTC), "extra": {"级别": ""},
        "deleted": False,
    },
    {
        "source_id": "c3", "name": "王五", "phone": "", "mobile": "", "phone_verified": False, "company": "示例公司",
        "kind": "company", "notes": "", "score": None, "listing": "", "source_updated_at": None,
        "extra": {"级别": "乙"}, "deleted": False,
    },
]  # fmt: skip
Write = Callable[[Path, Sequence[Sequence[str]]], Path]


def as_csv(delimiter: str = ",", encoding: str = "utf-8", ends: str = "\r\n") -> Write:
    def write(folder: Path, rows: Sequence[Sequence[str]]) -> Path:
        path = folder / "contacts.csv"
        path.write_bytes(csv_text(rows, delimiter).replace("\r\n", ends).encode(encoding))
        return path

    return write


def as_quoted(folder: Path, rows: Sequence[Sequence[str]]) -> Path:
    path = folder / "contacts.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    return path


def as_json(folder: Path, rows: Sequence[Sequence[str]]) -> Path:
    path = folder / "contacts.jsonl"
    header, *contacts = rows
    lines = (json.dumps(dict(zip(header, contact, strict=True)), ensure_ascii=False) for contact in contacts)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def as_workbook(folder: Path, rows: Sequence[Sequence[str]]) -> Path:
    path, book = folder / "contacts.xlsx", openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for at, row in enumerate(rows, 1):
        for place, value in enumerate(row, 1):
            cell = sheet.cell(at, place, value)
            cell.data_type = "s"  # text, even where it begins like a formula
    book.save(path)
    return path


WAYS: dict[str, tuple[Write, Limits]] = {
    "csv": (as_csv(), STANDARD),
    "csv with semicolons": (as_csv(";"), STANDARD),
    "csv with tabs": (as_csv("\t"), STANDARD),
    "csv as Excel saves it": (as_csv(encoding="utf-8-sig"), STANDARD),
    "csv of a Chinese Windows": (as_csv(encoding="gb18030"), STANDARD),
    "csv as Unicode text": (as_csv("\t", "utf-16"), STANDARD),
    "csv of a Unix": (as_csv(ends="\n"), STANDARD),
    "csv all in quotes": (as_quoted, STANDARD),
    "json lines": (as_json, STANDARD),
    "workbook": (as_workbook, STANDARD),
    "large workbook": (as_workbook, Limits(eager=0)),
}


def said(path: Path, limits: Limits = STANDARD) -> list[dict[str, Any] | None]:
    with open_rows(path, limits=limits) as rows:
        return [normalise(row.values).said for row in rows if row.problem is None]


@pytest.mark.parametrize("way", WAYS)
def test_the_same_contacts_come_out_of_every_kind_of_file(tmp_path: Path, way: str) -> None:
    write, limits = WAYS[way]
    found = said(write(tmp_path, [HEADER, *CONTACTS]), limits)
    assert [one and {**one, "extra": {"级别": one["extra"]["级别"] or ""}} for one in found] == SAID


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12).map(str.strip)


@QUICK
@given(rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6), way=st.sampled_from(sorted(WAYS)))
def test_any_text_comes_out_as_it_was_put_in(tmp_path: Path, rows: list[tuple[str, str, str]], way: str) -> None:
    if "Windows" in way:
        rows = [(name, notes, "") for name, notes, _ in rows]
    write, limits = WAYS[way]
    given_ = [["source_id", "name", "notes", "company"], *([f"c{n}", *row] for n, row in enumerate(rows))]
    found = said(write(tmp_path, given_), limits)
    told = [(one["name"], one["notes"], one["company"]) for one in found if one]
    assert told == rows


@QUICK
@given(
    content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode),
    name=st.sampled_from(["a.csv", "a.jsonl", "a.xlsx"]),
)
def test_no_bytes_break_the_reader(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    numbers: list[int] = []
    with contextlib.suppress(FileRefused), open_rows(path) as rows:
        numbers = [row.number for row in rows]
    assert numbers == sorted(set(numbers))


@QUICK
@given(data=st.data(), count=st.integers(1, 12))
def test_a_spoiled_line_costs_no_other(tmp_path: Path, data: st.DataObject, count: int) -> None:
    spoiled = data.draw(st.sampled_from(["{", '{"source_id": }', "null", "[]", '"x"', "NaN", "{]", '{"a": NaN}']))
    at = data.draw(st.integers(0, count))
    lines = [json.dumps({"source_id": f"c{n}"}) for n in range(count)]
    lines.insert(at, spoiled)
    path = tmp_path / "contacts.txt"
    path.write_text("\n".join(['{"source_id": "first"}', *lines]))
    with open_rows(path, "contacts.jsonl") as rows:
        found = list(rows)
    assert [row.number for row in found if row.problem] == [at + 2]
    good = [row.values["source_id"] for row in found if row.problem is None]
    assert good == ["first", *(f"c{n}" for n in range(count))]


def test_a_long_note_is_read_whole_from_every_kind_of_file(tmp_path: Path) -> None:
    """No reader has a limit of its own below that of a line (Excel's is 32,767 characters a cell)."""
    for write, length in ((as_csv(), 400_000), (as_quoted, 400_000), (as_json, 400_000), (as_workbook, 32_000)):
        [found] = said(write(tmp_path, [["source_id", "notes"], ["c1", "长" * length]]))
        assert found is not None
        assert found["notes"] == "长" * length


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_calls_json_is_a_bad_row(tmp_path: Path, constant: str) -> None:
    """A table library writes a missing name so; the contact must not be called "nan"."""
    path = tmp_path / "contacts.jsonl"
    path.write_text('{"source_id": "c1", "name": ' + constant + '}\n{"source_id": "c2"}\n')
    with open_rows(path) as rows:
        first, second = rows
    assert first.problem is not None
    assert first.problem.code == "intake.not_json"
    assert second.values == {"source_id": "c2"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e400])
def test_a_text_that_is_no_finite_number_is_refused(value: float) -> None:
    result = normalise({"source_id": "c1", "name": value})
    assert [(one.field, one.code) for one in result.findings] == [("name", "intake.not_a_number")]
