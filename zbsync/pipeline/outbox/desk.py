"""What reviewers and the hub do to pushes: enqueue, cancel, void, requeue, bury. Permissions are the caller's
to check.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.keys import push_key
from zbsync.core.lifecycle import PushEvent, PushState, push_sources
from zbsync.models import Push
from zbsync.pipeline import audit, bulk
from zbsync.pipeline.outbox.bindings import bound_to
from zbsync.pipeline.outbox.moves import locked, move

GONE = "erp_gone"
"""Cause of a refusal: the customer to be changed does not exist in the ERP any more."""

_ONE_OF = ("contact_id", "connection_id", "operation", "subject")
"""Of pushes that are alike in these, one may be under way."""

USELESS = (GONE, "absent")
"""Causes after which a create needs another id: the ERP refuses to save under the one it had."""


def enqueue(pushes: Sequence[Push]) -> None:
    """Insert approved pushes, due at once; their audit entries are the approval's own.

    State, key and `not_before` are set here. Raises IntegrityError when such a push of the contact is under way
    already.
    """
    for push in pushes:
        push.state = PushState.QUEUED
        push.key = push_key(push.proposal_id, push.digest, push.round)
        push.not_before = push.created_at
    bulk.insert(pushes)


def open_push_contacts(contact_ids: Collection[int]) -> set[int]:
    """Those of the contacts whose customer's push is on its way and not at its end."""
    mine = Push.objects.under_way().filter(contact__in=list(contact_ids), operation=CUSTOMER)
    return set(mine.values_list("contact_id", flat=True))


def void_queued(
    contact_ids: Collection[int], cause: str, act: uuid.UUID, actor: audit.Actor, now: datetime
) -> set[int]:
    """Cancel what still waits to save these contacts' customers; answers the contacts that have such a push under way
    all the same.
    """
    with transaction.atomic():
        mine = Push.objects.queued().filter(contact__in=list(contact_ids), operation=CUSTOMER)
        void(list(mine.values_list("pk", flat=True)), cause, act=act, actor=actor, now=now)
        return open_push_contacts(contact_ids)


def void(ids: Collection[int], cause: str, *, act: uuid.UUID, actor: audit.Actor, now: datetime) -> list[int]:
    """Cancel those of these pushes that still wait, because their ground moved; answers the ids that moved."""
    with transaction.atomic():
        rows = locked(ids, [PushState.QUEUED])
        for push in rows.values():
            push.cause = cause
        _close(rows.values(), PushEvent.CANCEL, act=act, actor=actor, now=now)
    return list(rows)


def cancel(
    ids: Collection[int], *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = "", cause: str = ""
) -> list[int]:
    """Take back what was not begun to be sent, also from the worker that has it; answers the ids that moved."""
    with transaction.atomic():
        rows = locked(ids, push_sources(PushEvent.CANCEL))
        for push in rows.values():
            push.cause = cause or push.cause
        _close(rows.values(), PushEvent.CANCEL, act=act, actor=actor, now=now, reason=reason)
    return list(rows)


def bury(ids: Collection[int], *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = "") -> list[int]:
    """Close for good what failed or stayed in doubt; answers the ids that moved."""
    with transaction.atomic():
        rows = locked(ids, push_sources(PushEvent.BURY))
        _close(rows.values(), PushEvent.BURY, act=act, actor=actor, now=now, reason=reason)
    return list(rows)


def requeue(ids: Collection[int], *, act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = "") -> list[int]:
    """Try again under a new key, with fresh attempts; answers the ids that moved.

    A push whose contact has another one for the same under way, or is another customer by now, is left alone. The ERP
    id is kept, so that trying again is a change of the same customer; only an id the ERP no longer knows is given up.
    """
    with transaction.atomic():
        rows = list(locked(ids, push_sources(PushEvent.REQUEUE)).values())
        same = Push.objects.under_way().filter(contact__in=[push.contact_id for push in rows])
        busy = set(same.values_list(*_ONE_OF))
        bound = bound_to(rows)
        moves: list[tuple[Push, PushEvent]] = []
        for push in rows:
            elsewhere = (
                push.operation == CUSTOMER and bound.get((push.contact_id, push.connection_id), push.ord) != push.ord
            )
            if elsewhere or (one := tuple(getattr(push, name) for name in _ONE_OF)) in busy:
                continue
            busy.add(one)
            if push.cause in USELESS and push.operation == CUSTOMER and push.action == "create":
                push.ord, push.khid = None, ""
            push.round += 1
            push.key = push_key(push.proposal_id, push.digest, push.round)
            push.attempts_made = push.looks = 0
            push.not_before, push.settled_at = now, None
            push.cause, push.message, push.findings, push.differences = "", "", [], []
            moves.append((push, PushEvent.REQUEUE))
        move(moves, act=act, actor=actor, now=now, reason=reason)
    return [push.pk for push, _ in moves]


def _close(
    rows: Iterable[Push],
    event: PushEvent,
    *,
    act: uuid.UUID,
    actor: audit.Actor,
    now: datetime,
    reason: str = "",
) -> None:
    closed = list(rows)
    for push in closed:
        push.settled_at = now
    move(((push, event) for push in closed), act=act, actor=actor, now=now, reason=reason)
