"""What is asked about one customer, and how each answer reads: details, contracts, persons, follow-ups.

The questions run in a lane and touch no database. The ERP ignores a filter it does not know and answers with
everybody, so a row that names another customer is left out, and counted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zbsync.core.findings import Finding
from zbsync.erp.client import ErpClient
from zbsync.erp.commands import Page

ABSENT = "lookup.absent"
"""The ERP has no such customer (any more)."""

ROWS = 20
"""Rows of a list that are shown; the ERP says how many there are."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of what the ERP said. `rows` map column id to text, one row a field for the details
    (`id caption value text`); `others` are rows of other customers that were left out, `exchange` is the evidence.
    """

    name: str
    rows: tuple[Mapping[str, str], ...] = ()
    total: int = 0
    others: int = 0
    problem: Finding | None = None
    exchange: int | None = None


Ask = Callable[[ErpClient, int, str], Section]
"""In a lane: client, id and name of the customer ("" when nobody knows it)."""


def details(client: ErpClient, ord_: int, _name: str) -> Section:
    """The customer's form: what is empty, and what is no field of it but a button, left out."""
    record = client.read(ord_)
    if record is None or not record.saved:
        return Section("details", problem=Finding(ABSENT, params={"ord": ord_}))
    posted = {one.id for one in record.form if one.post}
    fields = [
        {"id": name, "caption": record.captions.get(name, name), "value": value, "text": record.labels.get(name, "")}
        for name, value in record.values.items()
        if name in posted and (value or record.labels.get(name))
    ]
    return Section("details", tuple(fields), len(fields))


def name_of(details_: Section) -> str:
    """The customer's name as the details have it, "" when they do not."""
    return next((one["value"] or one["text"] for one in details_.rows if one["id"] == "name"), "")


def contracts(client: ErpClient, ord_: int, name: str) -> Section:
    """The contracts of a customer. A row tells the customer by name only."""
    page = client.rows("list_contracts", {"datatype": "tel", "ord": str(ord_)}, size=ROWS)
    return _of("contracts", page, lambda row: same_name(row.get("khmc", name), name) if name else True)


def persons(client: ErpClient, ord_: int, name: str) -> Section:
    """The contact persons, by the customer's id, or its name where the list does not tell the id."""

    def theirs(row: Mapping[str, str]) -> bool:
        if row.get("company"):
            return row["company"] == str(ord_)
        return same_name(row["name"], name) if name and row.get("name") else True

    return _of("persons", client.rows("list_persons", {"company": str(ord_)}, size=ROWS), theirs)


def follow_ups(client: ErpClient, ord_: int, _name: str) -> Section:
    """The latest follow-ups, newest first, where the connection says which page lists them."""
    page = client.rows("list_follow_ups", {"ord": str(ord_), "datatype": "tel"}, size=ROWS)
    return _of("follow_ups", page, lambda _row: True)


QUESTIONS: Mapping[str, tuple[str, Ask]] = {
    "details": ("read_customer", details),
    "contracts": ("list_contracts", contracts),
    "persons": ("list_persons", persons),
    "follow_ups": ("list_follow_ups", follow_ups),
}
"""Section → the operation it needs, and the question, in the order they are asked."""


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are the same name but for blanks, as a list and a form may differ."""
    return bare(one) == bare(other)


def bare(name: str) -> str:
    """A name without its blanks."""
    return "".join(name.split())


def _of(section: str, page: Page, theirs: Callable[[Mapping[str, str]], bool]) -> Section:
    rows = tuple(row for row in page.rows if theirs(row))
    others = len(page.rows) - len(rows)
    total = len(rows) if others else max(page.record_count, len(rows))
    return Section(section, rows, total, others)
