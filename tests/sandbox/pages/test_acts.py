"""What is done to a customer: each act shows in the lists, and each has its ways to be refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.caller import (
    APPLY,
    APPROVE,
    LIST,
    ORDER,
    PROTECT,
    REFRESH,
    REVIEW,
    SAVE,
    SHARE,
    TAKE_BACK,
    UNPROTECT,
    Caller,
    fields_of,
)
from zbsync.sandbox.app import Sandbox

DELETED = "抱歉，您访问的单据已被删除！"
ALL_SHARED = {"sharecontact": 1, "replyshare": 1, "chanceshare": 0, "contractshare": 0}
STYPES = ("1", "2", "3", "4", "5")


@pytest.fixture
def other(sandbox: Sandbox) -> Iterator[Caller]:
    """A salesman's caller."""
    caller = Caller(sandbox)
    caller.login("zhoumin", "zhoumin-pass", serial="dev2")
    yield caller
    caller.connection.close()


def where(caller: Caller, ord_: int) -> set[str]:
    """The `stype`s under which a customer is listed."""
    return {stype for stype in STYPES if caller.rows(stype=stype, telord=ord_)}


def owner(caller: Caller, ord_: int) -> str:
    return caller.rows(telord=ord_)[0]["catename"]


def test_assigning_to_a_user_names_the_owner_and_leaves_the_pool(caller: Caller) -> None:
    ord_ = caller.create()
    assert (owner(caller, ord_), where(caller, ord_)) == ("", {"1"})
    assert caller.said(ORDER, SAVE, ord=str(ord_), member1="0", member2="63") == "指派成功！"
    assert (owner(caller, ord_), where(caller, ord_)) == ("周敏", set())
    assert caller.detail(ord_)["cateid"]["value"] == "1|2|63"


def test_opening_to_all_gives_it_back_to_the_pool(caller: Caller) -> None:
    ord_ = caller.create()
    caller.said(ORDER, SAVE, ord=ord_, member1=0, member2="64")
    assert caller.said(ORDER, SAVE, ord=ord_, member1="1", member2="") == "指派成功！"
    assert (owner(caller, ord_), where(caller, ord_)) == ("", {"1"})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"member2": "63"}, "指派方式不能为空！"),
        ({"member1": "0", "member2": ""}, "指派用户不能为空！"),
        ({"member1": "2", "member2": "63"}, "指派方式不存在，请重新选择！"),
        ({"member1": "0", "member2": "4711"}, "所选人员不存在或已冻结，请重新选择！"),
        ({"member1": "0", "member2": "65"}, "所选人员不存在或已冻结，请重新选择！"),
        ({"member1": "0", "member2": "周敏"}, "服务器异常: 【类型不匹配: 'member2'】"),
        ({"member1": "0", "member2": "6" * 51}, "指派用户不能超过50个字！"),
    ],
)
def test_an_assignment_that_names_nobody_is_refused(caller: Caller, fields: dict[str, Any], text: str) -> None:
    ord_ = caller.create()
    assert caller.said(ORDER, SAVE, ord=ord_, **fields) == text
    assert owner(caller, ord_) == ""


def test_taking_back_needs_an_owner_and_no_protection(caller: Caller) -> None:
    ord_ = caller.create()
    assert caller.said(TAKE_BACK, ord=str(ord_)) == "该客户未被领用，不能收回！"
    caller.said(ORDER, SAVE, ord=ord_, member1="0", member2="63")
    caller.said(PROTECT, ord=ord_)
    assert caller.said(TAKE_BACK, ord=str(ord_)) == "该客户已被保护，不能收回！"
    caller.said(UNPROTECT, ord=ord_)
    assert caller.said(TAKE_BACK, ord=str(ord_)) == "收回成功！"
    assert where(caller, ord_) == {"1"}


@pytest.mark.parametrize(
    ("path", "command", "yes", "no", "done"),
    [
        (APPROVE, "", {"blset": 1}, {"blset": 0}, "审批成功！"),
        (REVIEW, SAVE, {"jg": 1, "intro": "可以"}, {"jg": 2, "intro": "不急"}, "审核成功！"),
    ],
)
def test_an_application_waits_until_somebody_decides(
    caller: Caller, other: Caller, path: str, command: str, yes: dict[str, Any], no: dict[str, Any], done: str
) -> None:
    ord_ = caller.create()
    for decision, name in ((no, ""), (yes, "周敏")):
        assert other.said(APPLY, ord=str(ord_)) == "申请成功！"
        assert where(caller, ord_) == {"1", "2"}
        assert other.said(APPLY, ord=str(ord_)) == "该客户正在审批中，不能重复申请！"
        assert caller.said(path, command, ord=ord_, **decision) == done
        assert owner(caller, ord_) == name
        assert "2" not in where(caller, ord_)
    assert caller.said(path, command, ord=ord_, **yes) == "该客户不在待审核状态，不能审批！"
    assert other.said(APPLY, ord=str(ord_)) == "该客户已被领用，不能申请！"


def test_decisions_stand_in_the_detail_with_their_words(caller: Caller, other: Caller) -> None:
    ord_ = caller.create()
    other.said(APPLY, ord=ord_)
    caller.said(REVIEW, SAVE, ord=ord_, jg=2, intro="资料不全")
    log = caller.detail(ord_)["sp_log"]["text"]
    assert log.endswith("不同意 资料不全")


def test_a_new_customer_may_have_to_wait_for_review(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(review_new=True)
    ord_ = caller.create()
    assert "2" in where(caller, ord_)
    caller.save(ord=ord_, name="改名")
    assert "2" in where(caller, ord_), "a change is no decision"
    caller.said(REVIEW, SAVE, ord=ord_, jg=1)
    assert (where(caller, ord_), owner(caller, ord_)) == ({"1"}, "")


@pytest.mark.parametrize(
    ("path", "command", "fields", "text"),
    [
        (APPROVE, "", {}, "审批结果不能为空！"),
        (APPROVE, "", {"blset": 2}, "审批结果不存在，请重新选择！"),
        (REVIEW, SAVE, {}, "审核结果不能为空！"),
        (REVIEW, SAVE, {"jg": 0}, "审核结果不存在，请重新选择！"),
        (REVIEW, SAVE, {"jg": 1, "intro": "长" * 501}, "审核意见不能超过500个字！"),
        (REVIEW, SAVE, {"jg": 1, "approveSign": "名" * 51}, "签名不能超过50个字！"),
    ],
)
def test_a_decision_says_yes_or_no_and_not_too_much(
    caller: Caller, other: Caller, path: str, command: str, fields: dict[str, Any], text: str
) -> None:
    ord_ = caller.create()
    other.said(APPLY, ord=ord_)
    assert caller.said(path, command, ord=ord_, **fields) == text
    assert "2" in where(caller, ord_)


def test_what_one_shares_the_other_sees_as_shared_with_him(sandbox: Sandbox, caller: Caller, other: Caller) -> None:
    ord_ = caller.create()
    assert caller.said(SHARE, SAVE, ord=ord_, member1="0", member2="63,64", **ALL_SHARED) == "共享成功！"
    assert (where(caller, ord_), where(other, ord_)) == ({"1", "4"}, {"1", "5"})
    assert [share["uid"] for share in sandbox.store.shares(ord_)] == [63, 64]
    assert sandbox.store.shares(ord_)[0]["rights"] == {name: str(flag) for name, flag in ALL_SHARED.items()}


def test_sharing_with_all_replaces_what_was_shared_before(sandbox: Sandbox, caller: Caller, other: Caller) -> None:
    ord_ = caller.create()
    caller.said(SHARE, SAVE, ord=ord_, member1="0", member2="64", **ALL_SHARED)
    assert "5" not in where(other, ord_)
    caller.said(SHARE, SAVE, ord=ord_, member1="1", member2="", **ALL_SHARED)
    assert "5" in where(other, ord_)
    assert [share["uid"] for share in sandbox.store.shares(ord_)] == [0]


@pytest.mark.parametrize("flag", sorted(ALL_SHARED))
def test_every_flag_of_a_share_is_required(sandbox: Sandbox, caller: Caller, flag: str) -> None:
    ord_ = caller.create()
    flags = {name: value for name, value in ALL_SHARED.items() if name != flag}
    assert caller.said(SHARE, SAVE, ord=ord_, member1=1, **flags).endswith("不能为空！")
    assert "请重新选择" in caller.said(SHARE, SAVE, ord=ord_, member1=1, **flags, **{flag: 7})
    assert sandbox.store.shares(ord_) == []


def test_an_older_version_does_not_ask_for_the_chances(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(share_chance=False)
    flags = {name: value for name, value in ALL_SHARED.items() if name != "chanceshare"}
    assert caller.said(SHARE, SAVE, ord=caller.create(), member1=1, **flags) == "共享成功！"


def test_a_share_with_nobody_is_refused(caller: Caller) -> None:
    assert caller.said(SHARE, SAVE, ord=caller.create(), member1=0, member2="", **ALL_SHARED) == "共享人员不能为空！"


def test_protection_is_given_and_given_up_once_each(caller: Caller) -> None:
    ord_ = caller.create()
    assert caller.said(UNPROTECT, ord=ord_) == "该客户未被保护，不能放弃保护！"
    assert caller.said(PROTECT, ord=ord_) == "保护成功！"
    assert (where(caller, ord_), caller.names(catetype=6)) == ({"1", "3"}, ["示例公司"])
    assert caller.said(PROTECT, ord=ord_) == "该客户已被保护，不能重复保护！"
    assert caller.said(UNPROTECT, ord=ord_) == "放弃保护成功！"
    assert (where(caller, ord_), caller.names(catetype=6)) == ({"1"}, [])


def test_the_name_of_a_protected_customer_may_be_taken_once_only(sandbox: Sandbox, caller: Caller) -> None:
    first = caller.create(name="示例公司")
    caller.said(PROTECT, ord=first)
    caller.create(name="示例公司")
    sandbox.store.set_policy(protect_names=True)
    assert caller.save(ord=caller.allocate(), name="示例公司") == "同名客户已被保护！"
    assert caller.save(ord=first, name="示例公司") == "保存成功！"


ACTS = [
    (ORDER, SAVE, {"member1": "0", "member2": "63"}),
    (TAKE_BACK, "", {}),
    (APPLY, "", {}),
    (APPROVE, "", {"blset": "1"}),
    (REVIEW, SAVE, {"jg": "1"}),
    (SHARE, SAVE, {"member1": "1", **ALL_SHARED}),
    (PROTECT, "", {}),
    (UNPROTECT, "", {}),
]


@pytest.mark.parametrize(("path", "command", "fields"), ACTS)
def test_no_act_reaches_a_draft_a_deleted_or_an_unknown_customer(
    sandbox: Sandbox, caller: Caller, path: str, command: str, fields: dict[str, Any]
) -> None:
    deleted = caller.create()
    sandbox.store.delete(deleted)
    for ord_ in (caller.allocate(), deleted, 4711):
        assert caller.said(path, command, ord=ord_, **fields) == DELETED
    assert caller.said(path, command, **fields) == "数据标识不能为空！"
    assert not sandbox.log(effect="changed")


@pytest.mark.parametrize(("path", "command", "fields"), ACTS)
def test_an_act_needs_a_session(
    sandbox: Sandbox, caller: Caller, path: str, command: str, fields: dict[str, Any]
) -> None:
    ord_ = caller.create()
    caller.session = "gone"
    assert caller.call(path, command, ord=ord_, **fields)["header"]["status"] == 1
    assert sandbox.log()[-1].effect == "expired"


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        (ORDER, {"ord", "member1", "member2"}),
        (REVIEW, {"ord", "jg", "intro", "approveSign"}),
        (SHARE, {"ord", "member1", "member2", *ALL_SHARED}),
    ],
)
def test_without_a_command_an_act_shows_its_form(caller: Caller, path: str, ids: set[str]) -> None:
    fields = fields_of(caller.call(path, ord=caller.create()))
    assert set(fields) == ids
    choices = fields["jg" if "jg" in ids else "member1"]["source"]["options"]
    assert {"1"} < {option["v"] for option in choices} <= {"0", "1", "2"}


def test_a_right_can_be_taken_from_a_login(sandbox: Sandbox, caller: Caller, other: Caller) -> None:
    ord_ = caller.create()
    sandbox.store.set_policy(denied={"zhoumin": ["assign"]})
    assert other.said(ORDER, SAVE, ord=ord_, member1="0", member2="63") == "抱歉，您没有该操作的权限！"
    assert other.said(PROTECT, ord=ord_) == "保护成功！"
    sandbox.store.set_policy(denied={"zhoumin": ["*"]})
    assert other.said(UNPROTECT, ord=ord_).endswith("权限！")
    assert other.names() == ["示例公司"], "reading is another right"
    sandbox.store.set_policy(blind=["zhoumin"])
    assert other.rows() == []
    assert other.call(LIST, REFRESH)["header"]["status"] == 0


def test_the_journal_says_changed_for_each_act_that_took_effect(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    caller.said(PROTECT, ord=ord_)
    caller.said(PROTECT, ord=ord_)
    assert [seen.effect for seen in sandbox.log(ord=ord_)] == ["allocated", "created", "changed", "refused"]


def test_catetype_says_whose_customers_cateid_asks_for(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    caller.said(ORDER, SAVE, ord=ord_, member1="0", member2="63")
    assert caller.names(cateid="63") == caller.names(cateid="63", catetype="1") == ["示例公司"]
    assert caller.names(cateid="63", catetype="3") == []
    assert caller.names(cateid="1", catetype="3") == caller.names(catetype="1") == ["示例公司"]
    assert caller.names(catetype="7") == ["示例公司"]
    assert caller.names(tdate1="2000-01-01", tdate2="2999-01-01") == ["示例公司"]
    assert caller.names(tdate2="2000-01-01") == caller.names(a_date_1="2000-01-01") == []
