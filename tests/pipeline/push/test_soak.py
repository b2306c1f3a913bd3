"""Weather: random faults in random order, on a clock that a test moves, until every push has come to its end.

Whatever happened on the way: no customer is made twice, what is verified is in the ERP as approved, what is not stands
before a person, and everything that was said is kept.
"""

import random
from collections import Counter
from typing import Any

import pytest

from tests.pipeline.pushing import Desk, desk
from zbsync.models import Attempt, Binding, Entry, Exchange, Push
from zbsync.pipeline import audit, dispatch, outbox, reconcile, verify

pytestmark = pytest.mark.django_db

PUSHES = 14
ROUNDS = 14
CLOCKS = {"call_timeout_s": 0.5, "max_attempts": 4, "retry_base_s": 20.0}
BEFORE_A_PERSON = {"rejected", "dead", "drifted", "in_doubt"}
WEATHER: tuple[dict[str, Any], ...] = (
    {"name": "reply_lost"},
    {"name": "ok_not_stored"},
    {"name": "session_kill"},
    {"name": "unavailable", "seconds": 5},
    {"name": "slow", "seconds": 0.8, "count": 2},
    {"name": "late_commit", "seconds": 0.05},
    {"name": "reset_before"},
    {"name": "html_500"},
    {"name": "html_500_after_store"},
    {"name": "empty_body"},
    {"name": "garbage"},
    {"name": "control_chars"},
    {"name": "bom"},
    {"name": "refuse"},
)


def day(chance: random.Random) -> list[dict[str, Any]]:
    """A few kinds of trouble, each hitting some of the calls."""
    kinds = chance.sample(WEATHER, k=chance.randint(1, 4))
    return [kind | {"probability": chance.choice([0.1, 0.3, 0.6])} for kind in kinds]


def turn(erp: Desk) -> None:
    erp.clock.pass_(3_700)
    for stage in (reconcile, dispatch, verify):
        stage.drain(clock=erp.clock)


def weather(erp: Desk, seed: int) -> list[Push]:
    """Bad days in a row, then fine ones until nothing moves any more."""
    chance = random.Random(seed)
    for number in range(1, PUSHES + 1):
        erp.push(number)
    for _ in range(ROUNDS // 2):
        erp.sandbox.faults.arm(day(chance))
        turn(erp)
    erp.sandbox.faults.arm([])
    for _ in range(ROUNDS // 2):
        turn(erp)
    return list(Push.objects.order_by("pk"))


@pytest.mark.parametrize("seed", range(8))
def test_each_push_takes_effect_once_or_stands_before_a_person(seed: int) -> None:
    with desk(lanes_=3, settings=CLOCKS) as erp:
        pushes = weather(erp, seed)
        stored = Counter(one["khid"] for one in erp.sandbox.store.customers())
        created = Counter(seen.ord for seen in erp.sandbox.store.writes() if seen.effect == "created")
        assert outbox.next_due([erp.connection]) is None, "nothing waits for a time that has passed"
        assert {push.state for push in pushes} <= {"verified", *BEFORE_A_PERSON}
        assert max(stored.values(), default=0) <= 1, "never twice"
        assert max(created.values(), default=0) <= 1
        for push in pushes:
            held = erp.customer(push.ord)
            if push.state == "verified":
                assert {name: held[name] for name in push.payload} == push.payload
                assert Binding.objects.get(contact=push.contact).ord == push.ord
            else:
                assert push.cause, f"a person is told why {push} is {push.state}"
            if push.state in ("rejected", "dead"):
                assert stored[push.payload["khid"]] == 0, f"{push.state} means that nothing is there"
        assert_evidence_is_whole(erp, pushes)


def assert_evidence_is_whole(erp: Desk, pushes: list[Push]) -> None:
    heard = erp.sandbox.store.log(cmdkey="__sys_dosave")
    kept = Exchange.objects.filter(operation__startswith="save_")
    assert kept.count() >= len(heard), "every save that the ERP saw is kept"
    assert not kept.filter(attempt=None).exists()
    assert not Attempt.objects.filter(outcome="sending").exists()
    for push in pushes:
        assert push.attempts_made <= CLOCKS["max_attempts"]
        written = Entry.objects.filter(subject="push", subject_id=push.pk).order_by("pk")
        states: list[dict[str, Any]] = [dict(entry) for entry in written.values("before", "after")]
        chain = [entry for entry in states if entry["before"]]
        said = [entry["after"]["state"] for entry in chain]
        assert [entry["before"]["state"] for entry in chain] == ["queued", *said[:-1]], "no step is missing"
        assert said[-1] == push.state


def test_a_page_that_always_falls_is_given_up_and_does_not_go_round_for_ever() -> None:
    with desk(settings={"max_attempts": 2}) as erp:
        push = erp.push()
        erp.sandbox.faults.arm([{"name": "html_500", "cmdkey": "__sys_dosave"}])
        for _ in range(8):
            turn(erp)
        push.refresh_from_db()
        assert (push.state, push.cause, push.attempts_made) == ("dead", "tries_used", 2)
        assert len(erp.sandbox.store.log(cmdkey="__sys_dosave")) == 2
        assert push.settled_at is not None


def test_a_mended_push_goes_again_when_a_person_says_so() -> None:
    with desk(settings={"max_attempts": 1}) as erp:
        push = erp.push()
        erp.sandbox.faults.arm([{"name": "html_500", "cmdkey": "__sys_dosave"}])
        for _ in range(4):
            turn(erp)
        erp.sandbox.faults.arm([])
        act = audit.new_act()
        assert outbox.requeue([push.pk], act=act, actor=outbox.JOB, now=erp.clock(), reason="mended") == [push.pk]
        turn(erp)
        push.refresh_from_db()
        assert push.state == "verified"
        assert erp.writes(push.ord) == ["created"]
