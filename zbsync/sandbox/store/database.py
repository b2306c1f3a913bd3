"""One SQLite file (or memory) behind one lock: tables, transactions, counters, policies.

The base of `Store`; nobody else uses it. Counters live beside the database on purpose: a number handed out
is gone even when the page that took it is rolled back, as with an identity column.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from zbsync.sandbox import factory
from zbsync.sandbox.fields import CUSTOMER_COLUMNS, PERSON_COLUMNS


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f"\"{name}\" TEXT NOT NULL DEFAULT ''" for name in names)


SCHEMA = f"""
CREATE TABLE IF NOT EXISTS account (uid INTEGER PRIMARY KEY, name TEXT, login TEXT UNIQUE, word TEXT, dept
INTEGER, mobile INTEGER, frozen INTEGER, sees INTEGER); CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY
KEY, uid INTEGER, serial TEXT, seen REAL); CREATE TABLE IF NOT EXISTS serial (serial TEXT PRIMARY KEY,
failures INTEGER, captcha TEXT); CREATE TABLE IF NOT EXISTS dictionary (enum INTEGER, ord INTEGER, name
TEXT, PRIMARY KEY (enum, ord)); CREATE TABLE IF NOT EXISTS tree (kind TEXT, id INTEGER, parent INTEGER, name
TEXT, PRIMARY KEY (kind, id)); CREATE TABLE IF NOT EXISTS policy (name TEXT PRIMARY KEY, value TEXT); CREATE
TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER); CREATE TABLE IF NOT EXISTS customer (ord
INTEGER PRIMARY KEY, del INTEGER, intsort INTEGER, creator INTEGER, cateid INTEGER, cat INTEGER, stage
INTEGER, waiting TEXT NOT NULL DEFAULT '', applicant INTEGER, protected INTEGER NOT NULL DEFAULT 0, claimed
TEXT NOT NULL DEFAULT '', {_columns(CUSTOMER_COLUMNS)}); CREATE INDEX IF NOT EXISTS customer_khid ON
customer (khid); CREATE INDEX IF NOT EXISTS customer_name ON customer (name); CREATE TABLE IF NOT EXISTS
person (ord INTEGER PRIMARY KEY, del INTEGER, company INTEGER, main INTEGER, added TEXT,
{_columns(PERSON_COLUMNS)}); CREATE INDEX IF NOT EXISTS person_company ON person (company, main); CREATE
INDEX IF NOT EXISTS person_mobile ON person (mobile); CREATE TABLE IF NOT EXISTS reply (ord INTEGER PRIMARY
KEY, datatype TEXT, target INTEGER, company INTEGER, uid INTEGER, date TEXT, intro TEXT, sort INTEGER, lead
INTEGER, plantype INTEGER, plan TEXT); CREATE INDEX IF NOT EXISTS reply_target ON reply (target, datatype);
CREATE TABLE IF NOT EXISTS share (customer INTEGER, uid INTEGER, sharer INTEGER, rights TEXT, PRIMARY KEY
(customer, uid)); CREATE TABLE IF NOT EXISTS approval (ord INTEGER PRIMARY KEY, customer INTEGER, kind TEXT,
agreed INTEGER, uid INTEGER, intro TEXT, date TEXT); CREATE
TABLE IF NOT EXISTS product (ord INTEGER PRIMARY KEY, cpname TEXT, cpbh TEXT, cpxh TEXT, txm TEXT, unitname
TEXT, units TEXT, fenlei TEXT, class INTEGER, stock REAL, booked REAL); CREATE TABLE IF NOT EXISTS
contract (ord INTEGER PRIMARY KEY, company INTEGER, cateid INTEGER, htid TEXT, title TEXT, htfl TEXT,
moneyall REAL, hkmoney REAL, htbz TEXT, dateQD TEXT, dateKS TEXT, dateZZ TEXT, spzt TEXT, ckjz TEXT, fhjz
TEXT, skjz TEXT, kpjz TEXT); CREATE INDEX IF NOT EXISTS contract_company ON contract (company); CREATE TABLE
IF NOT EXISTS contract_line (contract INTEGER, product INTEGER, num REAL, price REAL); CREATE INDEX IF NOT
EXISTS line_contract ON contract_line (contract); CREATE TABLE IF NOT EXISTS call (seq INTEGER PRIMARY
KEY, at REAL, method TEXT, path TEXT, query TEXT, cmdkey TEXT, session TEXT, ord INTEGER, khid TEXT, digest
TEXT, effect TEXT, status INTEGER, faults TEXT, dialect TEXT, operation TEXT, mobile TEXT, content TEXT, took_at
REAL); CREATE INDEX IF NOT EXISTS call_ord ON call (ord); CREATE INDEX IF NOT EXISTS customer_live ON
customer (ord) WHERE del = 1; CREATE INDEX IF NOT EXISTS customer_owner ON customer (cateid); CREATE INDEX IF NOT
EXISTS customer_stage ON customer (cat, stage); CREATE INDEX IF NOT EXISTS person_live ON person (ord) WHERE del = 1;
CREATE INDEX IF NOT EXISTS person_mobile2 ON person (mobile2) WHERE mobile2 <> ''; CREATE INDEX IF NOT
EXISTS tree_parent ON tree (kind, parent);
"""

SOUGHT = {"customer": ("khid", "name"), "person": ("person_name", "mobile", "phone", "job", "part1")}
"""Table -> the columns that fuzzy filters look at most: an index of their trigrams answers those."""


def _trigrams(table: str, columns: tuple[str, ...]) -> str:
    names, old, new = (", ".join(f"{row}{name}" for name in columns) for row in ("", "old.", "new."))
    add = f"INSERT INTO {table}_seek (rowid, {names}) VALUES (new.ord, {new});"
    drop = f"INSERT INTO {table}_seek ({table}_seek, rowid, {names}) VALUES ('delete', old.ord, {old});"
    return f"""
CREATE VIRTUAL TABLE IF NOT EXISTS {table}_seek USING fts5 ({names}, tokenize = 'trigram', content = '{table}',
content_rowid = 'ord'); CREATE TRIGGER IF NOT EXISTS {table}_sought AFTER INSERT ON {table} BEGIN {add} END;
CREATE TRIGGER IF NOT EXISTS {table}_sought_again AFTER UPDATE OF ord, {names} ON {table} BEGIN {drop} {add}
END;
"""


COUNTERS = {"customer": 1200, "person": 980, "number": 0, "reply": 5000}
"""Name -> the number before the first one handed out."""

TABLES = (
    "session",
    "serial",
    "policy",
    "counter",
    "customer",
    "person",
    "reply",
    "share",
    "approval",
    "product",
    "contract",
    "contract_line",
    "call",
    "dictionary",
    "tree",
    "account",
)


def checked_policies(values: Any) -> dict[str, Any]:
    """The policies themselves; raises ValueError for an unknown name or a value of another type."""
    if not isinstance(values, dict):
        raise ValueError("policies are a JSON object of name and value")
    for name, value in values.items():
        if name not in factory.POLICIES:
            raise ValueError(f"unknown policy {name!r}; known are {', '.join(factory.POLICIES)}")
        wanted = type(factory.POLICIES[name])
        if type(value) is not wanted:
            raise ValueError(f"policy {name!r} takes a {wanted.__name__}, not {value!r}")
    for name, rule in values.get("duplicates", {}).items():
        if rule not in _DUPLICATE_RULES:
            raise ValueError(f"policy 'duplicates': {name} is one of {', '.join(_DUPLICATE_RULES)}, not {rule!r}")
    return values


_DUPLICATE_RULES = ("enter", "point", "block", "warn", "off", "")
"""What a field may be: the first two are the ERP's words for the next two."""


class Database:
    """The connection and what every part of the store needs. Safe to use from many threads."""

    def __init__(self, path: str = ":memory:", clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since the epoch. Raises sqlite3.Error when the file is no SQLite database."""
        self.path = path
        self.clock = clock
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # outlives this process; a power cut is not our subject
        self._db.executescript(SCHEMA + "".join(_trigrams(*sought) for sought in SOUGHT.items()))
        self._counters: dict[str, int] = {}
        self._policies: dict[str, Any] = {}
        with self.transaction():
            self._furnish()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; joins a transaction that is already open."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            done = False
            try:
                yield
                done = True
            finally:
                self._db.execute("COMMIT" if done else "ROLLBACK")

    @contextmanager
    def page(self, *, keep: bool = True) -> Iterator[None]:
        """What one page does, inside a transaction: undone when it raises, or when it is not to be kept."""
        self._db.execute("SAVEPOINT page")
        done = False
        try:
            yield
            done = keep
        finally:
            if not done:
                self._db.execute("ROLLBACK TO page")
            self._db.execute("RELEASE page")

    def rows(self, *parts: str, args: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
        """All rows of the statement made of `parts`."""
        with self._lock:
            return self._db.execute(" ".join(parts), args).fetchall()

    def row(self, *parts: str, args: tuple[Any, ...] = ()) -> sqlite3.Row | None:
        """The first row, if any."""
        with self._lock:
            first: sqlite3.Row | None = self._db.execute(" ".join(parts), args).fetchone()
            return first

    def run(self, *parts: str, args: tuple[Any, ...] = ()) -> int:
        """Run a statement; returns how many rows it changed."""
        with self._lock:
            return self._db.execute(" ".join(parts), args).rowcount

    def next_id(self, name: str) -> int:
        """The next number of a counter of COUNTERS; never handed out twice while the process lives."""
        with self._lock:
            value = self._counters[name] = self._counters[name] + 1
            self.run("INSERT OR REPLACE INTO counter VALUES (?, ?)", args=(name, value))
            return value

    def take_id(self, name: str, value: int = 0) -> int:
        """Like `next_id`, or this very number; written down by the next `reserve_id`, for many at once."""
        with self._lock:
            taken = value or self._counters[name] + 1
            self._counters[name] = max(self._counters[name], taken)
            return taken

    def many(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that all have the same columns."""
        if rows:
            names = ", ".join(f'"{name}"' for name in rows[0])
            marks = ", ".join("?" * len(rows[0]))
            with self._lock:
                self._db.executemany(
                    f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(row.values()) for row in rows]
                )

    def reserve_id(self, name: str, value: int) -> None:
        """Never hand out `value` or anything below it."""
        with self._lock:
            self._counters[name] = max(self._counters[name], value)
            self.run("INSERT OR REPLACE INTO counter VALUES (?, ?)", args=(name, self._counters[name]))

    def policy(self, name: str) -> Any:
        """The value of a policy of `factory.POLICIES`."""
        return self._policies[name]

    def success(self, operation: str, usual: str) -> str:
        """The sentence an operation ends with when all went well; policy `texts` has another."""
        return str(self._policies["texts"].get(operation, usual))

    def policies(self) -> dict[str, Any]:
        """All policies as they stand."""
        return dict(self._policies)

    def set_policy(self, **values: Any) -> None:
        """Change policies; an unknown name or a value of another type raises ValueError, changing nothing."""
        checked_policies(values)
        with self.transaction():
            for name, value in values.items():
                self.run("INSERT OR REPLACE INTO policy VALUES (?, ?)", args=(name, json.dumps(value)))
            self._policies |= values

    @contextmanager
    def overlaid(self, **values: Any) -> Iterator[None]:
        """Other policies while one page runs; inside a transaction, so that nobody else sees them."""
        kept, self._policies = self._policies, self._policies | values
        try:
            yield
        finally:
            self._policies = kept

    def wipe(self) -> None:
        """Back to the factory: no customer, no session, no log, all policies at their defaults."""
        with self.transaction():
            for name in TABLES:
                self.run("DELETE FROM", name)
            for name in SOUGHT:
                self.run(f"INSERT INTO {name}_seek ({name}_seek) VALUES ('delete-all')")
            self._furnish()

    def _furnish(self) -> None:
        for field, enum in factory.ENUMS.items():
            for ord_, name in factory.DICTIONARY[field]:
                self.run("INSERT OR IGNORE INTO dictionary VALUES (?, ?, ?)", args=(enum, ord_, name))
        for kind, nodes in factory.TREES.items():
            for node in nodes:
                self.run("INSERT OR IGNORE INTO tree VALUES (?, ?, ?, ?)", args=(kind, *node))
        for account in factory.ACCOUNTS:
            self.run("INSERT OR IGNORE INTO account VALUES (?, ?, ?, ?, ?, ?, ?, ?)", args=account)
        stored = {row["name"]: row["value"] for row in self.rows("SELECT * FROM counter")}
        self._counters = {name: stored.get(name, first) for name, first in COUNTERS.items()}
        changed = {row["name"]: json.loads(row["value"]) for row in self.rows("SELECT * FROM policy")}
        self._policies = factory.POLICIES | changed
