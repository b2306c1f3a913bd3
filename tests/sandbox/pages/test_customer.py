"""Allocate, save, open: drafts, full forms, refusals, and what stays behind."""

import itertools
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, REFRESH, SAVE, Caller, fields_of, unit
from zbsync.sandbox.app import Sandbox

OK = "保存成功！"
DELETED = "抱歉，您访问的单据已被删除！"


def test_allocate_burns_an_ord_and_a_number_and_leaves_a_draft_no_list_shows(sandbox: Sandbox, caller: Caller) -> None:
    first, second = caller.allocate(), caller.allocate()
    assert second == first + 1
    assert [row["khid"] for row in sandbox.store.customers(drafts=True)] == ["KH00001", "KH00002"]
    assert sandbox.store.customers() == []
    assert caller.rows() == caller.rows(telord=first) == []


def test_allocate_is_a_live_schema(caller: Caller) -> None:
    answer = caller.call(f"{ADD}?intsort=1", edit="")
    fields = fields_of(answer)
    assert fields["khid"]["value"] == fields["khid"]["text"] == "KH00001"
    assert [id_ for id_, field in fields.items() if field["notnull"] == "1"] == ["name", "sort1", "person_name"]
    assert fields["name"]["maxl"] == 100
    assert {"n": "微信咨询", "v": "978"} in fields["ly"]["source"]["options"]
    first = fields["sort1"]["source"]["trees"]["nodes"][0]
    assert (first["text"], first["value"], first["nodes"][0]["text"]) == ("意向客户", "3", "初步接触")


@pytest.mark.parametrize(("intsort", "has"), [(1, True), (2, False)])
def test_an_individual_has_no_contact_person_bank_or_capital(caller: Caller, intsort: int, has: bool) -> None:
    fields = fields_of(caller.call(f"{ADD}?intsort={intsort}", edit=""))
    assert {id_ in fields for id_ in ("person_name", "zijin", "bank_1", "fkdays", "pernum1")} == {has}
    assert fields["faren"]["caption"] == ("法人代表" if has else "所在单位")
    assert {"mobile", "weixinAcc", "product"} <= set(fields)


def test_the_kind_may_come_with_the_data(caller: Caller) -> None:
    assert "person_name" not in fields_of(caller.call(ADD, edit="", intsort="2"))


def test_the_numbering_can_run_out_or_be_off(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(khid_digits=1)
    sandbox.store.reserve_id("number", 8)
    assert caller.allocate()
    assert caller.said(ADD, edit="").startswith("客户编号顺序递增位数已占满")
    sandbox.store.set_policy(khid_prefilled=False)
    assert fields_of(caller.call(ADD, edit=""))["khid"]["value"] == ""


def test_save_makes_the_draft_a_customer_with_its_contact(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(name="示例公司", khid="WX1", ly=171, mobile="13800000000", weixinAcc="wx1")
    [row] = sandbox.store.customers()
    assert (row["ord"], row["khid"], row["ly"], row["sort1"]) == (ord_, "WX1", "171", "3,7")
    [person] = sandbox.store.persons(ord_)
    assert (person["person_name"], person["mobile"], person["weixinAcc"]) == ("王工", "13800000000", "wx1")
    assert [seen.effect for seen in sandbox.store.writes(khid="WX1")] == ["created"]


def test_saving_again_under_the_same_ord_modifies(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(khid="WX1")
    assert caller.save(ord=ord_, khid="WX1", name="改名公司") == OK
    assert [row["name"] for row in sandbox.store.customers()] == ["改名公司"]
    assert len(sandbox.store.persons(ord_)) == 1
    assert [seen.effect for seen in sandbox.store.writes(ord=ord_)] == ["created", "modified"]


def test_what_a_save_does_not_post_is_blanked(caller: Caller) -> None:
    ord_ = caller.create(khid="WX1", mobile="13800000000", intro="旧备注", zdy1="自定义")
    added = caller.values(ord_)["date1"]
    caller.save(ord=ord_, mobile="13800000001")
    kept = caller.values(ord_)
    assert (kept["mobile"], kept["date1"]) == ("13800000001", added)
    assert not {"khid", "intro", "zdy1"} & set(kept)


def test_the_contact_keeps_what_only_its_own_form_has(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.store.run("UPDATE person SET mobile2 = '13900000001', joy = '围棋' WHERE company = ?", args=(ord_,))
    caller.save(ord=ord_, mobile="13800000001")
    [person] = sandbox.store.persons(ord_)
    assert (person["mobile"], person["mobile2"], person["joy"]) == ("13800000001", "13900000001", "围棋")


def test_an_individual_is_its_own_contact(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate(2)
    assert caller.said(f"{ADD}?intsort=2", SAVE, ord=ord_, name="李示例", sort1="3,7", mobile="1380") == OK
    assert [person["person_name"] for person in sandbox.store.persons(ord_)] == ["李示例"]
    assert sandbox.store.customers()[0]["intsort"] == 2


def test_without_the_kind_a_save_keeps_the_kind_of_the_record(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate(2)
    assert caller.said(ADD, SAVE, ord=ord_, name="李示例", sort1="3,7") == OK
    assert sandbox.store.customers()[0]["intsort"] == 2


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "客户名称不能为空！"),
    ({"name": "   "}, "客户名称不能为空！"),
    ({"person_name": ""}, "联系人姓名不能为空！"),
    ({"sort1": ""}, "客户分类不能为空！"),
    ({"sort1": "3,12"}, "客户分类不存在，请重新选择！"),
    ({"sort1": "99,7"}, "客户分类不存在，请重新选择！"),
    ({"name": "长" * 101}, "客户名称不能超过100个字！"),
    ({"weixinAcc": "w" * 51}, "微信不能超过50个字！"),
    ({"intro": "长" * 4001}, "备注不能超过4000个字！"),
]


@pytest.mark.parametrize(("fields", "text"), REFUSALS)
def test_a_refusal_is_a_message_with_status_0_and_stores_nothing(
    sandbox: Sandbox, caller: Caller, fields: dict[str, Any], text: str
) -> None:
    answer = caller.call(f"{ADD}?intsort=1", SAVE, **unit(ord=caller.allocate(), **fields))
    assert answer["header"] == {"status": 0, "message": "ok"}
    assert answer["body"]["message"]["text"] == text
    assert answer["body"]["message"]["target"] == "self"
    assert sandbox.store.customers() == []
    assert sandbox.log()[-1].effect == "refused"


BREAKS: list[tuple[dict[str, Any], str]] = [
    ({"sort1": "意向客户"}, "服务器异常: 【下标越界: '[number: 1]'】"),
    ({"sort1": "意向客户,初步接触"}, "服务器异常: 【类型不匹配: 'sort'】"),
    ({"ly": "微信"}, "服务器异常: 【类型不匹配: 'ly'】"),
    ({"ord": 10**30}, "服务器异常: 【溢出: 'ord'】"),
    ({"jz": "1.5"}, "服务器异常: 【类型不匹配: 'jz'】"),
    ({"zijin": "一百万"}, "服务器异常: 【类型不匹配: 'zijin'】"),
]


@pytest.mark.parametrize(("fields", "text"), BREAKS)
def test_a_value_the_page_cannot_convert_breaks_the_script(
    sandbox: Sandbox, caller: Caller, fields: dict[str, Any], text: str
) -> None:
    assert caller.save(**{"ord": caller.allocate()} | fields) == text
    assert sandbox.store.customers() == []
    assert sandbox.log()[-1].effect == "script_error"


def test_values_of_the_greatest_length_are_kept_whole(caller: Caller) -> None:
    long = {"name": "长" * 100, "khid": "K" * 50, "intro": "字" * 4000, "address": "路" * 200}
    kept = caller.values(caller.create(**long))
    assert {id_: kept[id_] for id_ in long} == long


@pytest.mark.parametrize("ord_", [None, 0, "0", "", 4711])
def test_saving_under_no_known_ord_is_refused(sandbox: Sandbox, caller: Caller, ord_: Any) -> None:
    assert caller.save(ord=ord_) == DELETED
    assert sandbox.store.customers() == []


def test_saving_over_a_deleted_customer_does_not_bring_it_back(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.store.delete(ord_)
    assert caller.save(ord=ord_) == DELETED
    assert caller.said(ADD + "?edit=1", ord=ord_) == DELETED
    assert sandbox.store.persons(ord_) == []


@pytest.mark.parametrize(
    ("rules", "warnings_block", "fields", "text"),
    [
        ({"khid": "block"}, False, {"khid": "WX1"}, "相同客户编号已存在！"),
        ({"khid": "warn"}, False, {"khid": "WX1"}, OK),
        ({"khid": "warn"}, True, {"khid": "WX1"}, "相同客户编号已存在！"),
        ({"khid": "off"}, True, {"khid": "WX1"}, OK),
        ({"name": "block"}, False, {"name": "示例公司"}, "相同客户名称已存在！"),
        ({"mobile": "block"}, False, {"mobile": "13800000000"}, "相同手机已存在！"),
        ({"mobile": "block"}, False, {"mobile": "13900000001"}, "相同手机已存在！"),
        ({"weixinAcc": "block"}, False, {"weixinAcc": "wx1"}, "相同微信已存在！"),
        ({"weixinAcc": "block"}, False, {"weixinAcc": ""}, OK),
    ],
)
def test_duplicates_are_refused_as_the_installation_has_it(
    sandbox: Sandbox, caller: Caller, rules: Any, warnings_block: bool, fields: dict[str, str], text: str
) -> None:
    first = caller.create(name="示例公司", khid="WX1", mobile="13800000000", weixinAcc="wx1")
    sandbox.store.run("UPDATE person SET mobile2 = '13900000001'")
    sandbox.store.set_policy(duplicates=rules, warnings_block=warnings_block)
    assert caller.save(ord=caller.allocate(), **({"name": "另一家"} | fields)) == text
    assert caller.save(ord=first, name="示例公司", khid="WX1", mobile="13800000000", weixinAcc="wx1") == OK


def test_a_record_is_no_duplicate_of_itself_nor_of_a_draft_or_a_deleted_one(sandbox: Sandbox, caller: Caller) -> None:
    first = caller.create(khid="WX1")
    assert caller.save(ord=first, khid="WX1") == OK
    sandbox.store.delete(first)
    second = caller.create(khid="WX1")
    sandbox.store.run("UPDATE customer SET del = 7 WHERE ord = ?", args=(second,))
    assert caller.create(khid="WX1")


def test_a_follow_stage_may_ask_for_more(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(required=["ly"])
    ord_ = caller.allocate()
    assert caller.save(ord=ord_).startswith("本阶段有必填项未填写")
    assert fields_of(caller.call(ADD, edit=""))["ly"]["notnull"] == "1"
    assert caller.save(ord=ord_, ly=978) == OK


def test_some_builds_break_on_an_apostrophe(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    assert caller.save(ord=ord_, intro="it's") == OK
    sandbox.store.set_policy(apostrophe_breaks=True)
    assert "服务器异常" in caller.save(ord=ord_, intro="it's")
    assert caller.save(ord=ord_, intro="it’s") == OK


def test_raw_values_come_only_in_edit_mode(caller: Caller) -> None:
    ord_ = caller.create(ly=171, area=221, zijin="1234.5", jz=289)
    edit, read = caller.detail(ord_), caller.detail(ord_, edit=False)
    shown = {id_: edit[id_]["text"] for id_ in ("ly", "area", "zijin", "sort1", "jz")}
    assert shown == {"ly": "网站注册", "area": "南京", "zijin": "1,234.50", "sort1": "意向客户,初步接触", "jz": "较高"}
    assert {id_: read[id_]["text"] for id_ in shown} == shown
    assert [edit[id_]["value"] for id_ in shown] == ["171", "221", "1234.5", "3,7", "289"]
    assert {field["value"] for field in read.values()} == {""}
    assert {str(field["source"]) for field in read.values()} == {"None"}


def test_edit_mode_may_be_asked_for_in_the_data(caller: Caller) -> None:
    ord_ = caller.create(khid="WX1")
    assert fields_of(caller.call(ADD, ord=ord_, edit="1"))["khid"]["value"] == "WX1"


def test_a_page_holds_more_than_the_form_posts(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.store.assign(ord_, 63)
    detail = caller.detail(ord_)
    assert (detail["cateid"]["value"], detail["cateid"]["text"]) == ("1|2|63", "周敏")
    assert {id_ for id_, field in detail.items() if field["post"] == "0"} == {"cateid", "sp_log", "btn_reply"}


def test_a_form_read_in_edit_mode_and_posted_back_changes_nothing(caller: Caller) -> None:
    ord_ = caller.create(khid="WX1", ly=171, mobile="13800000000", intro="两行\n备注", bank_1="示例银行", zijin="12.5")
    before = caller.detail(ord_)
    posted = {id_: field["value"] for id_, field in before.items() if field["post"] == "1"}
    assert caller.said(f"{ADD}?intsort=1", SAVE, **({"ord": ord_} | posted)) == OK
    assert caller.detail(ord_) == before


@pytest.mark.parametrize(("policy", "opens"), [("deleted", False), ("blank", True)])
def test_opening_a_draft_does_what_the_policy_says(sandbox: Sandbox, caller: Caller, policy: str, opens: bool) -> None:
    sandbox.store.set_policy(draft_opens=policy)
    body = caller.call(ADD + "?edit=1", ord=caller.allocate())["body"]
    assert ("bill" in body) is opens
    if not opens:
        assert body["message"]["text"] == DELETED


def test_the_query_wins_over_the_command_in_the_body(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    assert caller.said(f"{ADD}?intsort=1&__msgid={SAVE}", REFRESH, **unit(ord=ord_)) == OK
    assert "bill" in caller.call(f"{ADD}?__MSGID=&edit=1", ord=ord_)["body"]
    assert "report" in caller.call(f"{LIST}?action=", ord=ord_)["body"]


@pytest.mark.parametrize("command", ["save", "onsave", "delete", "__SYS_DOSAVE"])
def test_a_command_the_page_does_not_know_breaks_it(sandbox: Sandbox, caller: Caller, command: str) -> None:
    answer = caller.call(f"{ADD}?intsort=1", command, **unit(ord=caller.allocate()))
    assert answer["header"]["message"] == "ok"
    assert "AddTool" in answer["body"]["message"]["text"]
    assert sandbox.store.customers() == []


def test_the_help_switch_answers_and_keeps_nothing(sandbox: Sandbox, caller: Caller) -> None:
    shown = int(caller.call(f"{ADD}?apihelp=1", edit="")["body"]["bill"]["value"])
    assert sandbox.store.customers(drafts=True) == []
    assert "bill" in caller.call(f"{ADD}?apihelp=1&intsort=1", SAVE, **unit())["body"]
    assert sandbox.store.customers() == []
    assert [seen.effect for seen in sandbox.log()[1:]] == ["not_stored", "not_stored"]
    assert caller.allocate() > shown  # a number once shown is gone


def test_the_help_type_alone_saves_nothing(sandbox: Sandbox, caller: Caller) -> None:
    answer = caller.call("/webapi/v3/ov1/salesmanage/custom/add?intsort=1&apihelptype=save", **unit())
    assert "bill" in answer["body"]
    assert sandbox.store.customers() == []


def test_the_ov1_twin_reaches_the_same_customer(sandbox: Sandbox, caller: Caller) -> None:
    twin = "/webapi/v3/ov1/salesmanage/custom/add"
    ord_ = int(caller.call(f"{twin}?apihelptype=new&intsort=1")["body"]["bill"]["value"])
    assert caller.said(f"{twin}?intsort=1&apihelptype=save", SAVE, **unit(ord=ord_, khid="WX1")) == OK
    assert caller.values(ord_)["khid"] == "WX1"
    seen = fields_of(caller.call(f"{twin}?edit=1&apihelptype=get", ord=ord_))
    assert seen == caller.detail(ord_)


def test_ords_are_never_handed_out_twice(sandbox: Sandbox, caller: Caller) -> None:
    [fixed] = sandbox.store.add_customers([{"name": "旧客户", "ord": "5000", "khid": "KH00200"}])
    ords = [caller.allocate() for _ in range(5)]
    assert all(one < other for one, other in itertools.pairwise([fixed, *ords]))
    assert sandbox.store.customers(drafts=True)[0]["khid"] == "KH00201"
