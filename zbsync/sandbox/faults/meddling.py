"""What a fault does to the ERP itself, around one call: sessions end, colleagues type, rules change for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from zbsync.sandbox.faults.rules import Struck
from zbsync.sandbox.fields import INDIVIDUAL
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store
from zbsync.sandbox.store.customers import DRAFT

TWISTS = frozenset({"allocate_twice"})
"""Faults that the page itself carries out."""

COLLEAGUE = 63
"""The account of whoever types at the wrong moment."""

_BLOCKING = dict.fromkeys(
    ("name", "khid", "url", "zip", "phone", "fax", "email", "mobile", "qq", "msn", "weixinAcc", "person_name"), "enter"
)


def twisted(call: Call, struck: Struck) -> Call:
    """The call with the faults its page carries out."""
    twists = TWISTS & struck.keys()
    return replace(call, twists=twists) if twists else call


@contextmanager
def meddle(store: Store, call: Call, struck: Struck) -> Iterator[None]:
    """What happens just before a call, and the rules that hold while it runs. Inside a transaction."""
    if "session_kill" in struck:
        store.kill_sessions()
    if "captcha" in struck:
        serial = call.data.get("serialnum", "").removeprefix("txt:")
        store.count_failure(serial, store.policy("login_attempts"))
    if "option_vanishes" in struck:
        store.run("DELETE FROM dictionary WHERE name = ?", args=(struck["option_vanishes"].text,))
    if "human_twin" in struck and _creates(store, call):
        _type_in(store, call)
    if "duplicate_refusal" in struck:
        with store.overlaid(duplicates=_BLOCKING):
            yield
    else:
        yield


def _creates(store: Store, call: Call) -> bool:
    if call.operation == "add_customer":
        return True
    ord_ = call.data.get("ord", "")
    row = store.record(int(ord_)) if ord_.isdecimal() and len(ord_) < 10 else None
    return row is not None and row["del"] == DRAFT


def _type_in(store: Store, call: Call) -> None:
    """The same customer, under a number of the ERP's own."""
    kind = call.data.get("sort2") or call.param("intsort")
    same = {name: call.data.get(name, "") for name in ("name", "person_name", "mobile", "phone", "weixinAcc")}
    if kind == str(INDIVIDUAL):
        same["person_name"] = ""
    khid = f"{store.policy('khid_prefix')}{store.next_id('number'):0{store.policy('khid_digits')}d}"
    [ord_] = store.add_customers([same | {"intsort": kind or "1", "khid": khid, "cateid": str(COLLEAGUE)}])
    store.run("UPDATE customer SET creator = ? WHERE ord = ?", args=(COLLEAGUE, ord_))
