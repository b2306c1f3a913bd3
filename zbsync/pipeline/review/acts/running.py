"""Carry acts out: one batch in one transaction, which moves the proposals, keeps what came of each row, and counts.

Of two drains that meet at an act, one waits for the other's batch. An act that is called off stops between batches.
"""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from zbsync.models import Act, ActRow, ActState
from zbsync.models.act import UNDER_WAY
from zbsync.pipeline.review.approve import approve
from zbsync.pipeline.review.decision import BATCH, Decision, Under
from zbsync.pipeline.review.reject import reject
from zbsync.pipeline.review.target import create_anyway
from zbsync.pipeline.review.undo import undo
from zbsync.pipeline.tally import Tally

Progress = Callable[[int, int | None], None]


def _undo(rows: list[int], by: AbstractBaseUser, *, digests: object, reason: str, under: Under) -> Decision:
    """A decided proposal does not change any more: its digest says nothing that its state does not."""
    return undo(rows, by, reason, under=under)


VERBS: dict[str, Callable[..., Decision]] = {
    "approve": approve,
    "reject": reject,
    "create_anyway": create_anyway,
    "undo_approve": _undo,
    "undo_reject": _undo,
}
NOT_ALLOWED = "act.not_allowed"
"""Who asked for it, or confirmed it, may not decide any more."""


def next_due() -> datetime | None:
    """Now when an act is under way, else None."""
    return timezone.now() if Act.objects.filter(state__in=UNDER_WAY).exists() else None


def drain(until: float | None = None, limit: int | None = None, progress: Progress | None = None) -> Tally:
    """Carry out what is under way, the oldest first, until time (`monotonic`) is up; `limit` bounds the batches."""
    tally, began = Tally(), time.monotonic()
    for act_id in Act.objects.filter(state__in=UNDER_WAY).order_by("pk").values_list("pk", flat=True):
        while (took := step(act_id)) is not None:
            tally.add(took)
            if progress:
                progress(tally.seen, None)
            limit = limit if limit is None else limit - 1
            if (limit is not None and limit <= 0) or (until is not None and time.monotonic() >= until):
                tally.seconds = time.monotonic() - began
                return tally
    tally.seconds = time.monotonic() - began
    return tally


def step(act_id: int) -> Tally | None:
    """One batch of an act; None when nothing is left to do for it. A database error is noted on it, then raised."""
    try:
        with transaction.atomic():
            return _step(act_id)
    except DatabaseError as error:
        if not transaction.get_connection().in_atomic_block:
            Act.objects.filter(pk=act_id).update(fault=type(error).__name__)
        raise


def _step(act_id: int) -> Tally | None:
    act = Act.objects.select_for_update(of=("self",)).select_related("asked_by", "confirmed_by").get(pk=act_id)
    if act.state not in UNDER_WAY:
        return None
    now = timezone.now()
    if act.cancelled_by_id is not None:
        _end(act, ActState.CANCELLED, now)
        return None
    waiting = ActRow.objects.filter(act=act, outcome="").order_by("proposal_id")
    digests = dict(waiting.values_list("proposal_id", "digest")[:BATCH])
    act.state, act.began_at, act.fault = ActState.RUNNING, act.began_at or now, ""
    tally = Tally(len(digests))
    if digests:
        try:
            left = _decide(act, digests)
        except PermissionDenied:
            act.fault = NOT_ALLOWED
            _end(act, ActState.CANCELLED, now)
            return None
        tally.failed, tally.done = len(left), len(digests) - len(left)
        _keep(act, digests, left)
        act.taken += tally.done
        act.left_out += tally.failed
    if len(digests) < BATCH:
        _end(act, ActState.DONE, timezone.now())
    else:
        act.save(update_fields=["state", "began_at", "fault", "taken", "left_out"])
    return tally


def _decide(act: Act, digests: dict[int, str]) -> dict[int, str]:
    """Ask the verb for one batch; why each row that stays does."""
    given = {"digests": digests, "reason": act.reason, "under": Under(act.act, act.total)}
    decision = VERBS[act.verb](list(digests), act.confirmed_by or act.asked_by, **given)
    return {row_id: code for code, ids in decision.left_ids.items() for row_id in ids}


def _keep(act: Act, digests: dict[int, str], left: dict[int, str]) -> None:
    """What came of each row: one statement for each outcome."""
    for outcome in Counter(left.values()):
        ids = [row_id for row_id, code in left.items() if code == outcome]
        ActRow.objects.filter(act=act, proposal_id__in=ids).update(outcome=outcome)
    taken = [row_id for row_id in digests if row_id not in left]
    if taken:
        ActRow.objects.filter(act=act, proposal_id__in=taken).update(outcome=ActRow.TAKEN)


def _end(act: Act, state: ActState, now: datetime) -> None:
    act.state, act.ended_at = state, now
    act.save(update_fields=["state", "began_at", "ended_at", "fault", "taken", "left_out"])
