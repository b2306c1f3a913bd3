"""Looking again before a new customer is sent: what an approved create rests on must not be older than the copy may be.

A push that waited (for its approval, for a pause to end) is left out by `outbox.claim` until its proposal was looked at
again here. Nobody was found: it may go. Somebody was: the push is void, and the contact comes back to be reviewed with
the customer that was found. An answer that failed leaves the push waiting: it is never "nobody".
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from zbsync.conf import conf
from zbsync.core.matching import MatchKind, judge, query_for
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import audit, doorbell, outbox, tables, worklist
from zbsync.pipeline.match.asking import ACTOR, keep, look_for
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.live import Look
from zbsync.pipeline.tally import Tally

FOUND = "match.found_later"
"""Why a push is void: somebody in the ERP looks like its contact, and did not when it was approved."""


def look_again(
    connection: ErpConnection, until: float | None, transport: Inner | None, clock: Callable[[], datetime]
) -> Tally:
    """One batch of what waits for another look; `done` may go, `failed` are void or were not answered."""
    pushes = list(outbox.outdated(connection, clock()).select_related("proposal")[: conf().batch_size])
    if not pushes:
        return Tally()
    cases = {push.pk: _case(push) for push in pushes}
    look = look_for(connection, list(cases.values()), until, transport, clock)
    looked = [push for push in pushes if not cases[push.pk].open]
    return _settle(connection, looked, cases, look, clock())


def _case(push: Push) -> Case:
    row = push.proposal
    return Case(row, query_for(row.kind, row.payload), again=True)


@transaction.atomic
def _settle(
    connection: ErpConnection, pushes: Sequence[Push], cases: dict[int, Case], look: Look | None, now: datetime
) -> Tally:
    tables.lock_rules()  # before the pushes, as propose does
    if look is not None:
        keep(connection, look, now)
    failed = [push for push in pushes if cases[push.pk].error]
    found = [push for push in pushes if not cases[push.pk].error and _somebody(push, cases[push.pk])]
    nobody = [push for push in pushes if push not in failed and push not in found]
    worklist.looked_again([push.proposal_id for push in nobody], now)
    outbox.wait([push.pk for push in failed], now + timedelta(seconds=conf().retry_base_s))
    act = audit.new_act()
    void = set(outbox.cancel([push.pk for push in found], act=act, actor=ACTOR, now=now, cause=FOUND))
    due = worklist.remap(Q(pk__in=[push.contact_id for push in found if push.pk in void]))
    after = {"absent": len(nobody), "found": len(void), "failed": len(failed), "due_again": due}
    audit.write(act, ACTOR, "push.look_again", [audit.Line("erpconnection", connection.pk, after=after)], now=now)
    if due:
        doorbell.ring()
    return Tally(len(pushes), len(nobody), len(failed) + len(found))


def _somebody(push: Push, case: Case) -> bool:
    """Whether the ERP has a customer that a person has not said is somebody else, and that is not this very push's."""
    theirs = {*push.proposal.not_same, *([push.ord] if push.ord is not None else [])}
    return judge(case.query, case.views(), not_same=theirs).kind is not MatchKind.ABSENT
