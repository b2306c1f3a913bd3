"""Going in and out: one login for all dialects, and every answer that is no session."""

import json

import pytest

from tests.erp.support import SESSION, answer, config, golden, header, said
from tests.wire import load
from zbsync.erp import errors
from zbsync.erp.dialects.entrance import Entrance

ENTRANCE = Entrance(config())
NEW, OLD = "/webapi/v3/ov1/login", "/sysa/mobilephone/login.asp"


@pytest.mark.parametrize(("path", "folder", "case"), [(NEW, "ov1", "login"), (OLD, "legacy", "login_ok")])
def test_the_login_is_that_of_the_golden_bytes(path: str, folder: str, case: str) -> None:
    call, wanted = ENTRANCE.login(path), load(case, folder)
    request = call.encode("")
    assert f"POST {request.path} HTTP/1.1" == wanted.request_line
    assert json.loads(request.body) == json.loads(wanted.request_body)
    assert call.decode(golden(case, folder)) == SESSION


@pytest.mark.parametrize(("path", "folder"), [(NEW, "ov1"), (OLD, "legacy")])
def test_the_way_out_is_that_of_the_golden_bytes(path: str, folder: str) -> None:
    call, wanted = ENTRANCE.logout(path), load("logout", folder)
    request = call.encode(SESSION)
    assert f"POST {request.path} HTTP/1.1" == wanted.request_line
    assert json.loads(request.body) == json.loads(wanted.request_body)
    assert call.decode(golden("logout", folder)) == "已退出登录，操作成功！"


def test_an_unknown_door_is_left_by_the_oldest() -> None:
    assert ENTRANCE.logout("/own/door").encode(SESSION).path == "/sysa/mobilephone/logout.asp"


@pytest.mark.parametrize("path", [NEW.upper(), "/webapi/V3/OV1/Login"])
def test_the_case_of_an_address_means_nothing(path: str) -> None:
    assert ENTRANCE.logout(path).encode(SESSION).path == "/webapi/v3/ov1/logout"


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        (said("退出失败"), errors.Refused),
        (header("登录超时，请重新登录!"), errors.Expired),
        (answer("", 404), errors.WrongPath),
        (answer("<html>"), errors.NotJSON),
    ],
)
def test_a_way_out_that_is_shut_says_why(reply: object, leaf: type[errors.ErpError]) -> None:
    with pytest.raises(leaf):
        ENTRANCE.logout(NEW).decode(reply)  # type: ignore[arg-type]


def test_a_login_may_be_told_in_the_installations_own_words() -> None:
    own = Entrance(config(phrases={"login.captcha": "看图"})).login(NEW)
    with pytest.raises(errors.CaptchaDemanded):
        own.decode(header("请看图", 2))
    with pytest.raises(errors.LoginRefused) as caught:
        ENTRANCE.login(NEW).decode(header("请看图", 2))
    assert type(caught.value) is errors.LoginRefused
