"""The flat dialect: JSON in, `Code` and `Msg` out, the session in the header `ZBAPI-Token` (fact sheet 1.3, 3, 4.6).

Called by the engine like `legacy`, inside a transaction. Names stand where the other dialects have numbers,
and no answer names the id of what was made.
"""

from collections.abc import Callable

from zbsync.sandbox import operations
from zbsync.sandbox.documents import Refused, Reply, ScriptError, html
from zbsync.sandbox.request import Call, speaks_interface
from zbsync.sandbox.store import Store, User
from zbsync.sandbox.v3 import customers, lookups
from zbsync.sandbox.v3.answers import BROKEN, FAILED, NO_TOKEN, helper, said

Handler = Callable[[Store, Call, User], Reply]

HANDLERS: dict[str, Handler] = {
    "add_customer": customers.add,
    "edit_customer": customers.edit,
    "list_users": lookups.users,
    "inventory_summary": lookups.inventory,
    "read_contract": lookups.contract,
}
"""Operation -> who answers."""


def answer(store: Store, call: Call, *, keep: bool = True) -> Reply:
    """What the ERP says to a flat call; what it did is undone when it says no, or when it is not to be kept."""
    if call.page not in operations.V3 or not store.policy("v3"):
        return html(404)
    if call.request.method != "POST" or not speaks_interface(call.request.headers.get("content-type", "")):
        return html(200)
    if call.page in store.policy("closed"):
        return Reply({"success": False, "msg": "该功能未开启，请联系管理员！"}, effect="refused")
    try:
        with store.page(keep=keep):
            reply = _page(store, call)
    except Refused as refused:
        return Reply(said(FAILED, str(refused)), effect="refused")
    except ScriptError as broken:
        return Reply(said(BROKEN, f"服务器错误：{broken}"), effect="script_error")
    if not keep and reply.effect not in {"read", "listed"}:
        reply.effect = "not_stored"
    return reply


def _page(store: Store, call: Call) -> Reply:
    user = store.caller(call.session)
    if user is None or user.frozen:
        text = store.policy("v3_expired_text")
        document = helper(NO_TOKEN, text) if store.policy("v3_helper") else said(NO_TOKEN, text)
        return Reply(document, effect="expired")
    if call.problem:
        raise ScriptError(call.problem)
    if not store.may(user, call.operation, writes=call.writes):
        raise Refused("您没有该操作的权限")
    return HANDLERS[call.operation](store, call, user)
