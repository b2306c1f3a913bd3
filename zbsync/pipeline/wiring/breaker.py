"""The breaker of a connection: counts what became of its attempts of late, and pauses it when that is too bad.

Called by dispatch, before it begins and whenever something failed. It remembers nothing: every number comes from the
tables, so that a crash or a second cluster changes no verdict. `core.breaker` judges.
"""

import logging
import random
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from zbsync.conf import conf
from zbsync.core import retry
from zbsync.core.brakes import breaker
from zbsync.models import Attempt, AttemptOutcome, ErpConnection, PushStateChoice
from zbsync.pipeline import audit
from zbsync.pipeline.wiring.pauses import open_fully, pause, put_off

logger = logging.getLogger(__name__)

ACTOR = audit.Actor.job("brakes")

_OURS = ("paused", "lease_short", "slot_lost", "out_of_time", "lease_lapsed")
"""Causes that say nothing of the ERP: the attempt was never made, or the process that made it died."""
_FAILED = Q(outcome__in=[AttemptOutcome.DEFERRED, AttemptOutcome.IN_DOUBT]) | (
    Q(outcome=AttemptOutcome.REJECTED) & ~Q(cause__in=retry.CLASSES[retry.RetryClass.DUPLICATE])
)
_UNKNOWN = Q(outcome=AttemptOutcome.IN_DOUBT, push__state=PushStateChoice.IN_DOUBT)


def limits() -> breaker.Limits:
    """What the settings say a connection may bear."""
    told = conf()
    return breaker.Limits(told.breaker_share, told.breaker_least, told.breaker_unknown, told.breaker_half_open)


def begun(connection: ErpConnection, since: datetime) -> QuerySet[Attempt]:
    """The connection's attempts since a moment, those left out that say nothing of the ERP."""
    recent = Attempt.objects.filter(started_at__gte=since).exclude(cause__in=_OURS)
    # By a plain comparison SQLite would read all that was ever sent to this connection, instead of the last minutes.
    return recent.annotate(owner=F("push__connection_id") + 0).filter(owner=connection.pk)


def counts(connection: ErpConnection, since: datetime) -> breaker.Counts:
    """What became of the attempts begun since a moment that have ended; one statement."""
    ended = begun(connection, since).filter(finished_at__isnull=False)
    found = ended.aggregate(ended=Count("id"), failed=Count("id", filter=_FAILED), unknown=Count("id", filter=_UNKNOWN))
    return breaker.Counts(**found)


def half_open_room(connection: ErpConnection) -> int | None:
    """How many more pushes may be sent before the trial is judged; None when the connection is not on trial."""
    if connection.half_open_since is None:
        return None
    return max(0, conf().breaker_half_open - begun(connection, connection.half_open_since).count())


def watch(connection: ErpConnection, now: datetime) -> bool:
    """Judge the connection, and pause or open it accordingly; answers whether it is paused now."""
    if connection.paused_at is not None:
        return True
    if connection.half_open_since is not None:
        return _judge_half_open(connection, connection.half_open_since, now)
    since = now - timedelta(seconds=conf().breaker_window_s)
    found = counts(connection, max(since, connection.resumed_at or since))
    cause = breaker.trips(found, limits())
    if cause:
        _trip(connection, cause, found, now)
    return connection.paused_at is not None


def _judge_half_open(connection: ErpConnection, since: datetime, now: datetime) -> bool:
    found = counts(connection, since)
    verdict = breaker.when_half_open(found, limits())
    if verdict is breaker.HalfOpen.OPEN:
        open_fully(connection, ACTOR, now)
        logger.warning("%s: the trial went well, the connection is open again", connection.name)
    elif verdict is breaker.HalfOpen.PAUSE:
        _trip(connection, breaker.HALF_OPEN, found, now)
    return connection.paused_at is not None


def _trip(connection: ErpConnection, cause: str, found: breaker.Counts, now: datetime) -> None:
    params = {
        "ended": found.ended,
        "failed": found.failed,
        "unknown": found.unknown,
        "minutes": round(conf().breaker_window_s / 60),
    }
    if pause(connection, cause, ACTOR, now, params=params, probe_after=now):
        logger.error("%s is paused: %s %s", connection.name, cause, params)
        put_off_probe(connection, now, failed=cause == breaker.HALF_OPEN)


def put_off_probe(connection: ErpConnection, now: datetime, *, failed: bool) -> None:
    """Say when the connection is probed next: ever later, spread a little, for as long as it takes."""
    probes = connection.probes + failed
    tries = probes + 1
    due = retry.next_try(
        tries,
        now,
        base_s=conf().breaker_probe_s,
        max_attempts=tries + 1,
        jitter=random.random(),  # noqa: S311 - spreads the probes, keeps no secret
    )
    assert due is not None  # noqa: S101 - one more try is always allowed here
    put_off(connection, due, probes)
