"""Leases: take due pushes, keep the ERP's id, mark what is about to be sent, and give back what was not.

Called by dispatch and reconcile. The lease token is the fence: whoever holds another one, or none, is told
that the row is not theirs by its absence from the answer.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q

from zbsync.conf import conf
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import PUSH_LEASED, PushEvent, PushState
from zbsync.erp.exchange import Exchange
from zbsync.models import Attempt, AttemptOutcome, ErpConnection, Push
from zbsync.pipeline import audit, bulk
from zbsync.pipeline.outbox.due import rests_on_young_match
from zbsync.pipeline.outbox.evidence import exchange_rows
from zbsync.pipeline.outbox.moves import JOB, held_up, locked, move, overtaken, remember, save, with_versions

LAPSE_BATCH = 500
MOVED = "review.moved"
TRIES_USED = "tries_used"
"""Cause of giving up a push that was proved absent after its last try: doubts would otherwise go round for ever."""


def claim(connection: ErpConnection, n: int, now: datetime, *, holder: str = "dispatch") -> list[Push]:
    """Take up to `n` due pushes of a connection, oldest first, for the time of a lease.

    Rows that another claim is looking at are passed over, not waited for, and so is what follows a customer whose
    contact the stage `follow` has not looked at since it moved. A push whose contact changed since the approval is
    cancelled instead of taken; a create that rests on an old match waits for another look. Nothing is taken while the
    connection is paused, nor of a batch whose first few are not in the ERP yet.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        followed = Q(operation=CUSTOMER) | Q(contact__followed_version=F("contact__version"))
        due = with_versions(Push.objects.select_for_update(skip_locked=True, of=("self",))).filter(
            followed,
            connection=connection,
            state=PushState.QUEUED,
            waits=False,
            not_before__lte=now,
            connection__paused_at__isnull=True,
        )
        rows: list[Push] = list(due.filter(rests_on_young_match(now)).order_by("not_before", "pk")[:n])
        remember(rows)
        moves = []
        for push in rows:
            if overtaken(push):
                push.cause, push.settled_at = MOVED, now
                moves.append((push, PushEvent.CANCEL))
            else:
                push.lease_token = token
                push.lease_until = now + timedelta(seconds=conf().lease_s)
                push.leased_by = holder[:100]
                moves.append((push, PushEvent.CLAIM))
        move(moves, act=audit.new_act(), actor=JOB, now=now)
    return [push for push in rows if push.lease_token == token]


@dataclass(frozen=True, slots=True)
class Reserved:
    """An id and a number that the ERP handed out for a push, as the caller holds it, with the evidence."""

    push: Push
    ord: int
    khid: str
    exchanges: Sequence[Exchange] = ()


def reserve(connection: ErpConnection, handed: Sequence[Reserved], now: datetime) -> list[Push]:
    """Keep the ids before anything is sent under them.

    Answers the rows that are still leased to the caller; the others lost their lease and their new id stays unused.
    """
    by_push = {one.push.pk: one for one in handed}
    with transaction.atomic(savepoint=False):
        mine = _mine([one.push for one in handed], PushState.LEASED)
        lines = []
        for push in mine:
            push.ord = by_push[push.pk].ord
            push.khid = push.khid or by_push[push.pk].khid
            after = {"ord": push.ord, "khid": push.khid}
            lines.append(audit.Line("push", push.pk, push.contact_id, after=after))
        save(mine, PushState.LEASED)
        audit.write(audit.new_act(), JOB, "push.reserve", lines, now=now)
        bulk.insert([row for one in handed for row in exchange_rows(connection, one.exchanges, push=one.push)])
    return mine


def mark_sending(held: Iterable[Push], now: datetime, *, mine: Sequence[Push] = ()) -> list[Attempt]:
    """Write the attempts and move their pushes to `sending`, with a fresh lease; committed before a byte goes
    out.

    Answers the attempts that may be sent, each with its push. Rows whose lease is gone are left out; rows whose
    contact changed since the approval are cancelled, those whose connection was paused meanwhile released, and those
    that were tried as often as allowed given up. `mine` go with them: rows of `reserve` in the same transaction.
    """
    with transaction.atomic(savepoint=False):
        mine = [*mine, *_mine(held, PushState.LEASED)]
        numbers = dict(Attempt.objects.filter(push__in=mine).values_list("push").annotate(last=Max("number")))
        moves, attempts = [], []
        for push in mine:
            if overtaken(push):
                push.cause, push.settled_at = MOVED, now
                moves.append((push, PushEvent.CANCEL))
                continue
            if held_up(push):
                push.not_before = now
                moves.append((push, PushEvent.RELEASE))
                continue
            if push.attempts_made >= conf().max_attempts:
                push.cause, push.settled_at = TRIES_USED, now
                moves.append((push, PushEvent.GIVE_UP))
                continue
            push.attempts_made += 1
            push.lease_until = now + timedelta(seconds=conf().lease_s)
            moves.append((push, PushEvent.MARK_SENDING))
            attempts.append(
                Attempt(
                    push=push,
                    number=numbers.get(push.pk, 0) + 1,
                    token=push.lease_token or uuid.uuid4(),
                    key=push.key,
                    started_at=now,
                )
            )
        move(moves, act=audit.new_act(), actor=JOB, now=now)
        Attempt.objects.bulk_create(attempts)
    return attempts


def release(held: Iterable[Push], now: datetime, *, cause: str = "") -> int:
    """Give back leased pushes of which nothing was said: due again at once. Answers how many were still ours."""
    with transaction.atomic():
        mine = _mine(held, PushState.LEASED)
        for push in mine:
            push.not_before, push.cause = now, cause
        move(((push, PushEvent.RELEASE) for push in mine), act=audit.new_act(), actor=JOB, now=now)
    return len(mine)


def postpone(connection: ErpConnection, until: datetime) -> int:
    """The ERP's door is shut: nothing of this connection is due before `until`. Costs no push an attempt."""
    waiting = Push.objects.queued().filter(connection=connection, not_before__lt=until)
    return waiting.update(not_before=until)


def wait(ids: Collection[int], until: datetime) -> int:
    """These are not due before `until`: somebody asked about them and was not answered."""
    return Push.objects.queued().filter(pk__in=ids, not_before__lt=until).update(not_before=until)


def lapse(now: datetime) -> int:
    """Leases that ran out: what was only taken is due again, what was being sent is in doubt. Answers how
    many.
    """
    done = 0
    while True:
        with transaction.atomic():
            rows = list(
                Push.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(state__in=[str(state) for state in PUSH_LEASED], lease_until__lt=now)
                .order_by("pk")[:LAPSE_BATCH]
            )
            sent = [push for push in rows if push.state == PushState.SENDING]
            for push in rows:
                push.not_before, push.cause, push.looks = now, "lease_lapsed", 0
            move(((push, PushEvent.LAPSE) for push in rows), act=audit.new_act(), actor=JOB, now=now)
            _doubt(sent, now)
        done += len(rows)
        if len(rows) < LAPSE_BATCH:
            return done


def _doubt(pushes: list[Push], now: datetime) -> None:
    Attempt.objects.filter(push__in=pushes, outcome=AttemptOutcome.SENDING).update(
        outcome=AttemptOutcome.IN_DOUBT, cause="lease_lapsed", finished_at=now
    )


def _mine(held: Iterable[Push], state: PushState) -> list[Push]:
    """The held pushes as they stand now, under lock, as far as they are still leased under the holder's
    token.
    """
    pushes = list(held)
    if not pushes:
        return []
    tokens = {push.pk: push.lease_token for push in pushes}
    return [push for push in locked(tokens, [state], pushes).values() if push.lease_token == tokens[push.pk]]
