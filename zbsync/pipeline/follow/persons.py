"""Is the contact among the customer's persons already? Proposals of contact persons become ready for review.

Looks in the ERP, under the connection's slot: there are few such proposals, and a copy of the persons is not told
everything a person's own form has. A look that failed is never "absent".
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.follow.operations import PERSON, WAITS
from zbsync.core.lifecycle import ProposalEvent, ProposalState
from zbsync.core.matching import MatchKind
from zbsync.erp.client import ErpClient, FormRecord
from zbsync.erp.errors import ErpError, LoginRefused
from zbsync.erp.transport import Inner
from zbsync.models import Action, ErpConnection, Proposal
from zbsync.pipeline import audit, bulk, judgement, operations, outbox, wiring, worklist
from zbsync.pipeline.follow.ground import NOTHING_TO_WRITE
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.tally import Tally

Clock = Callable[[], datetime]

_ACTOR = audit.Actor.job("follow")


def waiting() -> QuerySet[Proposal]:
    """Proposals of contact persons whose customer is there, and who were not looked for yet."""
    rows = Proposal.objects.filter(operation=PERSON, state=ProposalState.MAPPED)
    return rows.exclude(cause__in=WAITS)


def next_due(connections: Sequence[ErpConnection]) -> datetime | None:
    """When somebody is to be looked for next; None = never."""
    rows = waiting().filter(connection__in=connections)
    if rows.filter(match_after__isnull=True).exists():
        return timezone.now()
    due: datetime | None = rows.aggregate(due=Min(F("match_after")))["due"]
    return due


def drain(
    until: float | None = None,
    *,
    connection: ErpConnection | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Tally:
    """Look for whoever is due, of one connection or of all usable ones, until nobody is or `until` has passed."""
    tally = Tally()
    for one in [connection] if connection is not None else wiring.usable():
        with wiring.slot(one) as hold:
            while hold and (rows := list(_due(one, clock()))):
                took = _batch(one, rows, until, transport, clock)
                tally.add(took)
                late = until is not None and time.monotonic() >= until
                if late or not took.done or one.paused_at is not None or not hold.renew():
                    break
    return tally


def _due(connection: ErpConnection, now: datetime) -> QuerySet[Proposal]:
    waited = Q(match_after__isnull=True) | Q(match_after__lte=now)
    return waiting().filter(waited, connection=connection).order_by("pk")[: conf().batch_size]


def _batch(
    connection: ErpConnection, rows: Sequence[Proposal], until: float | None, transport: Inner | None, clock: Clock
) -> Tally:
    seen = {row.pk: row.digest for row in rows}
    tally, bug = Tally(len(rows)), None
    with Lanes(connection, wiring.config_for(connection), transport=transport) as lanes:
        for answers in lanes.each(_questions(rows), until):
            for done in answers:
                unheard = done.error is not None and not isinstance(done.error, ErpError)
                lanes.closing = lanes.closing or unheard or isinstance(done.error, LoginRefused)
                bug = bug or (done.error if unheard else None)
            tally.add(_keep(connection, [done for done in answers if _heard(done)], seen, clock()))
        wiring.note_logins(connection, lanes.guard.refused, lanes.refusal, _ACTOR, clock())
    if bug is not None:
        raise bug
    return tally


def _heard(done: Done) -> bool:
    return done.error is None or (isinstance(done.error, ErpError) and not isinstance(done.error, LoginRefused))


def _questions(rows: Sequence[Proposal]) -> Iterator[tuple[Proposal, Callable[[ErpClient], Any]]]:
    for row in rows:
        yield row, partial(operations.find_person, company=int(row.payload["company"]), mobile=row.subject)


def _keep(connection: ErpConnection, answers: Sequence[Done], seen: dict[int, str], now: datetime) -> Tally:
    """What the answers mean, in one transaction with the evidence."""
    with transaction.atomic():
        mine = worklist.hold({done.tag.pk: seen[done.tag.pk] for done in answers})
        ready: list[Proposal] = []
        idle: list[Proposal] = []
        failed: list[Proposal] = []
        for done in answers:
            row: Proposal = done.tag
            if row.pk not in mine:
                continue
            if isinstance(done.error, ErpError):
                row.match_error, row.match_after = done.error.code, now + timedelta(seconds=conf().retry_base_s)
                failed.append(row)
            else:
                _settle(row, done.value, now)
                (idle if row.action == Action.LINK and not row.has_errors else ready).append(row)
        for row in idle:
            row.cause = NOTHING_TO_WRITE
        worklist.postpone(failed)
        worklist.settle_match(ready)
        worklist.settle_match(idle, ProposalEvent.SUPERSEDE)
        said = (outbox.exchange_rows(connection, done.exchanges, proposal=done.tag) for done in answers)
        bulk.insert([row for rows in said for row in rows])
        if idle:
            worklist.follow_again([row.contact_id for row in idle])
        if ready or idle or failed:
            after = {"ready": len(ready), NOTHING_TO_WRITE: len(idle), "failed": len(failed)}
            line = audit.Line("erpconnection", connection.pk, after=after)
            audit.write(audit.new_act(), _ACTOR, "proposal.match", [line], now=now)
    return Tally(0, len(ready) + len(idle), len(failed))


def _settle(row: Proposal, record: FormRecord | None, now: datetime) -> None:
    """Found: only what differs, by the overwrite policies. Absent: a new person."""
    row.match_kind, row.target_ord = MatchKind.BOUND.value, int(row.payload["company"])
    row.person_ord = record.ord if record is not None else None
    row.erp_values = record.values if record is not None else None
    row.match_error, row.match_after = "", None
    row.matched_at = row.touched_at = now
    judgement.settle_findings(row, judgement.findings_of(row))
    judgement.settle_difference(row)
