"""The chain as a stream: seals and sealed rows in their order, for an export and for verifying."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, Min, Model

from zbsync.core.chain import START
from zbsync.core.records import JSONObject
from zbsync.models import Seal
from zbsync.pipeline.seal.sealing import RUN, TABLES, json_of, plain, rows_of

SEAL_COLUMNS = ("first_id", "last_id", "count", "previous", "hash", "at")
Record = tuple[str, JSONObject]
"""`("export" | "seal" | "entry" | "exchange" | "end", row)`; a seal stands before its rows."""


def records(since: datetime | None = None) -> Iterator[Record]:
    """Seals and sealed rows in the order of the chain, between a head and an end that sums up.

    With `since`, from the seal on that holds the first row at or after that time. Rows that came after the last seal
    are not told.
    """
    yield "export", {"format": 1, "since": json_of(since)}
    ends: JSONObject = {}
    for name, (model, size) in TABLES.items():
        head = _first_seal(name, model, since)
        after = head.first_id - 1 if head and since else 0
        seals = Seal.objects.filter(table=name, last_id__gt=after).order_by("first_id")
        end: JSONObject = {"count": 0, "last_id": 0, "hash": START}
        while batch := list(seals.filter(first_id__gt=end["last_id"])[: max(1, size // RUN)]):
            yield from _batch(name, model, batch, after)
            after = batch[-1].last_id
            end = {
                "count": end["count"] + sum(one.count for one in batch),
                "last_id": after,
                "hash": batch[-1].hash,
            }
        ends[name] = end
    yield "end", ends


def _first_seal(name: str, model: type[Model], since: datetime | None) -> Seal | None:
    if since is None:
        return None
    first = model._default_manager.filter(at__gte=since).aggregate(first=Min("pk"))["first"]
    reached = Seal.objects.filter(table=name)
    found = reached.filter(last_id__gte=first).order_by("first_id").first() if first else None
    # Nothing that late: start behind the last seal, so that nothing is told.
    return found or Seal(table=name, first_id=(reached.aggregate(upper=Max("last_id"))["upper"] or 0) + 1)


def _batch(name: str, model: type[Model], seals: list[Seal], after: int) -> Iterator[Record]:
    rows = iter(rows_of(model, after, seals[-1].last_id))
    row = next(rows, None)
    for one in seals:
        told = {"of": name} | plain({column: getattr(one, column) for column in SEAL_COLUMNS})
        yield "seal", told
        while row is not None and row["id"] <= one.last_id:
            yield name, plain(row)
            row = next(rows, None)
