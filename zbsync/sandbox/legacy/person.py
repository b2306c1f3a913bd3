"""The contact person's page: open and save (fact sheet 3.1, 4.5)."""

from zbsync.sandbox.documents import Refused, Reply, bill, message
from zbsync.sandbox.fields import PERSON
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.legacy.bills import Form
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.customers import LIVE

PAGE = "salesManage/person/add"


def open_(store: Store, call: Call, _user: User) -> Reply:
    """Page load: an empty form, or a person."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    form = Form(store, edit=not ord_ or call.param("edit") == "1")
    if not ord_:
        return Reply(bill("联系人添加", PAGE, 0, form.groups(PERSON, {}), call.session), effect="read")
    row = store.person(ord_)
    if row is None:
        raise Refused(checks.DELETED)
    values = {name: str(value) for name, value in dict(row).items()}
    groups = form.groups(PERSON, values)
    company = store.record(row["company"])
    groups[0]["fields"][0]["text"] = company["name"] if company else ""
    return Reply(bill("联系人详情", PAGE, ord_, groups, call.session), effect="read", ord=ord_)


def save(store: Store, call: Call, _user: User) -> Reply:
    """Write the whole form; without an ord a new person. The answer names no id."""
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    values = checks.posted(PERSON, call)
    checks.form(store, PERSON, values, store.policy("person_required"))
    company = store.record(checks.whole(values["company"], "company"))
    if company is None or company["del"] != LIVE or (ord_ and store.person(ord_) is None):
        raise Refused(checks.DELETED)
    checks.person_duplicates(store, PERSON, values, ord_)
    store.save_person(ord_, company["ord"], values)
    done = message(store.success(call.operation, "联系人保存完成"), target="close", session=call.session)
    return Reply(done, effect="person_modified" if ord_ else "person_created", ord=company["ord"])
