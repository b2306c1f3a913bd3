"""Many rows in one statement: `executemany` through Django's own field preparation.

Django's bulk_create on SQLite splits at 999 parameters, which makes some thirty statements of a thousand
rows. Here one statement carries them all. Keys are not read back: rows that need theirs are looked up by
their natural key.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

AT_ONCE = 500
"""Rows of one statement where many rows go in as one list of values: evidence is long, and all of it one text."""

_AS_IT_IS: dict[str, set[type]] = {
    "CharField": {str, type(None)},
    "SlugField": {str, type(None)},
    "TextField": {str, type(None)},
    "BooleanField": {bool, type(None)},
    "FloatField": {float, type(None)},
    "ForeignKey": {int, type(None)},
    "BigIntegerField": {int, type(None)},
    "IntegerField": {int, type(None)},
    "PositiveIntegerField": {int, type(None)},
    "PositiveSmallIntegerField": {int, type(None)},
}
"""Python types that need no preparation, by kind of field: most of a row, and most of the time of preparing it."""


def _columns(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    return [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


def _prepare(rows: Sequence[models.Model], fields: Sequence["models.Field[Any, Any]"]) -> list[tuple[Any, ...]]:
    return _rows([_values(rows, field) for field in fields], fields)


def _rows(columns: Iterable[Sequence[Any]], fields: Sequence["models.Field[Any, Any]"]) -> list[tuple[Any, ...]]:
    wrapper = connections[DEFAULT_DB_ALIAS]  # looked up once: the proxy `connection` looks it up for every value
    prepared = (_column(values, field, wrapper) for values, field in zip(columns, fields, strict=True))
    return list(zip(*prepared, strict=True))


def _values(rows: Sequence[models.Model], field: "models.Field[Any, Any]") -> list[Any]:
    """One field of all rows; few kinds of field have more to say before they are saved than what the row holds."""
    if type(field).pre_save is models.Field.pre_save:
        return list(map(attrgetter(field.attname), rows))
    return [field.pre_save(row, True) for row in rows]


def _column(values: Sequence[Any], field: "models.Field[Any, Any]", wrapper: BaseDatabaseWrapper) -> Sequence[Any]:
    """One field of all rows, prepared; a column that holds only what the driver takes as it is stays so."""
    if {value.__class__ for value in values} <= _AS_IT_IS.get(field.get_internal_type(), set()):
        return values
    first = values[0]
    if all(value is first for value in values):  # a stamp that all rows share is prepared once
        return [field.get_db_prep_save(first, wrapper)] * len(values)
    if isinstance(field, models.JSONField):
        return _documents(values, field, wrapper)
    return [field.get_db_prep_save(value, wrapper) for value in values]


def _documents(values: Sequence[Any], field: "models.JSONField[Any, Any]", wrapper: BaseDatabaseWrapper) -> list[Any]:
    """Most documents of a batch are empty, and all of these are prepared once."""
    empty: dict[type, Any] = {kind: field.get_db_prep_save(kind(), wrapper) for kind in (list, dict)}
    return [
        empty[value.__class__] if not value and value.__class__ in empty else field.get_db_prep_save(value, wrapper)
        for value in values
    ]


def insert(rows: Sequence[models.Model]) -> None:
    """Insert unsaved rows of one model together, on PostgreSQL up to AT_ONCE in a statement; constraints hold as ever
    (IntegrityError).
    """
    if rows:
        fields = _columns(type(rows[0]))
        _insert(type(rows[0]), fields, _prepare(rows, fields))


def insert_columns(model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> None:
    """`insert` for a model so often written that its rows are not worth building: the values of every column but the
    key, by attribute (`actor_id`). KeyError when one is missing.
    """
    fields = _columns(model)
    values = [columns[field.attname] for field in fields]
    if values[0]:
        _insert(model, fields, _rows(values, fields))


def _insert(
    model: type[models.Model], fields: Sequence["models.Field[Any, Any]"], prepared: Sequence[tuple[Any, ...]]
) -> None:
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    # Names come from our own models' metadata, values go as parameters.
    into = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES"
    with connection.cursor() as cursor:
        insert_values(cursor, into, marks, "", prepared)


def insert_values(cursor: Any, into: str, marks: str, then: str, rows: Sequence[Sequence[Any]]) -> None:
    """Say `into marks then` of all rows: one `executemany`, or on PostgreSQL, where that is a statement for each row,
    read and planned one by one, up to AT_ONCE rows in a statement, no two of which may be in conflict.
    """
    if connection.vendor != "postgresql":
        cursor.executemany(f"{into} {marks} {then}", rows)
        return
    for at in range(0, len(rows), AT_ONCE):
        values = ", ".join([cursor.mogrify(marks, row) for row in rows[at : at + AT_ONCE]])
        cursor.execute(f"{into} {values} {then}")


def upsert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    same: Mapping[str, Any],
    unique: Sequence[str],
    keep: Collection[str] = (),
) -> None:
    """Insert rows, or overwrite those that are there (by the columns `unique`) but for the columns `keep`.

    Each row is a tuple of texts and numbers for the columns `names`, no two alike in `unique`; all have the values
    `same` besides. Rows that others may store at the same time are to be given in one order.
    """
    if not rows:
        return
    by_name: dict[str, models.Field[Any, Any]] = {field.name: field for field in model._meta.concrete_fields}
    columns = {name: connection.ops.quote_name(str(by_name[name].column)) for name in (*names, *same)}
    tail = tuple(by_name[name].get_db_prep_save(value, connection) for name, value in same.items())
    marks = f"({', '.join(['%s'] * len(columns))})"
    sets = ", ".join(f"{one} = excluded.{one}" for name, one in columns.items() if name not in {*unique, *keep})
    into = f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({', '.join(columns.values())}) VALUES"
    then = f"ON CONFLICT ({', '.join(columns[name] for name in unique)}) DO UPDATE SET {sets}"
    with connection.cursor() as cursor:
        insert_values(cursor, into, marks, then, [(*row, *tail) for row in rows])


def update(
    rows: Sequence[models.Model],
    names: Sequence[str],
    where: Sequence[str] = ("id",),
    *,
    was: Mapping[str, Any] | None = None,
) -> int:
    """Set the columns `names` of each row with one `executemany`, matching on the columns `where` and on
    `was`.

    `was` are values that all rows must still have ({"state": "queued"}) while the rows carry the new ones.
    Returns how many rows matched: with a state or a token in the condition this is a compare-and-swap of many
    rows.
    """
    if not rows:
        return 0
    model = type(rows[0])
    by_name: dict[str, models.Field[Any, Any]] = {field.name: field for field in model._meta.concrete_fields}
    setting, matching = [by_name[name] for name in names], [by_name[name] for name in where]
    still = [(by_name[name], by_name[name].get_db_prep_save(value, connection)) for name, value in (was or {}).items()]
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(field.column))} = %s" for field in setting)
    conditions = " AND ".join(
        f"{quote(str(field.column))} = %s" for field in [*matching, *(field for field, _ in still)]
    )
    sql = f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {conditions}"  # noqa: S608
    with connection.cursor() as cursor:
        old = tuple(value for _, value in still)
        cursor.executemany(sql, [(*row, *old) for row in _prepare(rows, [*setting, *matching])])
        return int(cursor.rowcount)
