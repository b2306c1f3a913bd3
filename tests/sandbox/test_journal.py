"""The journal tells a checker, from the ERP's side, what was asked, what came of it, and whether anybody was told."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, ORDER, PERSON, PROTECT, REFRESH, REPLY, SAVE, Caller, unit
from tests.sandbox.engine import Desk
from tests.sandbox.v3.flat import ADD as FLAT_ADD
from tests.sandbox.v3.flat import UNIT, Flat
from zbsync.sandbox.app import Sandbox
from zbsync.sandbox.documents import Reply
from zbsync.sandbox.request import Call, Request
from zbsync.sandbox.store import journal

PLAIN: dict[str, Any] = {"intro": "谈过", "sort": 484, "plantype": 0}


def test_every_write_has_its_operation_effect_and_key_fields() -> None:
    desk = Flat()
    ord_ = desk.allocate()
    desk.save(ord_, khid="WX1", mobile="13800000000")
    desk.save(ord_, khid="WX1", mobile="13800000001")
    desk.post(PERSON, SAVE, ord=0, company=ord_, person_name="李工", mobile="13900000000")
    desk.post(REPLY, SAVE, ord=ord_, **PLAIN)
    desk.post(ORDER, SAVE, ord=ord_, member1=0, member2=63)
    desk.post(PROTECT, ord=ord_)
    desk.post(PROTECT, ord=ord_)
    desk.ask(FLAT_ADD, UNIT | {"khid": "WX2", "mobile": "13800000002"})
    seen = [(one.dialect, one.operation, one.effect, one.ord, one.khid, one.mobile) for one in desk.store.log()]
    assert seen == [
        ("legacy", "allocate", "allocated", ord_, "KH00001", ""),
        ("legacy", "save_customer", "created", ord_, "WX1", "13800000000"),
        ("legacy", "save_customer", "modified", ord_, "WX1", "13800000001"),
        ("legacy", "save_person", "person_created", ord_, "", "13900000000"),
        ("legacy", "follow_up_customer", "appended", ord_, "", ""),
        ("legacy", "assign", "changed", ord_, "", ""),
        ("legacy", "protect", "changed", ord_, "", ""),
        ("legacy", "protect", "refused", ord_, "", ""),
        ("v3", "add_customer", "created", ord_ + 1, "WX2", "13800000002"),
    ]
    assert [one.effect for one in desk.store.changes()] == [
        "created",
        "modified",
        "person_created",
        "appended",
        "changed",
        "changed",
        "created",
    ]
    assert [one.khid for one in desk.store.writes()] == ["WX1", "WX1", "WX2"]


def test_what_took_effect_says_when_and_what_did_not_does_not() -> None:
    desk = Desk()
    ord_ = desk.allocate()
    desk.save(ord_)
    desk.save(ord_, name="")
    desk.post(LIST, REFRESH)
    assert [one.took_at == one.at for one in desk.store.log()] == [False, True, False, False]
    assert [one.took_at for one in desk.store.log(effect="refused")] == [None]


def test_two_calls_of_one_content_are_told_from_two_of_another() -> None:
    store = Desk().store
    first, second = Desk(store), Desk(store)
    ord_ = first.allocate()
    first.save(ord_, khid="WX1")
    second.save(ord_, khid="WX1")
    second.save(ord_, khid="WX2")
    one, other, third = store.log(operation="save_customer")
    assert one.content == other.content != third.content
    assert one.digest != other.digest, "the session is part of the body"


def test_nobody_told_is_status_zero_and_said_so(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.faults.arm([{"name": "cut_body", "count": 1}])
    with pytest.raises(Exception, match="IncompleteRead"):
        caller.call(ADD, SAVE, **unit(ord=ord_))
    door = "/__sandbox__/log?operation=save_customer"
    caller.connection.close()
    told = [(one["answered"], one["status"]) for one in json.loads(caller.send(door, b"", method="GET"))["calls"]]
    assert told == [(True, 200), (False, 0)]


@pytest.mark.parametrize(
    ("query", "count"),
    [("?dialect=legacy", 4), ("?operation=allocate", 1), ("?limit=2", 2), ("?since=2&limit=1", 1), ("?dialect=v3", 0)],
)
def test_the_log_is_asked_by_operation_and_dialect_and_in_pieces(caller: Caller, query: str, count: int) -> None:
    caller.create()
    caller.rows()
    caller.call("/sysa/mobilephone/logout.asp")
    calls = json.loads(caller.send("/__sandbox__/log" + query, b"", method="GET"))["calls"]
    assert len(calls) == count


def test_the_tally_counts_effects_silence_and_what_stands_twice(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(khid="WX1")
    sandbox.store.add_customers([{"name": "别家", "khid": "WX1"}])
    for _ in range(2):
        caller.said(REPLY, SAVE, ord=ord_, **PLAIN)
    sandbox.faults.arm([{"name": "reply_lost", "count": 1}])
    with pytest.raises(Exception, match="closed connection"):
        caller.said(PROTECT, ord=ord_)
    caller.connection.close()
    tally: dict[str, Any] = json.loads(caller.send("/__sandbox__/tally", b"", method="GET"))
    assert tally["operations"] == {
        "follow_up_customer": {"appended": 2},
        "protect": {"changed": 1},
        "save_customer": {"created": 1},
    }
    assert (tally["unanswered"], tally["khid_twice"]) == (1, {"WX1": 2})
    assert [(one["ord"], one["n"]) for one in tally["appended_twice"]] == [(ord_, 2)]


def test_old_reading_is_forgotten_and_writing_never(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "KEPT_READS", 500)
    desk = Desk()
    desk.save(desk.allocate(), khid="WX1")
    reading = Call(Request("POST", LIST, {}, b""))
    for _ in range(2100):
        desk.store.note(reading, Reply(effect="listed"))
    effects = [one.effect for one in desk.store.log()]
    assert effects[:2] == ["allocated", "created"]
    assert 500 <= effects.count("listed") <= 1500
    assert desk.store.calls() == 2102
