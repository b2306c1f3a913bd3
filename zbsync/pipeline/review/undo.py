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
from django.db.models import Q, QuerySet
from django.utils import timezone

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import ProposalState
from zbsync.models import Binding, Entry, MatchChoice, Proposal, Provenance
from zbsync.pipeline import audit, doorbell, outbox, worklist
from zbsync.pipeline.audit import Actor, Line
from zbsync.pipeline.review import rework
from zbsync.pipeline.review.decision import Decision, Under, decide, decision_of, permit
from zbsync.pipeline.review.legal import NOTHING, SENT, with_undo_refusal


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


def undo(
    what: uuid.UUID | Iterable[int] | QuerySet[Proposal],
    by: AbstractBaseUser,
    reason: str = "",
    *,
    under: Under | None = None,
) -> Decision:
    """Undo the decisions of one act, or of these proposals; whoever may take a decision may take it back. `under` says
    of which act on many this is a batch.

    Left out: `review.nothing_to_undo`, `already_sent`, `newer_proposal`, `not_allowed` (they may undo only the other
    kind of decision). Raises PermissionDenied when they may undo neither.
    """
    may = {
        state: _may(by, permission)
        for state, permission in (("approved", "approve_proposal"), ("rejected", "reject_proposal"))
    }
    actor = may["approved"] or may["rejected"] or permit(by, "approve_proposal")
    decision, allowed = decision_of(under), {state for state, may_undo in may.items() if may_undo}

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
    found = _rows(ids, allowed)
    rows = {row_id: row for row_id, row in found.items() if not row.refusal}
    left = {row_id: found[row_id].refusal if row_id in found else NOTHING for row_id in ids if row_id not in rows}
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


def _rows(ids: list[int], allowed: set[str]) -> dict[int, Any]:
    """The proposals, locked, each with its push and why it stays as it is."""
    columns = ("state", "operation", "digest", "contact_id", "connection_id", "match_kind", "target_ord")
    rows = with_undo_refusal(Proposal.objects.filter(pk__in=ids).only(*columns), allowed)
    return {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}


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
