"""Writing a judged batch: one upsert for contacts, one for interactions, one for times that moved on.

The contacts' is SQL by hand, because no ready upsert can say `version = version + 1`. Called inside a transaction only.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from operator import itemgetter
from typing import Any

from django.db import connection

from zbsync.models import Contact, Interaction
from zbsync.pipeline import bulk
from zbsync.pipeline.ingest.compare import COLUMNS, Difference, Judged

_ADAPTED = ("first_deal_at", "source_updated_at", "extra")
"""Columns whose values the database's driver does not take as they are."""
_AS_THEY_ARE = ("source_id", *(name for name in COLUMNS if name not in _ADAPTED))
_OURS = ("hub_id", "digest", "deleted_at", "changed_at")
WRITTEN = (*_AS_THEY_ARE, *_ADAPTED, *_OURS)
"""The columns of the upsert, in the order of its parameters."""
_TALK = ("contact", "source_id")
"""What one interaction is known by."""
_ZONE = len("+00:00")
_as_they_are, _adapted = itemgetter(*_AS_THEY_ARE), itemgetter(*_ADAPTED)


@cache
def contact_sql() -> tuple[str, str, str]:
    """The upsert, before, in and after its values: a new contact starts at version 1, a known one goes up by one."""
    quote = connection.ops.quote_name
    table = quote(Contact._meta.db_table)
    columns = ", ".join(quote(name) for name in WRITTEN)
    written_over = [name for name in WRITTEN if name not in {"source_id", "hub_id"}]
    sets = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in written_over)
    return (
        f"INSERT INTO {table} ({columns}, version, proposed_version) VALUES",
        f"({', '.join(['%s'] * len(WRITTEN))}, 1, 0)",
        f"ON CONFLICT (hub_id, source_id) DO UPDATE SET {sets}, version = {table}.version + 1",
    )


def write(hub_id: int, judged: Judged, now: datetime) -> None:
    """Store what differs; raises what the database raises, and then nothing of the batch is stored."""
    with connection.cursor() as cursor:
        if judged.differences:
            bulk.insert_values(cursor, *contact_sql(), list(_contact_rows(hub_id, judged.differences, now)))
        talking = [difference for difference in judged.differences if difference.interactions]
        if talking:
            rows = _interaction_rows(hub_id, talking)
            bulk.upsert(Interaction, ("contact", "source_id", "at", "method", "content"), rows, {}, _TALK)
        if judged.touched:
            table = connection.ops.quote_name(Contact._meta.db_table)
            adapt = _adapt_moment()
            cursor.executemany(
                f"UPDATE {table} SET source_updated_at = %s WHERE id = %s",  # noqa: S608 - a name only
                [(adapt(at), contact_id) for contact_id, at in judged.touched],
            )


def _adapt_moment() -> Callable[[datetime], Any]:
    """How a time is given to the driver.

    SQLite keeps the text of it in UTC, without a zone. Django gets there through a conversion from UTC to UTC, at
    eight times the price, which is a fifth of what storing a row costs.
    """
    adapt = connection.ops.adapt_datetimefield_value
    if connection.vendor == "sqlite":
        return lambda at: at.isoformat(" ")[:-_ZONE] if at.tzinfo is UTC else adapt(at)
    return adapt


def _contact_rows(hub_id: int, differences: Iterable[Difference], now: datetime) -> Iterable[tuple[Any, ...]]:
    adapt, as_json = _adapt_moment(), connection.ops.adapt_json_value
    nothing, moment = as_json({}, None), adapt(now)
    for difference in differences:
        fields = difference.fields
        first_deal_at, changed_at, extra = _adapted(fields)
        first_deal_at = first_deal_at and adapt(first_deal_at)
        changed_at = changed_at and adapt(changed_at)
        extra = as_json(extra, None) if extra else nothing
        deleted_at = None
        if fields["deleted"]:
            since = difference.stored.deleted_at if difference.stored else None
            deleted_at = adapt(since) if since else moment
        row = (first_deal_at, changed_at, extra, hub_id, difference.digest, deleted_at, moment)
        yield _as_they_are(fields) + row


def _interaction_rows(hub_id: int, talking: Sequence[Difference]) -> list[tuple[Any, ...]]:
    """Contacts of this batch that were new have their keys by now."""
    source_ids = [difference.fields["source_id"] for difference in talking]
    contacts = Contact.objects.filter(hub_id=hub_id, source_id__in=source_ids)
    ids = dict(contacts.values_list("source_id", "id"))
    adapt = _adapt_moment()
    return [
        (ids[difference.fields["source_id"]], item.source_id, item.at and adapt(item.at), item.method, item.content)
        for difference in talking
        for item in difference.interactions
    ]
