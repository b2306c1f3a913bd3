import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.models import make
from tests.models.make import NOW
from zbsync.core.findings import Finding
from zbsync.core.lifecycle import PushEvent, PushState
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.models import Attempt, Binding, Entry, Push
from zbsync.pipeline import audit, outbox
from zbsync.pipeline.outbox.moves import LostRace, locked, move, save

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=10)
AFTER_LEASE = NOW + timedelta(seconds=121)


def by() -> dict[str, Any]:
    return {"act": audit.new_act(), "actor": outbox.JOB, "now": LATER}


def claimed(n: int = 1) -> list[Push]:
    for _ in range(n):
        make.push()
    return outbox.claim(make.erp(), n, NOW)


def sent(n: int = 1) -> list[Attempt]:
    held = claimed(n)
    handed = [outbox.Reserved(push, 5000 + push.pk, f"KH{push.pk}") for push in held]
    return outbox.mark_sending(outbox.reserve(make.erp(), handed, NOW), NOW)


def said(attempt: Attempt, outcome: Outcome) -> outbox.Said:
    return outbox.Said(attempt.push, outcome, (), attempt)


def settle(attempt: Attempt, outcome: Outcome, now: Any = LATER) -> dict[PushEvent, int]:
    return outbox.settle(make.erp(), [said(attempt, outcome)], now)


def state(push: Push) -> str:
    push.refresh_from_db()
    return push.state


def test_a_claim_takes_the_oldest_due_and_leases_them() -> None:
    late = make.push(not_before=NOW + timedelta(seconds=1))
    second, first = make.push(), make.push(not_before=NOW - timedelta(hours=1))
    make.push(state="leased")
    taken = outbox.claim(make.erp(), 2, NOW)
    assert [push.pk for push in taken] == [first.pk, second.pk]
    assert {(push.state, push.leased_by, push.lease_until) for push in taken} == {
        ("leased", "dispatch", NOW + timedelta(seconds=120))
    }
    assert state(late) == "queued"


def test_a_claim_leaves_other_connections_alone() -> None:
    make.push()
    assert outbox.claim(make.erp(name="other"), 5, NOW) == []


def test_what_is_claimed_is_not_claimed_twice() -> None:
    assert len(claimed(3)) == 3
    assert outbox.claim(make.erp(), 3, NOW) == []


def test_a_reserved_id_is_kept_before_anything_is_sent() -> None:
    [push] = claimed()
    [kept] = outbox.reserve(make.erp(), [outbox.Reserved(push, 77, "KH00077")], NOW)
    assert (state(push), push.ord, push.khid) == ("leased", 77, "KH00077")
    assert kept.lease_token == push.lease_token


def test_a_reserved_number_does_not_replace_our_own() -> None:
    make.push(khid="WX1")
    [push] = outbox.claim(make.erp(), 1, NOW)
    outbox.reserve(make.erp(), [outbox.Reserved(push, 77, "KH00077")], NOW)
    push.refresh_from_db()
    assert push.khid == "WX1"


def test_a_lost_lease_reserves_nothing_sends_nothing_and_releases_nothing() -> None:
    [push] = claimed()
    outbox.lapse(AFTER_LEASE)
    [again] = outbox.claim(make.erp(), 1, AFTER_LEASE)
    assert outbox.reserve(make.erp(), [outbox.Reserved(push, 77, "")], AFTER_LEASE) == []
    assert outbox.mark_sending([push], AFTER_LEASE) == []
    assert outbox.release([push], AFTER_LEASE) == 0
    assert (state(again), again.ord) == ("leased", None)
    assert not Attempt.objects.exists()


def test_marking_writes_the_attempt_and_renews_the_lease() -> None:
    [push] = claimed()
    [attempt] = outbox.mark_sending(outbox.reserve(make.erp(), [outbox.Reserved(push, 77, "")], NOW), LATER)
    assert (state(push), push.attempts_made) == ("sending", 1)
    assert push.lease_until == LATER + timedelta(seconds=120)
    assert (attempt.number, attempt.token, attempt.key) == (1, push.lease_token, push.key)
    assert attempt.outcome == "sending"


def test_a_released_push_is_free_at_once() -> None:
    held = claimed(2)
    assert outbox.release(held, LATER, cause="out_of_time") == 2
    assert {(state(push), push.cause, push.attempts_made, push.lease_token) for push in held} == {
        ("queued", "out_of_time", 0, None)
    }
    assert len(outbox.claim(make.erp(), 2, LATER)) == 2


@pytest.mark.parametrize(
    ("outcome", "expected", "cause", "tried"),
    [
        (Accepted(5001, "保存成功！"), "accepted", "", "accepted"),
        (Rejected("refused", "请填写", (Finding("erp.refused", "ly"),)), "rejected", "refused", "rejected"),
        (Deferred("unavailable", None, "稍后再试"), "queued", "unavailable", "deferred"),
        (InDoubt("lost_reply"), "in_doubt", "lost_reply", "in_doubt"),
    ],
)
def test_each_outcome_settles_in_its_state(outcome: Outcome, expected: str, cause: str, tried: str) -> None:
    [attempt] = sent()
    assert sum(settle(attempt, outcome).values()) == 1
    push = attempt.push
    assert (state(push), push.cause, push.message) == (expected, cause, outcome.message)
    assert push.lease_token is None
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.finished_at) == (tried, LATER)
    assert Entry.objects.filter(subject_id=push.pk, before={"state": "sending"}).count() == 1


def test_settling_twice_moves_nothing_the_second_time() -> None:
    [attempt] = sent()
    assert settle(attempt, Accepted(5001)) == {PushEvent.ACCEPT: 1}
    assert settle(attempt, Rejected("refused")) == {}
    assert state(attempt.push) == "accepted"
    attempt.refresh_from_db()
    assert attempt.outcome == "accepted"


def test_a_later_try_waits_longer_and_the_wish_of_the_erp_counts() -> None:
    [attempt] = sent()
    settle(attempt, Deferred("unavailable", 600.0))
    attempt.push.refresh_from_db()
    assert attempt.push.not_before == LATER + timedelta(seconds=600)


def test_a_failure_that_is_not_the_pushes_own_costs_no_try() -> None:
    [attempt] = sent()
    one = outbox.Said(attempt.push, Deferred("login_refused"), (), attempt, counts=False)
    outbox.settle(make.erp(), [one], LATER)
    assert (state(attempt.push), attempt.push.attempts_made, attempt.push.not_before) == ("queued", 0, LATER)


def test_a_failure_before_anything_was_sent_counts_as_a_try_too() -> None:
    [push] = claimed()
    outbox.settle(make.erp(), [outbox.Said(push, Deferred("lost_reply"))], LATER)
    assert (state(push), push.attempts_made, push.cause) == ("queued", 1, "lost_reply")
    tried = Attempt.objects.get()
    assert (tried.number, tried.outcome, tried.cause) == (1, "deferred", "lost_reply")
    assert (tried.started_at, tried.finished_at) == (LATER, LATER)


def test_a_lapsed_lease_frees_what_was_taken_and_doubts_what_was_being_sent() -> None:
    [attempt] = sent()
    [taken] = claimed()
    assert outbox.lapse(NOW + timedelta(seconds=119)) == 0
    assert outbox.lapse(AFTER_LEASE) == 2
    assert (state(taken), state(attempt.push)) == ("queued", "in_doubt")
    attempt.refresh_from_db()
    assert (attempt.outcome, attempt.cause) == ("in_doubt", "lease_lapsed")


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Accepted(5001), "accepted"),
        (Rejected("refused"), "queued"),
        (Deferred("not_sent"), "queued"),
        (InDoubt("lost_reply"), "in_doubt"),
    ],
)
def test_a_worker_that_comes_back_late_ends_the_doubt_about_its_own_attempt(outcome: Outcome, expected: str) -> None:
    [attempt] = sent()
    outbox.lapse(AFTER_LEASE)
    settle(attempt, outcome, AFTER_LEASE)
    assert state(attempt.push) == expected


def test_a_worker_that_comes_back_late_cannot_settle_the_attempt_of_another() -> None:
    [first] = sent()
    outbox.lapse(AFTER_LEASE)
    verdict = outbox.Verdict(first.push, PushEvent.PROVED_ABSENT, {"not_before": AFTER_LEASE})
    stale = Push.objects.get(pk=first.push_id)
    outbox.judge(make.erp(), PushState.IN_DOUBT, [outbox.Verdict(stale, verdict.event, verdict.values)], AFTER_LEASE)
    [second] = outbox.mark_sending(outbox.claim(make.erp(), 1, AFTER_LEASE), AFTER_LEASE)
    assert settle(first, Accepted(5001), AFTER_LEASE) == {}
    assert state(second.push) == "sending"
    settle(second, InDoubt("lost_reply"), AFTER_LEASE)
    assert settle(first, Accepted(5001), AFTER_LEASE) == {}
    assert state(second.push) == "in_doubt"


def test_a_verdict_about_a_push_that_moved_meanwhile_is_void() -> None:
    [attempt] = sent()
    settle(attempt, InDoubt("lost_reply"))
    looked_at = Push.objects.get(pk=attempt.push_id)
    Push.objects.filter(pk=looked_at.pk).update(looks=1)
    verdict = outbox.Verdict(looked_at, PushEvent.PROVED_ABSENT)
    assert outbox.judge(make.erp(), PushState.IN_DOUBT, [verdict], LATER) == {}
    assert state(looked_at) == "in_doubt"


def test_an_accepted_create_binds_once_and_says_so() -> None:
    [attempt] = sent()
    settle(attempt, Accepted(5001))
    bound = Binding.objects.get(contact=attempt.push.contact)
    assert (bound.ord, bound.provenance) == (5001, "settle")
    assert Entry.objects.get(verb="binding.settle").after == {"ord": 5001, "push": attempt.push_id}


def test_an_accepted_update_writes_no_binding() -> None:
    make.push(action="update", ord=4711)
    [attempt] = outbox.mark_sending(outbox.claim(make.erp(), 1, NOW), NOW)
    settle(attempt, Accepted(4711))
    assert not Binding.objects.exists()


def test_a_shut_door_puts_off_what_waits_and_only_that() -> None:
    waiting, taken = make.push(), make.push(state="leased")
    far = make.push(not_before=NOW + timedelta(days=1))
    assert outbox.postpone(make.erp(), LATER) == 1
    for push in (waiting, taken, far):
        push.refresh_from_db()
    assert [push.not_before for push in (waiting, taken, far)] == [LATER, NOW, NOW + timedelta(days=1)]


def test_a_row_that_moved_under_our_hands_takes_the_transaction_back() -> None:
    push = make.push()
    with transaction.atomic():
        row = locked([push.pk], [PushState.QUEUED])[push.pk]
        Push.objects.filter(pk=push.pk).update(state="cancelled")
        row.lease_token, row.lease_until, row.leased_by = uuid.uuid4(), LATER, "test"
        with pytest.raises(LostRace), transaction.atomic():
            move([(row, PushEvent.CLAIM)], **by())
        with pytest.raises(LostRace), transaction.atomic():
            save([row], "queued")
    assert not Entry.objects.exists()


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_the_number_of_statements_does_not_grow_with_the_pushes() -> None:
    counted = []
    for n in (2, 40):
        for _ in range(n):
            make.push()
        held: list[Push] = []
        attempts: list[Attempt] = []
        steps = [
            statements(lambda: held.extend(outbox.claim(make.erp(), n, NOW))),  # noqa: B023 - called at once
            statements(
                lambda: outbox.reserve(make.erp(), [outbox.Reserved(one, 5000 + one.pk, "") for one in held], NOW)  # noqa: B023
            ),
            statements(lambda: attempts.extend(outbox.mark_sending(held, NOW))),  # noqa: B023 - called at once
            statements(
                lambda: outbox.settle(make.erp(), [said(one, Accepted(5000 + one.push_id)) for one in attempts], LATER)  # noqa: B023
            ),
        ]
        assert len(attempts) == n
        counted.append(steps)
    assert counted[0] == counted[1]
    assert sum(counted[1]) <= 40


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"state": "queued", "not_before": LATER}, LATER),
        ({"state": "accepted", "not_before": LATER}, LATER),
        ({"state": "in_doubt", "not_before": LATER}, LATER),
        ({"state": "in_doubt", "cause": outbox.OTHER_RECORD}, None),
        ({"state": "sending", "lease_until": LATER}, LATER),
        ({"state": "drifted"}, None),
        ({"state": "verified"}, None),
    ],
)
def test_it_knows_when_it_wants_somebody_next(values: dict[str, Any], due: Any) -> None:
    make.push(ord=1, **values)
    assert outbox.next_due([make.erp()]) == due
    assert outbox.next_due([]) is None
