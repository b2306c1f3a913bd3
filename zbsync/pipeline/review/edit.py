"""Edit: one field of one proposal, with a reason. A value the ERP would refuse is refused here, with the mend."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.core.follow.operations import CUSTOMER, PERSON
from zbsync.core.lifecycle import ProposalState
from zbsync.core.matching import query_for
from zbsync.core.payload import FieldSpec
from zbsync.core.phones import comparable
from zbsync.models import MatchChoice, Proposal, hands
from zbsync.models.within import outside
from zbsync.pipeline import audit, doorbell, following, judgement, tables, worklist
from zbsync.pipeline.audit import Actor, Line
from zbsync.pipeline.review import rework
from zbsync.pipeline.review.decision import NOT_ALLOWED, Decision, permit
from zbsync.pipeline.review.legal import GONE, MOVED, NOT_READY

UNKNOWN_FIELD = "review.unknown_field"
SETTLED = ("company", "mobile")
"""Fields of a contact person by which it is found in the ERP."""

EDITABLE = (ProposalState.MAPPED, ProposalState.READY)
COPIES: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "name": ("title", str),
    "mobile": ("mobile", lambda value: comparable(value)[:20]),
    "weixinAcc": ("wechat_id", str),
}
"""Fields that lists are searched, and twins found, by: the column each is copied to, and how it is spelt there."""


def edit(proposal_id: int, field: str, value: str, reason: str, by: AbstractBaseUser, digest: str) -> Decision:
    """Set `field` of the payload to `value` ("" takes the field out; an option may be named by its label).

    When a field changes that customers are matched by, and no person chose the target, the proposal is matched anew;
    "create anyway" was said of the customers that were found, so then others are looked for.
    Left out: `review.gone`, `not_allowed`, `not_ready`, `moved`, `unknown_field`, `reason_missing`, `bad_value` (with
    `findings`). Raises PermissionDenied.
    """
    actor = permit(by, "edit_proposal")
    decision = Decision()
    with transaction.atomic():
        now = timezone.now()
        row = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
        spec = spec_of(row, field) if row else None
        refusal = NOT_ALLOWED if outside(by, Proposal, [proposal_id]) else _refusal(row, spec, reason, digest)
        if row is None or spec is None or refusal:
            decision.leave(refusal, proposal_id)
            return decision
        before, query = row.payload.get(field, ""), query_for(row.kind, row.payload)
        refused = any(
            one.code == "match.refused_duplicate" and one.field == field for one in judgement.findings_of(row)
        )
        target = tables.targets([row.connection])[0]
        code, wrong = change_field(row, field, value.strip(), reason, actor, target, now)
        if code:
            decision.findings = wrong
            decision.leave(code, proposal_id)
            return decision
        rematch = (refused or query_for(row.kind, row.payload) != query) and _match_may_change(row)
        if rematch:
            worklist.rematch([row.pk])
            _forget_match(row)
        rework.store([row], now)
        line = Line("proposal", row.pk, row.contact_id, {field: before}, {field: row.payload.get(field, "")})
        audit.write(decision.act, actor, "proposal.edit", [line], now=now, reason=reason)
        if rematch:
            doorbell.ring()
    decision.done = 1
    return decision


def change_field(
    row: Proposal, field: str, value: str, reason: str, editor: Actor, target: tables.Target, now: datetime
) -> tuple[str, list[Finding]]:
    """Set a field of a row in hand, and what follows; the code that forbids it ("" = done), and what is wrong."""
    spec = spec_of(row, field)
    if spec is None or not spec.changeable:
        return UNKNOWN_FIELD, []
    before = row.payload.get(field, "")
    found = _set(row, spec, value, editor.name, target)
    if wrong := rework.wrong_with(field, found):
        return "review.bad_value", wrong
    judgement.settle_findings(row, found)
    _remember(row, field, before, reason, editor, now)
    judgement.settle_difference(row)
    return "", []


def spec_of(row: Proposal, field: str) -> FieldSpec | None:
    """The field, if a person may set it here. Whose contact person it is, and by which number, is settled."""
    settled = row.operation == PERSON and field in SETTLED
    return None if settled else following.specs(row.operation, row.kind).get(field)


def _refusal(row: Proposal | None, spec: FieldSpec | None, reason: str, digest: str) -> str:
    if row is None:
        return GONE
    if row.state not in EDITABLE:
        return NOT_READY
    if row.digest != digest:
        return MOVED
    if spec is None or not spec.changeable:
        return UNKNOWN_FIELD
    return "" if reason.strip() else "review.reason_missing"


def _set(row: Proposal, spec: FieldSpec, value: str, editor: str, target: tables.Target) -> list[Finding]:
    """Put the value into payload and origins; the findings of the whole payload then."""
    value, label = following.coded(row.operation, spec.name, value, following.options(target.tables.options))
    row.payload = {name: old for name, old in row.payload.items() if name != spec.name}
    others = [one for one in row.fields if one["target"] != spec.name]
    if value:
        row.payload[spec.name] = value
        origin: dict[str, Any] = next(
            (one for one in row.fields if one["target"] == spec.name),
            {"target": spec.name, "source": "", "transform": "", "policy": "always"},
        )
        others.append(origin | {"value": value, "label": label, "edited_by": editor})
    row.fields = others
    if spec.name in COPIES and row.operation == CUSTOMER:
        column, spelt = COPIES[spec.name]
        setattr(row, column, spelt(value))
    known = target.tables.options
    checks = target.checks if row.operation == CUSTOMER else following.checks_of(row.operation, known)
    return rework.recheck(row, spec.name, checks)


def _remember(row: Proposal, field: str, before: str, reason: str, editor: Actor, now: datetime) -> None:
    """Keep what the mapping had said, however often the field is edited, and whose hand it was."""
    first = row.edits.get(field, {}).get("before", before)
    told = {"before": first, "value": row.payload.get(field, ""), "reason": reason[:500], "by": editor.name}
    row.edits = row.edits | {field: told | {"at": now.isoformat()}}
    row.hands = hands.add(row.hands, hands.EDITED, editor.user_id)


def _match_may_change(row: Proposal) -> bool:
    aimed = row.target_chosen and row.target_ord is not None
    return row.state == ProposalState.READY and row.match_kind != MatchChoice.BOUND and not aimed


def _forget_match(row: Proposal) -> None:
    """The match stage looks again; until then nothing is known of a target."""
    row.match_kind, row.target_ord, row.erp_values, row.candidates = "", None, None, []
    row.target_chosen = False
    judgement.settle_difference(row)
    kept = (one for one in judgement.findings_of(row) if not one.code.startswith("match."))
    judgement.settle_findings(row, kept)
