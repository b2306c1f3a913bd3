"""The column that names are found by (`core.sought`), and the index that answers it on either database.

PostgreSQL keeps the pairs in a GIN index over the column; SQLite in a full-text table beside it, kept by triggers.
A migration that makes the table of proposals anew on SQLite drops triggers: it has to call `install` again, and a
test notices when it did not.
"""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Lookup
from django.db.models.expressions import Col

from zbsync.core.sought import phrase

TABLE, FULL_TEXT, INDEX = "zbsync_proposal", "zbsync_proposal_sought", "proposal_sought"

_POSTGRESQL = (
    f"CREATE INDEX IF NOT EXISTS {INDEX} ON {TABLE} USING gin (string_to_array(sought, ' ')) WITH (fastupdate = off)",
)
_NEW = f"INSERT INTO {FULL_TEXT}(rowid, sought) VALUES (new.id, new.sought)"  # noqa: S608 - our names
_OLD = f"INSERT INTO {FULL_TEXT}({FULL_TEXT}, rowid, sought) VALUES ('delete', old.id, old.sought)"  # noqa: S608 - the same
_SQLITE = (
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {FULL_TEXT} USING fts5("
    f"sought, content='{TABLE}', content_rowid='id', tokenize=\"unicode61 remove_diacritics 0\")",
    f"CREATE TRIGGER IF NOT EXISTS {FULL_TEXT}_new AFTER INSERT ON {TABLE} BEGIN {_NEW}; END",
    f"CREATE TRIGGER IF NOT EXISTS {FULL_TEXT}_gone AFTER DELETE ON {TABLE} BEGIN {_OLD}; END",
    f"CREATE TRIGGER IF NOT EXISTS {FULL_TEXT}_moved AFTER UPDATE OF sought ON {TABLE} BEGIN {_OLD}; {_NEW}; END",
    f"INSERT INTO {FULL_TEXT}({FULL_TEXT}) VALUES ('rebuild')",  # noqa: S608 - the same
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the index of what is there, and on SQLite the triggers; harmless when they are there."""
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take them away again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")
            return
        for trigger in ("new", "gone", "moved"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {FULL_TEXT}_{trigger}")
        cursor.execute(f"DROP TABLE IF EXISTS {FULL_TEXT}")


class SoughtField(models.TextField):  # type: ignore[type-arg]
    """Pairs of characters as `core.sought.index_text` makes them; `sought__says="王小"` finds what has it in a row."""

    def get_internal_type(self) -> str:
        """As the text that it is."""
        return "TextField"


@SoughtField.register_lookup
class Says(Lookup[Any]):
    """Names with this text in them, in one piece; a text of which nothing counts is in none."""

    lookup_name = "says"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """SQLite: a phrase of the full-text table, by row number."""
        pairs = phrase(self.rhs)
        if not pairs:
            return "1 = 0", ()
        assert isinstance(self.lhs, Col)  # noqa: S101 - a column of a table, never an expression
        row = f"{connection.ops.quote_name(self.lhs.alias)}.id"
        quoted = '"' + " ".join(pairs) + '"'
        return f"{row} IN (SELECT rowid FROM {FULL_TEXT} WHERE {FULL_TEXT} MATCH %s)", (quoted,)  # noqa: S608

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """All pairs by the index, and in a row by the text; pairs have letters and digits only, nothing to escape."""
        pairs = phrase(self.rhs)
        if not pairs:
            return "1 = 0", ()
        column, params = self.process_lhs(compiler, connection)
        if len(pairs) == 1:
            return f"string_to_array({column}, ' ') @> %s::text[]", (*params, pairs)
        sql = f"(string_to_array({column}, ' ') @> %s::text[] AND {column} LIKE %s)"
        return sql, (*params, pairs, *params, f"%{' '.join(pairs)}%")
