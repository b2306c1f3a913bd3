"""One cycle of dispatch in one transaction: what came back is written down, and what goes out next is marked.

Nothing here decides more than `settle`, `reserve` and `mark_sending` do; together they wait for the disk once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from zbsync.core.lifecycle import PushEvent
from zbsync.models import Attempt, ErpConnection, Push
from zbsync.pipeline.outbox.lease import Reserved, mark_sending, reserve
from zbsync.pipeline.outbox.settle import Said, settle


@dataclass(frozen=True, slots=True)
class Cycle:
    """What a cycle came to: how many pushes each event moved, the attempts that may be said, and the leased pushes
    for which there was no room.
    """

    moved: dict[PushEvent, int] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=list)
    left: list[Push] = field(default_factory=list)


def cycle(
    connection: ErpConnection,
    said: Sequence[Said],
    handed: Sequence[Reserved],
    ready: Sequence[Push],
    room: int,
    now: datetime,
) -> Cycle:
    """Settle `said`, keep the ids `handed`, and mark up to `room` of the leased pushes as being sent, those that were
    `ready` first. Committed before a byte goes out.
    """
    with transaction.atomic():
        moved = settle(connection, said, now)
        fresh = reserve(connection, handed, now) if handed else []
        first = list(ready[:room])
        then = fresh[: room - len(first)]
        attempts = mark_sending(first, now, mine=then) if first or then else []
    return Cycle(moved, attempts, [*ready[len(first) :], *fresh[len(then) :]])
