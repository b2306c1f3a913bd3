"""The legacy dialect and its ov1 twins: which page answers a call, and what every page has in common.

Called by the server with a call read by `request`, inside a transaction. Not here: faults (`faults`), bytes
(`app`).
"""

from collections.abc import Callable
from dataclasses import replace

from zbsync.sandbox import operations
from zbsync.sandbox.documents import Refused, Reply, ScriptError, html, message
from zbsync.sandbox.legacy import acts, customer, entry, followups, lists, person, sources
from zbsync.sandbox.legacy.listings import LISTINGS
from zbsync.sandbox.request import Call, speaks_interface
from zbsync.sandbox.store import Store, User

Handler = Callable[[Store, Call, User], Reply]

HANDLERS: dict[str, Handler] = {
    "logout": entry.logout,
    "allocate": customer.allocate,
    "read_customer": customer.open_,
    "save_customer": customer.save,
    "read_person": person.open_,
    "save_person": person.save,
    "look": lists.look,
    "filters": lists.filters,
    **dict.fromkeys(LISTINGS, lists.show),
    "assign": acts.assign,
    "take_back": acts.take_back,
    "apply": acts.apply,
    "approve": acts.approve,
    "review": acts.review,
    "share": acts.share,
    "protect": acts.protect,
    "unprotect": acts.unprotect,
    "form": lambda store, call, user: (acts.show if call.page in acts.FORMS else followups.show)(store, call, user),
    "follow_up": followups.save,
    "follow_up_customer": followups.save,
    "follow_up_person": followups.save,
    "options": sources.dictionary,
    "tree_stage": sources.categories,
    "tree_area": sources.areas,
    "tree_users": sources.users,
}
"""Operation -> who answers, for both dialects."""

FROZEN = "<script>top.window.location.href='../../index2.asp?sign=nologincomm'</script>"
NO_RIGHT = "抱歉，您没有该操作的权限！"


def answer(store: Store, call: Call, *, keep: bool = True) -> Reply:
    """What the ERP says to a call; what it did is undone when it says no, or when it is not to be kept."""
    if not _exists(store, call):
        return html(404)
    if call.request.method != "POST" or not speaks_interface(call.request.headers.get("content-type", "")):
        return html(200)
    helping = call.query.get("apihelp") == "1"  # the help page: shows the form, keeps nothing
    if call.page in store.policy("closed"):
        return Reply({"success": False, "msg": "该功能未开启，请联系管理员！"}, effect="refused")
    try:
        with store.page(keep=keep and not helping):
            reply = _page(store, replace(call, command=operations.LOAD) if helping else call)
    except Refused as refused:
        return Reply(message(str(refused)), effect="refused")
    except ScriptError as broken:
        return Reply(message(f"服务器异常: 【{broken}】"), effect="script_error")
    if helping or (not keep and reply.effect not in {"read", "listed"}):
        reply.effect = "not_stored"
    return reply


def _exists(store: Store, call: Call) -> bool:
    if call.dialect == "ov1" and (not store.policy("ov1") or call.page in operations.LEGACY_ONLY):
        return False
    known = call.page in operations.PAGES and call.page not in store.policy("missing")
    return known and call.dialect in {"legacy", "ov1"}


def _page(store: Store, call: Call) -> Reply:
    if call.problem:
        raise ScriptError(call.problem)
    if call.page == "login":
        return entry.login(store, call)
    user = store.caller(call.session)
    if user is None:
        head = {"status": store.policy("expired_status"), "message": store.policy("expired_text")}
        return Reply({"header": head}, effect="expired")
    if user.frozen:
        return Reply(text=FROZEN, effect="expired")
    handler = HANDLERS.get(call.operation)
    if handler is None:
        raise ScriptError("缺少对象: 'bill.AddTool(...)'")
    if not store.may(user, call.operation, writes=call.writes):
        raise Refused(NO_RIGHT)
    return handler(store, call, user)
