"""The audit as a file: both formats lose nothing, no spreadsheet runs a cell, and a spoiled file is an error."""

import csv
import json
import uuid

import pytest

from tests.pipeline.reviewing import SOME_TIME, erp
from zbsync.models import Entry, Exchange
from zbsync.pipeline import export, seal

pytestmark = pytest.mark.django_db
NASTY = ["=1+1", "+x", "-5", "@SUM(A1)", "\tx", "\r\nx", "'quoted", 'a "b", c', "王\n明", "null", ""]


@pytest.fixture
def told():
    """Entries whose reasons, and exchanges whose bodies, are as bad as they get; sealed."""
    for number, text in enumerate(NASTY):
        Entry.objects.create(
            act=uuid.uuid4(),
            at=SOME_TIME,
            actor_name=text or "x",
            verb="proposal.edit",
            subject="proposal",
            subject_id=number or None,
            before=None if number % 2 else text,
            after={"text": text, "list": [1, 2.5, None, True]},
            reason=text,
        )
        Exchange.objects.create(
            connection=erp(),
            at=SOME_TIME,
            operation="login",
            method="POST",
            url="http://erp.example/",
            request_headers={"X": text},
            request_body=text,
            status=None if number % 2 else 200,
            response_body=text * 3,
            elapsed_ms=number / 3,
            digest="d" * 64,
        )
    seal.drain()
    return list(seal.records())


@pytest.mark.parametrize("format_", export.FORMATS)
def test_what_is_written_is_read_again(told, tmp_path, format_) -> None:
    path = tmp_path / f"audit.{format_}"
    end = export.write(path, format_, told)
    assert list(export.read(path)) == told
    assert end == told[-1][1]
    assert seal.verify(export.read(path)).ok


@pytest.mark.parametrize("format_", export.FORMATS)
def test_the_same_rows_make_the_same_bytes(told, tmp_path, format_) -> None:
    for name in ("one", "two"):
        export.write(tmp_path / name, format_, seal.records())
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_cell_is_a_formula(told, tmp_path) -> None:
    path = tmp_path / "audit.csv"
    export.write(path, "csv", told)
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
    assert "'=1+1" in cells


def test_a_spreadsheet_sees_chinese(told, tmp_path) -> None:
    path = tmp_path / "audit.csv"
    export.write(path, "csv", told)
    assert path.read_bytes().startswith(b"\xef\xbb\xbftable,id,act,at")


@pytest.mark.parametrize("format_", export.FORMATS)
def test_an_altered_file_is_seen_through(told, tmp_path, format_) -> None:
    path = tmp_path / "audit"
    export.write(path, format_, told)
    path.write_bytes(path.read_bytes().replace(b"@SUM(A1)", b"@SUM(A2)", 1))
    third = Entry.objects.order_by("pk")[3]
    assert seal.verify(export.read(path)).as_json()["bad"] == {
        "why": "chain.row_altered", "table": "entry", "id": third.pk,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name,phone\n王,1\n", 1),
        ("", 1),
        ('{"table": "export"}\n', 1),
        ('{"table": "export", "row": {"since": null}}\nnonsense\n', 2),
        ('{"table": "export", "row": 5}\n', 1),
        ("table,id\nentry\n", 2),
        ("table,id\nmoon,1\n", 2),
        ('table,row\nexport,"{\n', 2),
    ],
)
def test_a_file_that_is_no_export_names_the_line(tmp_path, text, line) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    with pytest.raises(export.ExportError, match=rf"^line {line} .*audit_export wrote") as caught:
        list(export.read(path))
    assert caught.value.line == line


def test_a_file_in_another_encoding_is_no_export(tmp_path) -> None:
    path = tmp_path / "x"
    path.write_bytes("table,姓名\n".encode("gb18030"))
    with pytest.raises(export.ExportError, match="UTF-8"):
        list(export.read(path))


def test_a_write_that_fails_leaves_the_old_file(told, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_text("old")

    def broken():
        yield from told[:3]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        export.write(path, "jsonl", broken())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_it_tells_how_far_it_is(told, tmp_path) -> None:
    seen: list[int] = []
    export.write(tmp_path / "x", "jsonl", iter(told * 50), lambda done, total: seen.append(done))
    assert seen == [0, 1000, 2000]


def test_each_line_is_one_record(told, tmp_path) -> None:
    path = tmp_path / "x"
    export.write(path, "jsonl", told)
    lines = [json.loads(line) for line in path.read_text().split("\n")[:-1]]
    assert [line["table"] for line in lines] == [kind for kind, _ in told]
