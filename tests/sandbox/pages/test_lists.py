"""The lists: what filters find, what they ignore, and in which shape it comes back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.caller import LIST, PERSON, PERSONS, REFRESH, ROOT, SAVE, Caller, fields_of
from zbsync.sandbox.app import Sandbox

PEOPLE: list[dict[str, str]] = [
    {"name": "甲公司", "khid": "WX10", "sort1": "3,7", "ly": "171", "area": "31", "mobile": "13800000001"},
    {"name": "乙公司", "khid": "WX1", "sort1": "3,8", "ly": "978", "area": "221", "mobile": "138 0000 0002"},
    {"name": "丙公司", "khid": "KH7", "sort1": "4,12", "jz": "175", "area": "22", "phone": "13800000003"},
    {"name": "丁某", "intsort": "2", "sort1": "4,13", "trade": "966", "cateid": "63", "intro": "老客户[WX5]"},
]
ALL = ["丁某", "丙公司", "乙公司", "甲公司"]


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    sandbox.store.add_customers(PEOPLE)
    caller = Caller(sandbox)
    caller.login()
    yield caller
    caller.connection.close()


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ALL),
        ({"khid": "WX1"}, ["乙公司", "甲公司"]),
        ({"khid": "wx10"}, ["甲公司"]),
        ({"khid": "X_0"}, ["甲公司"]),
        ({"name": "公司"}, ["丙公司", "乙公司", "甲公司"]),
        ({"name": "公司", "khid": "KH"}, ["丙公司"]),
        ({"phone": "0003"}, ["丙公司"]),
        ({"intro": "WX5"}, ["丁某"]),
        ({"ly": "171"}, ["甲公司"]),
        ({"ly": "171,978"}, ["乙公司", "甲公司"]),
        ({"khly": "978"}, ["乙公司"]),
        ({"jz": "175"}, ["丙公司"]),
        ({"trade": "966"}, ["丁某"]),
        ({"area": "20"}, ["丙公司", "乙公司"]),
        ({"area": "221"}, ["乙公司"]),
        ({"area": "221,31"}, ["乙公司", "甲公司"]),
        ({"telsort": "3"}, ["乙公司", "甲公司"]),
        ({"telsort": "3,4|7,12"}, ["丙公司", "甲公司"]),
        ({"telsort": "|13"}, ["丁某"]),
        ({"cateid": "63"}, ["丁某"]),
        ({"cateid": "1|2|63,64"}, ["丁某"]),
        ({"stype": "1"}, ["丙公司", "乙公司", "甲公司"]),
        ({"stype": "0"}, ALL),
        ({"stype": "3"}, []),
        ({"searchKey": "初步"}, ["甲公司"]),
        ({"searchKey": "13800000001"}, ["甲公司"]),
        ({"searchKey": "13800000002"}, []),
        ({"searchKey": "WX1"}, []),
        ({"date1_0": "2000-01-01", "date1_1": "2001-01-01"}, []),
        ({"date1_0": "2000-01-01", "date1_1": "2999-01-01"}, ALL),
        ({"khid": ""}, ALL),
    ],
)
def test_filters_are_fuzzy_exact_or_by_subtree(caller: Caller, filters: dict[str, Any], names: list[str]) -> None:
    assert caller.names(**filters) == names


@pytest.mark.parametrize("name", ["mobile", "weixinAcc", "person_name", "keyword", "KHID", "email"])
def test_a_filter_the_list_does_not_know_is_ignored_without_a_word(caller: Caller, name: str) -> None:
    assert caller.names(**{name: "nobody has this"}) == ALL


def test_telord_finds_the_one_customer(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = sandbox.store.customers(name="乙公司")[0]["ord"]
    assert caller.names(telord=ord_) == ["乙公司"]
    assert "类型不匹配" in caller.said(LIST, REFRESH, telord="乙")


def test_every_cell_is_text_and_some_facts_have_no_column(caller: Caller) -> None:
    answer = caller.call(LIST, REFRESH, name="丁某")
    table = answer["body"]["source"]["table"]
    assert all(isinstance(cell, str) for cell in table["rows"][0])
    [row] = caller.rows(name="丁某")
    assert (row["catename"], row["sortname"], row["sort1name"]) == ("周敏", "成交客户", "长期合作")
    assert (row["url"], row["personurl"]) == ("_url", "_url")
    assert not {"khid", "weixinAcc", "email", "sort1", "ly"} & set(row)


def test_nothing_found_leaves_columns_and_page_empty(caller: Caller) -> None:
    table = caller.call(LIST, REFRESH, khid="none")["body"]["source"]["table"]
    assert (table["cols"], table["rows"], set(table["page"].values())) == ([], [], {0})


def test_pages_are_counted_and_there_is_nothing_beyond_the_last(caller: Caller) -> None:
    answer = caller.call(LIST, REFRESH, pagesize="3", pageindex=2)
    assert answer["body"]["source"]["table"]["page"] == {
        "pageindex": 2,
        "pagesize": 3,
        "pagecount": 2,
        "recordcount": 4,
    }
    assert caller.names(pagesize=3, pageindex=2) == ["甲公司"]
    assert caller.said(LIST, REFRESH, pagesize=3, pageindex=3).startswith("服务器异常")


def test_twenty_rows_are_a_page(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.add_customers([{"name": f"第{n}家"} for n in range(30)])
    assert len(caller.rows()) == 20
    assert len(caller.rows(pagesize=500)) == 34


@pytest.mark.parametrize("paging", [{"pagesize": 0}, {"pageindex": -1}, {"pagesize": "many"}])
def test_paging_that_makes_no_sense_breaks_the_page(caller: Caller, paging: dict[str, Any]) -> None:
    assert caller.said(LIST, REFRESH, **paging).startswith("服务器异常")


@pytest.mark.parametrize(
    ("sort", "names"),
    [("ord", ALL[::-1]), ("-ord", ALL), ("mobile", ["丁某", "丙公司", "乙公司", "甲公司"]), ("-sortname", None)],
)
def test_a_list_is_sorted_by_any_of_its_columns(caller: Caller, sort: str, names: list[str] | None) -> None:
    rows = caller.rows(_rpt_sort=sort)
    if names is None:
        column = sort.removeprefix("-")
        assert [row[column] for row in rows] == sorted((row[column] for row in rows), reverse=True)
    else:
        assert [row["name"] for row in rows] == names


def test_sorting_by_what_is_no_column_breaks_the_page(caller: Caller) -> None:
    assert "列名" in caller.said(LIST, REFRESH, _rpt_sort="khid")


def test_without_the_refresh_a_list_shows_its_looks_only(caller: Caller) -> None:
    for path in (LIST, PERSONS):
        body = caller.call(path, pagesize=20)["body"]
        assert body["model"] == "report"
        assert "source" not in body


def test_the_order_of_columns_depends_on_the_version(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(list_columns=["ord", "name"])
    table = caller.call(LIST, REFRESH, khid="WX10")["body"]["source"]["table"]
    assert [column["id"] for column in table["cols"]] == ["ord", "name"]
    assert table["rows"][0][1] == "甲公司"


def test_drafts_and_deleted_customers_are_in_no_list(sandbox: Sandbox, caller: Caller) -> None:
    caller.allocate()
    sandbox.store.delete(sandbox.store.customers(name="甲公司")[0]["ord"])
    assert caller.names() == ALL[:3]
    assert caller.rows(PERSONS, mobile="13800000001") == []


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"mobile": "13800000001"}, ["甲公司"]),
        ({"mobile": "13800000002"}, []),
        ({"mobile": "0000 0002"}, ["乙公司"]),
        ({"phone": "13800000003"}, ["丙公司"]),
        ({"name": "丁"}, ["丁某"]),
        ({"person_name": "丁某"}, ["丁某"]),
        ({"searchKey": "0000"}, ["丙公司", "乙公司", "甲公司"]),
        ({"weixinAcc": "ignored"}, ALL),
    ],
)
def test_persons_are_found_by_mobile_as_it_is_written(
    caller: Caller, filters: dict[str, Any], names: list[str]
) -> None:
    assert caller.names(PERSONS, **filters) == names


def test_a_person_is_listed_with_its_customer(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = sandbox.store.customers(name="甲公司")[0]["ord"]
    [row] = caller.rows(PERSONS, company=ord_)
    assert (row["company"], row["mobile"]) == (str(ord_), "13800000001")
    assert int(row["ord"]) == sandbox.store.persons(ord_)[0]["ord"]


def test_a_second_person_is_added_and_found_but_never_named_in_the_answer(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = sandbox.store.customers(name="甲公司")[0]["ord"]
    answer = caller.call(PERSON, SAVE, ord=0, company=ord_, person_name="李工", mobile="13900000000", joy="围棋")
    assert answer["body"]["message"]["text"] == "联系人保存完成"
    assert answer["body"]["message"]["data"] == ""
    found = caller.rows(PERSONS, company=ord_, person_name="李工")
    assert [row["mobile"] for row in found] == ["13900000000"]
    assert caller.rows(telord=ord_)[0]["personname"] == ""  # the main contact is still the first
    shown = fields_of(caller.call(PERSON + "?edit=1", ord=found[0]["ord"]))
    assert (shown["joy"]["value"], shown["company"]["value"]) == ("围棋", str(ord_))
    caller.call(PERSON, SAVE, ord=found[0]["ord"], company=ord_, person_name="李总")
    assert [person["person_name"] for person in sandbox.store.persons(ord_)] == ["", "李总"]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"company": 4711, "person_name": "李工"}, "抱歉，您访问的单据已被删除！"),
        ({"person_name": "李工"}, "关联客户不能为空！"),
        ({"company": "甲", "person_name": "李工"}, "服务器异常: 【类型不匹配: 'company'】"),
        ({"company": 1201}, "联系人姓名不能为空！"),
        ({"company": 1201, "person_name": "李工", "ord": 4711}, "抱歉，您访问的单据已被删除！"),
    ],
)
def test_a_person_needs_a_name_and_a_living_customer(caller: Caller, fields: dict[str, Any], text: str) -> None:
    assert caller.said(PERSON, SAVE, **fields) == text


def test_an_unknown_person_was_deleted_and_none_is_an_empty_form(caller: Caller) -> None:
    assert caller.said(PERSON + "?edit=1", ord=4711).endswith("已被删除！")
    assert fields_of(caller.call(PERSON))["person_name"]["notnull"] == "1"


@pytest.mark.parametrize(
    ("enum", "first"),
    [(13, {"n": "网站注册", "v": "171"}), (14, {"n": "很高", "v": "175"}), (11, {"n": "银行", "v": "137"})],
)
def test_a_dictionary_is_listed_by_its_number(caller: Caller, enum: int, first: dict[str, str]) -> None:
    assert caller.call(f"{ROOT}source.asp?enumid={enum}")["body"]["source"]["options"][0] == first


@pytest.mark.parametrize("enum", ["", "0", "1001", "4711"])
def test_an_unknown_dictionary_has_no_options(caller: Caller, enum: str) -> None:
    assert caller.call(f"{ROOT}source.asp?enumid={enum}")["body"]["source"]["options"] == []


def test_local_entries_come_and_go(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.add_option("ly", 990, "展会")
    sandbox.store.drop_option("ly", "微信咨询")
    options = caller.call(f"{ROOT}source.asp?enumid=13")["body"]["source"]["options"]
    assert [option["n"] for option in options][-2:] == ["VIP", "展会"]


def test_the_dictionary_page_has_no_twin(caller: Caller) -> None:
    caller.send("/webapi/v3/ov1/source?enumid=13", b"{}")
    assert caller.status == 404


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("telsort_list", ["意向客户", "初步接触"]),
        ("area_list", ["华北", "北京"]),
        ("gate_list", ["销售中心", "销售一部", "周敏"]),
    ],
)
def test_trees_nest_by_text_value_and_nodes(caller: Caller, page: str, path: list[str]) -> None:
    source = caller.call(f"{ROOT}systemManage/{page}.asp?stype=check")["body"]["source"]
    assert (source["type"], source["uitype"]) == ("trees", "check")
    nodes = source["trees"]["nodes"]
    for text in path:
        assert nodes[0]["text"] == text
        nodes = nodes[0]["nodes"]
