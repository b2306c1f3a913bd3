"""What a verb would do to a set of proposals, counted by the database, for the page that asks "are you sure?"."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import ProposalState
from zbsync.models import ActVerb, Proposal, hands
from zbsync.models.within import limits_of, within
from zbsync.pipeline.review.decision import NOT_ALLOWED, permit
from zbsync.pipeline.review.legal import (
    ORD_TAKEN,
    with_create_refusal,
    with_refusal,
    with_reject_refusal,
    with_undo_refusal,
)

SAMPLE = 10
PERMISSIONS = {
    "approve": "approve_proposal",
    "reject": "reject_proposal",
    "create_anyway": "bind_proposal",
    "undo_approve": "approve_proposal",
    "undo_reject": "reject_proposal",
}
"""The verbs on many → the permission each needs; whoever may take a decision may take it back."""

_PLAIN = {"reject": "reject", "create_anyway": "create", "undo_approve": "undo_approve", "undo_reject": "undo_reject"}
"""Verbs that come to the same for every row → what that is called."""
_UNDONE = {"undo_approve": ProposalState.APPROVED, "undo_reject": ProposalState.REJECTED}


HANDS = {
    "edited": Count("pk", filter=hands.that(hands.EDITED)),
    "duplicate": Count("pk", filter=hands.that(hands.CREATED)),
}
"""Of a set of proposals, those that somebody had a hand in."""


@dataclass(slots=True)
class Preview:
    """`will` counts what happens (create, update, link, or the operation that follows a customer; reject, or
    the verb that undoes), `left_out` by code; `sample` are titles of the first; `risks` say why it wants a
    second person.

    Hand `shown_at` to the verb: what moves after this moment is left out there.
    """

    verb: str
    shown_at: datetime
    will: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    sample: list[str] = field(default_factory=list)
    risks: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many rows will move."""
        return sum(self.will.values())


def preview(
    rows: Iterable[int] | QuerySet[Proposal], verb: str, by: AbstractBaseUser, shown_at: datetime | None = None
) -> Preview:
    """Two queries, whatever the size of the set; two more for who may not see all of it.

    `shown_at` is when the person saw the rows they named; without it, they are shown now.
    Raises PermissionDenied, and KeyError for a verb it does not know.
    """
    permit(by, PERMISSIONS[verb])
    found = Preview(verb, shown_at or timezone.now())
    chosen = rows if isinstance(rows, QuerySet) else Proposal.objects.filter(pk__in=set(rows))
    mine = within(by, chosen)
    found_rows = judged(mine.order_by(), verb, shown_at)
    if limits_of(by) and (hidden := chosen.order_by().count() - mine.order_by().count()):
        found.left_out[NOT_ALLOWED] = hidden
    counts = found_rows.values_list("refusal", "operation", "action").annotate(rows=Count("pk"), **HANDS)
    risky: Counter[str] = Counter()
    for refusal, operation, action, count, edited, duplicate in counts:
        if refusal:
            found.left_out[refusal] = found.left_out.get(refusal, 0) + count
        else:
            what = action if operation == CUSTOMER else operation
            name = _PLAIN.get(verb, what)
            found.will[name] = found.will.get(name, 0) + count
            risky.update(size=count, edited=edited, duplicate=duplicate)
    found.risks = risks(verb, risky)
    found.sample = [title or f"#{pk}" for pk, title in _first(found_rows)]
    return found


def risks(verb: str, counted: Mapping[str, int]) -> dict[str, int]:
    """Why approving so many (`size`), of which some were `edited` or are a `duplicate`, wants a second person."""
    above = conf().second_person_above
    if verb != ActVerb.APPROVE or not above:
        return {}
    return {name: count for name, count in counted.items() if count > (above if name == "size" else 0)}


def _first(rows: QuerySet[Any]) -> list[tuple[int, str]]:
    return list(rows.filter(refusal="").order_by("-pk").values_list("pk", "title")[:SAMPLE])


def judged(rows: QuerySet[Proposal], verb: str, shown_at: datetime | None) -> QuerySet[Any]:
    """The rows with `refusal`: why this verb would leave each out, "" when it would not."""
    if verb == "approve":
        return _first_come(with_refusal(rows, shown_at))
    if verb == "reject":
        return with_reject_refusal(rows, shown_at)
    if verb in _UNDONE:
        return with_undo_refusal(rows, {_UNDONE[verb]})
    return with_create_refusal(rows, shown_at)


def _first_come(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of several rows that would go for one ERP customer, the verb takes the first; the others are refused here too."""
    claims = Q(refusal="", operation=CUSTOMER, target_ord__isnull=False)
    same = {"connection": OuterRef("connection"), "target_ord": OuterRef("target_ord")}
    earlier = rows.order_by().filter(claims, **same, pk__lt=OuterRef("pk"))
    told = Case(When(claims & Q(Exists(earlier)), then=Value(ORD_TAKEN)), default=F("refusal"))
    found: QuerySet[Any] = rows.annotate(refusal=told)
    return found
