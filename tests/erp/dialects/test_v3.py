"""v3 by itself: names instead of ids, a pair that becomes two fields, and codes that say more than sentences."""

import json
from typing import Any

import pytest

from tests.erp.support import SESSION, UNIT_FIELDS, answer, config, golden, header, said
from tests.wire import load
from zbsync.erp import errors
from zbsync.erp.commands import Act, Allocate, ListRows, ReadCustomer, ReadForm, ReadOptions, ReadTree, SaveCustomer
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.v3 import V3

NAMES, IDS = V3(config()), V3(config(names="ids"))
LABELS = {"sort1": "意向客户/初步接触", "ly": "网站注册"}
ADD = NAMES.save(SaveCustomer("unit", None, {"name": "甲"}))
USERS = NAMES.rows(ListRows("list_users"))


def body_of(call: Call[Any]) -> dict[str, Any]:
    return dict(json.loads(call.encode(SESSION).body))


def saved(fields: dict[str, str], labels: dict[str, str] | None = None, ord_: int | None = None) -> dict[str, Any]:
    return body_of(NAMES.save(SaveCustomer("unit", ord_, fields, labels or {})))


def coded(code: object, text: str = "", **more: Any) -> Any:
    return answer({"Code": code, "Msg": text, **more})


def test_an_installation_may_want_ids_all_the_same() -> None:
    body = body_of(IDS.save(SaveCustomer("unit", None, UNIT_FIELDS | {"area": "31"})))
    assert body == json.loads(load("add_customer_ids", "v3").request_body)
    assert not IDS.wants_names


def test_the_session_travels_in_a_header_and_nowhere_else() -> None:
    request = ADD.encode(SESSION)
    assert request.headers["ZBAPI-Token"] == SESSION
    assert SESSION.encode() not in request.body
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("pair", ["意向客户/初步接触", "意向客户,初步接触", " 意向客户 / 初步接触 "])
def test_a_pair_of_names_becomes_category_and_stage(pair: str) -> None:
    body = saved({"sort1": "3,7"}, {"sort1": pair})
    assert (body["sort"], body["sort1"]) == ("意向客户", "初步接触")


@pytest.mark.parametrize("pair", ["意向客户", "a/b/c", "/b", "a,"])
def test_a_pair_that_is_none_is_refused(pair: str) -> None:
    with pytest.raises(ValueError, match="sort1: 3,7 has no name"):
        saved({"sort1": "3,7"}, {"sort1": pair})


def test_without_a_stage_none_is_said() -> None:
    assert {"sort", "sort1"}.isdisjoint(saved({"name": "甲", "sort1": ""}))


@pytest.mark.parametrize("field", ["ly", "area", "trade", "jz", "sort1"])
def test_an_option_without_its_name_is_refused_before_it_is_said(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field}: 3,7 has no name"):
        saved({field: "3,7"})


def test_an_empty_option_needs_no_name() -> None:
    assert saved({"ly": ""})["ly"] == ""


def test_what_v3_has_no_place_for_is_left_out() -> None:
    assert saved({"name": "甲", "pym": "jia", "bz": "14", "age": "40", "XiQueIntro": "x", "ord": "9"}) == {
        "sort2": 1,
        "name": "甲",
    }


def test_whole_numbers_go_out_as_such_and_codes_with_zeros_do_not() -> None:
    body = saved({"pernum1": "10", "fkdays": "30", "zip": "010010", "qq": "10001", "hk_xz": "0.5"})
    assert body == {"sort2": 1, "pernum1": 10, "fkdays": 30, "zip": "010010", "qq": "10001", "hk_xz": "0.5"}


def test_the_date_of_adding_is_spelled_its_own_way() -> None:
    assert saved({"date1": "2025-03-01"})["Date1"] == "2025-03-01"


def test_a_straight_apostrophe_is_set_right() -> None:
    assert saved({"name": "O'Brien", "ly": "1"}, {"ly": "it's"}) == {"sort2": 1, "name": "O’Brien", "ly": "it’s"}


def test_a_change_names_its_customer() -> None:
    call = NAMES.save(SaveCustomer("unit", 1207, {"name": "甲"}))
    assert body_of(call)["ord"] == 1207
    assert call.encode("s").path == "/webapi/v3/sales/customer/edit"
    assert (call.write, call.encode("s").operation) == (True, "edit_customer")


def test_an_individual_is_its_own_contact_person_unless_another_is_named() -> None:
    assert body_of(NAMES.save(SaveCustomer("individual", None, {"name": "李"})))["person_name"] == "李"
    named = NAMES.save(SaveCustomer("individual", None, {"name": "李", "person_name": "王"}))
    assert body_of(named)["person_name"] == "王"
    assert "person_name" not in saved({"name": "甲公司"})


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        (coded(300, "客户名称重复"), errors.Duplicate),
        (coded("300", "客户名称重复"), errors.Duplicate),
        (coded(300, "说不清的话"), errors.Refused),
        (coded(300, ""), errors.Refused),
        (coded(300, "操作成功"), errors.UnknownAnswer),
        (coded(300, "系统维护中，请稍后再试！"), errors.Unavailable),
        (coded(300, "服务器异常: 【x】"), errors.ScriptError),
        (coded(200, "客户名称重复"), errors.UnknownAnswer),
        (coded(200, "说不清的话"), errors.UnknownAnswer),
        (coded(400, ""), errors.Expired),
        (coded(400, "登录超时"), errors.Expired),
        (coded(400, "参数格式不正确"), errors.UnknownAnswer),
        (coded(500, ""), errors.ScriptError),
        (coded(600, "x"), errors.UnknownAnswer),
        (coded(None), errors.UnknownAnswer),
        (coded("yes"), errors.UnknownAnswer),
        (answer({"flag": False, "code": 200, "msg": ""}), errors.UnknownAnswer),
        (answer({"flag": False, "code": 300, "msg": "客户名称不能为空"}), errors.Refused),
        (answer({"success": False, "msg": "没有权限"}), errors.Refused),
        (answer({"success": True, "msg": "ok"}), errors.UnknownAnswer),
        (answer([]), errors.UnknownAnswer),
        (answer({}), errors.UnknownAnswer),
        (header("登录超时，请重新登录!"), errors.Expired),
        (header("ok", 0), errors.UnknownAnswer),
        (said("客户名称不能为空！"), errors.Refused),
        (said("保存成功！"), errors.UnknownAnswer),
        (said("单据已经有其他操作!"), errors.UnknownAnswer),
        (golden("frozen"), errors.Expired),
        (answer("", 401), errors.UnknownAnswer),
        (answer("", 429), errors.TooManyRequests),
    ],
)
def test_a_save_that_was_not_said_yes_to_raises_what_it_was(reply: Any, leaf: type[errors.ErpError]) -> None:
    with pytest.raises(errors.ErpError) as caught:
        ADD.decode(reply)
    assert type(caught.value) is leaf


def test_a_refusal_names_its_field() -> None:
    with pytest.raises(errors.Duplicate) as caught:
        ADD.decode(golden("add_refused_duplicate", "v3"))
    assert caught.value.fields == ("khid",)


def test_an_installation_may_have_words_of_its_own() -> None:
    own = V3(config(phrases={"add_customer.success": "^已入库$"}))
    call = own.save(SaveCustomer("unit", None, {"name": "甲"}))
    assert call.decode(coded(200, "已入库")) == "已入库"
    with pytest.raises(errors.UnknownAnswer):
        call.decode(coded(200, "操作成功"))


def test_control_characters_and_the_mark_are_read_over() -> None:
    form = NAMES.form(ReadForm("read_contract", 501)).decode(golden("control_chars", "v3"))
    assert form.values["Title"] == "样机\n两台"
    assert form.values["contractlist.1.Num"] == "2"


ROW = {"ord": 63, "name": "周敏"}


@pytest.mark.parametrize(
    ("cols", "rows"),
    [
        (["ord", "name"], [[63, "周敏"]]),
        (["用户标识", "姓名"], [["63", "周敏"]]),
        (["ORD", "Name"], [["63", "周敏"]]),
        (["ord", "name"], [ROW]),
        ([], [ROW]),
        ([], ROW),
        (["ord", "name"], [{"value": ["63", "周敏"]}]),
        (["用户标识", "姓名"], [{"用户标识": 63, "姓名": "周敏"}]),
        (["ord", "name"], [["&#54;3", "周敏<br>"]]),
    ],
)
def test_rows_come_in_any_shape(cols: Any, rows: Any) -> None:
    page = USERS.decode(coded(200, Page={"RecordCount": 1, "PageIndex": 1, "PageCount": 1}, Cols=cols, Rows=rows))
    assert page.rows == [{"ord": "63", "name": "周敏"}]
    assert (page.page, page.page_count, page.record_count) == (1, 1, 1)


def test_a_column_nobody_knows_keeps_its_name() -> None:
    page = USERS.decode(coded(200, Cols=["ord", "工 号"], Rows=[["63", "Y063"]]))
    assert page.rows == [{"ord": "63", "工号": "Y063"}]


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"Cols": ["ord"]},
        {"Cols": ["ord"], "Rows": "x"},
        {"Cols": "ord", "Rows": [["1"]]},
        {"Cols": ["ord"], "Rows": [["1", "2"]]},
        {"Cols": ["ord"], "Rows": ["1"]},
        {"Cols": ["ord"], "Rows": [], "Page": {"RecordCount": 3, "PageIndex": 1, "PageCount": 1}},
    ],
)
def test_a_table_read_askew_is_unknown(part: dict[str, Any]) -> None:
    with pytest.raises(errors.UnknownAnswer):
        USERS.decode(coded(200, **part))


@pytest.mark.parametrize("part", [{"Data": None}, {"Data": []}, {}, {"Data": {"Title": "x"}}, {"Data": {"Ord": 7}}])
def test_a_contract_that_is_not_the_one_is_unknown(part: dict[str, Any]) -> None:
    with pytest.raises(errors.UnknownAnswer):
        NAMES.form(ReadForm("read_contract", 501)).decode(coded(200, **part))


@pytest.mark.parametrize(
    ("put", "says"),
    [
        (lambda: NAMES.allocate(Allocate("unit")), "allocate has no address in v3"),
        (lambda: NAMES.act(Act("assign", 1, {})), "assign has no address in v3"),
        (lambda: NAMES.read(ReadCustomer(1)), "read_customer has no address in v3"),
        (lambda: NAMES.options(ReadOptions("ly")), "options has no address in v3"),
        (lambda: NAMES.tree(ReadTree("area")), "area has no address in v3"),
        (lambda: NAMES.rows(ListRows("list_customers")), "'list_customers' is no list of v3"),
        (lambda: NAMES.rows(ListRows("list_users", {"mobile": "1"})), "no filter mobile"),
        (lambda: NAMES.form(ReadForm("read_person", 1)), "'read_person' opens nothing"),
        (lambda: NAMES.form(ReadForm("list_users", 1)), "'list_users' opens nothing"),
        (lambda: NAMES.save(SaveCustomer("firm", None, {})), "'firm' is not one of"),
        (lambda: NAMES.save(SaveCustomer("unit", 0, {})), "0 is no id"),
    ],
)
def test_what_it_does_not_do_is_refused_before_it_is_said(put: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        put()
