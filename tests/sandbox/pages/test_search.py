"""The query behind the lists: only the joins it needs, and the same rows as a plain look at all of them."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.caller import LIST, PERSONS, REFRESH
from tests.sandbox.engine import Desk, document
from zbsync.sandbox.legacy.listings import CONTRACTS, CUSTOMERS, LISTINGS, Listing
from zbsync.sandbox.legacy.listings import PERSONS as PERSON_LIST
from zbsync.sandbox.store.search import Asked

SIZE = 60


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(customers=SIZE, seed=4)


def asked(listing: Listing, where: str = "1", order: str = "") -> Asked:
    return Asked("1", listing.table, listing.key, listing.joins, where, (), order or listing.order)


@pytest.mark.parametrize(
    ("listing", "parts", "joined"),
    [
        (CUSTOMERS, "c.del = 1", []),
        (CUSTOMERS, "c.del = 1 AND p.mobile LIKE ?", ["p"]),
        (CUSTOMERS, "t.name LIKE ? OR u.name LIKE ?", ["u", "t"]),
        (PERSON_LIST, "p.del = 1", []),
        (PERSON_LIST, "c.cat IN (?)", ["c"]),
        (CONTRACTS, "k.moneyall >= ?", []),
    ],
)
def test_a_filter_on_the_table_itself_joins_nothing(listing: Listing, parts: str, joined: list[str]) -> None:
    source = asked(listing).source(parts)
    assert [alias for alias, join in listing.joins.items() if join in source] == joined


def test_a_join_that_stands_on_another_brings_it_along() -> None:
    joins = {"b": "JOIN book b ON b.id = a.book", "s": "JOIN shelf s ON s.id = b.shelf"}
    assert Asked("1", "page a", "a.id", joins, "1", (), "a.id").source("s.name = ?") == (
        "page a JOIN book b ON b.id = a.book JOIN shelf s ON s.id = b.shelf"
    )


@pytest.mark.parametrize("name", sorted(LISTINGS))
def test_every_list_can_be_sorted_by_each_of_its_columns_both_ways(desk: Desk, name: str) -> None:
    listing = LISTINGS[name]
    for column in listing.columns:
        for sort in (column, f"-{column}"):
            order = f"{listing.columns[column][1]} {'DESC' if sort[0] == '-' else 'ASC'}, {listing.order}"
            count, rows = desk.store.search(asked(listing, listing.alive, order), 500, 1)
            assert count == len(rows)


def rows(desk: Desk, path: str, **filters: Any) -> list[dict[str, str]]:
    table = document(desk.post(path, REFRESH, **filters))["body"]["source"]["table"]
    return [dict(zip([column["id"] for column in table["cols"]], row, strict=True)) for row in table["rows"]]


FRAGMENTS = st.sampled_from(["", "KH", "WX", "0001", "1", "司", "重庆", "139", "0000", "无此", "wx_", "%", "_"])


def like(fragment: str, value: str) -> bool:
    """What LIKE does with a fragment: `%` is anything, `_` any one character, letters of any case."""
    if fragment == "%":
        return True
    if fragment.endswith("_"):
        stem = fragment[:-1].lower()
        return any(value.lower().startswith(stem, at) for at in range(len(value) - len(stem)))
    return fragment.lower() in value.lower()


@settings(max_examples=80, deadline=None)
@given(khid=FRAGMENTS, name=FRAGMENTS, owned=st.sampled_from(["", "1"]), ly=st.sampled_from(["", "171", "171,173"]))
def test_customers_are_those_that_a_plain_look_finds(khid: str, name: str, owned: str, ly: str) -> None:
    desk = _shared()
    found = rows(desk, LIST, khid=khid, name=name, stype=owned, ly=ly, pagesize=500)
    wanted = [
        str(row["ord"])
        for row in reversed(desk.store.customers())
        if (not khid or like(khid, row["khid"]))
        and (not name or like(name, row["name"]))
        and (not owned or not row["cateid"])
        and (not ly or row["ly"] in ly.split(","))
    ]
    assert [row["ord"] for row in found] == wanted


@settings(max_examples=80, deadline=None)
@given(mobile=FRAGMENTS, phone=FRAGMENTS, company=FRAGMENTS)
def test_persons_are_those_that_a_plain_look_finds(mobile: str, phone: str, company: str) -> None:
    desk = _shared()
    names = {row["ord"]: row["name"] for row in desk.store.customers()}
    people = [person for ord_ in names for person in desk.store.persons(ord_)]
    wanted = {
        str(person["ord"])
        for person in people
        if (not mobile or like(mobile, person["mobile"]))
        and (not phone or like(phone, person["phone"]))
        and (not company or like(company, names[person["company"]]))
    }
    found = rows(desk, PERSONS, mobile=mobile, phone=phone, name=company, pagesize=500)
    assert {row["ord"] for row in found} == wanted


@pytest.mark.parametrize("size", [1, 7, 20, 59, 60, 61])
def test_pages_put_together_are_the_whole_list_and_nothing_twice(desk: Desk, size: int) -> None:
    whole = [row["ord"] for row in rows(desk, LIST, pagesize=500)]
    pages = -(-SIZE // size)
    walked = [row["ord"] for index in range(1, pages + 1) for row in rows(desk, LIST, pagesize=size, pageindex=index)]
    assert walked == whole
    assert all(int(one) > int(next_) for one, next_ in pairwise(walked))


_DESKS: list[Desk] = []


def _shared() -> Desk:
    """One filled desk for all examples: nothing in them writes."""
    if not _DESKS:
        _DESKS.append(Desk(customers=SIZE, seed=4))
    return _DESKS[0]
