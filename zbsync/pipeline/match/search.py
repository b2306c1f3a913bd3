"""The searches: one question to the ERP each, run in a lane, answered with what is worth reading in full.

The ERP's filters are fuzzy and it ignores those it does not know (fact sheet §4.3), so rows are compared exactly
here, by every key a list shows. It does not show the customer number: whatever that search brings is to be read.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from zbsync.core.matching import ErpView, Query, normalise_company
from zbsync.core.phones import comparable
from zbsync.erp.client import ErpClient
from zbsync.erp.commands import Page

KHID, NUMBER, PERSON, NAME = "khid", "number", "person", "name"
"""The searches: by customer number, by a customer's or a contact person's mobile, by a company's name."""

PAGES_MAX = 20
"""Pages of hits beyond which a search says too little to be worth reading on."""

TAIL = 4
"""Digits that are asked for: a number stored as `138 0013 8000` is not found by its eleven (fact sheet §5)."""

_WORD = re.compile(r"\w+")


class Unclear(Exception):
    """An answer that cannot be used; `code` is a finding code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Hits:
    """Customers to read, and contact persons of customers with the very number."""

    ords: frozenset[int] = frozenset()
    persons: tuple[ErpView, ...] = ()


Search = Callable[[ErpClient], Hits]


def asked_by(query: Query) -> frozenset[str]:
    """The searches that this query has a key for."""
    keys = {KHID: query.khid, NUMBER: query.mobile, PERSON: query.mobile, NAME: query.company}
    return frozenset(name for name, key in keys.items() if key)


def searches(query: Query, names: Collection[str]) -> list[Search]:
    """The named searches, each for the key it asks by; there is none for the WeChat id."""
    known: Mapping[str, Search] = {
        KHID: partial(_by_khid, khid=query.khid),
        NUMBER: partial(_by_number, mobile=query.mobile),
        PERSON: partial(_by_person, mobile=query.mobile),
        NAME: partial(_by_name, company=query.company),
    }
    return [search for name, search in known.items() if name in names]


def _by_khid(client: ErpClient, khid: str) -> Hits:
    return Hits(frozenset(_id(row, "ord") for row in _rows(partial(client.customers, {"khid": khid}))))


def _by_number(client: ErpClient, mobile: str) -> Hits:
    rows = _rows(partial(client.customers, {"searchKey": mobile[-TAIL:]}))
    return Hits(frozenset(_id(row, "ord") for row in rows if mobile in _numbers(row)))


def _by_person(client: ErpClient, mobile: str) -> Hits:
    rows = _rows(partial(client.persons, {"mobile": mobile[-TAIL:]}))
    return Hits(persons=tuple(ErpView(_id(row, "company"), mobile=mobile) for row in rows if mobile in _numbers(row)))


def _by_name(client: ErpClient, company: str) -> Hits:
    """Brackets and spaces are spelt in many ways: the longest word is asked for, the whole name compared."""
    word = max(_WORD.findall(company), key=len, default=company)
    rows = _rows(partial(client.customers, {"name": word}))
    return Hits(frozenset(_id(row, "ord") for row in rows if normalise_company(row.get("name", "")) == company))


def _rows(ask: Callable[..., Page]) -> Iterator[dict[str, str]]:
    number = 1
    while True:
        page = ask(page=number)
        if page.page_count > PAGES_MAX:
            raise Unclear("match.too_many_hits")
        yield from page.rows
        if number >= page.page_count or not page.rows:
            return
        number += 1


def _numbers(row: Mapping[str, str]) -> set[str]:
    return {comparable(row.get(column, "")) for column in ("mobile", "phone")}


def _id(row: Mapping[str, str], column: str) -> int:
    text = row.get(column, "").replace(",", "").strip()
    if not text.isdecimal() or not int(text):
        raise Unclear("match.no_id_column")
    return int(text)
