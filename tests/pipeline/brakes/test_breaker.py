"""A connection that fails too much is paused by itself, probed, put on trial, and opened or paused again."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.models import make
from tests.pipeline.pushing import SECRETS, Desk, desk, settled
from zbsync.models import Attempt, Entry, Exchange, Push
from zbsync.pipeline import audit, brakes, dispatch, flow, outbox, reconcile, verify, wiring
from zbsync.pipeline.wiring import breaker

pytestmark = pytest.mark.django_db

LIMITS = {
    "breaker_least": 4,
    "breaker_share": 0.5,
    "breaker_unknown": 3,
    "breaker_half_open": 2,
    "breaker_probe_s": 10.0,
    "canary_above": 0,
}
SAVE = {"cmdkey": "__sys_dosave"}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=1, settings=LIMITS) as made:
        yield made


def row(erp: Desk) -> tuple[str, bool, bool]:
    """Cause of the pause, whether a probe is due some day, whether it is on trial."""
    one = erp.connection
    one.refresh_from_db()
    return one.pause_cause, one.probe_after is not None, one.half_open_since is not None


def due(erp: Desk) -> datetime:
    """When the next probe is."""
    erp.connection.refresh_from_db()
    assert erp.connection.probe_after is not None
    return erp.connection.probe_after


def logged_in(erp: Desk) -> list[str]:
    """The logins the ERP saw."""
    return [seen.path for seen in erp.sandbox.store.log() if seen.path.endswith("login")]


def fill(erp: Desk, count: int) -> None:
    for number in range(1, count + 1):
        erp.push(number)


def states() -> Counter[str]:
    return Counter(Push.objects.values_list("state", flat=True))


def trip(erp: Desk) -> None:
    """Refusals until the breaker trips."""
    erp.sandbox.faults.arm([{"name": "refuse", **SAVE}])
    fill(erp, 30)
    dispatch.drain(clock=erp.clock)


def test_a_share_of_failures_pauses_the_connection_and_keeps_the_rest(erp: Desk, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(breaker.logger, "error", lambda text, *values: said.append(text % values))
    trip(erp)
    assert row(erp) == ("breaker.share", True, False)
    assert erp.connection.pause_params["failed"] == erp.connection.pause_params["ended"] >= 4
    assert states()["rejected"] < 15, "it stopped in the middle"
    assert states()["rejected"] + states()["queued"] == 30
    assert [one.partition(" {")[0] for one in said] == ["sandbox is paused: breaker.share"]
    assert Entry.objects.filter(verb="connection.pause", actor_name="job:brakes").count() == 1


def test_ids_that_are_not_handed_out_pause_it_too(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "script_error", "operation": "allocate"}])
    fill(erp, 30)
    dispatch.drain(clock=erp.clock)
    assert row(erp) == ("breaker.share", True, False)
    tries = Attempt.objects.all()
    assert {(one.number, one.outcome, one.cause) for one in tries} == {(1, "deferred", "script_error")}
    assert 4 <= tries.count() < 30
    said = Exchange.objects.filter(operation__startswith="allocate")
    assert said.count() == tries.count()
    assert {one.attempt_id for one in said} == {one.pk for one in tries}
    assert not erp.sandbox.store.customers()


def test_an_id_that_came_late_is_the_second_try(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "script_error", "operation": "allocate", "count": 1}])
    push = erp.push()
    dispatch.drain(clock=erp.clock)
    assert settled(push) == ("queued", "script_error")
    erp.clock.pass_(600)
    dispatch.drain(clock=erp.clock)
    verify.drain(clock=erp.clock)
    assert settled(push) == ("verified", "")
    assert list(Attempt.objects.order_by("pk").values_list("number", "outcome")) == [(1, "deferred"), (2, "accepted")]
    assert push.attempts_made == 2


def test_doubts_that_pile_up_pause_it(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "reply_lost", "probability": 0.4, **SAVE}])
    fill(erp, 30)
    dispatch.drain(clock=erp.clock)
    assert row(erp)[0] in {"breaker.unknown", "breaker.share"}
    assert states()["in_doubt"] < 15


def test_doubts_that_looking_ended_do_not_count(erp: Desk) -> None:
    for number in range(3):
        push = erp.push(number, state="verified")
        make.attempt(push, outcome="in_doubt", started_at=erp.clock(), finished_at=erp.clock())
    for number in range(3, 9):
        push = erp.push(number, state="verified")
        make.attempt(push, outcome="accepted", started_at=erp.clock(), finished_at=erp.clock())
    assert not wiring.watch(erp.connection, erp.clock())


def test_a_machine_that_died_while_it_spoke_says_nothing_of_the_erp(erp: Desk) -> None:
    for number in range(20):
        push = erp.push(number, state="in_doubt", cause="lease_lapsed")
        made = {"outcome": "in_doubt", "cause": "lease_lapsed", "started_at": erp.clock(), "finished_at": erp.clock()}
        make.attempt(push, **made)
    assert not wiring.watch(erp.connection, erp.clock())
    Attempt.objects.update(cause="lost_reply")
    assert wiring.watch(erp.connection, erp.clock())


def test_duplicates_are_facts_about_customers_and_no_failures(erp: Desk) -> None:
    for number in range(20):
        push = erp.push(number, state="rejected", cause="duplicate")
        make.attempt(push, outcome="rejected", cause="duplicate", started_at=erp.clock(), finished_at=erp.clock())
    assert not wiring.watch(erp.connection, erp.clock())


def test_what_lies_before_the_window_or_a_persons_resume_is_forgotten(erp: Desk) -> None:
    for number in range(8):
        push = erp.push(number, state="rejected", cause="refused")
        make.attempt(push, outcome="rejected", cause="refused", started_at=erp.clock(), finished_at=erp.clock())
    assert not wiring.watch(erp.connection, erp.clock() + timedelta(seconds=301))
    assert wiring.watch(erp.connection, erp.clock())
    assert wiring.resume(erp.connection, outbox.JOB, erp.clock())
    assert not wiring.watch(erp.connection, erp.clock())


def test_a_good_probe_puts_it_on_trial_and_a_good_trial_opens_it(erp: Desk) -> None:
    trip(erp)
    erp.sandbox.faults.arm([])
    brakes.drain(clock=erp.clock)
    assert row(erp)[0], "too early: the probe is not due"
    erp.clock.pass_(20)
    logins = len(logged_in(erp))
    assert brakes.drain(clock=erp.clock).done == 1
    assert row(erp) == ("", False, True)
    assert len(logged_in(erp)) == logins + 1, "it logs in afresh"
    assert Exchange.objects.filter(push=None, operation="list_customers").exists(), "what a probe says is kept"
    left = states()["queued"]
    dispatch.drain(clock=erp.clock)
    assert row(erp) == ("", False, False)
    assert states()["accepted"] == left
    assert [entry.verb for entry in Entry.objects.filter(verb__startswith="connection.").order_by("pk")] == [
        *("connection.pause", "connection.try_out", "connection.open")
    ]


def test_on_trial_no_more_are_sent_than_it_takes_to_tell(erp: Desk) -> None:
    trip(erp)
    erp.clock.pass_(20)
    erp.sandbox.faults.arm([])
    brakes.drain(clock=erp.clock)
    erp.sandbox.faults.arm([{"name": "refuse", **SAVE}])
    before = states()["rejected"]
    erp.clock.pass_(1)
    dispatch.drain(clock=erp.clock)
    assert row(erp) == ("breaker.half_open", True, False)
    assert states()["rejected"] - before <= LIMITS["breaker_half_open"]


def test_a_probe_in_vain_is_made_again_ever_later(erp: Desk) -> None:
    trip(erp)
    waits = []
    for _ in range(3):
        erp.clock.ahead += due(erp) - erp.clock() + timedelta(seconds=1)
        erp.sandbox.faults.arm([{"name": "html_500"}])
        now = erp.clock()
        assert brakes.drain(clock=erp.clock).failed == 1
        waits.append((due(erp) - now).total_seconds())
    assert erp.connection.probes == 3
    assert row(erp) == ("breaker.share", True, False)
    assert waits[0] >= 20
    assert waits[2] > waits[0] * 1.3


def test_an_account_that_is_refused_while_probing_is_left_to_a_person(erp: Desk, monkeypatch) -> None:
    trip(erp)
    erp.sandbox.faults.arm([])
    monkeypatch.setitem(SECRETS, "ERP_PASSWORD", "an old one")
    for _ in range(2):
        erp.clock.ahead += due(erp) - erp.clock() + timedelta(seconds=1)
        brakes.drain(clock=erp.clock)
    assert row(erp) == ("login_refused", False, False)
    erp.clock.pass_(1000)
    assert brakes.drain(clock=erp.clock).seen == 0, "it is not probed: that would wear the account out"


def test_a_person_takes_over_what_the_breaker_paused(erp: Desk) -> None:
    trip(erp)
    erp.connection.refresh_from_db()
    assert wiring.pause(erp.connection, "by_hand", outbox.JOB, erp.clock())
    assert row(erp) == ("by_hand", False, False)
    assert not wiring.pause(erp.connection, "by_hand", outbox.JOB, erp.clock())
    assert wiring.resume(erp.connection, outbox.JOB, erp.clock())
    erp.sandbox.faults.arm([])
    dispatch.drain(clock=erp.clock)
    assert "queued" not in states()


def test_the_breaker_does_not_take_over_what_a_person_paused(erp: Desk) -> None:
    assert wiring.pause(erp.connection, "by_hand", outbox.JOB, erp.clock())
    assert not wiring.pause(erp.connection, "breaker.share", outbox.JOB, erp.clock(), probe_after=erp.clock())
    assert row(erp) == ("by_hand", False, False)


def test_run_waits_for_a_probe_and_in_the_end_everything_is_sent(erp: Desk) -> None:
    trip(erp)
    erp.connection.refresh_from_db()
    assert flow.next_due(["brakes", "dispatch"]) == erp.connection.probe_after
    erp.sandbox.faults.arm([])
    erp.clock.pass_(30)
    for _ in range(3):
        for stage in (brakes, dispatch, verify, reconcile):
            stage.drain(clock=erp.clock)
    assert set(states()) == {"verified", "rejected"}
    assert flow.next_due(["brakes", "dispatch", "verify"]) is None


def test_a_pause_takes_effect_between_two_sends_and_costs_no_attempt() -> None:
    with desk(lanes_=2, settings=LIMITS, latency_ms=300) as erp:
        fill(erp, 16)

        def somebody_pauses(_done: int, _total: int | None) -> None:
            wiring.pause(erp.connection, "by_hand", outbox.JOB, erp.clock())

        dispatch.drain(progress=somebody_pauses)
        saves = len(erp.sandbox.store.log(cmdkey="__sys_dosave"))
        assert saves <= 4, "no more than the lanes were at"
        assert states() == {"accepted": saves, "queued": 16 - saves}
        given_back = Push.objects.filter(state="queued", cause="paused")
        assert all(push.attempts_made == 0 for push in given_back)
        assert set(Attempt.objects.values_list("outcome", "cause")) <= {("accepted", ""), ("deferred", "paused")}


def test_a_person_takes_back_what_a_worker_has_in_hand(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    act = audit.new_act()
    assert outbox.cancel([push.pk], act=act, actor=outbox.JOB, now=erp.clock()) == [push.pk]
    assert outbox.mark_sending([held], erp.clock()) == []
    assert settled(push) == ("cancelled", "")
    assert erp.stored("WX1") == 0
