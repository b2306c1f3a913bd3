"""What all verbs share: who may, which rows in which batches, and what came of it."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Max, Model, QuerySet

from zbsync.core.findings import Finding
from zbsync.core.records import JSONObject
from zbsync.models.within import outside
from zbsync.pipeline import audit
from zbsync.pipeline.audit import Actor, new_act

BATCH = 1000
"""Rows decided in one transaction."""
NAMED = 50
"""Left-out rows that a decision names per code; the count goes on."""

NOT_ALLOWED = "review.not_allowed"
"""The person may not see the row, or not decide of this kind."""
TRIES = 3
"""How often a batch is looked at again that met another transaction on its way."""
DEADLOCK = "40P01"
"""PostgreSQL's word for it (SQLSTATE); one of the two is rolled back and may try again."""


@dataclass(slots=True)
class Decision:
    """What a verb did: `done` rows moved, the others left out by code (`review.*`), the first 50 of each by id.

    `findings` say what is wrong with a value a person gave (`edit`).
    """

    act: uuid.UUID = field(default_factory=new_act)
    done: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_ids: dict[str, list[int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    named: int = NAMED

    def leave(self, code: str, row_id: int) -> None:
        """Note one row that stays as it is."""
        self.left_out[code] += 1
        named = self.left_ids.setdefault(code, [])
        if len(named) < self.named:
            named.append(row_id)

    def as_json(self) -> JSONObject:
        """`{"act", "done", "left_out": {code: n}}`, as the commands print it."""
        return {"act": str(self.act), "done": self.done, "left_out": dict(sorted(self.left_out.items()))}


@dataclass(frozen=True, slots=True)
class Under:
    """The act on many that a batch is part of: the id its entries carry, and how many rows it has in all. Whoever
    hands this to a verb has seen to it that a second person agreed where one is wanted.
    """

    act: uuid.UUID
    size: int


def decision_of(under: Under | None) -> Decision:
    """A decision of its own, or a batch's share of an act, which names every row it leaves out."""
    return Decision() if under is None else Decision(under.act, named=BATCH)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw: digests by id, or when; None where the caller does not say. What differs has moved."""

    digests: Mapping[int, str] | None = None
    at: datetime | None = None

    def other(self, row_id: int, digest: str) -> bool:
        """Whether the row is not the one that was shown."""
        return self.digests is not None and self.digests.get(row_id) != digest


def permit(by: AbstractBaseUser, permission: str) -> Actor:
    """As `audit.permit`, of a permission of ours by its bare name."""
    return audit.permit(by, f"zbsync.{permission}")


def decide(
    decision: Decision,
    rows: "Iterable[int] | QuerySet[Any]",
    work: Callable[[list[int]], Mapping[int, str]],
    by: AbstractBaseUser,
    model: type[Model],
) -> Decision:
    """Let `work` move the rows, batch by batch, each in its own transaction; it answers why a row was left out, by id.

    Rows of `model` that `by` may not see are left out before: `review.not_allowed`.

    When another transaction takes a customer or a contact under our hands, or waits for us as we wait for it, the
    batch is rolled back and looked at again; what was taken is left out then.
    """
    for ids in batches(rows):
        hidden = outside(by, model, ids)
        left = dict.fromkeys(hidden, NOT_ALLOWED)
        if seen := [row_id for row_id in ids if row_id not in hidden]:
            left |= _in_transaction(partial(work, seen))
        decision.done += len(ids) - len(left)
        for row_id, code in sorted(left.items()):
            decision.leave(code, row_id)
    return decision


def _in_transaction(work: Callable[[], Mapping[int, str]]) -> Mapping[int, str]:
    for tries_left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                return work()
        except (IntegrityError, OperationalError) as error:
            met = isinstance(error, IntegrityError) or getattr(error.__cause__, "sqlstate", "") == DEADLOCK
            if not met or not tries_left:
                raise
    raise AssertionError("unreachable")


def batches(rows: "Iterable[int] | QuerySet[Any]", size: int = BATCH) -> Iterator[list[int]]:
    """The ids of `rows`, ascending, in batches. Rows that come into a queryset meanwhile are not taken up."""
    if not isinstance(rows, QuerySet):
        ids = sorted(set(rows))
        yield from (ids[start : start + size] for start in range(0, len(ids), size))
        return
    found = rows.order_by("pk")
    upper = found.aggregate(upper=Max("pk"))["upper"]
    last = 0
    while upper is not None:
        page = list(found.filter(pk__gt=last, pk__lte=upper).values_list("pk", flat=True)[:size])
        if not page:
            return
        yield page
        last = page[-1]
