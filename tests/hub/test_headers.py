"""Which field a column is: by the contract's name or by what people write above it, and never two at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.hub.errors import SHOWN, BadRow, FileRefused, shown
from zbsync.hub.files import headers
from zbsync.hub.normalize import FIELDS, normalise

WORDS = [(word, name) for name, words in headers.SYNONYMS.items() for word in words.split()]


@pytest.mark.parametrize("dress", ["{}", " {} ", "{}*", "{}（必填）", "{} (选填)", "{}:", "{}："])
def test_a_header_is_known_however_it_is_dressed(dress: str) -> None:
    wrong = {
        word: headers.known(dress.format(word)) for word, name in WORDS if headers.known(dress.format(word)) != name
    }
    assert not wrong


@pytest.mark.parametrize("name", FIELDS)
def test_the_contracts_own_names_are_known_in_any_case(name: str) -> None:
    for written in (name, name.upper(), name.title(), name.replace("_", " "), name.replace("_", "-"), f"\u3000{name}"):
        assert headers.known(written) == name


@given(st.text(max_size=20))
def test_a_header_in_plain_spelling_stays_as_it_is(header: str) -> None:
    assert headers.plain(headers.plain(header)) == headers.plain(header)


@pytest.mark.parametrize(
    ("cells", "keys"),
    [
        (["source_id"], ["source_id"]),
        (["编号", "姓名", "手机"], ["source_id", "name", "phone"]),
        (["姓名", "", "ID"], ["name", "", "source_id"]),
        ([" 编号 ", " 级别 "], ["source_id", "级别"]),
        (["编号", "", "", ""], ["source_id", "", "", ""]),
        (["编号", "级别", "Level"], ["source_id", "级别", "Level"]),
    ],
)
def test_each_column_has_its_key(cells: list[str], keys: list[str]) -> None:
    assert headers.resolve(cells) == keys


@pytest.mark.parametrize(
    ("cells", "field", "first", "second"),
    [
        (["编号", "手机", "电话"], "phone", "手机", "电话"),
        (["source_id", "姓名", " name "], "name", "姓名", "name"),
        (["编号", "级别", "级别"], "级别", "级别", "级别"),
        (["编号", "来源编号"], "source_id", "编号", "来源编号"),
    ],
)
def test_two_columns_for_one_field_are_both_named(cells: list[str], field: str, first: str, second: str) -> None:
    with pytest.raises(FileRefused) as caught:
        headers.resolve(cells)
    finding = caught.value.finding
    assert (finding.code, finding.field) == ("intake.column_twice", field)
    assert finding.params == {"first": first, "second": second}


@pytest.mark.parametrize("cells", [["姓名"], ["", ""], [], ["姓名", "", "手机"]])
def test_without_an_id_the_columns_there_are_are_named(cells: list[str]) -> None:
    with pytest.raises(FileRefused) as caught:
        headers.resolve(cells)
    assert caught.value.finding.code == "intake.no_source_id"
    assert caught.value.finding.params["columns"] == ", ".join(cell for cell in cells if cell)
    assert "source_id" in str(caught.value.finding.params["names"])


def test_a_thousand_columns_do_not_fill_the_page() -> None:
    with pytest.raises(FileRefused) as caught:
        headers.resolve([f"列{n}" for n in range(1000)])
    assert len(str(caught.value.finding.params["columns"])) == 300


@pytest.mark.parametrize(
    ("keys", "cells", "row"),
    [
        (["source_id", "name"], ["c1", "张"], {"source_id": "c1", "name": "张"}),
        (["source_id", "", "级别"], ["c1", "x", "A"], {"source_id": "c1", "column 2": "x", "级别": "A"}),
        (["source_id", "", "级别"], ["c1", None, ""], {"source_id": "c1", "级别": ""}),
        (["source_id", "name"], ["c1"], {"source_id": "c1"}),
        (["source_id", ""], ["c1", 0], {"source_id": "c1", "column 2": 0}),
    ],
)
def test_a_row_is_read_by_its_keys(keys: list[str], cells: list[object], row: dict[str, object]) -> None:
    assert headers.cells_to_values(keys, cells) == row


@pytest.mark.parametrize(
    ("cells", "ours"),
    [
        ([*headers.REPORT, "编号"], True),
        (list(headers.REPORT), True),
        (["编号", *headers.REPORT], False),
        (["row"], False),
    ],
)
def test_our_own_list_of_bad_rows_is_recognised(cells: list[str], ours: bool) -> None:
    assert headers.is_report(cells) is ours


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("张三", "张三"),
        ("", ""),
        (12, "12"),
        (None, "None"),
        (["a"], "['a']"),
        ("x" * SHOWN, "x" * SHOWN),
        ("x" * (SHOWN + 1), "x" * (SHOWN - 1) + "…"),
        ("a\ud800b", "a?b"),
    ],
)
def test_a_bad_value_is_shown_as_people_may_see_it(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_bad_row_is_kept_with_its_place() -> None:
    [finding] = normalise({"source_id": "c1", "score": "viel"}).findings
    kept = BadRow(7, finding, {"source_id": "c1", "score": "viel"}).as_json()
    assert (kept["row"], kept["code"], kept["field"]) == (7, "intake.not_a_number", "score")
    assert kept["params"] == {"value": "viel"}
