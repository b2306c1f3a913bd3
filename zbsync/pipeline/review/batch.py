"""The verbs on the rest of a large batch, which waits for its first few: let it go on, or call it off."""

import uuid

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.models import ErpConnection, Push
from zbsync.models.within import outside
from zbsync.pipeline import doorbell, outbox
from zbsync.pipeline.review.decision import NOT_ALLOWED, Decision, decide, permit


def let_go(connection: ErpConnection, batch: uuid.UUID, by: AbstractBaseUser, reason: str = "") -> Decision:
    """Send the rest in spite of the first few. A batch goes as a whole: one with a push that the person may not see is
    left out (`review.not_allowed`). Raises PermissionDenied.
    """
    actor = permit(by, "let_go_push")
    decision = Decision()
    for row_id in sorted(outside(by, Push, outbox.waiting_of(connection, batch).values_list("pk", flat=True))):
        decision.leave(NOT_ALLOWED, row_id)
    if decision.left_out:
        return decision
    with transaction.atomic():
        decision.done = outbox.let_go(
            connection, batch, act=decision.act, actor=actor, now=timezone.now(), reason=reason
        )
        if decision.done:
            doorbell.ring()
    return decision


def call_off(connection: ErpConnection, batch: uuid.UUID, by: AbstractBaseUser, reason: str = "") -> Decision:
    """Cancel the rest; what was sent stays. Raises PermissionDenied."""
    actor = permit(by, "cancel_push")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        moved = set(outbox.cancel(ids, act=decision.act, actor=actor, now=timezone.now(), reason=reason))
        return {row_id: "review.push_not_legal" for row_id in ids if row_id not in moved}

    return decide(decision, outbox.waiting_of(connection, batch), work, by, Push)
