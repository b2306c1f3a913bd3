"""Brakes: what was stopped by itself goes on when the reason is gone. Called by `zbsync.tasks` and by `manage.py run`.

The rest of a large batch goes when the first few of it are in the ERP as approved. A connection that the breaker paused
is probed: a login and one read; after a good one it is on trial, and dispatch sends a few. Everything is read from the
tables, so a crash or a second cluster changes nothing. It sends no push itself.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.brakes import canary
from zbsync.erp.client import ErpClient
from zbsync.erp.errors import ErpError
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection
from zbsync.pipeline import audit, bulk, lanes, outbox, wiring
from zbsync.pipeline.tally import Tally

PROBES_WAITED_FOR = 5
"""Failed probes after which nobody waits for the next one, as `run --until-idle` does; they go on all the same."""

ACTOR = audit.Actor.job("brakes")
logger = logging.getLogger(__name__)

_MOVING = (canary.Canary.GO_ON, canary.Canary.MORE)

Clock = Callable[[], datetime]
Progress = Callable[[int, int | None], None]


def drain(
    until: float | None = None,
    limit: int | None = None,
    *,
    connection: ErpConnection | None = None,
    progress: Progress | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Tally:
    """Let batches go on, and probe what is due to be probed. `done` counts pushes let go and good probes, `failed` the
    bad ones. A connection whose slot somebody else holds is probed later. Raises wiring.WiringError.

    It takes what every stage takes; there is never so much to do that `until`, `limit` or `progress` would matter.
    """
    tally, began = Tally(), time.monotonic()
    with wiring.each([connection] if connection is not None else _active()) as rounds:
        for one in rounds:
            tally.done += release(one, clock())
            with rounds.trying():
                tally.add(_probe(one, transport, clock))
    tally.seconds = time.monotonic() - began
    return tally


def release(connection: ErpConnection, now: datetime) -> int:
    """Let go whatever need not wait any longer; answers how many pushes."""
    gone = 0
    for batch in outbox.held(connection):
        size = conf().canary_size
        few = outbox.few_of(connection, batch, size)
        said = canary.judge(few.values(), size)
        if said in _MOVING:
            more = {operation: canary.missing(one, size) for operation, one in few.items()}
            most = more if said is canary.Canary.MORE else None
            gone += outbox.let_go(connection, batch, most, act=audit.new_act(), actor=ACTOR, now=now)
    return gone


def next_due(now: datetime) -> datetime | None:
    """When there is something to do without a person: now, at the next probe that is worth waiting for, or never."""
    active, size = _active(), conf().canary_size
    for one in active:
        batches = outbox.held(one)
        if any(canary.judge(outbox.few_of(one, batch, size).values(), size) in _MOVING for batch in batches):
            return now
    probes = [one.probe_after for one in active if one.probe_after and one.probes < PROBES_WAITED_FOR]
    return min(probes, default=None)


def _active() -> list[ErpConnection]:
    return list(ErpConnection.objects.filter(is_active=True).order_by("pk"))


def _probe(connection: ErpConnection, transport: Inner | None, clock: Clock) -> Tally:
    """Log in afresh and read one page, if it is time; a good probe puts the connection on trial."""
    if connection.probe_after is None or connection.probe_after > clock():
        return Tally()
    with wiring.slot(connection) as hold:
        if not hold:
            return Tally()
        lanes.forget_sessions()
        config = wiring.config_for(connection)
        with lanes.Lanes(connection, config, size=1, transport=transport) as lane:
            lane.submit(None, _read_one)
            [done] = lane.collect(None)
        with transaction.atomic():
            bulk.insert(outbox.exchange_rows(connection, done.exchanges))
        if done.error is not None and not isinstance(done.error, ErpError):
            raise done.error
        wiring.note_logins(connection, lane.guard.refused, lane.refusal, ACTOR, clock())
        if done.error is None and wiring.try_out(connection, ACTOR, clock()):
            logger.warning("%s answers again: it is on trial", connection.name)
            return Tally(1, 1, 0)
        wiring.put_off_probe(connection, clock(), failed=True)
        logger.warning("%s was probed in vain: %s", connection.name, done.error)
        return Tally(1, 0, 1)


def _read_one(client: ErpClient) -> None:
    client.customers({}, 1, 1)
