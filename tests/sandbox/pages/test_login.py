"""Coming in: both login pages, the captcha per device, sessions that end."""

from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, LOGIN, REFRESH, ROOT, Caller, datas, exchange_raw
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.store import Store


@pytest.mark.parametrize("path", [LOGIN, ROOT + "login.asp", "/SYSA/MobilePhone/LOGIN.ASP", "/WebApi/V3/OV1/Login"])
def test_both_pages_let_a_user_in_whatever_the_case_of_the_path(sandbox: Sandbox, path: str) -> None:
    caller = Caller(sandbox)
    body = {"datas": datas({"user": "txt:demo", "password": "txt:demo-pass", "serialnum": "a", "rndcode": ""})}
    header = caller.post(path, body)["header"]
    assert (header["status"], header["message"], header["appversion"]) == (0, "API鉴权成功.", "32.17")
    caller.session = header["session"]
    assert caller.rows() == []


def test_junk_beside_the_login_data_is_tolerated(sandbox: Sandbox) -> None:
    body = {"session": "junk", "cmdkey": "whatever", "datas": datas({"user": "txt:demo", "password": "txt:demo-pass"})}
    assert Caller(sandbox).post(LOGIN, body)["header"]["status"] == 0


@pytest.mark.parametrize(
    ("user", "word", "text"),
    [
        ("demo", "wrong", "用户名或密码错误，请重新输入！"),
        ("nobody", "demo-pass", "用户名或密码错误，请重新输入！"),
        ("zhengjie", "zhengjie-pass", "账号已经删除或冻结，请重新登录！"),
        ("wulei", "wulei-pass", "抱歉，该账号不允许移动登录！"),
    ],
)
def test_it_refuses_with_a_reason_and_no_session(sandbox: Sandbox, user: str, word: str, text: str) -> None:
    header = Caller(sandbox).login(user, word)
    assert header["status"] != 0
    assert header["message"] == text
    assert header["session"] == ""


def test_a_password_without_the_plain_text_mark_is_taken_for_an_encrypted_one(sandbox: Sandbox) -> None:
    assert Caller(sandbox).login(password="demo-pass")["status"] != 0


def test_the_fourth_try_of_one_device_needs_a_captcha_even_with_the_right_password(sandbox: Sandbox) -> None:
    caller = Caller(sandbox)
    for _ in range(3):
        assert "密码错误" in caller.login(word="wrong")["message"]
    assert "验证码" in caller.login()["message"]
    assert "验证码" in caller.login(rndcode="0000x")["message"]
    assert caller.login(serial="another device")["status"] == 0
    assert caller.login(rndcode=sandbox.store.captcha("dev1"))["status"] == 0
    assert sandbox.store.failures("dev1") == 0


def test_a_serial_counts_the_same_with_and_without_the_mark(sandbox: Sandbox) -> None:
    Caller(sandbox).login(word="wrong", serial="txt:dev7")
    Caller(sandbox).login(word="wrong", serial="dev7")
    assert sandbox.store.failures("dev7") == 2


def test_a_good_login_forgives_earlier_failures(sandbox: Sandbox) -> None:
    caller = Caller(sandbox)
    for word in ("wrong", "wrong", "demo-pass", "wrong", "wrong", "demo-pass"):
        header = caller.login(word=word)
    assert header["status"] == 0


def test_cookies_are_set_and_count_for_nothing(sandbox: Sandbox, caller: Caller) -> None:
    caller.login()
    assert len(caller.headers.get_all("Set-Cookie") or []) == 2
    request = (
        f"POST {LIST} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nCookie: ZBCCSN={caller.session}\r\n"
        f"ZBAPI-Token: {caller.session}\r\nContent-Length: 14\r\n\r\n"
    )
    assert "登录超时" in exchange_raw(sandbox, request.encode() + b'{"session":""}').decode()


def test_an_unknown_session_gets_a_header_and_nothing_else(sandbox: Sandbox) -> None:
    answer = Caller(sandbox).call(LIST, REFRESH)
    assert answer == {"header": {"status": 1, "message": "登录超时，请重新登录!"}}
    assert [seen.effect for seen in sandbox.log()] == ["expired"]


def test_what_an_expired_session_hears_can_be_set(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(expired_status=7, expired_text="会话已失效")
    sandbox.store.kill_sessions()
    assert caller.call(LIST, REFRESH)["header"] == {"status": 7, "message": "会话已失效"}


def test_a_session_slides_and_ends_after_idling() -> None:
    now = [1_000_000.0]
    with running(Store(clock=lambda: now[0]), policies={"session_minutes": 10}) as sandbox:
        caller = Caller(sandbox)
        caller.login()
        for minutes, alive in [(9, True), (9, True), (11, False)]:
            now[0] += 60 * minutes
            assert ("body" in caller.call(LIST, REFRESH)) is alive
        assert sandbox.store.state()["sessions"] == 0


def test_logout_ends_the_session_and_does_not_repeat_it(caller: Caller) -> None:
    answer = caller.call(ROOT + "logout.asp")
    assert "成功" in answer["body"]["message"]["text"]
    assert "session" not in answer["header"]
    assert caller.call(LIST, REFRESH)["header"]["status"] == 1


def test_ov1_has_a_logout_too(caller: Caller) -> None:
    caller.call("/webapi/v3/ov1/logout")
    assert caller.call(LIST, REFRESH)["header"]["status"] == 1


def test_a_frozen_account_is_sent_to_the_login_page_in_html(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.freeze(1)
    raw = caller.send(LIST, b'{"session":"%s"}' % caller.session.encode())
    assert raw.startswith(b"<script>")
    assert b"sign=nologincomm" in raw
    sandbox.store.freeze(1, frozen=False)
    assert caller.rows() == []


def test_an_account_without_rights_sees_no_rows_and_no_error(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.add_customers([{"name": "示例公司"}])
    assert caller.names() == ["示例公司"]
    caller.login("sunyue", "sunyue-pass")
    answer: Any = caller.call(LIST, REFRESH)
    assert answer["header"]["status"] == 0
    assert answer["body"]["source"]["table"]["rows"] == []


def test_an_installation_may_not_check_sessions_at_all(sandbox: Sandbox) -> None:
    sandbox.store.set_policy(token_required=False)
    assert "bill" in Caller(sandbox).call(ADD, edit="")["body"]


def test_an_older_erp_has_no_ov1(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(ov1=False)
    assert b"404" in caller.send(LOGIN, b"{}")
    assert caller.status == 404
    assert caller.rows() == []
