"""Judge: what looking at the ERP showed about pushes that are accepted or in doubt. Called by verify and
reconcile.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from zbsync.core.lifecycle import PushEvent, PushState, push_sources
from zbsync.erp.exchange import Exchange
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import audit, bulk
from zbsync.pipeline.outbox.bindings import bind
from zbsync.pipeline.outbox.evidence import exchange_rows
from zbsync.pipeline.outbox.moves import JOB, locked, move, save

OVERTAKEN = "overtaken"
"""Cause of a failed push that was closed because a later one of the same contact succeeded."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look came to: `event` None leaves the push where it is; `values` are columns to set either
    way.
    """

    push: Push
    event: PushEvent | None
    values: Mapping[str, Any] = field(default_factory=dict)
    exchanges: Sequence[Exchange] = ()


def judge(
    connection: ErpConnection, state: PushState, verdicts: Sequence[Verdict], now: datetime
) -> dict[PushEvent, int]:
    """Carry out the verdicts on the pushes that still stand as they were looked at; answers how many each
    event moved.

    A push that somebody moved meanwhile (a worker that came back, another look) keeps only the exchange. One that was
    read back equal closes the older failures of its contact; these are not counted.
    """
    moved: dict[PushEvent, int] = {}
    if not verdicts:
        return moved
    act = audit.new_act()
    held = [verdict.push for verdict in verdicts]
    with transaction.atomic():
        older = _older_failures(verdict.push for verdict in verdicts if verdict.event is PushEvent.READ_EQUAL)
        failed = push_sources(PushEvent.OVERTAKEN)
        rows = locked([*(push.pk for push in held), *older], [state, *failed], held)
        overtaken: dict[int, Push] = {}
        moves, staying = [], []
        for verdict in verdicts:
            push = rows.get(verdict.push.pk)
            if push is None or push.state != state or _standing(push) != _standing(verdict.push):
                continue
            if verdict.event is PushEvent.READ_EQUAL:
                overtaken |= {pk: rows[pk] for pk, by in older.items() if by == push.pk and pk in rows}
            for name, value in verdict.values.items():
                setattr(push, name, value)
            if verdict.event is None:
                staying.append(push)
            else:
                moves.append((push, verdict.event))
                moved[verdict.event] = moved.get(verdict.event, 0) + 1
        bind(connection, [push for push, event in moves if event is PushEvent.FOUND], act, now)
        move(moves, act=act, actor=JOB, now=now)
        _close(overtaken.values(), act, now)
        save(staying, state)
        kept = [row for verdict in verdicts for row in exchange_rows(connection, verdict.exchanges, push=verdict.push)]
        bulk.insert(kept)
    return moved


def _older_failures(succeeded: Iterable[Push]) -> dict[int, int]:
    """Id of each earlier push of the same contact and operation that failed -> the push that did it since."""
    since = {_purpose(push): push.pk for push in succeeded}
    if not since:
        return {}
    rows = Push.objects.filter(
        contact__in=[contact_id for contact_id, *_ in since], state__in=push_sources(PushEvent.OVERTAKEN)
    ).only("contact_id", "connection_id", "operation")
    return {push.pk: since[_purpose(push)] for push in rows if push.pk < since.get(_purpose(push), 0)}


def _purpose(push: Push) -> tuple[Any, ...]:
    """What a push is to bring about: of two with the same one, the later makes the older needless."""
    return (push.contact_id, push.connection_id, push.operation)


def _close(overtaken: Iterable[Push], act: uuid.UUID, now: datetime) -> None:
    rows = list(overtaken)
    for push in rows:
        push.cause, push.settled_at = OVERTAKEN, now
    move(((push, PushEvent.OVERTAKEN) for push in rows), act=act, actor=JOB, now=now)


def _standing(push: Push) -> tuple[Any, ...]:
    """What changes whenever somebody else has dealt with the push since."""
    return (push.round, push.attempts_made, push.looks, push.ord)
