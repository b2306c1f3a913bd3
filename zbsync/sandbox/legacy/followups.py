"""Follow-ups: append one to a customer or a contact person, and read them back (fact sheet 4.5).

Append-only: the ERP has no way to change or delete one. `datatype` in the URL says to what it belongs.
"""

import json

from zbsync.sandbox.documents import Refused, Reply, ScriptError, bill, message
from zbsync.sandbox.fields import FOLLOW_UP, PLANS, Field
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.legacy.bills import Form
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.customers import LIVE

PAGE = "systemManage/reply"
DATATYPES = ("tel", "person")
"""What can be followed up here; the ERP has more (chance, contract, plan)."""


def show(store: Store, call: Call, _user: User) -> Reply:
    """Page load: the empty form, with the templates for `intro`."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    fields = FOLLOW_UP if call.param("datatype") == "tel" else _without_lead()
    groups = Form(store, edit=True).groups(fields, {"ord": str(ord_ or ""), "plantype": "0"})
    return Reply(bill("洽谈进展", PAGE, ord_, groups, call.session), effect="read")


def save(store: Store, call: Call, user: User) -> Reply:
    """Append one follow-up. Sent twice it stands there twice."""
    datatype = call.param("datatype")
    if datatype not in DATATYPES:
        raise ScriptError("参数 datatype 不正确")
    fields = FOLLOW_UP if datatype == "tel" else _without_lead()
    values = checks.posted(fields, call)
    checks.form(store, fields, values)
    checks.choices(store, fields, values)
    plan = _plan(store, values)
    target, company = _target(store, call, datatype)
    row = {
        "datatype": datatype,
        "target": target,
        "company": company,
        "uid": user.uid,
        "intro": values["intro"],
        "sort": int(values["sort"]),
        "lead": _lead(store, values.get("lead", ""), company),
        "plantype": int(values["plantype"]),
        "plan": json.dumps(plan, ensure_ascii=False) if plan else "",
    }
    store.follow_up(row)
    done = message(store.success(call.operation, "洽谈进展添加完成"), target="close", session=call.session)
    return Reply(done, effect="appended", ord=target)


def _without_lead() -> tuple[Field, ...]:
    return tuple(field for field in FOLLOW_UP if field.id != "lead")


def _plan(store: Store, values: dict[str, str]) -> dict[str, str]:
    """The schedule block that `plantype` calls for; the other block is not even looked at."""
    captions = {field.id: field.caption for field in FOLLOW_UP}
    needed = PLANS[values["plantype"]]
    for name in needed:
        if not values[name].strip():
            raise Refused(f"{captions[name]}不能为空！")
    for name in needed:
        if captions[name].endswith("时间"):
            checks.day(values[name], name)
    if values["plantype"] == "1" and values["@cateid"]:
        checks.users(store, values["@cateid"])
        return {name: values[name] for name in (*needed, "@cateid")}
    return {name: values[name] for name in needed}


def _target(store: Store, call: Call, datatype: str) -> tuple[int, int]:
    """What the follow-up belongs to and whose customer that is."""
    if datatype == "tel":
        ord_ = int(checks.customer(store, call)["ord"])
        return ord_, ord_
    person = store.person(checks.whole(call.data.get("ord") or "0", "ord"))
    company = store.record(person["company"]) if person else None
    if person is None or company is None or company["del"] != LIVE:
        raise Refused(checks.DELETED)
    return int(person["ord"]), int(company["ord"])


def _lead(store: Store, text: str, company: int) -> int:
    """The contact person that was talked to; 0 is none."""
    lead = int(text or "0")
    if lead and lead not in {person["ord"] for person in store.persons(company)}:
        raise Refused("联系人不存在，请重新选择！")
    return lead
