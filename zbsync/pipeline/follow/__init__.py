"""Follow: what follows a customer is proposed, freed when its customer is there, held when its customer failed.

Called by the drain and by `run`. First the contacts that moved, in batches, each one transaction of a constant number
of statements: follow-ups of their interactions, their place among a company's contact persons, an owner for a customer
we made. Then, under the connection's slot, the contact persons are looked for in the ERP. It sends nothing.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from zbsync.models import Contact
from zbsync.models.contact import ContactQuerySet
from zbsync.pipeline.follow import persons
from zbsync.pipeline.follow.batch import batch
from zbsync.pipeline.tally import Tally

__all__ = ["drain", "due", "next_look"]

Progress = Callable[[int, int | None], None]
next_look = persons.next_due


def due() -> ContactQuerySet:
    """Contacts a drain would take up now."""
    return Contact.objects.to_follow()


def drain(until: float | None = None, limit: int | None = None, progress: Progress | None = None, **how: Any) -> Tally:
    """Propose for every contact that moved, then look for contact persons, until none is left, `limit` contacts were
    taken up or `until` (time.monotonic) has passed. `how`: `connection`, `transport` and `clock` of the looking.

    `done` counts contacts and persons settled, `failed` those that wait for another look.
    """
    began, tally, last = time.monotonic(), Tally(), 0
    clock: Callable[[], datetime] = how.get("clock", timezone.now)
    while limit is None or tally.seen < limit:
        before = last
        took, last = batch(before, None if limit is None else limit - tally.seen, clock())
        tally.add(took)
        if progress:
            progress(tally.seen, None)
        if last == before or _late(until):
            break
    if not _late(until):
        tally.add(persons.drain(until, **how))
    tally.seconds = time.monotonic() - began
    return tally


def _late(until: float | None) -> bool:
    return until is not None and time.monotonic() >= until
