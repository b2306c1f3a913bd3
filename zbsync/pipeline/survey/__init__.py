"""Survey: read the ERP's dictionaries, customers and contact persons into the local copy, so that mapping and matching
look there.

Called by the command `survey`, by the timetable and, on demand, from the connection's page. It only reads. Each page
is stored as it comes, with how far the survey got: one that is cut off is gone on with by the next run, whoever runs
it. Only a list that was read to its end marks what vanished and counts as a survey.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from zbsync.conf import conf
from zbsync.erp.errors import ErpError
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection, Survey, Vocabulary
from zbsync.pipeline import audit, bulk, doorbell, outbox, wiring
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.survey.progress import Progress
from zbsync.pipeline.survey.reading import ACTOR, Heard, Reading
from zbsync.pipeline.survey.report import Report, SurveyError
from zbsync.pipeline.survey.vocabularies import Change

__all__ = ["ACTOR", "Report", "SurveyError", "ask", "check", "drain", "due", "run"]

Clock = Callable[[], datetime]


def run(
    connection: ErpConnection,
    until: float | None = None,
    *,
    progress: Heard | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Report:
    """Survey one connection, or go on with the survey that was cut off; `until` (time.monotonic) ends it early, with
    what was read kept.

    `progress` hears rows done and in all of the list being read. Raises wiring.WiringError, an ErpError of the first
    question that failed, and SurveyError when another run took it over or the ERP suddenly shows nothing.
    """
    began, config = time.monotonic(), wiring.config_for(connection)
    report = Report()
    state = Progress.take(connection, config.page_size, clock)
    cause, anew = "interrupted", False
    try:
        report.resumed = state.resumed
        report.counts = state.row.counts
        report.vocabularies = _known_vocabularies(connection) if state.resumed else {}
        _read(Reading(connection, state, report, until, progress), Lanes(connection, config, transport=transport))
        cause = ""
    except (SurveyError, ErpError) as error:
        cause, anew = error.code, isinstance(error, SurveyError)
        raise
    finally:
        report.seconds = time.monotonic() - began
        state.let_go(cause, anew=anew)
    return report


def _read(reading: Reading, opened: Lanes) -> None:
    with opened as lanes:
        try:
            reading.read(lanes)
        finally:
            now = reading.progress.clock()
            wiring.note_logins(reading.connection, lanes.guard.refused, lanes.refusal, ACTOR, now)


def _known_vocabularies(connection: ErpConnection) -> dict[str, Change]:
    """What the run before this one stored."""
    current = Count("options", filter=Q(options__retired_at__isnull=True))
    rows = Vocabulary.objects.filter(connection=connection).annotate(current=current)
    return {name: Change(options) for name, options in rows.values_list("name", "current")}


def ask(connection: ErpConnection, actor: audit.Actor, now: datetime) -> None:
    """A person wants the copy read again: the worker takes it up at the next ring."""
    with transaction.atomic():
        Survey.objects.bulk_create([Survey(connection=connection)], ignore_conflicts=True)
        Survey.objects.filter(connection=connection).update(wanted_at=now)
        line = audit.Line("erpconnection", connection.pk)
        audit.write(audit.new_act(), actor, "survey.ask", [line], now=now)
        doorbell.ring(doorbell.SURVEY)


def due(now: datetime) -> list[ErpConnection]:
    """The connections whose copy is to be read now: asked for, cut off, or grown half as old as it may be.

    A connection that was never surveyed waits for a person, who asks for the first time.
    """
    base, age = conf().retry_base_s, conf().mirror_max_age_s
    free = Q(survey__token__isnull=True) | Q(survey__until__lt=now)
    waited = Q(survey__isnull=True) | Q(survey__cause="") | Q(survey__touched_at__lt=now - timedelta(seconds=base))
    wanted = Q(survey__wanted_at__isnull=False) | (Q(survey__part__gt="") & waited)
    if age:
        wanted |= Q(surveyed_at__lt=now - timedelta(seconds=age / 2)) & waited
    usable = ErpConnection.objects.filter(pk__in=[one.pk for one in wiring.usable()])
    return list(usable.filter(free, wanted).order_by("surveyed_at", "pk"))


def drain(until: float | None = None, *, clock: Clock = timezone.now) -> int:
    """Survey what is due until `until` (time.monotonic); returns how many connections moved.

    An error of one connection stands on its page and is tried again later; it does not keep the others waiting.
    Raises wiring.WiringError.
    """
    moved = 0
    for connection in due(clock()):
        if until is not None and time.monotonic() >= until:
            break
        try:
            moved += bool(run(connection, until, clock=clock).calls)
        except (SurveyError, ErpError):
            continue
    return moved


def check(connection: ErpConnection, transport: Inner | None = None) -> dict[str, Any]:
    """Log in, read one page and the customer sources: `{"dialect", "customers": n, "ly": {label: code}}`.

    Raises wiring.WiringError and the ErpError of what failed; the evidence is kept either way.
    """
    with Lanes(connection, wiring.config_for(connection), size=1, transport=transport) as lanes:
        lanes.submit("check", lambda client: client.check())
        answers: list[Done] = []
        while lanes.pending:
            answers += lanes.collect(conf().call_timeout_s)
        wiring.note_logins(connection, lanes.guard.refused, lanes.refusal, ACTOR, timezone.now())
    (done,) = answers
    with transaction.atomic():
        bulk.insert(outbox.exchange_rows(connection, done.exchanges))
    if done.error is not None:
        raise done.error
    return dict(done.value)
