"""Looking for a batch of cases: in the local copy first, in the ERP for what the copy cannot answer; keeping what was
said. No transaction is open while the ERP is asked.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection
from zbsync.pipeline import audit, bulk, customers, outbox, wiring
from zbsync.pipeline.lanes import Lanes
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.live import Look, needed
from zbsync.pipeline.match.local import Copy

ACTOR = audit.Actor.job("match")


def look_for(
    connection: ErpConnection,
    cases: Sequence[Case],
    until: float | None,
    transport: Inner | None,
    clock: Callable[[], datetime],
) -> Look | None:
    """Look for all cases; returns what was said to the ERP, None when nothing had to be.

    A case that failed says so in `error`; one that is still `open` was not finished.
    """
    copy = Copy(connection, clock())
    copy.look(cases)
    for case in cases:
        case.persons_unread = copy.persons_unread
    copy.recall(cases)
    asking = [case for case in cases if case.wants() or needed(case, copy)]
    if not asking:
        return None
    try:
        with Lanes(connection, wiring.config_for(connection), transport=transport) as lanes:
            look = Look(lanes, copy, until)
            look.run(asking)
        wiring.note_logins(connection, lanes.guard.refused, lanes.refusal, ACTOR, clock())
    except wiring.WiringError as error:
        for case in asking:
            case.error = error.code
        return None
    return look


def keep(connection: ErpConnection, look: Look, now: datetime) -> None:
    """The evidence, and the customers that were read; in the caller's transaction."""
    customers.keep(connection, [record for record in look.read.values() if record is not None], now)
    customers.gone(connection, [ord_ for ord_, record in look.read.items() if record is None], now)
    bulk.insert(
        [row for case, said in look.said for row in outbox.exchange_rows(connection, [said], proposal=case.row)]
    )
