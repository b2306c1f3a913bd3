"""Follow-ups: what the form asks for, that they only ever get more, and how they are read back."""

from typing import Any

import pytest

from tests.sandbox.caller import PERSON, REFRESH, REPLIES, REPLY, REPLY_PERSON, ROOT, SAVE, Caller, fields_of
from zbsync.sandbox.app import Sandbox

DONE = "洽谈进展添加完成"
PLAIN = {"intro": "微信沟通摘要", "sort": 484, "plantype": 0}
HAD = {"@ret2_0": "2026-10-01 09:00:00", "@ret2_1": "2026-10-01", "@title2": "上门", "@intro2": "谈妥"}
PLANNED = {"@ret_0": "2026-10-02 09:00", "@ret_1": "2026-10-2", "@title1": "回访", "@remind": 0}


@pytest.fixture
def ord_(caller: Caller) -> int:
    return caller.create()


def person_of(sandbox: Sandbox, ord_: int) -> int:
    person: int = sandbox.store.persons(ord_)[0]["ord"]
    return person


def test_a_follow_up_is_appended_with_all_it_said(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    lead = person_of(sandbox, ord_)
    assert caller.said(REPLY, SAVE, ord=ord_, lead=lead, **PLAIN) == DONE
    [row] = sandbox.store.follow_ups(company=ord_)
    kept = {name: row[name] for name in ("datatype", "target", "uid", "intro", "sort", "lead", "plantype", "plan")}
    assert kept == {
        "datatype": "tel",
        "target": ord_,
        "uid": 1,
        "intro": "微信沟通摘要",
        "sort": 484,
        "lead": lead,
        "plantype": 0,
        "plan": "",
    }
    assert (sandbox.log()[-1].effect, sandbox.log()[-1].ord) == ("appended", ord_)


def test_said_twice_it_stands_there_twice(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    for _ in range(2):
        assert caller.said(REPLY, SAVE, ord=ord_, **PLAIN) == DONE
    assert [row["intro"] for row in sandbox.store.follow_ups()] == ["微信沟通摘要"] * 2


def test_a_contact_person_is_followed_up_under_its_own_number(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    person = person_of(sandbox, ord_)
    assert caller.said(REPLY_PERSON, SAVE, ord=person, lead=4711, **PLAIN) == DONE
    [row] = sandbox.store.follow_ups()
    assert (row["datatype"], row["target"], row["company"], row["lead"]) == ("person", person, ord_, 0)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"intro": ""}, "洽谈进展不能为空！"),
        ({"intro": "长" * 1001}, "洽谈进展不能超过1000个字！"),
        ({"sort": ""}, "跟进方式不能为空！"),
        ({"sort": 999}, "跟进方式不存在，请重新选择！"),
        ({"sort": "微信"}, "服务器异常: 【类型不匹配: 'sort'】"),
        ({"plantype": ""}, "日程类型不能为空！"),
        ({"plantype": 3}, "日程类型不存在，请重新选择！"),
        ({"lead": 4711}, "联系人不存在，请重新选择！"),
        ({"ord": 4711}, "抱歉，您访问的单据已被删除！"),
        ({"ord": ""}, "数据标识不能为空！"),
        ({"files": "名" * 51}, "添加附件不能超过50个字！"),
    ],
)
def test_a_form_that_is_not_right_appends_nothing(
    sandbox: Sandbox, caller: Caller, ord_: int, fields: dict[str, Any], text: str
) -> None:
    assert caller.said(REPLY, SAVE, **{"ord": ord_, **PLAIN, **fields}) == text
    assert sandbox.store.follow_ups() == []


@pytest.mark.parametrize(("plantype", "block"), [(2, HAD), (1, PLANNED)])
def test_a_schedule_needs_its_block_and_ignores_the_other(
    sandbox: Sandbox, caller: Caller, ord_: int, plantype: int, block: dict[str, Any]
) -> None:
    form = {"ord": ord_, **PLAIN, "plantype": plantype}
    for name in block:
        missing = {id_: value for id_, value in block.items() if id_ != name}
        assert caller.said(REPLY, SAVE, **form, **missing).endswith("不能为空！")
    assert caller.said(REPLY, SAVE, **form, **block, **{"@cateid": "63"}) == DONE
    [row] = sandbox.store.follow_ups()
    assert row["plantype"] == plantype
    assert ("@cateid" in row["plan"]) is (plantype == 1)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"@ret_0": "明天"}, "服务器异常: 【类型不匹配: '@ret_0'】"),
        ({"@remind": 2}, "是否提醒不存在，请重新选择！"),
        ({"@cateid": "4711"}, "所选人员不存在或已冻结，请重新选择！"),
    ],
)
def test_a_plan_has_dates_and_people_that_exist(caller: Caller, ord_: int, change: dict[str, Any], text: str) -> None:
    assert caller.said(REPLY, SAVE, ord=ord_, **PLAIN | {"plantype": 1}, **PLANNED | change) == text


@pytest.mark.parametrize("datatype", ["", "chance", "contract", "plan"])
def test_other_things_are_not_followed_up_here(caller: Caller, ord_: int, datatype: str) -> None:
    path = f"{ROOT}systemmanage/reply.asp?datatype={datatype}"
    assert caller.said(path, SAVE, ord=ord_, **PLAIN).startswith("服务器异常")


def test_the_form_offers_templates_and_methods(caller: Caller, ord_: int) -> None:
    fields = fields_of(caller.call(REPLY, ord=ord_))
    assert [option["v"] for option in fields["intro"]["source"]["options"]] == ["106", "107", "108", "109", "120"]
    assert {option["n"] for option in fields["sort"]["source"]["options"]} == {"电话", "邮件", "上门", "其他"}
    assert "lead" in fields
    assert "lead" not in fields_of(caller.call(REPLY_PERSON))


def test_they_are_read_back_newest_first(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    other = caller.create(name="别家")
    for intro, sort in (("第一次", 481), ("第二次", 484)):
        caller.said(REPLY, SAVE, ord=ord_, **PLAIN | {"intro": intro, "sort": sort})
    caller.said(REPLY, SAVE, ord=other, **PLAIN)
    rows = caller.rows(REPLIES, ord=ord_, datatype="tel")
    assert [(row["intro"], row["sort"], row["person"]) for row in rows] == [
        ("第二次", "其他", "接口账号"),
        ("第一次", "电话", "接口账号"),
    ]
    assert [int(row["ord"]) for row in rows] == [row["ord"] for row in sandbox.store.follow_ups(target=ord_)][::-1]
    assert len(rows[0]["date"]) == len("2026-10-01 09:00:00")
    assert len(caller.rows(REPLIES)) == 3


def test_customer_and_person_do_not_mix_though_their_numbers_may(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    values = {"person_name": "同号", "mobile": "13900000001"}
    sandbox.store.run("UPDATE person SET ord = ? WHERE company = ?", args=(ord_, ord_))
    caller.said(PERSON, SAVE, ord=ord_, company=ord_, **values)
    caller.said(REPLY, SAVE, ord=ord_, **PLAIN | {"intro": "给客户"})
    caller.said(REPLY_PERSON, SAVE, ord=ord_, **PLAIN | {"intro": "给联系人"})
    for filters, intro in (({}, "给客户"), ({"datatype": "tel"}, "给客户"), ({"datatype": "person"}, "给联系人")):
        assert [row["intro"] for row in caller.rows(REPLIES, ord=ord_, **filters)] == [intro]
    assert [row["intro"] for row in caller.rows(REPLIES + "?datatype=person", ord=ord_)] == ["给联系人"]


def test_a_customer_without_follow_ups_has_an_empty_list(caller: Caller, ord_: int) -> None:
    table = caller.call(REPLIES, REFRESH, ord=ord_, datatype="tel")["body"]["source"]["table"]
    assert (table["cols"], table["rows"]) == ([], [])
    assert caller.call(REPLIES, ord=ord_)["body"]["model"] == "report"
