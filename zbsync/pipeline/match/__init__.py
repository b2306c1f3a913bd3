"""Match: is this contact already a customer in the ERP? Mapped proposals become ready for review.

Called by the drain and by `run`, under the connection's slot, with approved creates that waited too long before them
(`again`). Looks in the local copy of the ERP's customers while the
last survey is fresh, and in the ERP for whatever the copy cannot answer. An error while looking leaves the proposal
where it is, to be tried again: it is never "absent". No transaction is open while the ERP is asked.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.lifecycle import ProposalEvent
from zbsync.core.matching import query_for
from zbsync.erp.transport import Inner
from zbsync.models import Binding, ErpConnection, Proposal
from zbsync.pipeline import audit, wiring, worklist
from zbsync.pipeline.match.again import look_again
from zbsync.pipeline.match.asking import ACTOR, keep, look_for
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.live import Look
from zbsync.pipeline.match.refused import query_of, reopen, told, waiting
from zbsync.pipeline.match.verdict import Claims, freed, settle
from zbsync.pipeline.tally import Tally

NOTHING_TO_WRITE = "nothing_to_write"
"""Why a proposal is closed: the customer it is bound to has all of it."""


_UNREAD = ("gate_findings", "edits", "candidates", "erp_values", "changes")
"""Columns that matching writes without reading, or has no use for: each would be a document to parse."""

Clock = Callable[[], datetime]
Progress = Callable[[int, int | None], None]


def due(connection: ErpConnection, now: datetime) -> QuerySet[Proposal]:
    """Proposals a drain would take up now."""
    waited = Q(match_after__isnull=True) | Q(match_after__lte=now)
    return Proposal.objects.to_match().filter(waited, connection=connection)


def to_reopen(connections: list[int]) -> bool:
    """Whether the ERP refused something as a duplicate that a drain would put before a person again."""
    return waiting(connections).exists()


def drain(
    until: float | None = None,
    limit: int | None = None,
    *,
    connection: ErpConnection | None = None,
    progress: Progress | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Tally:
    """Match what is due, of one connection or of all usable ones, in batches, until none is left, `limit` proposals
    were taken up or `until` (time.monotonic) has passed.

    `done` are ready for review or need nobody, `failed` wait for another look. A connection whose slot somebody else
    holds is passed over.
    """
    run = _Run(until, limit, progress, transport, clock)
    began = time.monotonic()
    for one in [connection] if connection is not None else wiring.usable():
        with wiring.slot(one) as hold:
            if hold:
                run.drain(one, hold)
    run.tally.seconds = time.monotonic() - began
    return run.tally


@dataclass
class _Run:
    until: float | None
    limit: int | None
    progress: Progress | None
    transport: Inner | None
    clock: Clock
    tally: Tally = field(default_factory=Tally)

    def drain(self, connection: ErpConnection, hold: wiring.Hold) -> None:
        self.tally.add(look_again(connection, self.until, self.transport, self.clock))
        reopen(connection)
        with transaction.atomic():
            worklist.rematch(freed(connection))
        for rows in self._batches(connection):
            self.tally.add(_batch(connection, rows, self))
            if self.progress:
                self.progress(self.tally.seen, None)
            late = self.until is not None and time.monotonic() >= self.until
            if late or connection.paused_at is not None or not hold.renew():
                return

    def _batches(self, connection: ErpConnection) -> Iterator[list[Proposal]]:
        last = 0
        while self.limit is None or self.tally.seen < self.limit:
            size = conf().batch_size if self.limit is None else min(conf().batch_size, self.limit - self.tally.seen)
            rows = list(due(connection, self.clock()).filter(pk__gt=last).defer(*_UNREAD).order_by("pk")[:size])
            if not rows:
                return
            for row in rows:
                row.connection = connection
            yield rows
            last = rows[-1].pk


def _batch(connection: ErpConnection, rows: Sequence[Proposal], run: _Run) -> Tally:
    """One batch. What the copy cannot answer is asked in the ERP; whatever came of it is kept in one transaction."""
    seen = {row.pk: row.digest for row in rows}
    cases = _cases(connection, rows)
    look = look_for(connection, cases, run.until, run.transport, run.clock)
    return _settle(connection, [case for case in cases if not case.open], seen, look, run.clock())


def _cases(connection: ErpConnection, rows: Sequence[Proposal]) -> list[Case]:
    of_contacts = Binding.objects.filter(connection=connection, contact_id__in=[row.contact_id for row in rows])
    bound = dict(of_contacts.values_list("contact_id", "ord"))
    known = told(connection, rows)
    cases = [
        Case(row, query_for(row.kind, row.payload), bound.get(row.contact_id), told=known.get(row.pk)) for row in rows
    ]
    for case in cases:
        case.query = query_of(case)
    return cases


def _settle(
    connection: ErpConnection, cases: Sequence[Case], seen: dict[int, str], look: Look | None, now: datetime
) -> Tally:
    """Everything one batch came to, in one transaction: evidence, the copy, the proposals, the entry."""
    with transaction.atomic():
        mine = worklist.hold({case.row.pk: seen[case.row.pk] for case in cases})
        if look is not None:
            keep(connection, look, now)
        seen_to, cases = len(cases), [case for case in cases if case.row.pk in mine]
        failed = [case.row for case in cases if case.error]
        for case in cases:
            case.row.match_error = case.error
            case.row.match_after = now + timedelta(seconds=conf().retry_base_s) if case.error else None
        worklist.postpone(failed)
        found = [case for case in cases if not case.error]
        claims = Claims.about(connection, found)
        ready: list[Proposal] = []
        idle: list[Proposal] = []
        for case in found:
            (ready if settle(case, claims, now) else idle).append(case.row)
        for row in idle:
            row.cause = NOTHING_TO_WRITE
        worklist.settle_match(ready)
        worklist.settle_match(idle, ProposalEvent.SUPERSEDE)
        after = {"ready": len(ready), NOTHING_TO_WRITE: len(idle), "failed": len(failed)}
        if cases:
            line = audit.Line("erpconnection", connection.pk, after=after)
            audit.write(audit.new_act(), ACTOR, "proposal.match", [line], now=now)
    return Tally(seen_to, len(found), len(failed))
