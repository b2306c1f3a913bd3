"""Customers, drafts and contact persons, with the ERP's own searches (fact sheet 3.1, 4.3, 4.5, 5)."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from zbsync.sandbox import factory
from zbsync.sandbox.fields import CONTACT, CUSTOMER, PERSON_COLUMNS, UNIT
from zbsync.sandbox.store.database import Database

LIVE, DRAFT = 1, 7
"""Values of `del`: a customer, and the row an allocate leaves behind."""

_CUSTOMER_IDS = {field.id: field.kept_as for field in CUSTOMER}
_CONTACT_IDS = {field.id: field.kept_as for field in CONTACT}

_CONTACTS = ", ".join(f'p."{column}" AS "{id_}"' for id_, column in _CONTACT_IDS.items())
RECORD = (
    f"SELECT c.*, u.name AS catename, u.dept, p.ord AS person, {_CONTACTS} FROM customer c"
    " LEFT JOIN person p ON p.company = c.ord AND p.main = 1 LEFT JOIN account u ON u.uid = c.cateid"
)


class Customers(Database):
    """The part of the store that keeps customers."""

    _handed_out = 0

    def allocate(self, uid: int, intsort: int) -> tuple[int, str]:
        """Insert a draft row; returns its ord and the number filled in ("" when the policy says so)."""
        ord_, khid = self.next_id("customer"), ""
        self._handed_out = ord_
        if self.policy("khid_prefilled"):
            khid = f"{self.policy('khid_prefix')}{self.next_id('number'):0{self.policy('khid_digits')}d}"
        self.run(
            "INSERT INTO customer (ord, del, intsort, creator, khid, date1) VALUES (?, ?, ?, ?, ?, ?)",
            args=(ord_, DRAFT, intsort, uid, khid, self.stamp()),
        )
        return ord_, khid

    def last_allocated(self) -> tuple[int, str] | None:
        """What the last allocate handed out, saved since or not; for an ERP that hands it out twice."""
        row = self.record(self._handed_out)
        return (row["ord"], row["khid"]) if row else None

    def numbers_left(self) -> bool:
        """Whether the numbering rule has a number left in its width."""
        return len(str(self._counters["number"] + 1)) <= int(self.policy("khid_digits"))

    def stamp(self) -> str:
        """Now as the ERP writes it: `YYYY-MM-DD HH:MM:SS`, UTC."""
        return datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%d %H:%M:%S")

    def record(self, ord_: int) -> sqlite3.Row | None:
        """A customer or draft with its owner and main contact person."""
        return self.row(RECORD, "WHERE c.ord = ?", args=(ord_,))

    def customers(self, *, drafts: bool = False, **equal: str) -> list[dict[str, Any]]:
        """All customers (or drafts) with their main contact, by ord; `equal` compares fields of the form."""
        where = [f'AND {"c" if name in _CUSTOMER_IDS else "p"}."{name}" = ?' for name in equal]
        args = (DRAFT if drafts else LIVE, *equal.values())
        return [dict(row) for row in self.rows(RECORD, "WHERE c.del = ?", *where, "ORDER BY c.ord", args=args)]

    def delete(self, ord_: int) -> None:
        """Put a customer and its persons into the bin: opening it says it was deleted."""
        with self.transaction():
            self.run("UPDATE customer SET del = 2 WHERE ord = ?", args=(ord_,))
            self.run("UPDATE person SET del = 2 WHERE company = ?", args=(ord_,))

    def assign(self, ord_: int, uid: int) -> None:
        """Give a customer an owner."""
        self.run("UPDATE customer SET cateid = ?, claimed = ? WHERE ord = ?", args=(uid, self.stamp(), ord_))

    def promote(self, ord_: int, intsort: int, values: Mapping[str, str]) -> None:
        """Write a whole form onto a row and make it a customer. What `values` lacks becomes empty."""
        own = {column: values.get(id_, "") for id_, column in _CUSTOMER_IDS.items()}
        own["date1"] = own["date1"] or self.stamp()
        category, _, stage = own["sort1"].partition(",")
        row = {"del": LIVE, "intsort": intsort, "cat": int(category), "stage": int(stage)} | own
        assignments = ", ".join(f'"{name}" = ?' for name in row)
        self.run("UPDATE customer SET", assignments, "WHERE ord = ?", args=(*row.values(), ord_))
        contact = {column: values.get(id_, "") for id_, column in _CONTACT_IDS.items()}
        contact["person_name"] = contact["person_name"] if intsort == UNIT else own["name"]
        main = self.row("SELECT ord FROM person WHERE company = ? AND main = 1", args=(ord_,))
        self._write_person(main["ord"] if main else 0, ord_, contact, main=True)

    def save_person(self, ord_: int, company: int, values: Mapping[str, str]) -> int:
        """Write a whole person form; `ord_` 0 makes a new person. Returns its ord."""
        return self._write_person(ord_, company, {name: values.get(name, "") for name in PERSON_COLUMNS})

    def _write_person(self, ord_: int, company: int, values: Mapping[str, str], *, main: bool = False) -> int:
        if not ord_:
            ord_ = self.next_id("person")
            row = (ord_, LIVE, company, main, self.stamp())
            self.run("INSERT INTO person (ord, del, company, main, added) VALUES (?, ?, ?, ?, ?)", args=row)
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        args = (company, *values.values(), ord_)
        self.run("UPDATE person SET company = ?,", assignments, "WHERE ord = ?", args=args)
        return ord_

    def person(self, ord_: int) -> sqlite3.Row | None:
        """A live contact person."""
        return self.row("SELECT * FROM person WHERE ord = ? AND del = 1", args=(ord_,))

    def persons(self, company: int) -> list[dict[str, Any]]:
        """The live contact persons of a customer, oldest first."""
        found = self.rows("SELECT * FROM person WHERE company = ? AND del = 1 ORDER BY ord", args=(company,))
        return [dict(row) for row in found]

    def taken(self, name: str, value: str, ord_: int) -> bool:
        """Whether another live customer has this value of a field; a mobile is looked for in both places."""
        if name in _CUSTOMER_IDS:
            clause = f'SELECT 1 FROM customer WHERE "{name}" = ? AND del = 1 AND ord <> ?'
            return self.row(clause, "LIMIT 1", args=(value, ord_)) is not None
        return self._on_a_person(name, value, "company", ord_)

    def person_taken(self, name: str, value: str, ord_: int) -> bool:
        """Whether another live contact person has this value of a field."""
        return self._on_a_person(name, value, "ord", ord_)

    def _on_a_person(self, name: str, value: str, own: str, ord_: int) -> bool:
        columns = ("mobile", "mobile2") if name in {"mobile", "mobile2"} else (_CONTACT_IDS.get(name, name),)
        clauses = (f'SELECT 1 FROM person WHERE "{column}" = ? AND del = 1 AND {own} <> ?' for column in columns)
        return any(self.row(clause, "LIMIT 1", args=(value, ord_)) for clause in clauses)

    def options(self, enum: int) -> list[tuple[str, str]]:
        """A dictionary as (name, value)."""
        rows = self.rows("SELECT name, ord FROM dictionary WHERE enum = ? ORDER BY rowid", args=(enum,))
        return [(row["name"], str(row["ord"])) for row in rows]

    def dictionaries(self) -> dict[str, list[tuple[str, str]]]:
        """All dictionaries by the field they are for, as (name, value)."""
        found: dict[int, list[tuple[str, str]]] = {enum: [] for enum in factory.ENUMS.values()}
        for row in self.rows("SELECT enum, name, ord FROM dictionary ORDER BY rowid"):
            found[row["enum"]].append((row["name"], str(row["ord"])))
        return {field: found[enum] for field, enum in factory.ENUMS.items()}

    def add_option(self, field: str, ord_: int, name: str) -> None:
        """A local dictionary entry, as an ERP administrator adds it."""
        self.run("INSERT INTO dictionary VALUES (?, ?, ?)", args=(factory.ENUMS[field], ord_, name))

    def drop_option(self, field: str, name: str) -> None:
        """Take a dictionary entry away."""
        self.run("DELETE FROM dictionary WHERE enum = ? AND name = ?", args=(factory.ENUMS[field], name))

    def tree(self, kind: str) -> list[sqlite3.Row]:
        """The rows (id, parent, name) of a tree: `sort`, `area` or `gate` (departments only)."""
        return self.rows("SELECT id, parent, name FROM tree WHERE kind = ? ORDER BY rowid", args=(kind,))

    def subtree(self, kind: str, roots: Iterable[int]) -> list[int]:
        """These nodes and all below them."""
        below: dict[int, list[int]] = {}
        for row in self.tree(kind):
            below.setdefault(row["parent"], []).append(row["id"])
        found = list(roots)
        for node in found:
            found.extend(below.get(node, []))
        return found

    def add_customers(self, records: Iterable[Mapping[str, str]]) -> list[int]:
        """Put customers in as they came over the years, past every rule; returns their ords in order.

        A record has form ids, `intsort`, and may fix `ord`, `person` (the main contact's ord) and `cateid`.
        """
        ords: list[int] = []
        with self.transaction():
            for some in _batches(records):
                rows = [self._row({"sort1": "3,7"} | dict(record)) for record in some]
                self.many("customer", [customer for customer, _ in rows])
                self.many("person", [person for _, person in rows])
                ords += [customer["ord"] for customer, _ in rows]
            for name in ("customer", "person", "number"):
                self.reserve_id(name, 0)
        return ords

    def _row(self, record: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """A customer and its main contact person as they stand in the tables."""
        intsort, stamp = int(record.get("intsort", UNIT)), self.stamp()
        own = {column: record.get(id_, "") for id_, column in _CUSTOMER_IDS.items()}
        category, _, stage = own["sort1"].partition(",")
        owner = int(record.get("cateid") or 0) or None
        ord_ = self.take_id("customer", int(record.get("ord", 0)))
        self._reserve_number(own["khid"])
        customer: dict[str, Any] = {
            "ord": ord_,
            "del": LIVE,
            "intsort": intsort,
            "cat": int(category),
            "stage": int(stage),
        }
        customer |= {"cateid": owner, "claimed": stamp if owner else ""} | own
        customer["date1"] = own["date1"] or stamp
        contact = {column: record.get(id_, "") for id_, column in _CONTACT_IDS.items()}
        contact["person_name"] = contact["person_name"] if intsort == UNIT else own["name"]
        person = {"ord": self.take_id("person", int(record.get("person", 0))), "del": LIVE, "company": ord_}
        return customer, person | {"main": 1, "added": stamp} | contact

    def _reserve_number(self, khid: str) -> None:
        """The numbering rule goes on after the highest number in use."""
        number = khid.removeprefix(self.policy("khid_prefix"))
        if number != khid and number.isdecimal() and len(number) <= self.policy("khid_digits"):
            self.take_id("number", int(number))


def _batches(records: Iterable[Mapping[str, str]], size: int = 1000) -> Iterator[list[Mapping[str, str]]]:
    waiting = iter(records)
    while some := list(islice(waiting, size)):
        yield some
