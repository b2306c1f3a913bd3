"""Lists: fuzzy filters, unknown ones ignored, cells of text (fact sheet 3, 4.3, 4.5, 4.7)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from zbsync.sandbox import operations
from zbsync.sandbox.documents import JSON, Reply, ScriptError, bill, options, skeleton, table
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.legacy.listings import (
    CONTRACTS,
    CUSTOMERS,
    FOLLOW_UPS,
    LISTINGS,
    OPEN_TO_THE_BLIND,
    PERSONS,
    Column,
    Listing,
)
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.search import Asked, either

Clause = tuple[str, tuple[Any, ...]]
"""A condition and what its question marks stand for."""

_NUMBERS = frozenset(
    {"c.ord", "c.cateid", "c.creator", "c.cat", "c.stage", "k.cateid", "k.company", "p.company", "r.target"}
    | {"g.ord", "g.class"}
)
"""Columns that are numbers; all others are text."""


def _listing(call: Call) -> Listing:
    asked = replace(call, command=operations.REFRESH)
    return LISTINGS[asked.operation]


def look(_store: Store, call: Call, _user: User) -> Reply:
    """A list without data: nobody asked for any."""
    return Reply(skeleton(_listing(call).caption), effect="read")


def filters(store: Store, call: Call, _user: User) -> Reply:
    """`adsearch`: every filter of a list, those from a dictionary with its options."""
    listing, dictionaries = _listing(call), store.dictionaries()
    alike = {"khly": "ly", "khjz": "jz", "khhy": "trade"}
    fields: list[JSON] = [{"id": name, "type": "text", "source": None} for name in listing.fuzzy]
    for name in listing.among:
        pairs = dictionaries.get(alike.get(name, name))
        fields.append({"id": name, "type": "select", "source": options(pairs) if pairs else None})
    for _, first, last in listing.dates.values():
        fields += [{"id": name, "type": "date", "source": None} for name in (first, last)]
    groups: list[JSON] = [{"id": "base", "caption": "高级检索", "fields": fields}]
    return Reply(bill(listing.caption, call.page, 0, groups, call.session), effect="read")


def show(store: Store, call: Call, user: User) -> Reply:
    """One page of a list."""
    listing = _listing(call)
    size = checks.whole(call.data.get("pagesize") or "20", "pagesize")
    index = checks.whole(call.data.get("pageindex") or "1", "pageindex")
    if size < 1 or index < 1:
        raise ScriptError("参数类型不正确，或不在可以接受的范围之内，或与其他参数冲突。")
    columns = _columns(store, listing)
    clauses = [*_clauses(store, call.data, listing, columns), *_special(store, call, user, listing)]
    if not store.sees(user) and call.operation not in OPEN_TO_THE_BLIND:
        clauses.append(("0", ()))
    asked = Asked(
        select=", ".join(f"coalesce(CAST({kind[1]} AS TEXT), '') AS {name}" for name, kind in columns.items()),
        table=listing.table,
        key=listing.key,
        joins=listing.joins,
        where=" AND ".join([listing.alive, *(clause for clause, _ in clauses)]),
        args=tuple(arg for _, given in clauses for arg in given),
        order=_order(call.data.get("_rpt_sort", ""), listing),
    )
    count, found = store.search(asked, size, index)
    if count and not found:
        raise ScriptError("BOF 或 EOF 中有一个是“真”，或者当前的记录已被删除。")
    rows = _rows(store, [kind for kind, _ in columns.values()], found)
    heads = [(name, "string" if kind == "money" else kind) for name, (kind, _) in columns.items()]
    return Reply(table(heads, rows, (index, size, count)), effect="listed")


def _rows(store: Store, kinds: list[str], found: list[Any]) -> list[list[str]]:
    rows = [list(row) for row in found]
    separated = {"money", "int"} if store.policy("thousands") else {"money"}
    for place, kind in enumerate(kinds):
        if kind in separated:
            for row in rows:
                row[place] = _separated(row[place], kind)
    return rows


def _separated(cell: str, kind: str) -> str:
    if not cell:
        return cell
    return f"{int(cell):,}" if kind == "int" else f"{float(cell):,.2f}"


def _columns(store: Store, listing: Listing) -> Mapping[str, Column]:
    if listing is not CUSTOMERS:
        return listing.columns
    columns = listing.columns
    if not store.policy("list_persons"):
        columns = {name: (kind, "''" if of.startswith("p.") else of) for name, (kind, of) in columns.items()}
    return {name: columns[name] for name in store.policy("list_columns") or columns}


def _order(asked: str, listing: Listing) -> str:
    if not asked:
        return listing.order
    name = asked.removeprefix("-")
    if name not in listing.columns:
        raise ScriptError(f"列名 '{name}' 无效。")
    return f"{listing.columns[name][1]} {'DESC' if asked.startswith('-') else 'ASC'}, {listing.order}"


def _clauses(
    store: Store, data: Mapping[str, str], listing: Listing, columns: Mapping[str, Column]
) -> Iterator[Clause]:
    """One clause per filter the list knows; whatever else was sent is not even looked at."""
    for name, column in listing.fuzzy.items():
        if data.get(name):
            yield store.like(column, data[name], listing.key)
    for name, column in listing.among.items():
        if data.get(name):
            yield _among(column, data[name].split(","))
    for column, first, last in listing.dates.values():
        if data.get(first):
            yield f"date({column}) >= ?", (data[first],)
        if data.get(last):
            yield f"date({column}) <= ?", (data[last],)
    if data.get("searchKey"):
        texts = [column for kind, column in columns.values() if kind == "string" and column[0] != "'"]
        found = [store.like(column, data["searchKey"], listing.key) for column in texts]
        yield either(listing.table, listing.key, listing.joins, found)


def _special(store: Store, call: Call, user: User, listing: Listing) -> Iterator[Clause]:
    """The filters that only some lists have."""
    data = {name: value for name, value in call.data.items() if name not in store.policy("ignored")}
    if listing in (CUSTOMERS, PERSONS):
        yield from _of_customers(store, data)
    if listing is CUSTOMERS:
        yield from _owned(data)
        yield from _stype(data.get("stype", ""), user)
    elif listing is PERSONS and (data.get("stype") == "1" or data.get("remind") == "7"):
        yield _among("substr(p.year1, 6, 5)", _coming_days(store))
    elif listing is FOLLOW_UPS and data.get("ord") and not data.get("datatype"):
        yield "r.datatype = ?", (call.param("datatype") or "tel",)
    elif listing is CONTRACTS:
        yield from _of_contracts(data)


def _of_customers(store: Store, data: Mapping[str, str]) -> Iterator[Clause]:
    if data.get("area"):
        roots = [checks.whole(part, "area") for part in data["area"].split(",")]
        yield _among("c.area", map(str, store.subtree("area", roots)))
    if data.get("telsort"):
        categories, _, stages = data["telsort"].partition("|")
        if categories:
            yield _among("c.cat", categories.split(","))
        if stages:
            yield _among("c.stage", stages.split(","))


_RELATIONS = {"": "c.cateid", "1": "c.cateid", "3": "c.creator"}


def _owned(data: Mapping[str, str]) -> Iterator[Clause]:
    """`cateid` names users, `catetype` what they have to do with the customer."""
    kind = data.get("catetype", "")
    if data.get("cateid"):
        yield _among(_RELATIONS.get(kind, "c.cateid"), data["cateid"].rpartition("|")[2].split(","))
    elif kind == "1":
        yield "c.cateid IS NOT NULL", ()
    if kind in {"6", "7"}:
        yield f"c.protected = {int(kind == '6')}", ()


def _stype(stype: str, user: User) -> Iterator[Clause]:
    if stype == "1":
        yield "c.cateid IS NULL", ()
    elif stype == "2":
        yield "c.waiting <> ''", ()
    elif stype == "3":
        yield "c.protected = 1", ()
    elif stype == "4":
        yield "c.ord IN (SELECT customer FROM share WHERE sharer = ?)", (user.uid,)
    elif stype == "5":
        yield "c.ord IN (SELECT customer FROM share WHERE uid IN (0, ?) AND sharer <> ?)", (user.uid, user.uid)


def _of_contracts(data: Mapping[str, str]) -> Iterator[Clause]:
    if data.get("datatype") == "tel" and data.get("ord"):
        yield _among("k.company", [data["ord"]])
    if data.get("cateid"):
        yield _among("k.cateid", data["cateid"].rpartition("|")[2].split(","))
    for name, column in (("htmoney", "k.moneyall"), ("moneyall", "k.moneyall")):
        for end, sign in (("0", ">="), ("1", "<=")):
            if data.get(f"{name}_{end}"):
                yield f"{column} {sign} ?", (_money(data[f"{name}_{end}"]),)


def _money(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ScriptError("类型不匹配: 'money'") from None


def _coming_days(store: Store) -> list[str]:
    today = datetime.fromtimestamp(store.clock(), UTC)
    return [(today + timedelta(days=n)).strftime("%m-%d") for n in range(8)]


def _among(column: str, values: Iterable[str]) -> Clause:
    given: list[Any] = [value.strip() for value in values]
    if column in _NUMBERS:
        given = [checks.whole(value, column.partition(".")[2]) for value in given]
    return f"{column} IN ({', '.join('?' * len(given))})", tuple(given)
