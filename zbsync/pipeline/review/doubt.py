"""The verbs on what is in doubt: look again now, it is there, it is not there. What a person says is kept as theirs."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.models import Push
from zbsync.models.within import outside
from zbsync.pipeline import doorbell, outbox
from zbsync.pipeline.review.decision import NOT_ALLOWED, Decision, decide, permit
from zbsync.pipeline.review.legal import ORD_TAKEN

NOT_IN_DOUBT = "review.not_in_doubt"
NO_REASON = "review.reason_missing"


def look_now(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Have these looked at as soon as a job can. Left out: `review.not_in_doubt`. Raises PermissionDenied."""
    actor = permit(by, "settle_push")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        moved = set(outbox.look_now(ids, act=decision.act, actor=actor, now=timezone.now(), reason=reason))
        return {row_id: NOT_IN_DOUBT for row_id in ids if row_id not in moved}

    return _ring(decide(decision, rows, work, by, Push))


def vouch_absent(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str) -> Decision:
    """It is not in the ERP, a person says, and may be sent again. Left out: `review.not_in_doubt`, `reason_missing`.
    Raises PermissionDenied.
    """
    actor = permit(by, "settle_push")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        if not reason.strip():
            return dict.fromkeys(ids, NO_REASON)
        moved = set(outbox.vouch_absent(ids, act=decision.act, actor=actor, now=timezone.now(), reason=reason))
        return {row_id: NOT_IN_DOUBT for row_id in ids if row_id not in moved}

    return _ring(decide(decision, rows, work, by, Push))


def say_found(push_id: int, ord: int, reason: str, by: AbstractBaseUser) -> Decision:  # noqa: A002 - the ERP's own word
    """It is customer `ord`, a person says: accepted, and read back at once. Left out: `review.not_in_doubt`,
    `reason_missing`, `ord_taken` (another contact is this customer, or this contact another one).
    Raises PermissionDenied.
    """
    actor = permit(by, "settle_push")
    decision = Decision()
    with transaction.atomic():
        push = Push.objects.in_doubt().filter(pk=push_id).first()
        refusal = NOT_IN_DOUBT if push is None else "" if reason.strip() else NO_REASON
        refusal = NOT_ALLOWED if outside(by, Push, [push_id]) else refusal
        if push is not None and not refusal and outbox.taken(push, ord):
            refusal = ORD_TAKEN
        if refusal:
            decision.leave(refusal, push_id)
            return decision
        moved = outbox.say_found(push_id, ord, act=decision.act, actor=actor, now=timezone.now(), reason=reason)
        decision.done = int(moved)
        if not moved:
            decision.leave(NOT_IN_DOUBT, push_id)
    return _ring(decision)


def _ring(decision: Decision) -> Decision:
    if decision.done:
        doorbell.ring()
    return decision
