"""The list of bad rows: opens anywhere, runs nowhere, and can be read again when mended."""

import csv
from pathlib import Path

import pytest

from tests.hub.samples import csv_file, json_file
from tests.models import make
from tests.pipeline.ingest.samples import contact, counts, mirror, take
from zbsync.core.findings import Finding
from zbsync.hub.errors import BadRow
from zbsync.pipeline import ingest
from zbsync.pipeline.ingest.bad import BadRowsFile, harmless
from zbsync.sentences import SENTENCES, mend, say
from zbsync.sentences.intake import MENDS

pytestmark = pytest.mark.django_db
LIST = "list.csv"


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_it_names_row_column_value_reason_and_mend(tmp_path) -> None:
    take(csv_file(tmp_path, ["编号", "评分"], ["c1", "abc"]), bad_path=tmp_path / LIST)
    (line,) = listed(tmp_path / LIST)
    finding = Finding("intake.not_a_number", "评分", params={"value": "abc"})
    assert line == {
        "row": "2",
        "column": "评分",
        "value": "abc",
        "reason": say(finding),
        "mend": mend(finding),
        "编号": "c1",
        "评分": "abc",
    }


def test_it_begins_with_a_mark_that_excel_knows(tmp_path) -> None:
    take(csv_file(tmp_path, ["编号", "评分"], ["c1", "abc"]), bad_path=tmp_path / LIST)
    assert (tmp_path / LIST).read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_row_with_two_faults_has_two_lines(tmp_path) -> None:
    report = take(csv_file(tmp_path, ["编号", "评分", "类型"], ["c1", "abc", "紫"]), bad_path=tmp_path / LIST)
    assert [line["column"] for line in listed(tmp_path / LIST)] == ["评分", "类型"]
    assert report.bad == 1


def test_without_bad_rows_there_is_no_list(tmp_path) -> None:
    report = take(json_file(tmp_path, contact()), bad_path=tmp_path / LIST)
    assert report.bad_rows_file is None
    assert not (tmp_path / LIST).exists()


def test_an_old_list_goes_when_nothing_is_bad_any_more(tmp_path) -> None:
    take(json_file(tmp_path, contact(score="x")), bad_path=tmp_path / LIST)
    assert (tmp_path / LIST).exists()
    take(json_file(tmp_path, contact()), bad_path=tmp_path / LIST)
    assert not (tmp_path / LIST).exists()


def test_a_file_of_that_name_that_is_not_ours_stays(tmp_path) -> None:
    (tmp_path / LIST).write_text("my notes")
    take(json_file(tmp_path, contact()), bad_path=tmp_path / LIST)
    assert (tmp_path / LIST).read_text() == "my notes"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1"])
def test_no_cell_is_run_as_a_formula(cell) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize(("cell", "text"), [("张三", "张三"), (None, ""), (85, "85"), ("a=b", "a=b")])
def test_other_cells_stay_as_they_are(cell, text) -> None:
    assert harmless(cell) == text


def test_a_mended_list_is_taken_as_it_is(tmp_path) -> None:
    path = csv_file(tmp_path, ["编号", "手机", "评分"], ["c1", "+8613800138000", "abc"])
    take(path, bad_path=tmp_path / LIST)
    mended = tmp_path / "mended.csv"
    lines = (tmp_path / LIST).read_text(encoding="utf-8-sig").splitlines()
    mended.write_text("\n".join([lines[0], lines[1].removesuffix("abc") + "85"]), encoding="utf-8-sig")
    assert counts(take(mended)) == (1, 0, 0, 0)
    assert (mirror().phone, mirror().score, mirror().extra) == ("+8613800138000", 85.0, {})


def test_a_line_that_could_not_be_taken_apart_is_shown_as_it_was(tmp_path) -> None:
    path = tmp_path / "contacts.jsonl"
    path.write_text('{"source_id": "c1",\n{"source_id": "c2"}\n')
    take(path, bad_path=tmp_path / LIST)
    (line,) = listed(tmp_path / LIST)
    assert (line["row"], line["value"], line["source_id"]) == ("1", '{"source_id": "c1",', "")


def test_half_a_letter_does_not_break_the_list(tmp_path) -> None:
    writer = BadRowsFile(tmp_path / LIST, (("name", "name"),))
    writer.add(BadRow(1, Finding("intake.broken_bytes", params={"value": "?"}), {"name": "a\ud83d"}))
    assert writer.close() == tmp_path / LIST
    assert listed(tmp_path / LIST)[0]["name"] == "a?"


def test_a_preview_lists_them_too(tmp_path) -> None:
    path = json_file(tmp_path, contact(score="x"))
    ingest.preview_file(path, make.hub(), bad_path=tmp_path / LIST)
    assert len(listed(tmp_path / LIST)) == 1


def test_every_mend_belongs_to_a_sentence() -> None:
    assert set(MENDS) <= set(SENTENCES)
    assert mend(Finding("gate.score_low")) == ""
