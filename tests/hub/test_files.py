"""Files as people save them: read whole, row by row, or refused with the reason."""

import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path

import pytest

from tests.hub.samples import csv_file, csv_text, json_file, workbook
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import STANDARD, Limits, headers, open_rows
from zbsync.hub.files.table import RECORD_LINES
from zbsync.hub.normalize import FIELDS

HEADER = ["source_id", "姓名", "手机"]
ROWS = [HEADER, ["c1", "张三", "13800138000"], ["c2", "李四", ""]]
READ = [
    {"source_id": "c1", "name": "张三", "phone": "13800138000"},
    {"source_id": "c2", "name": "李四", "phone": ""},
]


LEAN = Limits(eager=0)


def values(path: Path, name: str = "", limits: Limits = STANDARD) -> list[dict]:
    with open_rows(path, name, limits) as rows:
        return [row.values for row in rows if row.problem is None]


def problems(path: Path) -> list[tuple[int, str]]:
    with open_rows(path) as rows:
        return [(row.number, row.problem.code) for row in rows if row.problem]


def refused(path: Path, name: str = "", limits: Limits = STANDARD) -> str:
    with pytest.raises(FileRefused) as caught, open_rows(path, name, limits) as rows:
        list(rows)
    return caught.value.finding.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"])
def test_it_reads_what_excel_and_others_save(tmp_path, encoding) -> None:
    assert values(csv_file(tmp_path, *ROWS, encoding=encoding)) == READ


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_it_finds_the_delimiter(tmp_path, delimiter) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(csv_text(ROWS, delimiter))
    assert values(path) == READ


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_it_takes_any_line_end(tmp_path, ends) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(csv_text(ROWS).replace("\r\n", ends).encode())
    assert values(path) == READ


def test_a_late_chinese_letter_still_decides_the_encoding(tmp_path) -> None:
    rows = [["source_id", "name"], *([f"c{number}", "x" * 90] for number in range(20_000)), ["last", "张三"]]
    found = values(csv_file(tmp_path, *rows, encoding="gb18030"))
    assert found[-1] == {"source_id": "last", "name": "张三"}


def test_some_broken_bytes_spoil_their_line_only(tmp_path) -> None:
    lines = [f"c{number},张三丰{number}" for number in range(200)]
    path = tmp_path / "contacts.csv"
    path.write_bytes("\n".join(["source_id,name", *lines]).encode() + b"\nbad,\xff\xfe\ngood,\xe6\x9d\x8e\n")
    assert problems(path) == [(202, "intake.broken_bytes")]
    assert values(path)[-1] == {"source_id": "good", "name": "李"}


def test_some_broken_bytes_spoil_their_json_line_only(tmp_path) -> None:
    path = tmp_path / "contacts.jsonl"
    path.write_bytes('{"source_id": "c1", "name": "张三丰王五赵六"}\n'.encode() * 9 + b'{"source_id": "\xff"}\n')
    assert problems(path) == [(10, "intake.broken_bytes")]
    assert len(values(path)) == 9


def test_bytes_in_no_encoding_are_refused(tmp_path) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(b"source_id,name\n" + b"1,\xff\xff\xff\xff\n" * 50)
    assert refused(path) == "intake.unknown_encoding"


def test_it_reads_json_lines(tmp_path) -> None:
    talk = [{"source_id": "i1"}]
    contacts: list[dict] = [{"source_id": "c1", "interactions": talk}, {"source_id": "c2", "score": 85}]
    assert values(json_file(tmp_path, *contacts)) == contacts


def test_lines_that_are_no_contact_are_bad_rows(tmp_path) -> None:
    path = tmp_path / "contacts.jsonl"
    path.write_text('{"source_id": "c1"}\n\n{"source_id": \n["c2"]\n' + "[" * 100_000 + '\n{"source_id": "c3"}\n')
    assert problems(path) == [(3, "intake.not_json"), (4, "intake.not_an_object"), (5, "intake.not_json")]
    assert [row["source_id"] for row in values(path)] == ["c1", "c3"]


def test_a_json_error_names_the_place(tmp_path) -> None:
    path = tmp_path / "contacts.jsonl"
    path.write_text('{"source_id": "c1",}\n')
    with open_rows(path) as rows:
        problem = next(iter(rows)).problem
    assert problem is not None
    assert problem.params == {"value": '{"source_id": "c1",}', "place": 20}


@pytest.mark.parametrize("limits", [STANDARD, LEAN])
def test_it_reads_a_workbook(tmp_path, limits) -> None:
    at = datetime.fromisoformat("2026-01-05 08:03")
    path = workbook(
        tmp_path, ["编号", "姓名", "评分", "更新时间", "级别"], [1001, "张三", 85.5, at, "A"], hidden_first=True
    )
    found = values(path, limits=limits)
    assert len(found) == 1
    assert str(found[0]["source_id"]) in {"1001", "1001.0"}
    assert (found[0]["name"], found[0]["score"], found[0]["updated_at"], found[0]["级别"]) == ("张三", 85.5, at, "A")


@pytest.mark.parametrize("limits", [STANDARD, LEAN])
def test_rows_of_a_workbook_are_numbered_as_excel_does(tmp_path, limits) -> None:
    path = workbook(tmp_path, ["客户名单"], [], ["编号", "姓名"], [], ["c1", "张三"])
    with open_rows(path, limits=limits) as rows:
        assert [(row.number, row.values["name"]) for row in rows] == [(5, "张三")]


@pytest.mark.parametrize("limits", [Limits(workbook_rows=2), Limits(workbook_rows=2, eager=0)])
def test_a_workbook_that_would_not_fit_is_refused(tmp_path, limits) -> None:
    path = workbook(tmp_path, *ROWS)
    assert refused(path, limits=limits) == "intake.workbook_too_large"
    assert len(values(path)) == 2


def test_a_mountain_of_strings_is_refused(tmp_path) -> None:
    path = workbook(tmp_path, *ROWS)
    with zipfile.ZipFile(path, "a") as pack:
        pack.writestr("xl/sharedStrings.xml", "<sst/>")
    assert refused(path, limits=Limits(strings=5)) == "intake.workbook_too_large"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", b"", "intake.file_empty"),
        ("a.csv", b"\xef\xbb\xbf\r\n \n", "intake.file_empty"),
        ("a.csv", b'{"source_id": "c1"}\n', "intake.not_what_it_says"),
        ("a.jsonl", b"source_id,name\nc1,x\n", "intake.not_what_it_says"),
        ("a.xlsx", b"source_id,name\nc1,x\n", "intake.not_what_it_says"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "intake.old_workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "intake.old_workbook"),
        ("a.xlsx", b"PK\x03\x04 broken", "intake.broken_workbook"),
        ("a.csv", b"PK\x03\x04 broken", "intake.not_what_it_says"),
        ("a.json", b'[\n{"source_id": "c1"}]', "intake.one_json_list"),
        ("a.csv", b"<html><body>expired</body></html>", "intake.web_page"),
        ("a.pdf", b"source_id\nc1\n", "intake.unknown_suffix"),
        ("a.csv", b"\x7fELF\x02\x01\x01\x00abc", "intake.not_text_file"),
        ("a.csv", "姓名,手机\n张三,1\n".encode(), "intake.no_source_id"),
        ("a.csv", "source_id,编号\nc1,c1\n".encode(), "intake.column_twice"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(tmp_path, name, content, code) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert refused(path) == code


def test_a_file_that_is_not_there_is_refused(tmp_path) -> None:
    assert refused(tmp_path / "none.csv") == "intake.cannot_open"
    assert refused(tmp_path) == "intake.cannot_open"


def test_a_packed_file_that_is_no_workbook_is_refused(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("contacts.csv", "source_id\nc1\n")
    assert refused(path) == "intake.not_a_workbook"


def test_a_workbook_with_a_broken_sheet_is_refused(tmp_path) -> None:
    whole, broken = workbook(tmp_path, *ROWS), tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        for part in source.namelist():
            target.writestr(part, source.read(part)[:80] if "worksheets" in part else source.read(part))
    assert refused(broken) in {"intake.broken_workbook", "intake.file_empty"}


def test_the_owners_name_counts_and_not_ours(tmp_path) -> None:
    path = csv_file(tmp_path, *ROWS, name="upload_x7f")
    assert values(path, "客户.csv") == READ
    assert refused(path, "客户.jsonl") == "intake.not_what_it_says"


def test_one_endless_line_is_refused(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"source_id": "' + b"x" * (3 << 20) + b'"}\n')
    assert refused(path, limits=Limits(line=1 << 20)) == "intake.line_too_long"
    assert len(values(path)) == 1


def test_a_quote_may_hold_line_ends(tmp_path) -> None:
    path = csv_file(tmp_path, ["source_id", "notes"], ["c1", "一\n二"], ["c2", "三"])
    with open_rows(path) as rows:
        assert [(row.number, row.values["notes"]) for row in rows] == [(2, "一\n二"), (4, "三")]


@pytest.mark.parametrize(
    "line",
    ['bad,"never closed', 'bad,"closed" too early', 'bad,"a"b"'],
)
def test_a_broken_quote_costs_its_own_line(tmp_path, line) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text(f'source_id,name\nc1,一\n{line}\nc2,"二"\nc3,三\n')
    assert problems(path) == [(3, "intake.broken_quotes")]
    assert [row["source_id"] for row in values(path)] == ["c1", "c2", "c3"]


def test_an_unclosed_quote_does_not_swallow_a_long_file(tmp_path) -> None:
    path = tmp_path / "contacts.csv"
    rest = "".join(f"c{number},名\n" for number in range(RECORD_LINES * 3))
    path.write_text(f'source_id,name\nbad,"open\n{rest}')
    assert problems(path) == [(2, "intake.broken_quotes")]
    assert len(values(path)) == RECORD_LINES * 3


def test_more_cells_than_columns_is_a_bad_row(tmp_path) -> None:
    path = csv_file(tmp_path, ["source_id", "name"], ["c1", "张", "三"], ["c2", "李四", ""])
    assert problems(path) == [(2, "intake.too_many_cells")]
    assert values(path) == [{"source_id": "c2", "name": "李四"}]


def test_fewer_cells_leave_the_rest_unsaid(tmp_path) -> None:
    assert values(csv_file(tmp_path, HEADER, ["c1", "张三"])) == [{"source_id": "c1", "name": "张三"}]


def test_empty_rows_are_no_rows(tmp_path) -> None:
    assert values(csv_file(tmp_path, HEADER, ["", "", ""], [], ["c1", "张三", ""])) == [
        {"source_id": "c1", "name": "张三", "phone": ""}
    ]


def test_a_cell_under_no_header_is_kept_by_its_place(tmp_path) -> None:
    found = values(csv_file(tmp_path, ["source_id", "", "级别"], ["c1", "x", "A"], ["c2", "", "B"]))
    assert found == [{"source_id": "c1", "column 2": "x", "级别": "A"}, {"source_id": "c2", "级别": "B"}]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("姓名", "name"),
        ("手机号码", "phone"),
        (" 公司名称 ", "company"),
        ("微信号*", "wechat_id"),
        ("来源", "channel"),
        ("备注", "notes"),
        ("评分", "score"),
        ("Source ID", "source_id"),
        ("SOURCE-ID", "source_id"),
        ("手机（必填）", "phone"),
        ("ＩＤ", "source_id"),
        ("K码", "k_code"),
        ("级别", None),
    ],
)
def test_headers_have_synonyms(header, name) -> None:
    assert headers.known(header) == name


def test_no_synonym_means_two_fields() -> None:
    seen: dict[str, str] = {}
    for name, words in headers.SYNONYMS.items():
        for word in (name, *words.split()):
            assert seen.setdefault(headers.plain(word), name) == name
    assert set(headers.SYNONYMS) | {"interactions"} == set(FIELDS)


def test_our_list_of_bad_rows_can_be_read_again(tmp_path) -> None:
    report = [*headers.REPORT, "编号", "手机"]
    path = csv_file(tmp_path, report, [7, "手机", "x", "r", "m", "'=c1", "'+8613800138000"], encoding="utf-8-sig")
    assert values(path) == [{"source_id": "=c1", "phone": "+8613800138000"}]


def test_memory_does_not_grow_with_the_file(tmp_path) -> None:
    def peak(count: int) -> int:
        path = csv_file(tmp_path, HEADER, *([f"c{number}", "张三", "13800138000"] for number in range(count)))
        tracemalloc.start()
        with open_rows(path) as rows:
            assert sum(1 for _ in rows) == count
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return top

    assert peak(60_000) < peak(40_000) * 1.2
