"""Contact persons: new and changed, told apart by the installation's rules, listed and picked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.caller import PERSON, PERSONS, SAVE, Caller, fields_of
from zbsync.sandbox.app import Sandbox

DONE = "联系人保存完成"
LI = {"person_name": "李工", "mobile": "13900000001", "weixinAcc": "wx_li", "sex": "女", "job": "主管"}


@pytest.fixture
def ord_(caller: Caller) -> int:
    return caller.create(mobile="13800000000", sort1="4,12", area="221", trade="966")


def names(caller: Caller, path: str = PERSONS, /, **filters: Any) -> list[str]:
    return [row["person_name"] for row in caller.rows(path, **filters)]


@pytest.mark.parametrize("number", [{}, {"ord": 0}, {"ord": "0"}, {"ord": ""}])
def test_no_number_or_zero_makes_a_new_person(
    sandbox: Sandbox, caller: Caller, ord_: int, number: dict[str, Any]
) -> None:
    assert caller.said(PERSON, SAVE, company=ord_, **LI, **number) == DONE
    assert sandbox.log()[-1].effect == "person_created"
    assert names(caller, company=ord_) == ["李工", "王工"]


def test_a_number_changes_that_person_and_blanks_what_was_not_said(caller: Caller, ord_: int) -> None:
    caller.said(PERSON, SAVE, company=ord_, **LI)
    person = int(caller.rows(PERSONS, person_name="李工")[0]["ord"])
    assert caller.said(PERSON, SAVE, ord=person, company=ord_, person_name="李总", mobile="13900000002") == DONE
    shown = fields_of(caller.call(PERSON + "?edit=1", ord=person))
    kept = {id_: field["value"] for id_, field in shown.items() if field["value"]}
    assert kept == {"company": str(ord_), "person_name": "李总", "mobile": "13900000002"}
    assert names(caller, company=ord_) == ["李总", "王工"]


def test_without_edit_a_person_shows_texts_only(caller: Caller, ord_: int) -> None:
    caller.said(PERSON, SAVE, company=ord_, **LI)
    person = caller.rows(PERSONS, person_name="李工")[0]["ord"]
    field = fields_of(caller.call(PERSON, ord=person))["mobile"]
    assert (field["text"], field["value"]) == ("13900000001", "")


@pytest.mark.parametrize(
    ("rule", "fields", "text"),
    [
        ({"mobile": "enter"}, {"mobile": "13800000000"}, "相同手机已存在！"),
        ({"mobile": "enter"}, {"mobile2": "13800000000"}, "相同手机2已存在！"),
        ({"mobile": "point"}, {"mobile": "13800000000"}, DONE),
        ({"weixinAcc": "enter"}, {"weixinAcc": "wx_old"}, "相同微信已存在！"),
        ({"qq": "enter"}, {"qq": "10001"}, "相同QQ已存在！"),
        ({"person_name": "enter"}, {"person_name": "王工"}, "相同联系人姓名已存在！"),
        ({"khid": "enter", "name": "enter"}, {}, DONE),
        ({}, {"mobile": "13800000000", "weixinAcc": "wx_old"}, DONE),
    ],
)
def test_the_rules_on_duplicates_hold_for_persons(
    sandbox: Sandbox, caller: Caller, rule: dict[str, str], fields: dict[str, str], text: str
) -> None:
    ord_ = caller.create(mobile="13800000000", weixinAcc="wx_old", qq="10001")
    sandbox.store.set_policy(duplicates=rule)
    assert caller.said(PERSON, SAVE, **{"company": ord_, "person_name": "新人", **fields}) == text


def test_a_mobile_is_looked_for_in_both_places_and_never_with_oneself(
    sandbox: Sandbox, caller: Caller, ord_: int
) -> None:
    sandbox.store.set_policy(duplicates={"mobile": "enter"})
    caller.said(PERSON, SAVE, company=ord_, person_name="李工", mobile2="13900000009")
    assert caller.said(PERSON, SAVE, company=ord_, person_name="新", mobile="13900000009") == "相同手机已存在！"
    own = caller.rows(PERSONS, person_name="李工")[0]["ord"]
    assert caller.said(PERSON, SAVE, ord=own, company=ord_, person_name="李工", mobile="13900000009") == DONE
    assert caller.save(ord=caller.allocate(), mobile="13900000009") == "相同手机已存在！"


def test_the_installation_may_ask_for_more(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    sandbox.store.set_policy(person_required=["mobile"])
    assert caller.said(PERSON, SAVE, company=ord_, person_name="李工").endswith("手机")
    assert caller.said(PERSON, SAVE, company=ord_, **LI) == DONE


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"mobile": "139"}, ["李工"]),
        ({"sex": "女,男"}, ["李工"]),
        ({"job": "主"}, ["李工"]),
        ({"trade": "966"}, ["李工", "王工"]),
        ({"trade": "137"}, []),
        ({"area": "20"}, ["李工", "王工"]),
        ({"telsort": "4|13"}, []),
        ({"telsort": "4|12,13"}, ["李工", "王工"]),
        ({"date1_0": "2999-01-01"}, []),
        ({"date1_1": "2999-01-01"}, ["李工", "王工"]),
        ({"searchKey": "3900"}, ["李工"]),
        ({"weixinAcc": "wx_li"}, ["李工", "王工"]),
        ({"_rpt_sort": "ord"}, ["王工", "李工"]),
        ({"pagesize": 1, "pageindex": 2}, ["王工"]),
    ],
)
def test_persons_are_found_by_what_the_help_lists_and_by_nothing_else(
    caller: Caller, ord_: int, filters: dict[str, Any], found: list[str]
) -> None:
    caller.said(PERSON, SAVE, company=ord_, **LI)
    assert names(caller, **filters) == found


def test_birthdays_are_those_of_the_coming_week(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    today = datetime.fromtimestamp(sandbox.store.clock(), UTC)
    for name, days in (("昨天", -1), ("今天", 0), ("七天后", 7), ("八天后", 8)):
        born = (today + timedelta(days=days)).strftime("1988-%m-%d")
        caller.said(PERSON, SAVE, company=ord_, person_name=name, year1=born)
    assert names(caller, stype=1) == names(caller, remind="7") == ["七天后", "今天"]


def test_the_picker_lists_the_same_persons(caller: Caller, ord_: int) -> None:
    caller.said(PERSON, SAVE, company=ord_, **LI)
    [row] = caller.rows(PERSONS + "?checktype=radio", mobile="13900000001")
    assert [row] == caller.rows(PERSONS, mobile="13900000001")
    assert (row["company"], row["person_name"]) == (str(ord_), "李工")
    assert names(caller, PERSONS, checktype="radio", company=ord_) == ["李工", "王工"]


def test_the_advanced_search_tells_all_filters_with_their_options(caller: Caller) -> None:
    fields = fields_of(caller.call(PERSONS, "adsearch"))
    assert {"person_name", "mobile", "trade", "date1_0", "date1_1"} <= set(fields)
    assert "weixinAcc" not in fields
    assert fields["trade"]["source"]["options"][0] == {"n": "银行", "v": "137"}


def test_the_customer_list_may_hide_its_persons(sandbox: Sandbox, caller: Caller, ord_: int) -> None:
    assert caller.rows(telord=ord_)[0]["personname"] == "王工"
    sandbox.store.set_policy(list_persons=False)
    row = caller.rows(telord=ord_)[0]
    assert [row[name] for name in ("personname", "personjob", "phone", "mobile", "person")] == [""] * 5
    assert caller.rows(searchKey="13800000000") == []


def test_a_login_may_end_the_users_other_sessions(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(single_login=True)
    first = caller.session
    caller.login()
    assert caller.session != first
    assert sandbox.store.session_user(first) is None
    assert caller.rows() == []
