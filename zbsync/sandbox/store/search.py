"""The one query behind every list: count, one page, and only the joins it needs (fact sheet 4.3, 6.13).

A page far back must not drag 100,000 joined rows past the reader: the page's keys are found first, on the
table alone where the filters allow it, and only those rows are joined.
"""

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zbsync.sandbox.store.database import SOUGHT, Database

_ALIAS = re.compile(r"\b([a-z])\.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to a list; tables go by one letter, `joins` is how each comes in."""

    select: str
    table: str
    key: str
    joins: Mapping[str, str]
    where: str
    args: tuple[Any, ...]
    order: str

    def source(self, *parts: str) -> str:
        """The table with the joins that `parts` speak of."""
        return _source(self.table, self.joins, " ".join(parts))


def _source(table: str, joins: Mapping[str, str], text: str) -> str:
    used = set(_ALIAS.findall(text))
    for alias in reversed(tuple(joins)):
        if alias in used:
            used |= set(_ALIAS.findall(joins[alias]))
    return " ".join([table, *(join for alias, join in joins.items() if alias in used)])


def either(
    table: str, key: str, joins: Mapping[str, str], clauses: Sequence[tuple[str, tuple[str, ...]]]
) -> tuple[str, tuple[str, ...]]:
    """One condition that holds where any of these does; each looks on its own, by its own index."""
    looks = [f"SELECT {key} FROM {_source(table, joins, clause)} WHERE {clause}" for clause, _ in clauses]
    return f"{key} IN ({' UNION '.join(looks)})", tuple(arg for _, args in clauses for arg in args)


TRIGRAM = 3
"""Shorter texts, and those with wildcards, are not in the index."""

_THROUGH: dict[tuple[str, str], str] = {
    ("c.ord", "p"): "c.ord IN (SELECT company FROM person WHERE main = 1 AND {inner})",
    ("c.ord", "u"): "c.cateid IN (SELECT uid FROM account WHERE {inner})",
    ("c.ord", "s"): "c.cat IN (SELECT id FROM tree WHERE kind = 'sort' AND {inner})",
    ("c.ord", "t"): "c.stage IN (SELECT id FROM tree WHERE kind = 'sort' AND {inner})",
    ("p.ord", "c"): "p.company IN (SELECT ord FROM customer WHERE {inner})",
}
"""(Key of a list, table a filter looks at) -> the condition on the list's own table: no join is needed for it."""

_TABLES = {"c": "customer", "p": "person"}


class Search(Database):
    """The part of the store that answers lists."""

    def like(self, column: str, text: str, key: str = "") -> tuple[str, tuple[str, ...]]:
        """The condition of a fuzzy filter on a list with this key, and its arguments."""
        alias, _, name = column.partition(".")
        table = _TABLES.get(alias, "")
        inner, arg, own = f"{name} LIKE ?", f"%{text}%", f"{column} LIKE ?"
        if len(text) >= TRIGRAM and text.isprintable() and not {"%", "_"} & set(text) and name in SOUGHT.get(table, ()):
            quoted = text.replace('"', '""')
            inner, arg = f"ord IN (SELECT rowid FROM {table}_seek WHERE {table}_seek MATCH ?)", f'{name} : "{quoted}"'
            own = f"{alias}.{inner}"
        return _THROUGH.get((key, alias), "{own}").format(inner=inner, own=own), (arg,)

    def search(self, asked: Asked, size: int, index: int) -> tuple[int, list[sqlite3.Row]]:
        """How many there are, and page `index` (from 1) of them."""
        where = f"WHERE {asked.where}"
        counted = self.row("SELECT count(*) AS n FROM", asked.source(asked.where), where, args=asked.args)
        count = int(counted["n"]) if counted else 0
        if count <= (index - 1) * size:
            return count, []
        keys = (
            f"SELECT {asked.key} FROM {asked.source(asked.where, asked.order)} {where}"
            f" ORDER BY {asked.order} LIMIT ? OFFSET ?"
        )
        found = self.rows(
            f"SELECT {asked.select} FROM {asked.source(asked.select, asked.order)}",
            f"WHERE {asked.key} IN ({keys}) ORDER BY {asked.order}",
            args=(*asked.args, size, (index - 1) * size),
        )
        return count, found
