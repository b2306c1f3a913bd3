"""Whether the jobs live, how long the oldest push has waited, and what has stopped itself.

Whoever can stop something tells it here: `PROVIDERS` is a list of functions that answer with alarms.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from zbsync.admin.failed import brakes
from zbsync.models import ErpConnection, Heartbeat, Push

BEAT_MAX_AGE = timedelta(minutes=2)
"""A worker that has not beaten for so long is taken for dead."""
WAIT_MAX = timedelta(minutes=10)
"""A push that could go and has not gone for so long wants to be looked at."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that stopped and needs a person: what, why in words, since when, and where it is set right."""

    name: str
    sentence: str
    since: datetime | None
    url: str
    mend: str
    whole: bool = False
    """Whether the sentence says it all; else it is the cause of a connection's pause."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Worker and queue as they are now."""

    alive: bool
    beat: datetime | None
    due: int
    oldest: datetime | None
    late: bool
    last_hour: int


def jobs(now: datetime) -> Jobs:
    """Three queries."""
    last = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    alive = bool(last and now - last < BEAT_MAX_AGE)
    due = Push.objects.sendable().filter(not_before__lte=now).aggregate(n=Count("pk"), oldest=Min("not_before"))
    hour = Push.objects.filter(verified_at__gte=now - timedelta(hours=1)).aggregate(n=Count("pk"))
    late = bool(due["oldest"] and now - due["oldest"] > WAIT_MAX)
    return Jobs(alive, last, due["n"], due["oldest"], late, hour["n"])


def paused() -> list[Alarm]:
    """Connections that stopped themselves, or were stopped."""
    url = f"{brakes.page()}#connections"
    rows = ErpConnection.objects.filter(paused_at__isnull=False)
    return [Alarm(row.name, brakes.why_paused(row), row.paused_at, url, _("look and resume")) for row in rows]


def held(user: Any) -> list[Alarm]:
    """Large batches whose rest waits for a person, because one of the first few failed."""
    return [
        Alarm(
            str(one.connection), one.sentence, one.since, f"{brakes.page()}#held-{one.batch}", _("decide"), whole=True
        )
        for one in brakes.held(user)
    ]


PROVIDERS: list[Callable[[], list[Alarm]]] = [paused]


def alarms(user: Any) -> list[Alarm]:
    """All that any of them tells, in their order, and the batches that this person may decide on."""
    return [*(alarm for provider in PROVIDERS for alarm in provider()), *held(user)]
