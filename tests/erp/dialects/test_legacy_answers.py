"""legacy, inward: every golden answer is understood, or raises what it means."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.erp.support import SESSION, answer, bill, config, golden, header, said
from tests.wire import cases
from zbsync.erp import errors
from zbsync.erp.commands import (
    Allocate,
    ListRows,
    OptionRow,
    ReadCustomer,
    ReadOptions,
    ReadTree,
    SaveCustomer,
)
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.entrance import Entrance
from zbsync.erp.dialects.legacy import Legacy

LEGACY = Legacy(config())
LOGIN = Entrance(config()).login("/login")
ALLOCATE = LEGACY.allocate(Allocate("individual"))
SAVE = LEGACY.save(SaveCustomer("unit", 1207, {"name": "甲"}))
READ = LEGACY.read(ReadCustomer(1207))
LIST = LEGACY.rows(ListRows("list_customers"))
PERSONS = LEGACY.rows(ListRows("list_persons"))
OPTIONS = LEGACY.options(ReadOptions("ly"))
ODD_NAME = '甲&乙 <示例> "机械"'
TREE = LEGACY.tree(ReadTree("stage"))

WRONG: dict[str, tuple[Call[Any], type[errors.ErpError], str]] = {
    "detail_deleted": (READ, errors.Absent, "单据已被删除"),
    "detail_read": (READ, errors.UnknownAnswer, "not in edit mode"),
    "empty_body": (SAVE, errors.EmptyAnswer, "erp.empty_answer"),
    "expired": (LIST, errors.Expired, "登录超时"),
    "frozen": (LIST, errors.Expired, "login page"),
    "html_500": (LIST, errors.ServerFault, "HTTP 500"),
    "list_skeleton": (LIST, errors.UnknownAnswer, "'report'"),
    "login_captcha": (LOGIN, errors.CaptchaDemanded, "请输入验证码"),
    "login_refused": (LOGIN, errors.LoginRefused, "用户名或密码错误"),
    "not_found": (LIST, errors.WrongPath, "HTTP 404"),
    "pc_page": (LIST, errors.NotJSON, "客户列表"),
    "save_refused_khid": (SAVE, errors.Duplicate, "相同客户编号已存在"),
    "save_refused_required": (SAVE, errors.Refused, "客户名称不能为空"),
    "save_script_error": (SAVE, errors.ScriptError, "下标越界"),
    "allocate_exhausted": (ALLOCATE, errors.Refused, "位数已占满"),
    "list_beyond": (LIST, errors.ScriptError, "BOF 或 EOF"),
    "closed_page": (LIST, errors.Refused, "该功能未开启"),
    "login_no_mobile": (LOGIN, errors.LoginRefused, "不允许移动登录"),
    "unavailable": (LIST, errors.Unavailable, "HTTP 503"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_golden_answer_that_is_no_yes_raises_what_it_means(case: str) -> None:
    call, leaf, says = WRONG[case]
    with pytest.raises(leaf, match=re.escape(says)) as caught:
        call.decode(golden(case))
    assert type(caught.value) is leaf


RIGHT: dict[str, tuple[Call[Any], Callable[[Any], Any], Any]] = {
    "login_ok": (LOGIN, str, SESSION),
    "login_ok_ov1": (LOGIN, str, SESSION),
    "allocate": (ALLOCATE, lambda made: (made.ord, made.khid), (1208, "KH00032")),
    "allocate_unit": (ALLOCATE, lambda made: (made.ord, made.khid), (1208, "KH00032")),
    "save_ok": (SAVE, str, "保存成功！"),
    "save_individual_ok": (SAVE, str, "保存成功！"),
    "save_ok_done": (SAVE, str, "客户添加完成"),
    "save_ok_english": (SAVE, str, "success"),
    "save_msgid": (SAVE, str, "保存成功！"),
    "save_ov1": (SAVE, str, "保存成功！"),
    "person_save_ok": (SAVE, str, "联系人保存完成"),
    "detail_entities": (READ, lambda record: (record.values["name"], record.labels["name"]), (ODD_NAME, ODD_NAME)),
    "list_ov1": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "list_rows_thousands": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "list_rows_value_id": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "unicode_body": (LIST, lambda page: page.rows[0]["person"], "988"),
    "detail_edit": (READ, lambda record: (record.ord, record.kind, record.saved), (1207, "unit", True)),
    "control_chars": (READ, lambda record: record.values["name"], "渝北示例机械有限公司"),
    "list_rows": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207", "1206"]),
    "list_rows_plain": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207", "1206"]),
    "list_rows_value": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207", "1206"]),
    "list_rows_single": (LIST, lambda page: [row["ord"] for row in page.rows], ["1207"]),
    "list_rows_2020": (LIST, lambda page: page.rows[0]["mobile"], "138 0000 0000"),
    "list_msgid": (LIST, lambda page: page.rows[0]["name"], "渝北示例机械有限公司"),
    "lenient_body": (LIST, lambda page: page.record_count, 1),
    "list_empty": (LIST, lambda page: (page.rows, page.page_count, page.record_count), ([], 0, 0)),
    "person_list_rows": (PERSONS, lambda page: page.rows[0]["company"], "1206"),
    "options_ly": (OPTIONS, lambda rows: OptionRow("978", "微信咨询") in rows, True),
    "tree_sort": (TREE, lambda tops: [node.label for node in tops[0].children][:1], ["初步接触"]),
    "tree_area": (TREE, lambda tops: tops[1].children[1].children[0].label, "南京"),
    "tree_gate": (TREE, lambda tops: tops[0].children[0].children[0].code, "63"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_a_golden_answer_is_understood(case: str) -> None:
    call, look, expected = RIGHT[case]
    assert look(call.decode(golden(case))) == expected


def test_no_golden_answer_is_forgotten() -> None:
    unused = {"logout"}  # sessions are left to run out
    assert set(cases()) == WRONG.keys() | RIGHT.keys() | unused


def test_a_form_says_what_it_wants_and_how_much_it_holds() -> None:
    form = {known.id: known for known in ALLOCATE.decode(golden("allocate")).form}
    assert form["name"].required
    assert form["name"].max_length == 100
    assert form["khid"].value.startswith("KH")


def test_a_record_has_raw_values_labels_and_captions() -> None:
    record = READ.decode(golden("detail_edit"))
    assert (record.values["sort1"], record.labels["sort1"]) == ("3,7", "意向客户,初步接触")
    assert (record.values["ly"], record.captions["ly"]) == ("171", "客户来源")


def test_a_field_that_is_only_shown_is_not_posted() -> None:
    form = {known.id: known.post for known in READ.decode(golden("detail_edit")).form}
    assert form["name"] is True
    assert [name for name, post in form.items() if not post], "the page has buttons and lists"


def test_a_refusal_names_its_fields() -> None:
    with pytest.raises(errors.Refused) as caught:
        SAVE.decode(golden("save_refused_khid"))
    assert caught.value.fields == ("khid",)


def test_unavailable_says_when_to_come_back() -> None:
    with pytest.raises(errors.Unavailable) as caught:
        LIST.decode(golden("unavailable"))
    assert caught.value.retry_after_s == 30.0


def test_another_customer_than_asked_for_is_unknown() -> None:
    with pytest.raises(errors.UnknownAnswer, match="asked for 1207, got 1206"):
        READ.decode(bill({"id": "name", "value": "甲"}, value="1206"))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["name", "person_name"], "unit"),
        (["name", "bank_1"], "unit"),
        (["name", "mobile"], "individual"),
    ],
)
def test_the_kind_shows_in_the_form(fields: list[str], kind: str) -> None:
    form = bill(*({"id": name, "value": "x"} for name in fields))
    assert READ.decode(form).kind == kind


@pytest.mark.parametrize(("intsort", "kind"), [("1", "unit"), ("2", "individual")])
def test_the_kind_may_be_told(intsort: str, kind: str) -> None:
    form = bill({"id": "intsort", "value": intsort}, {"id": "name", "value": "甲"})
    assert READ.decode(form).kind == kind


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        (header("", 0), errors.LoginRefused),
        (header("系统维护中，请稍后再试！"), errors.Unavailable),
        (header("服务器异常: 【x】"), errors.ScriptError),
        (header("抱歉，该账号不允许移动登录！"), errors.LoginRefused),
        (header("账号已经删除或冻结，请重新登录！"), errors.LoginRefused),
        (said("ok"), errors.LoginRefused),
        (answer({"body": {}}), errors.UnknownAnswer),
        (golden("pc_page"), errors.NotJSON),
        (golden("not_found"), errors.WrongPath),
        (golden("empty_body"), errors.EmptyAnswer),
    ],
)
def test_a_login_without_a_session_is_none(reply: Any, leaf: type[errors.ErpError]) -> None:
    with pytest.raises(errors.ErpError) as caught:
        LOGIN.decode(reply)
    assert type(caught.value) is leaf


def test_a_form_without_a_number_has_none() -> None:
    assert ALLOCATE.decode(bill({"id": "name", "value": ""})).khid == ""


def test_a_connection_reads_sentences_its_own_way() -> None:
    own = Legacy(config(phrases={"success": "^已入库$"})).save(SaveCustomer("unit", 1, {}))
    assert own.decode(said("已入库")) == "已入库"
