"""Where pages, faults, latency and the journal meet: how each exchange ends, and what is written down of it."""

import gc
import threading
import time
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, REFRESH, SAVE
from tests.sandbox.engine import Desk, at_once, document, text
from zbsync.sandbox.control import ROOT
from zbsync.sandbox.engine import Ending
from zbsync.sandbox.faults import BadFault
from zbsync.sandbox.request import Request
from zbsync.sandbox.store import Store

SLOW_MS = 150


@pytest.fixture
def desk() -> Desk:
    return Desk()


def control(desk: Desk, method: str, what: str, body: bytes = b"") -> Any:
    return document(desk.engine.answer(Request(method, ROOT + what, {}, body)))


@pytest.mark.parametrize(
    ("fault", "ending", "status", "effect", "stored"),
    [
        ("reset_before", Ending.RESET, 200, "none", False),
        ("reply_lost", Ending.HANG_UP, 200, "created", True),
        ("late_commit", Ending.HANG_UP, 200, "pending", False),
        ("unavailable", Ending.ANSWER, 503, "none", False),
        ("html_500", Ending.ANSWER, 500, "none", False),
        ("html_500_after_store", Ending.ANSWER, 500, "created", True),
        ("ok_not_stored", Ending.ANSWER, 200, "not_stored", False),
        ("refuse", Ending.ANSWER, 200, "refused", False),
        ("empty_body", Ending.ANSWER, 200, "created", True),
        ("session_kill", Ending.ANSWER, 200, "expired", False),
    ],
)
def test_a_fault_ends_a_save_so(desk: Desk, fault: str, ending: Ending, status: int, effect: str, stored: bool) -> None:
    ord_ = desk.allocate()
    desk.engine.faults.arm([{"name": fault, "cmdkey": SAVE, "count": 1, "seconds": 60}])
    sent = desk.save(ord_)
    assert (sent.ending, sent.status if sent.ending is Ending.ANSWER else 200) == (ending, status)
    assert desk.effects()[-1] == effect
    assert bool(desk.store.customers()) is stored


@pytest.mark.parametrize(
    ("names", "ending", "status"),
    [
        (["html_500", "reset_before"], Ending.RESET, 200),
        (["html_500", "unavailable"], Ending.ANSWER, 503),
        (["refuse", "html_500"], Ending.ANSWER, 500),
        (["late_commit", "refuse"], Ending.ANSWER, 200),
        (["reply_lost", "late_commit"], Ending.HANG_UP, 200),
    ],
)
def test_of_two_faults_the_one_that_says_less_wins(desk: Desk, names: list[str], ending: Ending, status: int) -> None:
    ord_ = desk.allocate()
    desk.engine.faults.arm([{"name": name, "cmdkey": SAVE, "seconds": 60} for name in names])
    sent = desk.save(ord_)
    assert (sent.ending, sent.status) == (ending, status)
    assert desk.store.customers() == []
    assert set(desk.store.log()[-1].faults.split(",")) == set(names)


@pytest.mark.parametrize(
    ("fault", "answered"), [("reset_before", 0), ("reply_lost", 0), ("late_commit", 0), ("html_500", 500), ("bom", 200)]
)
def test_the_journal_knows_whether_anybody_was_answered(desk: Desk, fault: str, answered: int) -> None:
    ord_ = desk.allocate()
    desk.engine.faults.arm([{"name": fault, "cmdkey": SAVE, "seconds": 60}])
    desk.save(ord_)
    seen = desk.store.log()[-1]
    assert (seen.status, seen.faults, seen.ord) == (answered, fault, ord_)


def test_a_call_is_written_down_with_what_it_was_about(desk: Desk) -> None:
    ord_ = desk.allocate()
    desk.save(ord_, khid="WX7")
    desk.post(LIST, REFRESH, name="甲")
    allocated, saved, listed = desk.store.log()
    assert (allocated.effect, allocated.ord, allocated.khid) == ("allocated", ord_, "KH00001")
    assert (saved.effect, saved.ord, saved.khid, saved.cmdkey) == ("created", ord_, "WX7", SAVE)
    assert (saved.path, saved.query, saved.session) == (ADD, "intsort=1", desk.session)
    assert (listed.effect, listed.ord, listed.khid) == ("listed", None, "")
    assert len({allocated.digest, saved.digest, listed.digest}) == 3


def test_two_requests_of_the_same_bytes_have_the_same_digest(desk: Desk) -> None:
    ord_ = desk.allocate()
    for name in ("甲", "甲", "乙"):
        desk.save(ord_, name=name)
    first, again, other = (seen.digest for seen in desk.store.log(cmdkey=SAVE))
    assert first == again != other


def test_a_late_commit_takes_effect_when_its_time_has_come(desk: Desk) -> None:
    ord_ = desk.allocate()
    desk.engine.faults.arm([{"name": "late_commit", "seconds": 0.05}])
    desk.save(ord_, name="迟到")
    assert desk.store.customers() == []
    deadline = time.monotonic() + 5
    while desk.effects()[-1] == "pending" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert desk.effects()[-1] == "created"
    assert [row["name"] for row in desk.store.customers()] == ["迟到"]


def test_closing_commits_what_is_late_once_and_only_once(desk: Desk) -> None:
    desk.engine.faults.arm([{"name": "late_commit", "seconds": 60}])
    for number in range(3):
        desk.save(desk.allocate(), name=f"甲{number}")
    desk.engine.close()
    desk.engine.close()
    assert desk.effects().count("created") == 3
    assert "pending" not in desk.effects()
    assert len(desk.store.customers()) == 3


def test_what_commits_late_may_find_its_session_gone(desk: Desk) -> None:
    desk.engine.faults.arm([{"name": "late_commit", "seconds": 60}])
    desk.save(desk.allocate())
    desk.store.kill_sessions()
    desk.engine.close()
    assert desk.effects()[-1] == "expired"
    assert desk.store.customers() == []


def test_a_late_commit_overwrites_what_was_sent_after_it(desk: Desk) -> None:
    """Why a push in doubt is looked at and never sent again at once: the older save may come second."""
    ord_ = desk.allocate()
    desk.engine.faults.arm([{"name": "late_commit", "seconds": 60, "count": 1}])
    desk.save(ord_, name="第一次")
    desk.save(ord_, name="第二次")
    desk.engine.close()
    assert [row["name"] for row in desk.store.customers()] == ["第一次"]
    assert desk.effects()[1:] == ["modified", "created"]


def test_latency_is_slept_before_a_call_and_not_for_the_control_door() -> None:
    desk = Desk(latency_ms=SLOW_MS)
    began = time.monotonic()
    control(desk, "GET", "state")
    assert time.monotonic() - began < SLOW_MS / 1000
    desk.post(LIST, REFRESH)
    assert time.monotonic() - began >= SLOW_MS / 1000


@pytest.mark.parametrize("slow", [{"latency_ms": 60_000}, {"rules": [{"name": "slow", "seconds": 60}]}])
def test_a_stop_cuts_every_sleep_short(slow: dict[str, Any]) -> None:
    desk = Desk(**slow)
    threading.Timer(0.05, desk.engine.wake).start()
    began = time.monotonic()
    assert document(desk.post(LIST, REFRESH))["header"]["status"] == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("serial", "sessions", "turns"), [(True, 1, 3), (True, 3, 1), (False, 1, 1)])
def test_calls_of_one_session_wait_for_one_another(serial: bool, sessions: int, turns: int) -> None:
    desk = Desk(latency_ms=SLOW_MS)
    desk.store.set_policy(serial_sessions=serial)
    ids = [desk.store.open_session(1) for _ in range(sessions)]
    began = time.monotonic()
    at_once(*[lambda n=n: desk.post(LIST, REFRESH, session=ids[n % sessions]) for n in range(3)])
    took = time.monotonic() - began
    assert turns * SLOW_MS / 1000 <= took < (turns + 1.9) * SLOW_MS / 1000


def test_logins_wait_for_nobody() -> None:
    desk = Desk(latency_ms=SLOW_MS)
    desk.session = ""
    began = time.monotonic()
    many = 8
    assert all(document(sent)["header"]["status"] == 0 for sent in at_once(*[desk.login] * many))
    assert time.monotonic() - began < many * SLOW_MS / 1000


def test_the_turns_of_sessions_are_forgotten_with_their_calls(desk: Desk) -> None:
    for number in range(50):
        desk.post(LIST, REFRESH, session=f"unknown-{number}")
    gc.collect()
    assert len(desk.engine._locks) == 0


@pytest.mark.parametrize(("asked", "there"), [(0, 0), (30, 30)])
def test_an_empty_store_is_filled_as_asked(asked: int, there: int) -> None:
    assert len(Desk(customers=asked).store.customers()) == there


def test_a_store_with_customers_is_left_as_it_is() -> None:
    store = Store()
    store.add_customers([{"name": "老客户"}])
    assert [row["name"] for row in Desk(store, customers=30).store.customers()] == ["老客户"]


def test_the_same_seed_fills_the_same_customers() -> None:
    first, again, other = (Desk(customers=20, seed=seed).store.customers() for seed in (1, 1, 2))
    assert [row["name"] for row in first] == [row["name"] for row in again] != [row["name"] for row in other]


def test_wrong_rules_make_no_engine() -> None:
    with pytest.raises(BadFault, match="nosuch"):
        Desk(rules=[{"name": "nosuch"}])


def test_a_lie_burns_the_ord_it_names(desk: Desk) -> None:
    desk.engine.faults.arm([{"name": "ok_not_stored", "path": "custom/add", "cmdkey": "", "count": 1}])
    lied, real = desk.allocate(), desk.allocate()
    assert real == lied + 1
    assert [row["ord"] for row in desk.store.customers(drafts=True)] == [real]
    assert text(desk.save(lied)) == "抱歉，您访问的单据已被删除！"


def test_a_captcha_fault_shuts_the_door_on_the_device_that_calls(desk: Desk) -> None:
    desk.engine.faults.arm([{"name": "captcha", "count": 1}])
    assert "验证码" in text(desk.login())
    assert "验证码" in text(desk.login())
    assert desk.store.captcha("dev1") != desk.store.captcha("dev2") == ""
