"""Sentences of the ERP and what they mean: a table, with the doubtful ones in doubt."""

import pytest

from zbsync.erp.phrases import DEFAULTS, Meaning, Phrases

M = Meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("保存成功！", M.SUCCESS),
        ("客户添加完成", M.SUCCESS),
        ("success", M.SUCCESS),
        ("OK", M.SUCCESS),
        (" ok! ", M.SUCCESS),
        ("申请成功！", M.SUCCESS),
        ("申请失败", M.REFUSED),
        ("相同客户编号已存在！", M.DUPLICATE),
        ("客户名称重复", M.DUPLICATE),
        ("同名客户已被保护！", M.DUPLICATE),
        ("合同编号已被使用，不能保存！", M.DUPLICATE),
        ("客户名称不能为空！", M.REFUSED),
        ("本阶段有必填项未填写，请填写后再保存！", M.REFUSED),
        ("客户编号顺序递增位数已占满，请联系管理员！", M.REFUSED),
        ("客户分类不存在，请重新选择！", M.REFUSED),
        ("您没有权限", M.REFUSED),
        ("抱歉，您访问的单据已被删除！", M.ABSENT),
        ("客户不存在", M.ABSENT),
        ("系统维护中，请稍后再试！", M.LATER),
        ("服务器异常: 【下标越界: '[number: 1]'】", M.SCRIPT),
        ("Microsoft VBScript 运行时错误 '800a000d'", M.SCRIPT),
        ("登录超时，请重新登录!", M.EXPIRED),
        ("账号已经删除或冻结，请重新登录！", M.EXPIRED),
        ("会话已过期", M.EXPIRED),
        ("单据已经有其他操作!", M.UNKNOWN),
        ("", M.UNKNOWN),
        ("okay then", M.UNKNOWN),
        ("天气不错", M.UNKNOWN),
    ],
)
def test_it_reads_a_sentence_of_a_message(text: str, meaning: Meaning) -> None:
    assert Phrases().of_message(text) is meaning


@pytest.mark.parametrize(
    "text",
    ["保存失败，未成功", "添加不成功", "保存成功，请及时跟进", "请先完成必填项", "保存成功，存在重复客户"],
)
def test_a_sentence_that_says_yes_and_no_is_doubt(text: str) -> None:
    assert Phrases().of_message(text) is M.UNKNOWN


@pytest.mark.parametrize(
    "text", ["执行超时已过期。", "[Microsoft][ODBC SQL Server Driver]超时已过期", "服务器异常: 【登录超时】"]
)
def test_a_timeout_of_the_database_is_no_expired_session(text: str) -> None:
    assert Phrases().of_message(text) is M.SCRIPT
    assert Phrases().of_header(text) is M.SCRIPT


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("登录超时，请重新登录!", M.EXPIRED),
        ("session timeout", M.EXPIRED),
        ("请求超时", M.EXPIRED),
        ("请输入验证码", M.CAPTCHA),
        ("系统维护中，请稍后再试！", M.LATER),
        ("参数不对", M.UNKNOWN),
    ],
)
def test_it_reads_a_header_that_says_no(text: str, meaning: Meaning) -> None:
    assert Phrases().of_header(text) is meaning


@pytest.mark.parametrize(
    ("page", "expired"),
    [
        ("<script>top.window.location.href='../../index2.asp?sign=nologincomm'</script>", True),
        ('<script>window.location = "/login.asp";</script>', True),
        ("<a href='login.asp'>登录</a>", False),
        ("<html><title>客户列表</title></html>", False),
    ],
)
def test_only_a_redirect_to_the_login_counts_as_expired(page: str, expired: bool) -> None:
    assert Phrases().says("expired_page", page) is expired


def test_a_connection_overrides_by_name() -> None:
    own = Phrases({"success": "^已入库$"})
    assert own.of_message("已入库") is M.SUCCESS
    assert own.of_message("保存成功！") is M.UNKNOWN
    assert own.of_message("客户名称不能为空！") is M.REFUSED


def test_an_empty_override_switches_a_pattern_off() -> None:
    assert Phrases({"later": ""}).of_message("系统维护中，请稍后再试！") is M.REFUSED


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"sucess": "成功"}, "sucess is not known; use absent"),
        ({"success": "("}, "success is no regular"),
        ({"later": 5}, "later is no regular"),
    ],
)
def test_a_wrong_override_is_named(overrides: dict[str, str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Phrases(overrides)


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_no_default_matches_nothing_at_all(name: str) -> None:
    assert not Phrases().says(name, "")


def test_an_operation_may_read_its_answers_otherwise() -> None:
    own = Phrases({"assign.success": "^已转交$", "refused": "没门"})
    assert own.of("assign").of_message("已转交") is M.SUCCESS
    assert own.of("assign").of_message("没门") is M.REFUSED, "what it does not change is the connection's"
    assert own.of("share").of_message("已转交") is M.UNKNOWN
    assert own.operations == {"assign"}


def test_a_status_may_say_that_the_session_ran_out() -> None:
    assert Phrases().of_header("", 1) is M.UNKNOWN
    assert Phrases({"expired_status": "^1$"}).of_header("", 1) is M.EXPIRED
    assert Phrases({"expired_status": "^1$"}).of_header("", 2) is M.UNKNOWN
