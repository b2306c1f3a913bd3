"""What is done to a customer without writing its form: assign, take back, apply, decide, share, protect.

Fact sheet 4.4, 4.5. Where the sheet is silent the acts read as the customer list shows them: `stype` 1 is the
pool, 2 waits for a decision, 3 is protected, 4 is shared by me, 5 with me.
"""

from zbsync.sandbox.documents import Refused, Reply, bill, message
from zbsync.sandbox.fields import ACT, APPROVE, ASSIGN, REVIEW, SHARE, Field
from zbsync.sandbox.legacy import checks
from zbsync.sandbox.legacy.bills import Form
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.store.relations import APPLIED, EVERYBODY

OPEN_TO_ALL = "1"
"""`member1`: no names needed."""


def _read(store: Store, call: Call, fields: tuple[Field, ...]) -> tuple[int, dict[str, str]]:
    """The ord of a live customer and the values of an act's form, both sound."""
    values = checks.posted(fields, call)
    checks.form(store, fields, values)
    checks.choices(store, fields, values)
    return int(checks.customer(store, call)["ord"]), values


def _done(store: Store, call: Call, ord_: int, usual: str) -> Reply:
    text = store.success(call.operation, usual)
    return Reply(message(text, target="close", session=call.session), effect="changed", ord=ord_)


def assign(store: Store, call: Call, _user: User) -> Reply:
    """Give the customer an owner (`member1` 0), or open it to all (1)."""
    ord_, values = _read(store, call, ASSIGN)
    if values["member1"] == OPEN_TO_ALL:
        store.release(ord_)
    else:
        named = checks.users(store, values["member2"])
        if not named:
            raise Refused("指派用户不能为空！")
        store.assign(ord_, named[0])
        store.wait(ord_, "")
    return _done(store, call, ord_, "指派成功！")


def take_back(store: Store, call: Call, _user: User) -> Reply:
    """From its owner back into the pool."""
    ord_, _ = _read(store, call, ACT)
    row = checks.customer(store, call)
    if row["protected"]:
        raise Refused("该客户已被保护，不能收回！")
    if not row["cateid"]:
        raise Refused("该客户未被领用，不能收回！")
    store.release(ord_)
    return _done(store, call, ord_, "收回成功！")


def apply(store: Store, call: Call, user: User) -> Reply:
    """Ask to become the owner; somebody has to decide."""
    ord_, _ = _read(store, call, ACT)
    row = checks.customer(store, call)
    if row["cateid"]:
        raise Refused("该客户已被领用，不能申请！")
    if row["waiting"]:
        raise Refused("该客户正在审批中，不能重复申请！")
    store.wait(ord_, APPLIED, user.uid)
    return _done(store, call, ord_, "申请成功！")


def approve(store: Store, call: Call, user: User) -> Reply:
    """Decide by `blset`: 1 agrees, 0 does not."""
    ord_, values = _read(store, call, APPROVE)
    _decide(store, call, user, agreed=values["blset"] == "1")
    return _done(store, call, ord_, "审批成功！")


def review(store: Store, call: Call, user: User) -> Reply:
    """Decide by `jg`: 1 agrees, 2 does not; with a few words."""
    ord_, values = _read(store, call, REVIEW)
    _decide(store, call, user, values["intro"], agreed=values["jg"] == "1")
    return _done(store, call, ord_, "审核成功！")


def _decide(store: Store, call: Call, user: User, intro: str = "", *, agreed: bool) -> None:
    row = checks.customer(store, call)
    if not row["waiting"]:
        raise Refused("该客户不在待审核状态，不能审批！")
    store.decide(row["ord"], user.uid, intro, agreed=agreed)


def share(store: Store, call: Call, user: User) -> Reply:
    """Let others see the customer, each of four things or not."""
    form = tuple(field for field in SHARE if field.id != "chanceshare" or store.policy("share_chance"))
    ord_, values = _read(store, call, form)
    everybody = values["member1"] == OPEN_TO_ALL
    named = [EVERYBODY] if everybody else checks.users(store, values["member2"])
    if not named:
        raise Refused("共享人员不能为空！")
    rights = {field.id: values[field.id] for field in form if field.source == "yesno"}
    store.share(ord_, user.uid, named, rights)
    return _done(store, call, ord_, "共享成功！")


def protect(store: Store, call: Call, _user: User) -> Reply:
    """Nobody takes this customer back."""
    ord_, _ = _read(store, call, ACT)
    if checks.customer(store, call)["protected"]:
        raise Refused("该客户已被保护，不能重复保护！")
    store.protect(ord_)
    return _done(store, call, ord_, "保护成功！")


def unprotect(store: Store, call: Call, _user: User) -> Reply:
    """Give the protection up."""
    ord_, _ = _read(store, call, ACT)
    if not checks.customer(store, call)["protected"]:
        raise Refused("该客户未被保护，不能放弃保护！")
    store.protect(ord_, protected=False)
    return _done(store, call, ord_, "放弃保护成功！")


FORMS: dict[str, tuple[str, str, tuple[Field, ...]]] = {
    "systemmanage/order": ("客户指派", "systemManage/order", ASSIGN),
    "salesmanage/custom/approve": ("客户审批", "salesManage/custom/approve", APPROVE),
    "salesmanage/custom/approve_set": ("客户审核", "salesManage/custom/approve_set", REVIEW),
    "salesmanage/custom/share": ("客户共享", "salesManage/custom/share", SHARE),
}
"""Page -> caption, page as the ERP spells it, fields."""


def show(store: Store, call: Call, _user: User) -> Reply:
    """Page load of an act: its empty form."""
    caption, page, fields = FORMS[call.page]
    ord_ = checks.whole(call.data.get("ord") or "0", "ord")
    values = {"ord": str(ord_ or "")}
    return Reply(bill(caption, page, ord_, Form(store, edit=True).groups(fields, values), call.session), effect="read")
