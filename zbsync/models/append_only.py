"""Triggers by which the database itself refuses to change what is evidence. Installed by a migration.

SQLite and PostgreSQL say it differently; both raise an IntegrityError-like error that names the table.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper

PROTECTED = ("zbsync_entry", "zbsync_exchange", "zbsync_seal", "zbsync_pruning")
_ANNOUNCED = "COALESCE((SELECT MAX(last_id) FROM zbsync_pruning), 0)"
"""Exchanges up to here may be deleted: an entry in the sealed chain says that they go."""

_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION zbsync_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
_PG_PRUNING = f"""
CREATE OR REPLACE FUNCTION zbsync_pruned_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.id > {_ANNOUNCED} THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$
"""
_ACTS = ("update", "delete", "truncate", "replace")
_SAME = {"zbsync_seal": '(id = NEW.id OR "table" = NEW."table" AND first_id = NEW.first_id)'}
"""What else than the id a new row must not share with one that is there."""


def protect(connection: BaseDatabaseWrapper) -> None:
    """Install the triggers on the tables that are there; harmless when they are, too."""
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        if connection.vendor == "postgresql":
            cursor.execute(_PG_FUNCTION)
        for table in PROTECTED:
            if table in there:
                for statement in _postgresql(table) if connection.vendor == "postgresql" else _sqlite(table):
                    cursor.execute(statement)
        if "zbsync_pruning" in there:
            for statement in _pruning(connection.vendor):
                cursor.execute(statement)


def _pruning(vendor: str) -> Iterator[str]:
    """Of exchanges, those that were announced may go."""
    table, name = "zbsync_exchange", "zbsync_exchange_no_delete"
    if vendor == "postgresql":
        yield _PG_PRUNING
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        yield f"CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION zbsync_pruned_only()"
    else:
        yield f"DROP TRIGGER IF EXISTS {name}"
        yield (
            f"CREATE TRIGGER {name} BEFORE DELETE ON {table} WHEN OLD.id > {_ANNOUNCED} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql(table: str) -> Iterator[str]:
    for act in ("UPDATE", "DELETE", "TRUNCATE"):
        name, each = f"{table}_no_{act.lower()}", "STATEMENT" if act == "TRUNCATE" else "ROW"
        yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
        yield f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH {each} EXECUTE FUNCTION zbsync_append_only()"


def _sqlite(table: str) -> Iterator[str]:
    for act in ("UPDATE", "DELETE"):
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    # INSERT OR REPLACE removes the row in its way without asking the trigger of DELETE.
    yield (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - our names
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {_SAME.get(table, 'id = NEW.id')}) "
        f"BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table} is append-only'); END"
    )


def unprotect(connection: BaseDatabaseWrapper) -> None:
    """Remove the triggers: for migrations that must rewrite these tables, and for tests that empty the database."""
    with connection.cursor() as cursor:
        there = connection.introspection.table_names(cursor)
        for table in PROTECTED:
            for act in _ACTS if table in there else ():
                where = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}{where}")
