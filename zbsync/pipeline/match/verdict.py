"""From what was found to what the reviewer sees: match, target, difference, findings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from zbsync.core.findings import Finding, Severity
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.core.matching import Match, MatchKind, judge
from zbsync.models import Action, Binding, ErpConnection, Proposal
from zbsync.pipeline import judgement
from zbsync.pipeline.judgement import TWIN
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.refused import said

_CLAIMING = (ProposalState.MAPPED, ProposalState.READY, ProposalState.APPROVED)
_CAME_TO_NOTHING = (PushState.CANCELLED, PushState.BURIED)


@dataclass(frozen=True, slots=True)
class Claim:
    """Another contact that is, or wants to be, an ERP customer."""

    contact_id: int
    source_id: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who else: by mobile, and by the ERP customer they are bound to."""

    by_mobile: Mapping[str, Sequence[Claim]]
    by_ord: Mapping[int, Claim]

    @classmethod
    def about(cls, connection: ErpConnection, cases: Collection[Case]) -> "Claims":
        """All claims that touch these cases; two statements."""
        mobiles = {case.row.mobile for case in cases if case.row.mobile}
        ords = {ord_ for case in cases for ord_ in (*case.full, case.target) if ord_ is not None}
        by_mobile: dict[str, list[Claim]] = {}
        by_ord: dict[int, Claim] = {}
        waiting = _claiming().filter(connection=connection, mobile__among=mobiles).order_by("contact_id")
        for mobile, contact_id, source_id in waiting.values_list("mobile", "contact_id", "contact__source_id"):
            by_mobile.setdefault(mobile, []).append(Claim(contact_id, source_id))
        same = Q(ord__among=ords) | (Q(contact__mobile__among=mobiles) & ~Q(contact__mobile=""))
        bound = Binding.objects.filter(same, connection=connection).order_by("contact_id")
        for ord_, mobile, contact_id, source_id in bound.values_list(
            "ord", "contact__mobile", "contact_id", "contact__source_id"
        ):
            by_ord[ord_] = Claim(contact_id, source_id)
            if mobile:
                by_mobile.setdefault(mobile, []).append(Claim(contact_id, source_id))
        return cls(by_mobile, by_ord)


def _claiming() -> QuerySet[Proposal]:
    """The proposals that claim their mobile: still wanted, or on their way to the ERP."""
    live = Proposal.objects.filter(~Q(mobile=""), operation=CUSTOMER, state__in=_CLAIMING)
    return live.exclude(push__state__in=_CAME_TO_NOTHING)


def freed(connection: ErpConnection) -> list[int]:
    """Proposals to review that are held by a twin which is no longer there; by looking, so that no race is missed."""
    same = {"connection": connection, "mobile": OuterRef("mobile")}
    bound = Binding.objects.filter(connection=connection, contact__mobile=OuterRef("mobile"))
    other = ~Q(contact=OuterRef("contact"))
    held = Proposal.objects.for_review().filter(connection=connection, cause=TWIN)
    free = held.filter(~Exists(_claiming().filter(other, **same)), ~Exists(bound.filter(other)))
    return list(free.values_list("pk", flat=True))


def settle(case: Case, claims: Claims, now: datetime) -> bool:
    """Write the judgement into the row; returns whether a person has anything to do with it.

    A bound customer that already has all we would say, and no finding that stops it, needs nobody.
    """
    row = case.row
    match = _match(case)
    row.match_kind, row.target_ord = match.kind.value, match.ord
    row.candidates = [one.as_json() for one in match.candidates]
    row.erp_values = case.values.get(match.ord) if match.ord is not None else None
    row.match_error, row.match_after = "", None
    row.matched_at = row.touched_at = now
    kept = [one for one in judgement.findings_of(row) if not one.code.startswith("match.")]
    judgement.settle_findings(
        row,
        [
            *kept,
            *match.findings,
            *judgement.kind_differs(row),
            *_claimed(case, match, claims),
            *said(case, match),
            *_unseen(case),
        ],
    )
    judgement.settle_difference(row)
    return row.has_errors or row.match_kind != MatchKind.BOUND or row.action != Action.LINK


def _match(case: Case) -> Match:
    """`core.matching` judges; a person's choice of a customer overrules everything but its absence."""
    match = judge(case.query, case.views(), case.target, case.row.not_same)
    if case.target is not None and case.target in case.gone:
        gone = Finding("match.target_gone", params={"ord": case.target})
        match = replace(match, findings=(gone, *match.findings))
    if case.bound is None and case.target is not None:
        match = replace(match, kind=MatchKind.UNIQUE)
    return match


def _unseen(case: Case) -> list[Finding]:
    """A person who is listed as a company's contact person would not have been found."""
    blind = case.persons_unread and not case.decided and case.query.mobile
    return [Finding("match.persons_unread", "mobile", Severity.WARNING)] if blind else []


def _claimed(case: Case, match: Match, claims: Claims) -> list[Finding]:
    """Another contact has the same number, or is bound to this customer already."""
    row, found = case.row, []
    owner = claims.by_ord.get(match.ord) if match.ord is not None else None
    if owner is not None and owner.contact_id != row.contact_id:
        params = {"ord": match.ord, "source_id": owner.source_id}
        found.append(Finding("match.ord_taken", params=params))
    twin = next((one for one in claims.by_mobile.get(row.mobile, ()) if one.contact_id != row.contact_id), None)
    if twin is not None:
        severity = Severity.WARNING if case.decided else Severity.ERROR
        params = {"mobile": row.mobile, "source_id": twin.source_id}
        found.append(Finding(TWIN, "mobile", severity, params))
    return found
