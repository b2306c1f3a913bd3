"""What keeping rows of customers and of persons has in common: read the id, tell new from changed from the same."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from zbsync.core.phones import comparable

KEYS = ("connection", "ord")


class Fresh(NamedTuple):
    """Ords of rows that were new, and of those that told something else than before."""

    new: frozenset[int]
    changed: frozenset[int]

    @property
    def ords(self) -> list[int]:
        """Both, by id: whoever stores the same rows locks them in the same order."""
        return sorted(self.new | self.changed)


def id_of(cells: Mapping[str, str], column: str, what: str) -> int:
    """The id in a column of a list; raises ValueError when there is none."""
    text = cells.get(column, "")
    if text.isascii() and text.isdecimal():
        return int(text)
    text = text.replace(",", "").strip()
    if not text.isdecimal():
        raise ValueError(f"{column}: {text!r} in a list of {what}")
    return int(text)


def digits_of(number: str) -> str:
    """A number as it is compared, and no longer than its column."""
    return comparable(number)[:50]


def sift(known: "QuerySet[Any]", told: Mapping[int, tuple[Any, ...]], names: Sequence[str]) -> tuple[Fresh, list[int]]:
    """Which of the rows told, {ord: values of `names`}, are fresh, and which are as they were; all by id.

    What is there is locked, by id, before anything is written: whoever keeps the same rows waits instead of crossing.
    """
    locked = known.filter(ord__among=told.keys()).order_by("ord").select_for_update()
    stored = {ord_: tuple(values) for ord_, *values in locked.values_list("ord", *names)} if told else {}
    new = [ord_ for ord_ in told if ord_ not in stored]
    changed = [ord_ for ord_, before in stored.items() if before != told[ord_]]
    fresh = Fresh(frozenset(new), frozenset(changed))
    return fresh, [ord_ for ord_ in stored if ord_ not in fresh.changed]


def seen_again(known: "QuerySet[Any]", ords: Collection[int], now: datetime) -> None:
    """Of these nothing changed: they are there."""
    if ords:
        known.filter(ord__among=frozenset(ords)).update(seen_at=now, gone_at=None)
