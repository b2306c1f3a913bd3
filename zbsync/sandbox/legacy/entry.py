"""Coming in and going out: login in both places, logout (fact sheet 1.1, 1.2, 1.4)."""

from zbsync.sandbox.documents import Reply, message
from zbsync.sandbox.request import Call
from zbsync.sandbox.store import Store, User

BAD_LOGIN = 2
"""`header.status` of a refused login; anything but 0 would do."""

COOKIES = [
    ("Set-Cookie", "ASP.NET_SessionId=h3kq0c2n5d1x; path=/; HttpOnly"),
    ("Set-Cookie", "ZBCCSN=77b1d2; path=/"),
]
"""Set by every login and looked at by no page."""


def login(store: Store, call: Call) -> Reply:
    """Open a session, or say why not. Failures count per device serial, whoever tries."""
    serial = _plain(call.data.get("serialnum", ""))
    wanted = store.captcha(serial)
    if wanted and call.data.get("rndcode", "") != wanted:
        return _no("登录失败次数过多，请输入验证码！")
    user = store.user_named(_plain(call.data.get("user", "")))
    if user is None or not _word_fits(user, call.data.get("password", "")):
        store.count_failure(serial)
        return _no("用户名或密码错误，请重新输入！")
    if user.frozen:
        return _no("账号已经删除或冻结，请重新登录！")
    if not user.mobile:
        return _no("抱歉，该账号不允许移动登录！")
    store.forgive(serial)
    session = store.open_session(user.uid, serial)
    head = {"status": 0, "message": "API鉴权成功.", "session": session, "appversion": "32.17"}
    body = {"model": "init", "action": "sys", "sys": {}}
    return Reply({"header": head, "body": body}, headers=list(COOKIES), effect="login")


def logout(store: Store, call: Call, _user: User | None) -> Reply:
    """Close the session; the answer does not repeat it."""
    store.drop_session(call.session)
    return Reply(message("已退出登录，操作成功！", target="close"), effect="logout")


def _no(text: str) -> Reply:
    head = {"status": BAD_LOGIN, "message": text, "session": ""}
    return Reply({"header": head, "body": {"model": "init", "action": "fail", "fail": {}}}, effect="login_refused")


def _plain(value: str) -> str:
    return value.removeprefix("txt:")


def _word_fits(user: User, value: str) -> bool:
    """Without `txt:` the value is taken for an encrypted one, and does not decrypt to anything."""
    return value == f"txt:{user.word}"
