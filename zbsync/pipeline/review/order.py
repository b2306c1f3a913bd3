"""Order: a person wants something done to a bound customer: apply, decide, share, protect, take back.

The order becomes a proposal like any other, ready to be approved, by the same person or another. Nothing is said here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Max, QuerySet
from django.utils import timezone

from zbsync.core.findings import Finding, errors
from zbsync.core.follow.operations import ORDERED
from zbsync.core.lifecycle import ProposalState
from zbsync.core.matching import MatchKind
from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.core.records import JSONObject, Kind
from zbsync.models import Binding, Contact, MappingState, Proposal
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import audit, following, judgement, tables, worklist
from zbsync.pipeline.audit import Line
from zbsync.pipeline.review.decision import Decision, decide, permit

NOT_BOUND = "review.not_bound"
WAITS_ALREADY = "review.waits_already"
BAD_VALUE = "review.bad_value"
CONTACT_GONE = "contact.gone"


class UnknownOrder(ValueError):
    """No operation that can be ordered; the message names them."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done on one ERP: its fields as codes, with their origins, and what is wrong with them."""

    operation: str
    payload: dict[str, str]
    fields: list[JSONObject]
    findings: list[Finding]


def order(
    operation: str,
    contacts: Iterable[int] | QuerySet[Contact],
    fields: Mapping[str, str],
    by: AbstractBaseUser,
    reason: str = "",
) -> Decision:
    """Propose `operation` for the customers these contacts are bound to; `fields` are its own, options by name or code.

    Left out: `review.not_bound`, `waits_already`, `bad_value` (with `findings`), `contact.gone`. Raises UnknownOrder
    and PermissionDenied.
    """
    if operation not in ORDERED:
        raise UnknownOrder(f"{operation!r} cannot be ordered; there are {', '.join(ORDERED)}")
    actor = permit(by, "order_proposal")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        now = timezone.now()
        bound = _bound(ids)
        orders = _orders(operation, fields, bound, by)
        waiting = _waiting(operation, ids)
        mapping_id = MappingRow.objects.filter(state=MappingState.PUBLISHED).aggregate(id=Max("pk"))["id"]
        left, made = dict.fromkeys(ids, NOT_BOUND), []
        for one in bound if mapping_id is not None else ():
            ordered = orders[one.connection_id]
            refusal = _refusal(one, ordered, waiting)
            if refusal:
                left[one.contact_id] = refusal
                continue
            left.pop(one.contact_id, None)
            made.append(_proposal(one, ordered, mapping_id, now))
        worklist.insert(made)
        audit.write(decision.act, actor, "proposal.order", map(_line, made), now=now, reason=reason)
        decision.findings = [found for one in orders.values() for found in errors(one.findings)]
        return left

    return decide(decision, contacts, work, by, Contact)


def _bound(ids: Sequence[int]) -> list[Binding]:
    rows = Binding.objects.filter(contact__in=ids).select_related("contact", "connection").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def _waiting(operation: str, ids: Sequence[int]) -> set[tuple[int, int]]:
    """Contacts and connections for which the same waits for a decision."""
    rows = Proposal.objects.open().filter(contact__in=ids, operation=operation, subject="")
    return set(rows.values_list("contact_id", "connection_id"))


def _orders(
    operation: str, fields: Mapping[str, str], bound: Sequence[Binding], by: AbstractBaseUser
) -> dict[int, Order]:
    """The order as each ERP's codes say it."""
    connections = {one.connection_id: one.connection for one in bound}
    return {
        target.connection.pk: read(operation, fields, target, by.get_username())
        for target in tables.targets(list(connections.values()))
    }


def read(operation: str, fields: Mapping[str, str], target: tables.Target, editor: str) -> Order:
    """What a person typed, as codes and checked."""
    known = following.options(target.tables.options)
    pairs = {name: following.coded(operation, name, value.strip(), known) for name, value in fields.items()}
    payload = {name: code for name, (code, _) in pairs.items() if code}
    origins = following.origins(payload, {}, {name: label for name, (_, label) in pairs.items()})
    found = following.check(operation, UNIT, payload, following.checks_of(operation, target.tables.options))
    return Order(operation, payload, [one | {"edited_by": editor} for one in origins], found)


def _refusal(one: Binding, ordered: Order, waiting: set[tuple[int, int]]) -> str:
    if one.contact.deleted_at is not None:
        return CONTACT_GONE
    if (one.contact_id, one.connection_id) in waiting:
        return WAITS_ALREADY
    return BAD_VALUE if errors(ordered.findings) else ""


def _proposal(one: Binding, ordered: Order, mapping_id: int, now: datetime) -> Proposal:
    row = judgement.row_for(
        one.contact,
        now,
        connection_id=one.connection_id,
        operation=ordered.operation,
        mapping_id=mapping_id,
        kind=UNIT if one.contact.kind == Kind.COMPANY else INDIVIDUAL,
        state=ProposalState.READY.value,
        payload=ordered.payload,
        fields=ordered.fields,
        match_kind=MatchKind.BOUND.value,
        target_ord=one.ord,
        matched_at=now,
    )
    judgement.settle_findings(row, ordered.findings)
    judgement.settle_difference(row)
    return row


def _line(row: Proposal) -> Line:
    after = {"operation": row.operation, "ord": row.target_ord, "fields": dict(row.payload)}
    return Line("proposal", None, row.contact_id, after=after)
