"""Reject: this version of the contact is not wanted in the ERP. A later change at the hub proposes it anew."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.core.lifecycle import ProposalEvent, ProposalState
from zbsync.models import Proposal
from zbsync.pipeline import audit, worklist
from zbsync.pipeline.audit import Line
from zbsync.pipeline.review.decision import Decision, Shown, Under, decide, decision_of, permit
from zbsync.pipeline.review.legal import MOVED, NOT_READY, with_reject_refusal


def reject(
    rows: Iterable[int] | QuerySet[Proposal],
    by: AbstractBaseUser,
    *,
    digests: Mapping[int, str] | None = None,
    shown_at: datetime | None = None,
    reason: str = "",
    under: Under | None = None,
) -> Decision:
    """Reject what waits for a person. Left out: `review.not_ready`, `review.moved`. Raises PermissionDenied."""
    actor = permit(by, "reject_proposal")
    decision, shown = decision_of(under), Shown(digests, shown_at)

    def work(ids: list[int]) -> dict[int, str]:
        now = timezone.now()
        wanted, left = _sift(ids, shown)
        seen = {row_id: line.after["digest"] for row_id, line in wanted.items()}
        moved = worklist.decide(seen, ProposalEvent.REJECT, by, now, reason)
        lines = [line for row_id, line in wanted.items() if row_id in moved]
        audit.write(decision.act, actor, "proposal.reject", lines, now=now, reason=reason)
        return {row_id: left.get(row_id, NOT_READY) for row_id in ids if row_id not in moved}

    return decide(decision, rows, work, by, Proposal)


def _sift(ids: list[int], shown: Shown) -> tuple[dict[int, Line], dict[int, str]]:
    """The audit line of each row that may be rejected, and why the others may not."""
    rows = Proposal.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    wanted: dict[int, Line] = {}
    left: dict[int, str] = {}
    columns = ("pk", "contact_id", "state", "digest", "refusal")
    for row_id, contact_id, state, digest, refused in with_reject_refusal(rows, shown.at).values_list(*columns):
        refusal = refused or (MOVED if shown.other(row_id, digest) else "")
        if refusal:
            left[row_id] = refusal
        else:
            after = {"state": ProposalState.REJECTED.value, "digest": digest}
            wanted[row_id] = Line("proposal", row_id, contact_id, {"state": state}, after)
    return wanted, left
