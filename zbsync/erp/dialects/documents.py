"""The three things a ZBDocument carries for us: a form (bill), a table, a vocabulary (fact sheet §3).

The other half of `envelope`, which has opened the document by now. Every shape the sheet knows is read; a
shape it does not know raises UnknownAnswer with the place, for a table read askew would name the wrong
customer.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from zbsync.erp import errors
from zbsync.erp.commands import FormField, Node, OptionRow, Page
from zbsync.erp.dialects.reading import plain, shown

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_NUMBERS = frozenset({"int", "number", "decimal", "money", "float"})
_FURNITURE = frozenset({"button", "label", "list", "line", "group"})
"""Field types that show something and are never posted."""

_YES = ("1", "true")


def number(text: str) -> str:
    """A number without its thousands separators; any other text as it is."""
    return text.replace(",", "") if "," in text and _THOUSANDS.fullmatch(text.strip()) else text


def form(bill: Mapping[str, Any]) -> tuple[int, tuple[FormField, ...]]:
    """Id and fields of a form. Raises UnknownAnswer when there is no positive id or no field."""
    try:
        ord_ = int(number(plain(bill.get("value"))))
    except ValueError:
        ord_ = 0
    if ord_ <= 0:
        raise errors.UnknownAnswer(f"bill.value {bill.get('value')!r} is no id")
    fields = tuple(
        _form_field(raw)
        for group in _objects(bill.get("groups"))
        for raw in _objects(group.get("fields"))
        if raw.get("id")
    )
    if not fields:
        raise errors.UnknownAnswer("the form has no fields")
    return ord_, fields


def _form_field(raw: Mapping[str, Any]) -> FormField:
    """One field. What may be chosen in it is left unread: a form comes with every call, dictionaries by survey."""
    told = raw.get
    shape = (
        raw["id"],
        told("caption"),
        told("dbtype"),
        plain(raw["post"]) in _YES if "post" in raw else told("type") or told("type_"),
        told("notnull"),
        told("maxl"),
    )
    try:
        known = _shape(*shape)
    except TypeError:  # something in it is a list or an object, which no shape is kept for
        known = _shape.__wrapped__(*shape)
    name, caption, numeric, posted, required, longest = known
    value, text = plain(told("value")), told("text")
    if numeric and "," in value:
        value = number(value)
    return FormField(name, caption, value, "" if text is None or text == "" else shown(text), posted, required, longest)


@lru_cache(maxsize=4096, typed=True)
def _shape(
    name: Any, caption: Any, dbtype: Any, posted: Any, notnull: Any, longest: Any
) -> tuple[str, str, bool, bool, bool, int | None]:
    """What is the same in every form of a page: id, caption, whether it holds a number, whether it is posted, whether
    it is required, and how long it may be.

    `posted` is the flag or, where there is none, the field's type. A field without the flag counts as posted: one too
    many is ignored over there, one missing is blanked.
    """
    return (
        str(name),
        "".join(shown(caption).split()),
        _is_numeric(dbtype),
        posted if isinstance(posted, bool) else plain(posted).lower() not in _FURNITURE,
        plain(notnull) in _YES,
        (count(longest) or None) if longest else None,
    )


def _is_numeric(dbtype: Any) -> bool:
    return dbtype is not None and plain(dbtype).lower() in _NUMBERS


def options(source: Mapping[str, Any]) -> list[OptionRow]:
    """Entries of a flat vocabulary, in the ERP's order."""
    rows = source.get("options")
    if not isinstance(rows, list):
        raise errors.UnknownAnswer(f"options were expected, the source is {source.get('type')!r}")
    return [
        OptionRow(plain(row.get("v", row.get("value"))), shown(row.get("n", row.get("text")))) for row in _objects(rows)
    ]


def tree(source: Mapping[str, Any]) -> list[Node]:
    """Top nodes of a tree vocabulary."""
    trees = source.get("trees")
    if not isinstance(trees, dict):
        raise errors.UnknownAnswer(f"a tree was expected, the source is {source.get('type')!r}")
    return list(_nodes(trees.get("nodes")))


def _nodes(raw: Any) -> Iterator[Node]:
    for node in _objects(raw):
        yield Node(plain(node.get("value")), shown(node.get("text")), tuple(_nodes(node.get("nodes"))))


def table(source: Mapping[str, Any]) -> Page:
    """One page of a list. An empty one comes with columns and counts unfilled; anything less is no empty list."""
    part = source.get("table")
    if not isinstance(part, dict) or "rows" not in part:
        raise errors.UnknownAnswer(f"a table was expected, the source is {source.get('type')!r}")
    cols = _objects(part.get("cols"))
    names = [str(column.get("id", "")) for column in cols]
    numeric = {str(col.get("id")) for col in cols if _is_numeric(col.get("dbtype"))}
    rows = part["rows"] or []
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list):
        raise errors.UnknownAnswer("table.rows is neither a list nor an object")
    paging = part.get("page")
    counts = paging if isinstance(paging, dict) else {}
    page = Page(
        rows=[row_of(raw, names, numeric, at) for at, raw in enumerate(rows)],
        page=count(counts.get("pageindex")),
        page_count=count(counts.get("pagecount")),
        record_count=count(counts.get("recordcount")),
    )
    if page.record_count and page.page <= page.page_count and not rows:
        raise errors.UnknownAnswer(f"the table counts {page.record_count} records and shows none")
    return page


def contact_book(source: Mapping[str, Any]) -> Page:
    """Users: the first cell is the id and the second the name, whatever the columns are called (fact sheet §4.7)."""
    page = table(source)
    first = list(page.rows[0]) if page.rows else []
    if len(first) < 2 or {"ord", "name"} <= set(first):
        return page
    return page.renamed({first[0]: "ord", first[1]: "name"})


def row_of(raw: Any, names: list[str], numeric: set[str], at: int) -> dict[str, str]:
    """A row of any of the four shapes, by column id."""
    extra: dict[str, Any] = {}
    if isinstance(raw, dict):
        if not isinstance(raw.get("value"), list):
            return _cells(raw, numeric)
        extra = {key: value for key, value in raw.items() if key != "value"}
        raw = raw["value"]
    if not isinstance(raw, list) or len(raw) != len(names):
        size = len(raw) if isinstance(raw, list) else type(raw).__name__
        raise errors.UnknownAnswer(f"table.rows[{at}] has {size} cells for {len(names)} columns")
    return _cells({**extra, **dict(zip(names, raw, strict=True))}, numeric)


def _cells(row: Mapping[str, Any], numeric: set[str]) -> dict[str, str]:
    return {
        str(name): number(shown(value)) if name in numeric or name == "ord" else shown(value)
        for name, value in row.items()
    }


def count(value: Any) -> int:
    if value is None:
        return 0
    text = number(plain(value))
    return int(text) if text.isdecimal() and len(text) < 16 else 0


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; a page that writes something else there has none."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
