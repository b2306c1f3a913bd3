"""Forms, tables and vocabularies: every shape the sheet knows is read, no other is guessed at."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.erp import errors
from zbsync.erp.commands import FormField, Node, OptionRow
from zbsync.erp.dialects import documents

COLS = [
    {"id": "name", "dbtype": "string"},
    {"id": "ord", "dbtype": "int"},
    {"id": "money", "dbtype": "number"},
]
CELLS = ["示例&#38;公司", "1,207", "1,234.50"]
ROW = {"name": "示例&公司", "ord": "1207", "money": "1234.50"}


def table(rows: Any, cols: Any = COLS, **page: Any) -> dict[str, Any]:
    return {"type": "table", "table": {"page": page, "cols": cols, "rows": rows}}


def field(**properties: Any) -> FormField:
    bill = {"value": "1207", "groups": [{"fields": [{"id": "x", **properties}]}]}
    return documents.form(bill)[1][0]


@pytest.mark.parametrize(
    "rows",
    [
        [CELLS],
        [{"value": CELLS}],
        [{"value": CELLS, "ord": "1,207"}],
        [dict(zip(("name", "ord", "money"), CELLS, strict=True))],
        dict(zip(("name", "ord", "money"), CELLS, strict=True)),
        {"value": CELLS},
    ],
    ids=["lists", "values", "values and id", "objects", "one object", "one value"],
)
def test_rows_come_in_several_shapes(rows: Any) -> None:
    assert documents.table(table(rows)).rows == [ROW]


def test_an_id_beside_the_cells_is_kept() -> None:
    page = documents.table(table([{"value": ["甲"], "ord": "1,207", "id": 5}], cols=[{"id": "name"}]))
    assert page.rows == [{"name": "甲", "ord": "1207", "id": "5"}]


def test_columns_are_found_by_name_in_any_order() -> None:
    page = documents.table(table([list(reversed(CELLS))], cols=list(reversed(COLS))))
    assert page.rows == [ROW]


def test_counts_may_be_text_with_separators() -> None:
    page = documents.table(table([CELLS], pageindex="2", pagecount="1,001", recordcount=20_003))
    assert (page.page, page.page_count, page.record_count) == (2, 1001, 20_003)


@pytest.mark.parametrize(
    "part",
    [
        {"page": {}, "cols": [], "rows": []},
        {"page": None, "cols": None, "rows": None},
        {"rows": ""},
        {"page": {"pageindex": 3, "pagecount": 2, "recordcount": 40}, "rows": []},
    ],
)
def test_an_empty_list_comes_unfilled(part: dict[str, Any]) -> None:
    page = documents.table({"table": part})
    assert page.rows == []


@pytest.mark.parametrize(
    "part", [{}, {"cols": COLS}, {"rows": [], "page": {"pageindex": 1, "pagecount": 1, "recordcount": 7}}]
)
def test_a_table_that_lost_its_rows_is_not_an_empty_one(part: dict[str, Any]) -> None:
    with pytest.raises(errors.UnknownAnswer, match=r"a table was expected|counts 7 records"):
        documents.table({"table": part})


@pytest.mark.parametrize(
    ("rows", "cols", "says"),
    [
        ([["甲", "1"]], COLS, r"rows\[0\] has 2 cells for 3 columns"),
        ([CELLS, [*CELLS, "x"]], COLS, r"rows\[1\] has 4 cells for 3 columns"),
        ([CELLS], [], "3 cells for 0 columns"),
        (["text"], COLS, "has str cells"),
        ("text", COLS, "neither a list nor an object"),
    ],
)
def test_a_row_askew_is_never_guessed_at(rows: Any, cols: Any, says: str) -> None:
    with pytest.raises(errors.UnknownAnswer, match=says):
        documents.table(table(rows, cols))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1,234.50", "1234.50"),
        ("12,345,678", "12345678"),
        ("-1,000", "-1000"),
        ("1,5", "1,5"),
        ("3,7", "3,7"),
        ("", ""),
        ("甲,乙", "甲,乙"),
        (" 1,000 ", " 1000 "),
    ],
)
def test_only_true_thousands_lose_their_comma(text: str, plain: str) -> None:
    assert documents.number(text) == plain


def test_a_pair_of_category_and_stage_keeps_its_comma() -> None:
    assert field(dbtype="string", value="103,700").value == "103,700"
    assert field(dbtype="number", value="103,700").value == "103700"


@pytest.mark.parametrize(
    ("properties", "post"),
    [
        ({"post": "1"}, True),
        ({"post": 1}, True),
        ({"post": True}, True),
        ({"post": "0"}, False),
        ({"post": ""}, False),
        ({"type": "text"}, True),
        ({}, True),
        ({"type": "button"}, False),
        ({"type_": "List"}, False),
    ],
)
def test_a_field_is_posted_unless_it_says_otherwise(properties: dict[str, Any], post: bool) -> None:
    assert field(**properties).post is post


def test_a_field_keeps_what_the_form_says_of_it() -> None:
    made = field(
        caption="客户 来源　：",
        value=171,
        text=" 网站注册 ",
        notnull="1",
        maxl="50",
    )
    assert (made.caption, made.value, made.text) == ("客户来源：", "171", "网站注册")
    assert (made.required, made.max_length) == (True, 50)


@pytest.mark.parametrize("limit", [None, 0, "0", "", "long", "9" * 5_000])
def test_no_limit_is_none(limit: object) -> None:
    assert field(maxl=limit).max_length is None


@pytest.mark.parametrize("value", ["", "0", "-3", "KH1", None, [], "1.5"])
def test_a_form_without_an_id_is_unknown(value: object) -> None:
    with pytest.raises(errors.UnknownAnswer, match="is no id"):
        documents.form({"value": value, "groups": [{"fields": [{"id": "name"}]}]})


@pytest.mark.parametrize("groups", [None, [], [{}], [{"fields": []}], [{"fields": ["x", {}]}], "x"])
def test_a_form_without_fields_is_unknown(groups: object) -> None:
    with pytest.raises(errors.UnknownAnswer, match="no fields"):
        documents.form({"value": "1,207", "groups": groups})


def test_options_are_read_under_either_name() -> None:
    rows = [{"n": "很高", "v": 175}, {"text": "一般", "value": "176"}, "junk"]
    assert documents.options({"options": rows}) == [OptionRow("175", "很高"), OptionRow("176", "一般")]


def test_a_tree_is_read_to_its_leaves() -> None:
    nodes = [{"text": "华北", "value": "10", "nodes": [{"text": "北京", "value": "11"}]}, None]
    assert documents.tree({"trees": {"nodes": nodes}}) == [Node("10", "华北", (Node("11", "北京"),))]


@pytest.mark.parametrize("read", [documents.options, documents.tree, documents.table])
def test_another_kind_of_source_is_unknown(read: Any) -> None:
    with pytest.raises(errors.UnknownAnswer, match="the source is 'text'"):
        read({"type": "text", "text": "x"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from("id value type fields groups source options trees nodes table rows cols page".split()),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["value", "groups", "options", "trees", "table"]), JSON))
def test_no_document_raises_anything_but_a_leaf(part: dict[str, Any]) -> None:
    for read in (documents.form, documents.options, documents.tree, documents.table):
        with suppress(errors.UnknownAnswer):
            read(part)
