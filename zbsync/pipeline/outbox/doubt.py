"""What a person does about a push in doubt: have it looked at now, say where it is, or vouch that it is not there.

Called by `review`, which checks the permission. Saying where it is makes it accepted, no more: verify reads it back,
and what it reads is the evidence.
"""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import PUSH_OPEN, PushEvent, PushState
from zbsync.models import Binding, Push
from zbsync.pipeline import audit
from zbsync.pipeline.outbox.bindings import bind
from zbsync.pipeline.outbox.due import FOR_A_PERSON
from zbsync.pipeline.outbox.moves import locked, move, save

ASKED = "in_doubt.look_again"
"""Cause of a doubt that a person wants to be looked at once more, though looking had not ended it."""


def look_now(ids: Collection[int], *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = "") -> list[int]:
    """Make these due to be looked at now, those left to a person as well; answers the ids that are in doubt."""
    with transaction.atomic():
        rows = list(locked(ids, [PushState.IN_DOUBT]).values())
        for push in rows:
            push.not_before, push.looks = now, 0
            if push.cause in FOR_A_PERSON:
                push.cause = ASKED
        save(rows, PushState.IN_DOUBT)
        lines = [audit.Line("push", push.pk, push.contact_id, after={"cause": push.cause}) for push in rows]
        audit.write(act, actor, "push.look_now", lines, now=now, reason=reason)
    return [push.pk for push in rows]


def vouch_absent(
    ids: Collection[int], *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = ""
) -> list[int]:
    """A person says that it is not there: free to be sent again, with fresh attempts. Answers the ids that moved."""
    with transaction.atomic():
        rows = list(locked(ids, [PushState.IN_DOUBT]).values())
        for push in rows:
            push.cause, push.not_before = "proved_absent", now
            push.looks = push.attempts_made = 0
        move(((push, PushEvent.PROVED_ABSENT) for push in rows), act=act, actor=actor, now=now, reason=reason)
    return [push.pk for push in rows]


def say_found(push_id: int, ord_: int, *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str) -> bool:
    """A person says that it is customer `ord_`: accepted, bound, and due to be read back; False when it moved.

    What follows a customer has its customer already: of it they only say that it is there.
    """
    with transaction.atomic():
        rows = list(locked([push_id], [PushState.IN_DOUBT]).values())
        for push in rows:
            push.ord = ord_ if push.operation == CUSTOMER else push.ord
            push.cause, push.looks = "", 0
            push.not_before = push.settled_at = now
            bind(push.connection, [push], act, now)
        move(((push, PushEvent.FOUND) for push in rows), act=act, actor=actor, now=now, reason=reason)
    return bool(rows)


def taken(push: Push, ord_: int) -> bool:
    """Whether another contact is, or is about to be, this customer; or this contact is another one already."""
    here = {"connection": push.connection_id}
    other = Q(contact=push.contact_id) & ~Q(ord=ord_) | ~Q(contact=push.contact_id) & Q(ord=ord_)
    under_way = Push.objects.filter(ord=ord_, state__in=[str(state) for state in PUSH_OPEN], **here)
    return Binding.objects.filter(other, **here).exists() or under_way.exclude(contact=push.contact_id).exists()
