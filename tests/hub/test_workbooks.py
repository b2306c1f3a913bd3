"""Workbooks as people keep them: titles, hidden and empty sheets, dates, formulas, merged cells. Both readers agree."""

from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.worksheet.worksheet import Worksheet

from tests.hub.samples import workbook
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import STANDARD, Limits, open_rows
from zbsync.hub.normalize import normalise

LEAN = Limits(eager=0)
both = pytest.mark.parametrize("limits", [STANDARD, LEAN], ids=["at once", "row by row"])
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def drawn(folder: Path, draw: Callable[[openpyxl.Workbook, Worksheet], object]) -> Path:
    """A workbook with one empty sheet that `draw` fills."""
    path, book = folder / "drawn.xlsx", openpyxl.Workbook()
    assert book.active is not None
    draw(book, book.active)
    book.save(path)
    return path


def rows_of(path: Path, limits: Limits = STANDARD) -> list[dict[str, Any]]:
    with open_rows(path, limits=limits) as rows:
        return [row.values for row in rows]


def said(path: Path, limits: Limits = STANDARD) -> list[Any]:
    return [normalise(values).said or normalise(values).findings[0].code for values in rows_of(path, limits)]


def code(path: Path, limits: Limits) -> str:
    with pytest.raises(FileRefused) as caught, open_rows(path, limits=limits) as rows:
        list(rows)
    return caught.value.finding.code


@both
@pytest.mark.parametrize(
    ("header", "cell", "column", "value"),
    [
        ("source_id", 1001, "source_id", "1001"),
        ("source_id", "0012", "source_id", "0012"),
        ("phone", 13800138000, "phone", "13800138000"),
        ("phone_verified", True, "phone_verified", True),
        ("phone_verified", "否", "phone_verified", False),
        ("score", 85.5, "score", 85.5),
        ("score", "85分", "score", 85.0),
        ("confidence", 70, "confidence", 70),
        ("name", 3.25, "name", "3.25"),
        ("name", True, "name", "true"),
        ("name", "  张三 ", "name", "张三"),
        ("notes", "一\n二", "notes", "一\n二"),
        ("remark", time(8, 30), "remark", "08:30:00"),
    ],
)
def test_a_cell_of_any_type_is_understood(
    tmp_path: Path, limits: Limits, header: str, cell: Any, column: str, value: Any
) -> None:
    row = {"source_id": "c1"} | {header: cell}
    [found] = said(workbook(tmp_path, list(row), list(row.values())), limits)
    assert found[column] == value


@both
@pytest.mark.parametrize(
    ("cell", "iso"),
    [
        (datetime.fromisoformat("2026-01-05 08:03"), "2026-01-05T00:03:00+00:00"),
        (date.fromisoformat("2026-01-05"), "2026-01-04T16:00:00+00:00"),
        ("2026年1月5日 8:03", "2026-01-05T00:03:00+00:00"),
        (46027, "2026-01-04T16:00:00+00:00"),
    ],
)
def test_a_date_is_chinese_time_however_it_is_kept(tmp_path: Path, limits: Limits, cell: Any, iso: str) -> None:
    [found] = said(workbook(tmp_path, ["source_id", "更新时间"], ["c1", cell]), limits)
    assert found["source_updated_at"].isoformat() == iso


@both
def test_an_id_that_excel_has_rounded_is_refused(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["source_id", "name"], [12345678901234567890, "张三"], ["c2", "李四"])
    first, second = said(path, limits)
    assert first == "intake.spoiled_number"
    assert second["name"] == "李四"


@both
def test_titles_above_the_header_are_passed_over(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["客户名单 2026"], ["制表人", "周敏"], [], ["编号", "姓名"], ["c1", "张三"])
    assert rows_of(path, limits) == [{"source_id": "c1", "name": "张三"}]


@both
def test_a_header_too_far_down_is_not_looked_for(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, *(["说明", str(n)] for n in range(20)), ["编号", "姓名"], ["c1", "张三"])
    assert code(path, limits) == "intake.no_source_id"


@both
def test_without_a_header_it_names_what_it_found_instead(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["姓名", "手机"], ["张三", "13800138000"])
    with pytest.raises(FileRefused) as caught:
        open_rows(path, limits=limits)
    assert (caught.value.finding.code, caught.value.finding.params["columns"]) == ("intake.no_source_id", "姓名, 手机")


@both
def test_two_columns_of_one_field_are_refused_by_both_names(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["编号", "手机", "联系电话"], ["c1", "1", "2"])
    with pytest.raises(FileRefused) as caught:
        open_rows(path, limits=limits)
    finding = caught.value.finding
    assert (finding.code, finding.field) == ("intake.column_twice", "phone")
    assert (finding.params["first"], finding.params["second"]) == ("手机", "联系电话")


@both
def test_hidden_sheets_and_charts_are_not_read(tmp_path: Path, limits: Limits) -> None:
    def draw(book: openpyxl.Workbook, first: Worksheet) -> None:
        first.append(["编号"])
        first.append(["hidden"])
        first.sheet_state = "hidden"
        book.create_chartsheet("图", 0).add_chart(BarChart())
        shown = book.create_sheet("名单")
        shown.append(["编号", "姓名"])
        shown.append(["c1", "张三"])
        book.create_sheet("另一张").append(["编号"])
        book.active = shown

    assert rows_of(drawn(tmp_path, draw), limits) == [{"source_id": "c1", "name": "张三"}]


@both
def test_an_empty_sheet_holds_no_rows(tmp_path: Path, limits: Limits) -> None:
    assert code(drawn(tmp_path, lambda _book, _sheet: None), limits) == "intake.file_empty"


@both
def test_a_formula_counts_by_what_excel_last_saw(tmp_path: Path, limits: Limits) -> None:
    """Nobody has opened it, so there is nothing to see: the cell is empty and not the formula's text."""
    path = workbook(tmp_path, ["编号", "姓名"], ["c1", "=1+1"])
    [row] = rows_of(path, limits)
    assert row["source_id"] == "c1"
    assert row.get("name") in {None, ""}


@both
def test_merged_cells_speak_in_their_first_row_only(tmp_path: Path, limits: Limits) -> None:
    def draw(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        for row in (["编号", "公司"], ["c1", "示例公司"], ["c2", None]):
            sheet.append(row)
        sheet.merge_cells("B2:B3")

    first, second = said(drawn(tmp_path, draw), limits)
    assert (first["company"], second["company"]) == ("示例公司", "")


@both
def test_gaps_between_rows_and_columns_keep_their_numbers(tmp_path: Path, limits: Limits) -> None:
    def draw(_book: openpyxl.Workbook, sheet: Worksheet) -> None:
        for place, value in {"B2": "编号", "D2": "姓名", "B4": "c1", "D4": "张三", "B9": "c2", "F9": "旁注"}.items():
            sheet[place] = value

    with open_rows(drawn(tmp_path, draw), limits=limits) as rows:
        found = [(row.number, {key: cell for key, cell in row.values.items() if cell}) for row in rows]
    assert [number for number, _ in found] == [4, 9]
    assert found[0][1] == {"source_id": "c1", "name": "张三"}
    assert found[1][1] == {"source_id": "c2", "column 6": "旁注"}


@both
def test_columns_are_known_before_any_row_is_read(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["编号*", "姓 名", "", "级别"], ["c1", "张三", "x", "A"])
    with open_rows(path, limits=limits) as rows:
        assert rows.columns == (("编号*", "source_id"), ("姓 名", "name"), ("级别", "级别"))
        assert rows.total in {2, None}


@both
def test_a_row_too_many_stops_the_reading_with_the_mend(tmp_path: Path, limits: Limits) -> None:
    path = workbook(tmp_path, ["编号"], *([f"c{n}"] for n in range(5)))
    small = Limits(workbook_rows=3, eager=limits.eager)
    with pytest.raises(FileRefused) as caught, open_rows(path, limits=small) as rows:
        list(rows)
    assert (caught.value.finding.code, caught.value.finding.params["max"]) == ("intake.workbook_too_large", 3)


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    for limits in (STANDARD, LEAN):
        rows = open_rows(workbook(tmp_path, ["编号"], ["c1"]), limits=limits)
        rows.close()
        rows.close()


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 4)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=8).filter(
        lambda text: not text.startswith("=") and text == text.strip()
    ),
    st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001
)


@QUICK
@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=5))
def test_the_quick_reader_and_the_lean_one_say_the_same(tmp_path: Path, rows: list[tuple[Any, Any]]) -> None:
    path = workbook(tmp_path, ["source_id", "name", "extra_a"], *([f"c{n}", *row] for n, row in enumerate(rows)))
    assert said(path, STANDARD) == said(path, LEAN)
