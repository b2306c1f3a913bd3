"""Add and change a customer in the flat dialect (fact sheet 4.6, 5).

The answer names no id: whoever added has to look for it. Changing leaves alone what was not sent, unless the
policy `v3_edit_blanks` has it blanked; nobody knows what the real one does.
"""

from collections.abc import Mapping

from zbsync.sandbox.documents import Refused, Reply
from zbsync.sandbox.fields import CONTACT, INDIVIDUAL, UNIT, customer_form
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.customers import LIVE
from zbsync.sandbox.store.relations import NEW
from zbsync.sandbox.v3 import names, rules
from zbsync.sandbox.v3.answers import OK, said

_OPTIONS = {"ly": "客户来源", "trade": "客户行业", "jz": "价值评估"}
_TREES = ("sort", "sort1", "area")
_NOT_KEPT = {"sort2", "ord", "cateName", "Cateadd", "Date1", "reply", "sort98", "role", "sort", "bz", "jf2"}


def add(store: Store, call: Call, user: User) -> Reply:
    """Make a customer at once, without a draft."""
    data = call.data
    rules.check(store, data, changing=False)
    intsort = _kind(data)
    values = _values(store, data, intsort)
    owner = names.person(store, "销售人员", data.get("cateName", ""))
    creator = names.person(store, "添加人员", data.get("Cateadd", ""))
    rules.unique(store, values, 0)
    ord_, khid = store.allocate(creator or user.uid, intsort)
    values["khid"] = values.get("khid") or khid
    store.promote(ord_, intsort, values)
    if owner:
        store.assign(ord_, owner)
    if store.policy("review_new"):
        store.wait(ord_, NEW)
    _follow_up(store, data, ord_, user)
    return _done(store, call, "created", ord_, values["khid"])


def edit(store: Store, call: Call, user: User) -> Reply:
    """Change a customer that `ord` names; all that is required is required again."""
    data = call.data
    rules.check(store, data, changing=True)
    ord_ = checks.whole(data["ord"], "ord")
    row = store.record(ord_)
    if row is None or row["del"] != LIVE:
        raise Refused("客户不存在")
    intsort = _kind(data)
    values = _values(store, data, intsort)
    owner = names.person(store, "销售人员", data.get("cateName", ""))
    rules.unique(store, values, ord_)
    if not store.policy("v3_edit_blanks"):
        kept = {field.id: str(row[field.id]) for field in customer_form(intsort) if row[field.id] is not None}
        values = kept | values
    values["date1"] = values.get("date1") or row["date1"]
    store.promote(ord_, intsort, values)
    if owner:
        store.assign(ord_, owner)
    _follow_up(store, data, ord_, user)
    return _done(store, call, "modified", ord_, values.get("khid", ""))


def _kind(data: Mapping[str, str]) -> int:
    return INDIVIDUAL if data["sort2"] == "2" else UNIT


def _done(store: Store, call: Call, effect: str, ord_: int, khid: str) -> Reply:
    return Reply(said(OK, store.success(call.operation, "操作成功")), effect=effect, ord=ord_, khid=khid)


def _values(store: Store, data: Mapping[str, str], intsort: int) -> dict[str, str]:
    """What was sent, by the ids of the form, names resolved. Without `person_name` no person field is written."""
    fields = customer_form(intsort)
    known = {field.id for field in fields} - _NOT_KEPT
    if not data.get("person_name"):
        known -= {field.id for field in CONTACT}
    values = {id_: value for id_, value in data.items() if id_ in known and id_ not in _TREES}
    for field, caption in _OPTIONS.items():
        if field in data:
            values[field] = names.option(store, field, caption, data[field])
    values["sort1"] = names.stage(store, data["sort"], data["sort1"])
    if "area" in data:
        values["area"] = names.area(store, data["area"])
    if data.get("Date1"):
        values["date1"] = checks.day(data["Date1"], "Date1")
    return values


def _follow_up(store: Store, data: Mapping[str, str], ord_: int, user: User) -> None:
    """`reply` says what was talked about, `sort98` by which way."""
    if not data.get("reply"):
        return
    method = names.option(store, "reply_sort", "跟进方式", data.get("sort98", "")) or "484"
    row = {"datatype": "tel", "target": ord_, "company": ord_, "uid": user.uid, "sort": int(method)}
    store.follow_up(row | {"intro": data["reply"]})
