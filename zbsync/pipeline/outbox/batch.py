"""A large batch sends a few first: which of an approval wait for them, and what lets these go.

Called by `review.approve` (`hold_back`), by the stage `brakes` and by `review` when a person decides. Which batches are
held, and why, is read from the pushes themselves; there is nothing else to lose.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, QuerySet

from zbsync.core.brakes import canary
from zbsync.core.follow.operations import NOT_READABLE
from zbsync.core.lifecycle import PushState
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import audit


def hold_back(pushes: Sequence[Push], act: uuid.UUID, size: int) -> None:
    """Let `size` unsaved pushes of each operation of this act go first on each connection and the rest wait, whatever
    part of the act was enqueued before. One that cannot be said is seen before many are, whichever operation it is of.
    """
    told = Push.objects.filter(act=act, waits=False).exclude(state__in=[str(state) for state in canary.ENDED])
    counted = told.order_by().values_list("connection_id", "operation").annotate(n=Count("id"))
    gone = {(connection_id, operation): n for connection_id, operation, n in counted}
    alike: dict[tuple[int, str], list[Push]] = defaultdict(list)
    for push in pushes:
        alike[push.connection_id, push.operation].append(push)
    for key, mine in alike.items():
        kinds = [f"{push.action} {push.kind}" for push in mine]
        first = set(canary.first_few(kinds, max(0, size - gone.get(key, 0))))
        for place, push in enumerate(mine):
            push.waits = place not in first


def held(connection: ErpConnection) -> list[uuid.UUID]:
    """The acts of which pushes wait for the first few."""
    acts = Push.objects.waiting().filter(connection=connection).order_by("act")
    return [act for act in acts.values_list("act", flat=True).distinct() if act is not None]


def first_of(connection: ErpConnection, batch: uuid.UUID) -> QuerySet[Push]:
    """Those of an act of approval that were let go first, without what was cancelled or closed."""
    gone = Push.objects.filter(connection=connection, act=batch, waits=False)
    return gone.exclude(state__in=[str(state) for state in canary.ENDED]).order_by("pk")


def first_few(connection: ErpConnection, batch: uuid.UUID, size: int) -> list[Push]:
    """As many of them of each operation as tell about the rest."""
    found: dict[str, list[Push]] = defaultdict(list)
    for push in first_of(connection, batch).iterator():
        if len(found[push.operation]) < size:
            found[push.operation].append(push)
    return [push for mine in found.values() for push in mine]


def few_of(connection: ErpConnection, batch: uuid.UUID, size: int) -> dict[str, canary.Few]:
    """By operation: the states of those that tell about the rest, and how many wait. What cannot be read back is as
    good as verified: the ERP's word is all there is.
    """
    waiting = dict(waiting_of(connection, batch).order_by().values_list("operation").annotate(n=Count("id")))
    states: dict[str, list[PushState]] = {operation: [] for operation in waiting}
    for operation, state, cause in first_of(connection, batch).values_list("operation", "state", "cause").iterator():
        mine = states.setdefault(operation, [])
        if len(mine) < size:
            done = (state, cause) == (PushState.ACCEPTED, NOT_READABLE)
            mine.append(PushState.VERIFIED if done else PushState(state))
    return {operation: canary.Few(tuple(told), waiting.get(operation, 0)) for operation, told in states.items()}


def waiting_of(connection: ErpConnection, batch: uuid.UUID) -> QuerySet[Push]:
    """Those of an act of approval that wait."""
    return Push.objects.waiting().filter(connection=connection, act=batch)


def let_go(
    connection: ErpConnection,
    batch: uuid.UUID,
    most: Mapping[str, int] | None = None,
    *,
    act: uuid.UUID,
    actor: audit.Actor,
    now: datetime,
    reason: str = "",
) -> int:
    """Let those that wait go, or of each operation as many as `most` says; answers how many. Their state stays what it
    is: queued.
    """
    with transaction.atomic():
        rows = waiting_of(connection, batch)
        if most is not None:
            some = [
                row_id
                for operation, n in most.items()
                for row_id in rows.filter(operation=operation).order_by("pk").values_list("pk", flat=True)[:n]
            ]
            rows = rows.filter(pk__in=some)
        gone = rows.update(waits=False)
        if gone:
            line = audit.Line("erpconnection", connection.pk, after={"batch": str(batch), "let_go": gone})
            audit.write(act, actor, "push.let_go", [line], now=now, reason=reason)
    return gone
