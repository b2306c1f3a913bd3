"""Undo: take back a decision as long as nothing came of it.

An approval whose push still waits is cancelled, and what it bound is unbound; a rejection is lifted. Either way the
contact is due again, and a new proposal appears. What was sent cannot be unsaid and is refused.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from zbsync.core.follow.operations import CUSTOMER, WITHDRAWN
from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.models import Binding, Entry, MatchChoice, Proposal, Provenance
from zbsync.pipeline import audit, doorbell, outbox, worklist
from zbsync.pipeline.audit import Actor, Line
from zbsync.pipeline.review import rework
from zbsync.pipeline.review.decision import NOT_ALLOWED, Decision, decide, permit

NOTHING = "review.nothing_to_undo"
SENT = "review.already_sent"
NEWER = "review.newer_proposal"


@dataclass(frozen=True, slots=True)
class _Act:
    """Who undoes, when and why: one transaction's share of the act."""

    id: uuid.UUID
    actor: Actor
    now: datetime
    reason: str

    def write(self, verb: str, lines: list[Line]) -> None:
        """The entries of one verb."""
        audit.write(self.id, self.actor, verb, lines, now=self.now, reason=self.reason)


def undo(what: uuid.UUID | Iterable[int] | QuerySet[Proposal], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Undo the decisions of one act, or of these proposals; whoever may take a decision may take it back.

    Left out: `review.nothing_to_undo`, `already_sent`, `newer_proposal`, `not_allowed` (they may undo only the other
    kind of decision). Raises PermissionDenied when they may undo neither.
    """
    may = {
        state: _may(by, permission)
        for state, permission in (("approved", "approve_proposal"), ("rejected", "reject_proposal"))
    }
    actor = may["approved"] or may["rejected"] or permit(by, "approve_proposal")
    decision, allowed = Decision(), {state for state, may_undo in may.items() if may_undo}

    def work(ids: list[int]) -> dict[int, str]:
        return _undo(ids, _Act(decision.act, actor, timezone.now(), reason), allowed)

    return decide(decision, _of_act(what) if isinstance(what, uuid.UUID) else what, work, by, Proposal)


def _may(by: AbstractBaseUser, permission: str) -> Actor | None:
    try:
        return permit(by, permission)
    except PermissionDenied:
        return None


def _of_act(act: uuid.UUID) -> QuerySet[Proposal]:
    decided = Entry.objects.filter(act=act, subject="proposal", verb__in=["proposal.approve", "proposal.reject"])
    return Proposal.objects.filter(pk__in=decided.values("subject_id"))


def _undo(ids: list[int], act: _Act, allowed: set[str]) -> dict[int, str]:
    """One batch; why each row that stays does."""
    left: dict[int, str] = {}
    rows = _rows(ids)
    for row_id in ids:
        row = rows.get(row_id)
        refusal = _refusal(row, allowed)
        if refusal:
            left[row_id] = refusal
            rows.pop(row_id, None)
    pushes = {row.push_id: row_id for row_id, row in rows.items() if row.push_id is not None}
    cancelled = set(outbox.cancel(list(pushes), act=act.id, actor=act.actor, now=act.now, reason=act.reason))
    for push_id, row_id in pushes.items():
        if push_id not in cancelled:
            left[row_id] = SENT
            del rows[row_id]
    undone: list[Any] = list(rows.values())
    _unbind([row for row in undone if row.state == ProposalState.APPROVED], act)
    following = [row for row in undone if row.operation != CUSTOMER]
    worklist.withdraw([row.pk for row in following])
    worklist.follow_again([row.contact_id for row in following])
    worklist.remap(Q(pk__in=[row.contact_id for row in undone if row.operation == CUSTOMER]), declined=True)
    lines = [
        Line("proposal", row.pk, row.contact_id, {"state": row.state, "digest": row.digest}, {"undone": True})
        for row in undone
    ]
    act.write("proposal.undo", lines)
    if undone:
        doorbell.ring()
    return left


def _rows(ids: list[int]) -> dict[int, Any]:
    """The proposals, locked, each with its push and whether a later proposal took its place."""
    names = ("contact", "connection", "operation", "subject")
    later = Proposal.objects.filter(pk__gt=OuterRef("pk"), **{name: OuterRef(name) for name in names})
    rows = (
        Proposal.objects.filter(pk__in=ids)
        .only("state", "operation", "cause", "digest", "contact_id", "connection_id", "match_kind", "target_ord")
        .annotate(
            push_id=F("push__pk"),
            push_state=F("push__state"),
            superseded=Exists(later),
            due=Q(operation=CUSTOMER, contact__proposed_version__lt=F("contact__version")) | Q(cause=WITHDRAWN),
        )
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    return {row.pk: row for row in rows}


def _refusal(row: Any, allowed: set[str]) -> str:
    if row is None or row.state not in (ProposalState.APPROVED, ProposalState.REJECTED):
        return NOTHING
    if row.state not in allowed:
        return NOT_ALLOWED
    if row.push_state not in (None, PushState.QUEUED, PushState.CANCELLED):
        return SENT
    if row.superseded:
        return NEWER
    return NOTHING if row.due or row.push_state == PushState.CANCELLED else ""


def _unbind(rows: list[Any], act: _Act) -> None:
    """Remove the bindings that these approvals wrote: of a proposal that was not bound before."""
    chosen = {
        (row.contact_id, row.connection_id, row.target_ord)
        for row in rows
        if row.operation == CUSTOMER and row.target_ord is not None and row.match_kind != MatchChoice.BOUND
    }
    candidates = Binding.objects.filter(
        contact_id__in=[contact_id for contact_id, _, _ in chosen], provenance=Provenance.PERSON
    )
    made = [one for one in candidates.select_for_update() if (one.contact_id, one.connection_id, one.ord) in chosen]
    act.write("binding.remove", rework.unbind(made))
