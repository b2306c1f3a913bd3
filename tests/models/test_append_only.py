"""Evidence can be added and read; the database itself refuses to change or remove it, however one asks."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.models import make
from zbsync.models import Entry, Exchange, Pruning, Seal, append_only
from zbsync.pipeline import bulk

pytestmark = pytest.mark.django_db

EVIDENCE: dict[str, Callable[[], Any]] = {
    "zbsync_entry": lambda: Entry.objects.create(act=uuid.uuid4(), at=make.NOW, verb="x", actor_name="job"),
    "zbsync_exchange": make.exchange,
    "zbsync_pruning": lambda: Pruning.objects.create(last_id=0, entry_id=1, at=make.NOW),
    "zbsync_seal": lambda: Seal.objects.create(table="entry", first_id=1, last_id=1, count=1, at=make.NOW),
}
every_table = pytest.mark.parametrize("table", append_only.PROTECTED)


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def test_every_protected_table_is_tried_here() -> None:
    assert set(EVIDENCE) == set(append_only.PROTECTED)


@every_table
@pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}", "DELETE FROM {} WHERE id > 0"])
def test_the_database_refuses_to_touch_it(table: str, sql: str) -> None:
    EVIDENCE[table]()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql.format(table))
    assert count(table) == 1


@every_table
def test_it_cannot_be_replaced_by_a_row_of_the_same_id(table: str) -> None:
    """SQLite's REPLACE deletes without asking the triggers of DELETE; PostgreSQL's upsert is an UPDATE."""
    EVIDENCE[table]()
    same = f"SELECT * FROM {table}"
    upsert = {
        "sqlite": f"INSERT OR REPLACE INTO {table} {same}",
        "postgresql": f"INSERT INTO {table} {same} ON CONFLICT (id) DO UPDATE SET id = excluded.id",
    }
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(upsert[connection.vendor])
    assert count(table) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite has REPLACE")
def test_a_seal_cannot_be_replaced_by_another_of_the_same_run() -> None:
    EVIDENCE["zbsync_seal"]()
    with pytest.raises(DatabaseError), transaction.atomic():
        run(
            'INSERT OR REPLACE INTO zbsync_seal ("table", first_id, last_id, "count", previous, hash, at)'
            ' SELECT "table", first_id, last_id, "count", previous, \'forged\', at FROM zbsync_seal'
        )
    assert Seal.objects.get().hash == ""


@every_table
def test_new_evidence_is_taken_one_by_one_and_in_bulk(table: str) -> None:
    first = EVIDENCE[table]()
    values = {field.attname: getattr(first, field.attname) for field in first._meta.concrete_fields[1:]}
    more = [type(first)(**values | ({"first_id": n} if table == "zbsync_seal" else {})) for n in range(2, 5)]
    bulk.insert(more)
    assert count(table) == 4


@every_table
def test_a_refused_change_leaves_every_value_as_it_was(table: str) -> None:
    row = EVIDENCE[table]()
    before = type(row).objects.values().get()
    changed = type(row)._meta.concrete_fields[-1].column
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"UPDATE {table} SET {connection.ops.quote_name(changed)} = NULL")
    assert type(row).objects.values().get() == before


@every_table
@pytest.mark.postgres
def test_it_cannot_be_truncated(table: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")


@every_table
def test_django_is_refused_too(table: str) -> None:
    row = EVIDENCE[table]()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        row.save(force_update=True)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).delete()


def test_what_an_exchange_speaks_of_cannot_be_removed_from_under_it() -> None:
    push = make.push()
    make.exchange(push=push)
    with pytest.raises(DatabaseError), transaction.atomic():
        push.delete()
    assert Exchange.objects.get().push == push


@every_table
def test_protecting_twice_is_harmless_and_it_can_be_lifted(table: str) -> None:
    EVIDENCE[table]()
    append_only.protect(connection)
    append_only.unprotect(connection)
    try:
        run(f"DELETE FROM {table}")
        assert count(table) == 0
    finally:
        append_only.protect(connection)
