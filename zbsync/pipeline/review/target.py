"""Choose the target: bind to a candidate, create anyway, or say that a candidate is somebody else.

A person's choice overrules matching and is remembered as theirs. Nothing is read from the ERP here: when the mirror
lacks the chosen customer's full record, the proposal goes back to the match stage, which reads it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import PUSH_OPEN, ProposalState
from zbsync.core.matching import Candidate, Match, MatchKind, judge, query_for
from zbsync.models import Binding, ErpRecord, MatchChoice, Proposal, Push, hands
from zbsync.models.within import outside
from zbsync.pipeline import audit, doorbell, judgement, worklist
from zbsync.pipeline.audit import Actor, Line
from zbsync.pipeline.review import rework
from zbsync.pipeline.review.decision import (
    NOT_ALLOWED,
    Decision,
    Shown,
    Under,
    decide,
    decision_of,
    permit,
)
from zbsync.pipeline.review.legal import (
    BOUND,
    GONE,
    MOVED,
    NOT_A_CUSTOMER,
    NOT_READY,
    ORD_TAKEN,
    TARGET_GONE,
    with_create_refusal,
)

OPEN = (ProposalState.MAPPED, ProposalState.READY)


def bind(proposal_id: int, ord: int, reason: str, by: AbstractBaseUser, digest: str | None = None) -> Decision:  # noqa: A002 - the ERP's own word
    """Make ERP customer `ord` the target; approving then writes the binding, in place of one whose customer is gone.

    Left out: `review.gone`, `not_ready`, `moved`, `bound`, `ord_taken`, `ord_gone`. Raises PermissionDenied.
    """

    def change(row: Proposal) -> str:
        record = ErpRecord.objects.filter(connection_id=row.connection_id, ord=ord).first()
        if record is not None and record.gone_at is not None:
            return "review.ord_gone"
        if _taken(row, ord):
            return ORD_TAKEN
        view = rework.view_of(record) if record else None
        said = judge(query_for(row.kind, row.payload), [view]).findings if view else ()
        _choose(row, Match(MatchKind.UNIQUE, ord, (), said), chosen=True)
        return ""

    return _one(proposal_id, "proposal.bind", reason, by, digest, change, rebinds=True)


def not_same(proposal_id: int, ord: int, by: AbstractBaseUser, reason: str = "", digest: str | None = None) -> Decision:  # noqa: A002 - the ERP's own word
    """Say that candidate `ord` is somebody else; the rest of the candidates are judged again.

    Left out: `review.gone`, `not_ready`, `moved`, `bound`, `no_candidate`. Raises PermissionDenied.
    """

    def change(row: Proposal) -> str:
        candidates = [Candidate.from_json(one) for one in row.candidates]
        if ord not in {one.ord for one in candidates}:
            return "review.no_candidate"
        row.not_same = sorted({*row.not_same, ord})
        match = judge(query_for(row.kind, row.payload), [one.view for one in candidates], not_same=row.not_same)
        _choose(row, match, chosen=False)
        return ""

    return _one(proposal_id, "proposal.not_same", reason, by, digest, change)


def create_anyway(
    rows: Iterable[int] | QuerySet[Proposal],
    by: AbstractBaseUser,
    reason: str = "",
    *,
    digests: Mapping[int, str] | None = None,
    shown_at: datetime | None = None,
    under: Under | None = None,
) -> Decision:
    """Make new customers of proposals in spite of their candidates, or of another contact with the same number.

    A customer that already has our number (`khid`) stays an error: the ERP would refuse the second one. `digests` and
    `shown_at` as for approve. Left out: `review.not_ready`, `moved`, `bound`. Raises PermissionDenied.
    """
    actor = permit(by, "bind_proposal")
    decision, shown = decision_of(under), Shown(digests, shown_at)

    def work(ids: list[int]) -> dict[int, str]:
        now = timezone.now()
        left, made, lines = dict.fromkeys(ids, NOT_READY), [], []
        rebound: list[Proposal] = []
        for row in with_create_refusal(_locked(ids), shown.at):
            refusal = row.refusal or (MOVED if shown.other(row.pk, row.digest) else "")
            if refusal:
                left[row.pk] = refusal
                continue
            del left[row.pk]
            before = rework.snapshot(row)
            rebound += [row] * (row.match_kind == MatchChoice.BOUND)
            _create(row)
            row.hands = hands.add(row.hands, hands.CREATED, by.pk)
            made.append(row)
            lines.append(Line("proposal", row.pk, row.contact_id, before, rework.snapshot(row)))
        rework.store(made, now)
        _let_go(rebound, decision, actor, now, reason)
        audit.write(decision.act, actor, "proposal.create_anyway", lines, now=now, reason=reason)
        return left

    return decide(decision, rows, work, by, Proposal)


def _create(row: Proposal) -> None:
    candidates = [Candidate.from_json(one) for one in row.candidates]
    row.not_same = sorted({*row.not_same, *(one.ord for one in candidates)})
    match = judge(query_for(row.kind, row.payload), [one.view for one in candidates], not_same=row.not_same)
    rework.aim(row, match, None, chosen=True)


def _choose(row: Proposal, match: Match, *, chosen: bool) -> None:
    """Give the row the match; when its target was never read in full, send it back to the match stage."""
    record = rework.record_of(row, match.ord) if match.ord is not None else None
    if row.state == ProposalState.READY and (match.ord is None or record is not None):
        rework.aim(row, match, record, chosen=chosen)
        return
    if row.state == ProposalState.READY:
        worklist.rematch([row.pk])
        row.state = ProposalState.MAPPED
    row.match_kind, row.erp_values = MatchChoice.UNKNOWN, None
    row.target_ord, row.target_chosen = (match.ord if chosen else None), chosen
    judgement.settle_difference(row)
    doorbell.ring()


def _one(
    proposal_id: int,
    verb: str,
    reason: str,
    by: AbstractBaseUser,
    digest: str | None,
    change: Callable[[Proposal], str],
    *,
    rebinds: bool = False,
) -> Decision:
    """One proposal under lock: check, change, store, entry. `change` returns the code that forbids it, or "".

    `rebinds`: the verb may be used on a bound contact whose customer is gone.
    """
    actor = permit(by, "bind_proposal")
    decision = Decision()
    with transaction.atomic():
        now = timezone.now()
        row = next(iter(_locked([proposal_id])), None)
        refusal = NOT_ALLOWED if outside(by, Proposal, [proposal_id]) else _refusal(row, digest, rebinds=rebinds)
        before = rework.snapshot(row) if row else {}
        bound = [row] if row is not None and row.match_kind == MatchChoice.BOUND else []
        if row is None or (refusal := refusal or change(row)):
            decision.leave(refusal, proposal_id)
            return decision
        rework.store([row], now)
        _let_go(bound, decision, actor, now, reason)
        after = rework.snapshot(row) | {"not_same": row.not_same}
        audit.write(
            decision.act, actor, verb, [Line("proposal", row.pk, row.contact_id, before, after)], now=now, reason=reason
        )
    decision.done = 1
    return decision


def _locked(ids: list[int]) -> QuerySet[Proposal]:
    rows = Proposal.objects.filter(pk__in=ids).select_related("connection")
    return rows.order_by("pk").select_for_update(of=("self",))


def _let_go(rows: list[Proposal], decision: Decision, actor: Actor, now: datetime, reason: str) -> None:
    """Take back the bindings of these rows: the customers are gone, and a person has said what follows."""
    pairs = {(row.contact_id, row.connection_id) for row in rows}
    found = Binding.objects.filter(contact_id__in=[contact_id for contact_id, _ in pairs])
    mine = [one for one in found if (one.contact_id, one.connection_id) in pairs] if pairs else []
    audit.write(decision.act, actor, "binding.remove", rework.unbind(mine), now=now, reason=reason)


def _refusal(row: Proposal | None, digest: str | None, *, rebinds: bool) -> str:
    if row is None:
        return GONE
    if row.operation != CUSTOMER:
        return NOT_A_CUSTOMER
    if row.state not in OPEN:
        return NOT_READY
    if digest is not None and row.digest != digest:
        return MOVED
    lost = rebinds and row.cause == TARGET_GONE
    return BOUND if row.match_kind == MatchChoice.BOUND and not lost else ""


def _taken(row: Proposal, ord_: int) -> bool:
    """Whether another contact is, or is about to be, this customer."""
    others = {"connection_id": row.connection_id, "ord": ord_}
    if Binding.objects.filter(**others).exclude(contact_id=row.contact_id).exists():
        return True
    pushes = Push.objects.filter(**others, state__in=PUSH_OPEN)
    return pushes.exclude(contact_id=row.contact_id).exists()
