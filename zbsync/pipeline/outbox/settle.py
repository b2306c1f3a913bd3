"""Settle: turn what came of a try into a state, once, with its evidence, in one transaction for many pushes.

Called by dispatch. Fenced by the lease token: a result whose lease is gone moves nothing, unless its own
attempt is the one the push is in doubt about. Whatever is decided, the exchanges are kept.
"""

import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from zbsync.conf import conf
from zbsync.core import retry
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import PUSH_LEASED, PushEvent, PushState
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.erp.exchange import Exchange
from zbsync.models import Attempt, AttemptOutcome, ErpConnection, Push
from zbsync.pipeline import audit, bulk
from zbsync.pipeline.outbox.bindings import bind
from zbsync.pipeline.outbox.evidence import exchange_rows
from zbsync.pipeline.outbox.moves import CAUSE_MAX, JOB, MESSAGE_MAX, locked, move

_NAMES = {
    Accepted: AttemptOutcome.ACCEPTED,
    Rejected: AttemptOutcome.REJECTED,
    Deferred: AttemptOutcome.DEFERRED,
    InDoubt: AttemptOutcome.IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one push: `push` as the caller holds it (its lease token is the fence), the outcome, the
    evidence.

    `attempt` is None when nothing was to be sent yet (allocating an id); a failure then makes one that has ended.
    `counts` False: not this push's own
    failure (the account was not let in), so it costs no attempt and no wait.
    """

    push: Push
    outcome: Outcome
    exchanges: Sequence[Exchange] = ()
    attempt: Attempt | None = None
    counts: bool = True


def settle(connection: ErpConnection, said: Sequence[Said], now: datetime) -> dict[PushEvent, int]:
    """Settle all of `said` in one transaction; answers how many pushes each event moved."""
    moved: dict[PushEvent, int] = {}
    if not said:
        return moved
    act = audit.new_act()
    with transaction.atomic(savepoint=False):
        held = [one.push for one in said]
        rows = locked([push.pk for push in held], (*PUSH_LEASED, PushState.IN_DOUBT), held)
        own = _own_doubts(said, rows)
        moves = []
        for one in said:
            push = rows.get(one.push.pk)
            if push is None:
                continue
            if push.state != PushState.IN_DOUBT and push.lease_token == one.push.lease_token:
                event: PushEvent | None = _apply(push, one, now)
            elif one.attempt is not None and one.attempt.pk in own:
                event = _apply_late(push, one.outcome, now)
            else:
                continue
            if event is not None:
                moves.append((push, event))
                moved[event] = moved.get(event, 0) + 1
        bind(connection, [push for push, event in moves if event in (PushEvent.ACCEPT, PushEvent.FOUND)], act, now)
        move(moves, act=act, actor=JOB, now=now)
        settled = {push.pk for push, _ in moves}
        _close_attempts(said, settled, now)
        _keep_exchanges(connection, said, _failed_before_sending(said, settled, now))
    return moved


def _apply(push: Push, one: Said, now: datetime) -> PushEvent:
    """Set on the row what the outcome means for it; the answer is the event that goes with it."""
    outcome = one.outcome
    push.message, push.findings = outcome.message, []
    match outcome:
        case Accepted(ord=ord_):
            push.ord, push.cause, push.looks = _customer(push, ord_), "", 0
            push.not_before = push.settled_at = now
            return PushEvent.ACCEPT
        case Rejected(cause=cause, findings=findings):
            push.cause, push.settled_at = cause, now
            push.findings = [finding.as_json() for finding in findings]
            return PushEvent.REJECT
        case InDoubt(cause=cause):
            push.cause, push.not_before, push.looks = cause, now, 0
            return PushEvent.DOUBT
        case Deferred(cause=cause, after_s=after_s):
            push.cause = cause
            return _defer(push, one, after_s, now)


def _customer(push: Push, ord_: int | None) -> int | None:
    """The customer of an accepted push: what the ERP answered for a customer, and ever the same for what follows it."""
    return ord_ if push.operation == CUSTOMER and ord_ is not None else push.ord


def _defer(push: Push, one: Said, after_s: float | None, now: datetime) -> PushEvent:
    counted = one.attempt is not None
    if not one.counts:
        push.attempts_made -= counted
        push.not_before = now
        return PushEvent.DEFER
    push.attempts_made += not counted
    rules = conf()
    if retry.class_of(push.cause, said=False) not in retry.BY_ITSELF:
        push.settled_at = now
        return PushEvent.GIVE_UP
    due = retry.next_try(
        push.attempts_made,
        now,
        base_s=rules.retry_base_s,
        max_attempts=rules.max_attempts,
        jitter=random.random(),  # noqa: S311 - spreads the retries, keeps no secret
        retry_after_s=after_s,
    )
    if due is None:
        push.settled_at = now
        return PushEvent.GIVE_UP
    push.not_before = due
    return PushEvent.DEFER


def _apply_late(push: Push, outcome: Outcome, now: datetime) -> PushEvent | None:
    """A worker that comes back after its lease: its answer ends the doubt about its own attempt.

    A refusal and "not processed" both prove that nothing was stored, which is all the doubt was about: the
    push is due again, and the next try hears the refusal itself.
    """
    push.message, push.not_before = outcome.message, now
    if isinstance(outcome, Accepted):
        push.ord, push.cause, push.looks, push.settled_at = _customer(push, outcome.ord), "", 0, now
        return PushEvent.FOUND
    if isinstance(outcome, Rejected | Deferred):
        push.cause, push.looks = outcome.cause, 0
        return PushEvent.PROVED_ABSENT
    return None


def _own_doubts(said: Iterable[Said], rows: dict[int, Push]) -> set[int]:
    """Ids of the attempts that are the very ones their pushes are in doubt about: no later one was made
    since.
    """
    late = {
        one.push.pk: one.attempt
        for one in said
        if one.attempt is not None and one.push.pk in rows and rows[one.push.pk].state == PushState.IN_DOUBT
    }
    if not late:
        return set()
    last = dict(Attempt.objects.filter(push__in=list(late)).values_list("push").annotate(last=Max("number")))
    return {attempt.pk for pk, attempt in late.items() if attempt.number == last.get(pk)}


def _close_attempts(said: Iterable[Said], moved: set[int], now: datetime) -> None:
    closed = []
    for one in said:
        if one.attempt is None or one.push.pk not in moved:
            continue
        attempt = one.attempt
        attempt.outcome = _NAMES[type(one.outcome)]
        attempt.cause = getattr(one.outcome, "cause", "")[:CAUSE_MAX]
        attempt.message = one.outcome.message[:MESSAGE_MAX]
        attempt.finished_at = max(now, attempt.started_at)
        closed.append(attempt)
    bulk.update(closed, ("outcome", "cause", "message", "finished_at"))


def _failed_before_sending(said: Iterable[Said], settled: set[int], now: datetime) -> dict[int, Attempt]:
    """The attempts, by push, that ended while the ERP was asked for an id: the breaker counts attempts, and one that
    cannot even get an id has failed like any other.
    """
    failed = [one for one in said if one.attempt is None and one.counts and one.push.pk in settled]
    if not failed:
        return {}
    pushes = [one.push.pk for one in failed]
    numbers = dict(Attempt.objects.filter(push__in=pushes).values_list("push").annotate(last=Max("number")))
    made = [_ended_at_once(one, numbers.get(one.push.pk, 0) + 1, now) for one in failed]
    Attempt.objects.bulk_create(made)
    return {attempt.push_id: attempt for attempt in made}


def _ended_at_once(one: Said, number: int, now: datetime) -> Attempt:
    return Attempt(
        push=one.push,
        number=number,
        token=one.push.lease_token or uuid.uuid4(),
        key=one.push.key,
        outcome=_NAMES[type(one.outcome)],
        cause=getattr(one.outcome, "cause", "")[:CAUSE_MAX],
        message=one.outcome.message[:MESSAGE_MAX],
        started_at=min([now, *(exchange.at for exchange in one.exchanges)]),
        finished_at=now,
    )


def _keep_exchanges(connection: ErpConnection, said: Iterable[Said], unsent: Mapping[int, Attempt]) -> None:
    rows: list[Any] = []
    for one in said:
        attempt = one.attempt or unsent.get(one.push.pk)
        rows += exchange_rows(connection, one.exchanges, push=one.push, attempt=attempt)
    bulk.insert(rows)
