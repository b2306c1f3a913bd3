"""The customer page: allocate, open, save (fact sheet 3, 3.1, 4.0-4.2, 6.11)."""

from zbsync.sandbox.documents import JSON, Refused, Reply, bill, message
from zbsync.sandbox.fields import INDIVIDUAL, UNIT, customer_form
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.legacy.bills import Form
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.customers import DRAFT, LIVE
from zbsync.sandbox.store.relations import NEW

PAGE = "salesManage/custom/add"


def _intsort(call: Call, default: int = UNIT) -> int:
    asked = call.param("intsort")
    return INDIVIDUAL if asked == "2" else UNIT if asked == "1" else default


def open_(store: Store, call: Call, user: User) -> Reply:
    """Page load with an ord: the customer."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    if not ord_:
        return allocate(store, call, user)  # "00" and the like
    row = store.record(ord_)
    if row is None or row["del"] not in (LIVE, DRAFT):
        raise Refused(checks.DELETED)
    if row["del"] == DRAFT and store.policy("draft_opens") == "deleted":
        raise Refused(checks.DELETED)
    form = Form(store, edit=call.param("edit") == "1")
    groups = form.groups(customer_form(row["intsort"]), dict(row))
    groups[0]["fields"].append(form.owner(row["cateid"]))
    document = bill("客户详情", PAGE, ord_, groups + form.trimmings(store.approvals(ord_)), call.session)
    return Reply(document, effect="read", ord=ord_, khid=row["khid"])


def allocate(store: Store, call: Call, user: User) -> Reply:
    """Page load without an ord: a draft."""
    if store.policy("khid_prefilled") and not store.numbers_left():
        raise Refused("客户编号顺序递增位数已占满，请联系管理员！")
    intsort = _intsort(call)
    again = store.last_allocated() if "allocate_twice" in call.twists else None
    ord_, khid = again or store.allocate(user.uid, intsort)
    form = Form(store, edit=True)
    groups: list[JSON] = form.groups(customer_form(intsort), {"khid": khid})
    groups[0]["fields"].append(form.owner(None))
    return Reply(bill("客户添加", PAGE, ord_, groups, call.session), effect="allocated", ord=ord_, khid=khid)


def save(store: Store, call: Call, _user: User) -> Reply:
    """Write the whole form: a draft becomes a customer. What is not posted is blanked, date1 excepted."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    row = store.record(ord_)
    if row is None or row["del"] not in (LIVE, DRAFT):
        raise Refused(checks.DELETED)
    intsort = _intsort(call, row["intsort"])
    fields = customer_form(intsort)
    values = checks.posted(fields, call)
    checks.form(store, fields, values, store.policy("required"))
    checks.stage(store, values)
    if store.policy("options_checked"):
        checks.choices(store, fields, values)
    checks.duplicates(store, fields, values, ord_)
    values["date1"] = values["date1"] or row["date1"]
    store.promote(ord_, intsort, values)
    new = row["del"] == DRAFT
    if new and store.policy("review_new"):
        store.wait(ord_, NEW)
    done = message(store.policy("ok_text"), target="close", session=call.session)
    return Reply(done, effect="created" if new else "modified", ord=ord_, khid=values["khid"])
