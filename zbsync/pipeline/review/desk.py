"""The verbs on pushes: requeue, bury, cancel. Permission and batches here, the states in the outbox."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.models import Push
from zbsync.pipeline import doorbell, outbox
from zbsync.pipeline.audit import Actor
from zbsync.pipeline.review.decision import Decision, decide, permit

NOT_LEGAL = "review.push_not_legal"
"""The push is in no state this verb starts from, or its contact has another push open."""


class _Verb(Protocol):
    """A verb of the outbox: which ids moved."""

    def __call__(self, ids: list[int], /, *, act: uuid.UUID, actor: Actor, now: datetime, reason: str) -> list[int]: ...


def requeue(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Try again, under a new key, what was refused, given up or differs. Raises PermissionDenied."""
    return _move(rows, by, reason, "requeue_push", outbox.requeue, ring=True)


def bury(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Close for good what failed or cannot be settled. Raises PermissionDenied."""
    return _move(rows, by, reason, "bury_push", outbox.bury)


def cancel(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Take back what was not sent yet. Raises PermissionDenied."""
    return _move(rows, by, reason, "cancel_push", outbox.cancel)


def _move(
    rows: Iterable[int] | QuerySet[Push],
    by: AbstractBaseUser,
    reason: str,
    permission: str,
    verb: _Verb,
    *,
    ring: bool = False,
) -> Decision:
    actor = permit(by, permission)
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        moved = set(verb(ids, act=decision.act, actor=actor, now=timezone.now(), reason=reason))
        if moved and ring:
            doorbell.ring()
        return {row_id: NOT_LEGAL for row_id in ids if row_id not in moved}

    return decide(decision, rows, work, by, Push)
