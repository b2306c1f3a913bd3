"""Sealing: link what is new into the chain."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Max, Model
from django.utils import timezone

from zbsync.core.chain import START, link
from zbsync.core.records import JSONObject, JSONValue
from zbsync.models import Entry, Exchange, Seal
from zbsync.pipeline import bulk
from zbsync.pipeline.tally import Tally

RUN = 1
"""Rows per seal. One: only so can a verifier name the very row that was altered; more would name the run."""
TABLES: Mapping[str, tuple[type[Model], int]] = {"entry": (Entry, 1000), "exchange": (Exchange, 200)}
"""What is sealed, and how many rows are held in memory at a time (an exchange may be large)."""
Progress = Callable[[int, int | None], None]


def drain(until: float | None = None, limit: int | None = None, progress: Progress | None = None) -> Tally:
    """Seal every row that no open transaction can undercut any more. Of two sealers at once, one stops."""
    tally, started = Tally(), time.monotonic()
    for name, (model, size) in TABLES.items():
        upper = _horizon(model)
        while (until is None or time.monotonic() < until) and (limit is None or tally.done < limit):
            made = _seal(name, model, upper, size if limit is None else min(size, limit - tally.done))
            if not made:
                break
            tally.seen += made
            tally.done += made
            if progress is not None:
                progress(tally.done, None)
    tally.seconds = time.monotonic() - started
    return tally


def _horizon(model: type[Model]) -> int:
    """The highest id such that all below it are there for good.

    PostgreSQL hands out ids before they are committed, so writers are waited for; SQLite has one writer at a time.
    """
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {connection.ops.quote_name(model._meta.db_table)} IN SHARE MODE")
        return model._default_manager.aggregate(upper=Max("pk"))["upper"] or 0


def _seal(name: str, model: type[Model], upper: int, size: int) -> int:
    """Seal the next rows of a table; 0 when there are none, or another sealer was faster."""
    last = Seal.objects.filter(table=name).order_by("-first_id").first()
    previous, after = (last.hash, last.last_id) if last else (START, 0)
    rows = list(rows_of(model, after, upper)[:size])
    seals, now = [], timezone.now()
    for start in range(0, len(rows), RUN):
        run = rows[start : start + RUN]
        hash_ = previous
        for row in run:
            hash_ = link(hash_, plain(row))
        ends = {"first_id": run[0]["id"], "last_id": run[-1]["id"], "count": len(run)}
        seals.append(Seal(table=name, previous=previous, hash=hash_, at=now, **ends))
        previous = hash_
    try:
        with transaction.atomic():
            bulk.insert(seals)
    except IntegrityError:
        return 0
    return len(rows)


def rows_of(model: type[Model], after: int, upper: int) -> Any:
    return model._default_manager.filter(pk__gt=after, pk__lte=upper).order_by("pk").values()


def plain(row: Mapping[str, Any]) -> JSONObject:
    """A row as it is linked and exported: times in UTC as text, everything else as JSON has it."""
    return {name: json_of(value) for name, value in row.items()}


def json_of(value: Any) -> JSONValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value) if isinstance(value, UUID) else value


def size_of() -> int:
    """How many records `records` will tell, about."""
    return sum(model._default_manager.count() for model, _ in TABLES.values()) + Seal.objects.count()


def unsealed() -> dict[str, int]:
    """How many rows no seal covers yet, by table."""
    sealed = dict(Seal.objects.values_list("table").annotate(upper=Max("last_id")))
    return {
        name: model._default_manager.filter(pk__gt=sealed.get(name, 0)).aggregate(rows=Count("pk"))["rows"]
        for name, (model, _) in TABLES.items()
    }
