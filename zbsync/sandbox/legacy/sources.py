"""Dictionaries and trees on their own (fact sheet 4.7)."""

from zbsync.sandbox.documents import Reply, options, source, trees
from zbsync.sandbox.factory import ENUMS
from zbsync.sandbox.legacy import bills, checks
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User

LISTED = frozenset(ENUMS[name] for name in ("trade", "ly", "jz", "reply_sort"))


def dictionary(store: Store, call: Call, _user: User) -> Reply:
    """The options of the dictionary `enumid`; an unknown one has none."""
    enum = checks.whole(call.param("enumid") or "0", "enumid")
    return Reply(source(options(store.options(enum) if enum in LISTED else [])), effect="read")


def categories(store: Store, call: Call, _user: User) -> Reply:
    """Category and follow stage."""
    return Reply(source(trees(bills.nodes(store, "sort"), call.param("stype") or "radio")), effect="read")


def areas(store: Store, call: Call, _user: User) -> Reply:
    """Areas."""
    return Reply(source(trees(bills.nodes(store, "area"), call.param("stype") or "radio")), effect="read")


def users(store: Store, call: Call, _user: User) -> Reply:
    """Departments and users."""
    return Reply(source(trees(bills.gate_nodes(store), call.param("stype") or "radio")), effect="read")
