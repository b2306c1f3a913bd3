"""Approve: proposals become pushes, or plain bindings where nothing is to be written.

An approval names exactly what was shown. Whatever moved since is left out, row by row, with its reason. A batch is
one transaction of a constant number of statements; two people who approve the same row meet in its state.
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.keys import push_key
from zbsync.core.lifecycle import ProposalEvent, ProposalState, PushState
from zbsync.core.records import JSONObject
from zbsync.models import Action, Binding, MatchChoice, Proposal, Provenance, Push
from zbsync.pipeline import audit, bulk, doorbell, outbox, worklist
from zbsync.pipeline.audit import Line
from zbsync.pipeline.review.decision import NAMED, Decision, Shown, Under, decide, decision_of, permit
from zbsync.pipeline.review.legal import BOUND, MOVED, NOT_READY, ORD_TAKEN, SECOND_PERSON, with_refusal

OUTDATED = (BOUND, ORD_TAKEN)
"""Refusals that only another look at the ERP's customers can lift."""


def approve(
    rows: Iterable[int] | QuerySet[Proposal],
    by: AbstractBaseUser,
    *,
    digests: Mapping[int, str] | None = None,
    shown_at: datetime | None = None,
    reason: str = "",
    under: Under | None = None,
) -> Decision:
    """Approve what may be approved; of a large set a few are sent first, and the rest waits for them.

    `digests` are the digests shown, by proposal id (a row that is not among them counts as moved); `shown_at` is when
    an unnamed set was shown. Left out: `review.not_ready`, `moved`, `bound`, `ambiguous`, `has_errors`, `push_open`,
    `ord_taken`; where a binding came after the match (`bound`, `ord_taken`) the row is matched anew. Besides:
    `own_work`, and `second_person` for what is too many, or of many was edited or is created anyway: that goes as an
    act (`review.acts`), whose batches say so by `under`. Raises PermissionDenied.
    """
    actor = permit(by, "approve_proposal")
    decision, shown = decision_of(under), Shown(digests, shown_at)
    rows = rows if isinstance(rows, QuerySet) else set(rows)
    size = under.size if under else rows.count() if isinstance(rows, QuerySet) else len(rows)
    large = 0 < conf().canary_above < size
    alone = under is None and conf().second_person_above > 0
    if alone and size > conf().second_person_above:
        return _left_for_two(decision, rows, size)

    def work(ids: list[int]) -> dict[int, str]:
        now = timezone.now()
        clean, left = _sift(ids, shown, by, many=alone and size > 1)
        seen = {row_id: row.digest for row_id, row in clean.items()}
        moved = worklist.decide(seen, ProposalEvent.APPROVE, by, now, reason)
        left |= {row_id: NOT_READY for row_id in clean if row_id not in moved}
        worklist.rematch([row_id for row_id, code in left.items() if code in OUTDATED])
        approved = [row for row in clean.values() if row.pk in moved]
        bindings = [
            _binding(row, by) for row in approved if _claims_customer(row) and row.match_kind != MatchChoice.BOUND
        ]
        pushes = [_push(row, by, now, decision.act) for row in approved if row.action != Action.LINK]
        if large:
            outbox.hold_back(pushes, decision.act, conf().canary_size)
        bulk.insert(bindings)
        worklist.follow_again([one.contact_id for one in bindings])
        outbox.enqueue(pushes)
        audit.write(decision.act, actor, "proposal.approve", map(_line, approved), now=now, reason=reason)
        audit.write(decision.act, actor, "binding.create", map(_binding_line, bindings), now=now, reason=reason)
        if pushes or set(left.values()) & {*OUTDATED}:
            doorbell.ring()
        return left

    return decide(decision, rows, work, by, Proposal)


def _left_for_two(decision: Decision, rows: set[int] | QuerySet[Proposal], size: int) -> Decision:
    """Nothing moves: one person alone may not do so much at once."""
    ids = rows.order_by("pk").values_list("pk", flat=True)[:NAMED] if isinstance(rows, QuerySet) else sorted(rows)
    for row_id in ids[:NAMED]:
        decision.leave(SECOND_PERSON, row_id)
    decision.left_out[SECOND_PERSON] = size
    return decision


def _sift(
    ids: list[int], shown: Shown, by: AbstractBaseUser, *, many: bool
) -> tuple[dict[int, Proposal], dict[int, str]]:
    """Who may go, by id, and why the others may not. Two rows for one ERP customer: the first one goes; `many` at once
    by one person are without what somebody had a hand in.
    """
    clean: dict[int, Proposal] = {}
    left = dict.fromkeys(ids, NOT_READY)
    targets: set[tuple[int, int]] = set()
    rows = Proposal.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    for row in with_refusal(rows, shown.at, by).defer("gate_findings", "findings", "candidates", "edits"):
        refusal: str = row.refusal
        target = (row.connection_id, row.target_ord) if _claims_customer(row) else None
        if not refusal and shown.other(row.pk, row.digest):
            refusal = MOVED
        if not refusal and many and row.hands:
            refusal = SECOND_PERSON
        if not refusal and target in targets:
            refusal = ORD_TAKEN
        if refusal:
            left[row.pk] = refusal
            continue
        del left[row.pk]
        clean[row.pk] = row
        if target is not None:
            targets.add(target)
    return clean, left


def _claims_customer(row: Proposal) -> bool:
    """Whether the row says who its customer is; what follows a customer shares it with others of its contact."""
    return row.operation == CUSTOMER and row.target_ord is not None


def _binding(row: Proposal, by: AbstractBaseUser) -> Binding:
    return Binding(
        contact_id=row.contact_id,
        connection_id=row.connection_id,
        ord=row.target_ord or 0,
        khid=str((row.erp_values or {}).get("khid", "")),
        provenance=Provenance.PERSON,
        bound_by_id=by.pk,
    )


def written(row: Proposal) -> tuple[dict[str, str], dict[str, str]]:
    """What approving would write, {ERP field: value}, and what the ERP has in these fields ({} for a create)."""
    wanted = [change for change in row.changes if change["written"]]
    values = {change["target"]: change["after"] for change in wanted}
    if row.action == Action.CREATE:
        return values, {}
    return values, {change["target"]: change["before"] for change in wanted}


def _push(row: Proposal, by: AbstractBaseUser, now: datetime, act: uuid.UUID) -> Push:
    values, base = written(row)
    return Push(
        proposal_id=row.pk,
        contact_id=row.contact_id,
        connection_id=row.connection_id,
        operation=row.operation,
        subject=row.subject,
        person_ord=row.person_ord,
        action=row.action,
        kind=row.kind,
        state=PushState.QUEUED,
        payload=values,
        base=base,
        labels={one["target"]: one["label"] for one in row.fields if one.get("label") and one["target"] in values},
        digest=row.digest,
        key=push_key(row.pk, row.digest, 1),
        ord=row.target_ord,
        khid=row.payload.get("khid", "") if row.action == Action.CREATE else (row.erp_values or {}).get("khid", ""),
        title=row.title,
        act=act,
        not_before=now,
        approved_by_id=by.pk,
        created_at=now,
    )


def _line(row: Proposal) -> Line:
    after: JSONObject = {"state": ProposalState.APPROVED.value, "action": row.action, "digest": row.digest}
    if row.target_ord is not None:
        after["ord"] = row.target_ord
    return Line("proposal", row.pk, row.contact_id, {"state": ProposalState.READY.value}, after)


def _binding_line(row: Binding) -> Line:
    """The audit line of a new binding; its id is not known yet, contact and ord name it."""
    return Line("binding", None, row.contact_id, None, {"ord": row.ord, "connection": row.connection_id})
