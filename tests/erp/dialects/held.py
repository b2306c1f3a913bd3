"""What the pretend ERP holds after each ask that writes, read from its tables and not by its pages.

Beside `asks`, by the same titles; `test_asks_over_http` sees to it that no ask that writes is left out.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tests.erp.support import PERSON_FIELDS, UNIT_FIELDS
from zbsync.sandbox.store import Store

Held = tuple[Callable[[Store], Any], Any]
"""How to look, and what is to be found."""

DRAFT = 7
SHARED = {"sharecontact": "1", "replyshare": "1", "chanceshare": "0", "contractshare": "0"}


def column(*names: str) -> Callable[[Store], Any]:
    """Columns of customer 1207."""

    def look(store: Store) -> Any:
        row = store.record(1207)
        return tuple(row[name] for name in names) if row is not None else None

    return look


def drafts(store: Store) -> Any:
    """The draft 1208, and who is there besides."""
    row = store.record(1208)
    return row and row["del"], [one["ord"] for one in store.customers()]


def said(**of: Any) -> Callable[[Store], Any]:
    """The follow-ups with their way and their plan."""
    return lambda store: [(one["intro"], one["sort"], one["plantype"]) for one in store.follow_ups(**of)]


def person(mobile: str) -> Callable[[Store], Any]:
    """The persons of customer 1207 who have a mobile."""
    return lambda store: [(one["person_name"], one["job"]) for one in store.persons(1207) if one["mobile"] == mobile]


def saved(fields: Mapping[str, str], kind: int) -> Held:
    """The one customer with this number, as far as it was said."""

    def look(store: Store) -> Any:
        rows = [store.record(one["ord"]) for one in store.customers() if one["khid"] == fields["khid"]]
        return [
            {"kind": row["intsort"], **{name: str(row[name]) for name in fields}} for row in rows if row is not None
        ]

    return look, [{"kind": kind, **fields}]


UNIT, INDIVIDUAL = saved(UNIT_FIELDS, 1), saved(PERSON_FIELDS, 2)
IN_AREA = saved(UNIT_FIELDS | {"area": "31"}, 1)
OPEN = column("cateid")
DECIDED: Held = (column("waiting", "cateid"), ("", 63))

HELD: dict[str, Held] = {
    "allocate a unit": (drafts, (DRAFT, [1206, 1207])),
    "allocate an individual": (drafts, (DRAFT, [1206, 1207])),
    "save a unit": UNIT,
    "save an individual": INDIVIDUAL,
    "add a unit without an id": IN_AREA,
    "add a unit and hear no sentence": IN_AREA,
    "add an individual without an id": INDIVIDUAL,
    "add a person": (person("13900000000"), [("李工", "采购")]),
    "change a person": (person("13800000000"), [("王工", "总工")]),
    "follow up a customer": (said(datatype="tel", target=1207), [("微信沟通：要两台样机", 484, 0)]),
    "follow up with what was done": (said(datatype="tel", target=1207), [("上门看过样机", 483, 2)]),
    "follow up with what is planned": (said(datatype="tel", target=1207), [("下周回电", 481, 1)]),
    "follow up a person": (said(datatype="person", target=988), [("微信沟通：问交期", 484, 0)]),
    "assign to a user": (OPEN, (63,)),
    "assign to everybody": (OPEN, (None,)),
    "take back": (OPEN, (None,)),
    "apply": (column("waiting"), ("apply",)),
    "approve": DECIDED,
    "review": DECIDED,
    "share": (lambda store: [(one["uid"], one["rights"]) for one in store.shares(1207)], [(63, SHARED)]),
    "protect": (column("protected"), (1,)),
    "give up protection": (column("protected"), (0,)),
}
"""Title of an ask → what is held afterwards."""
