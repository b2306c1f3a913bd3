"""Every page has its ov1 twin: the same words, the same effects, and the help's switches change nothing."""

import json
from typing import Any

import pytest

from tests.sandbox import caller as paths
from tests.sandbox.caller import ADD, LIST, PERSON, PERSONS, REFRESH, REPLIES, REPLY, SAVE, datas, unit
from tests.sandbox.engine import Desk, document
from zbsync.sandbox.request import Request

FLAGS = {"sharecontact": 1, "replyshare": 1, "chanceshare": 1, "contractshare": 1}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    (f"{ADD}?intsort=1", SAVE, unit(khid="WX7", mobile="13800000000")),
    (f"{ADD}?edit=1", "", {}),
    (LIST, REFRESH, {"khid": "WX7"}),
    (LIST, "adsearch", {}),
    (paths.ORDER, SAVE, {"member1": "0", "member2": "63"}),
    (paths.TAKE_BACK, "", {}),
    (paths.APPLY, "", {}),
    (paths.APPROVE, "", {"blset": 0}),
    (paths.APPLY, "", {}),
    (paths.REVIEW, SAVE, {"jg": 1}),
    (paths.SHARE, SAVE, {"member1": "1", **FLAGS}),
    (paths.PROTECT, "", {}),
    (paths.UNPROTECT, "", {}),
    (REPLY, SAVE, {"intro": "电话沟通", "sort": 481, "plantype": 0, "lead": 0}),
    (REPLY, SAVE, {"intro": "", "sort": 481, "plantype": 0}),
    (REPLIES, REFRESH, {"datatype": "tel"}),
    (PERSON, SAVE, {"ord": 0, "company": 1201, "person_name": "李工"}),
    (PERSONS, REFRESH, {"company": 1201}),
    (f"{PERSONS}?checktype=radio", REFRESH, {"company": 1201}),
    ("/sysa/mobilephone/systemManage/gate_list.asp?stype=check", "", {}),
    ("/sysa/mobilephone/salesmanage/contract/billlist.asp", REFRESH, {"datatype": "tel"}),
    ("/sysa/mobilephone/salesmanage/product/billlist.asp", REFRESH, {"cpname": "机"}),
    ("/sysa/mobilephone/officemanage/businesscard/list.asp", REFRESH, {"pagesize": 2000}),
    ("/sysa/mobilephone/logout.asp", "", {}),
]


def twin(path: str) -> str:
    return path.replace("/sysa/mobilephone/", "/webapi/v3/ov1/").replace(".asp", "")


def with_help(path: str, kind: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}apihelptype={kind}"


def story(spelling: Any) -> tuple[list[Any], list[str]]:
    """All calls on a fresh ERP with a stopped clock, in one spelling: what was answered, and what it did."""
    desk = Desk()
    desk.store.clock = lambda: 1_790_000_000.0
    ord_ = desk.allocate()
    answers = []
    for path, command, fields in CALLS:
        body = {"session": desk.session, "cmdkey": command, "datas": datas({"ord": ord_, **fields})}
        headers = {"content-type": "application/zsml; charset=utf-8"}
        request = Request("POST", spelling(path), headers, json.dumps(body).encode())
        answers.append(document(desk.engine.answer(request)))
        answers[-1]["header"].pop("session", None)
    return answers, desk.effects()


@pytest.mark.parametrize("kind", ["", "new", "save", "get"])
def test_a_twin_says_and_does_the_same(kind: str) -> None:
    spelling = twin if not kind else lambda path: with_help(twin(path), kind)
    assert story(spelling) == story(str)


def test_the_story_is_worth_comparing() -> None:
    _, effects = story(str)
    assert {"created", "changed", "appended", "person_created", "listed", "read", "refused", "logout"} <= set(effects)
    assert effects.count("changed") == 9


@pytest.mark.parametrize(("path", "command", "fields"), CALLS)
def test_an_older_erp_has_no_twins_at_all(path: str, command: str, fields: dict[str, Any]) -> None:
    desk = Desk()
    desk.store.set_policy(ov1=False)
    assert desk.post(twin(path), command, **fields).status == 404


@pytest.mark.parametrize(("path", "command", "fields"), CALLS)
def test_the_help_mode_keeps_nothing(path: str, command: str, fields: dict[str, Any]) -> None:
    desk = Desk()
    before = {name: count for name, count in desk.store.state().items() if name not in {"calls", "effects"}}
    help_ = path + ("&" if "?" in path else "?") + "apihelp=1"
    desk.post(help_, command, **fields)
    after = desk.store.state()
    assert {name: after[name] for name in before} == before
    assert desk.effects() == ["not_stored"] or desk.effects() == ["refused"]


@pytest.mark.parametrize(("path", "command", "fields"), CALLS)
def test_without_an_interface_content_type_every_page_is_a_page(
    path: str, command: str, fields: dict[str, Any]
) -> None:
    desk = Desk()
    body = json.dumps({"session": desk.session, "cmdkey": command, "datas": datas(fields)}).encode()
    for spelling in (path, twin(path)):
        sent = desk.engine.answer(Request("POST", spelling, {"content-type": "text/plain"}, body))
        assert (sent.status, sent.body[:6]) == (200, b"<html>")
    assert desk.effects() == ["none", "none"]
