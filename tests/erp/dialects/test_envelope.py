"""Opening an answer: each broken one ends in the leaf that says how far the request got, in the sheet's order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.erp.support import answer, header, said, source
from zbsync.erp import errors
from zbsync.erp.dialects import envelope, reading
from zbsync.erp.phrases import Phrases
from zbsync.erp.wire import WireAnswer

PHRASES = Phrases()
OK = {"header": {"status": 0, "message": "ok"}, "body": {"model": "message", "message": {"text": "保存成功"}}}


def open_(reply: WireAnswer) -> reading.JSONObject:
    return envelope.open_document(reply, PHRASES)[1]


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        (answer("", 429), errors.TooManyRequests),
        (answer("", 503, retry_after="30"), errors.Unavailable),
        (answer("<h1>down</h1>", 503), errors.ServerFault),
        (answer("<h1>500</h1>", 500), errors.ServerFault),
        (answer(OK, 500), errors.ServerFault),
        (answer("", 502), errors.ServerFault),
        (answer("", 404), errors.WrongPath),
        (answer("", 405), errors.WrongPath),
        (answer("", 403), errors.UnknownAnswer),
        (answer(OK, 201), errors.UnknownAnswer),
        (answer("", 302, location="/index2.asp?sign=nologin"), errors.Expired),
        (answer("", 302, location="https://erp.example/"), errors.UnknownAnswer),
        (answer(""), errors.EmptyAnswer),
        (answer("\ufeff \r\n"), errors.EmptyAnswer),
        (answer("<html>客户列表</html>"), errors.NotJSON),
        (answer('{"header":{"sta'), errors.NotJSON),
        (answer(json.dumps(OK, ensure_ascii=False).encode("gb18030")), errors.NotJSON),
        (answer("[" * 100_000), errors.NotJSON),
        (answer("9" * 5_000), errors.NotJSON),
        (answer("[]"), errors.UnknownAnswer),
        (answer("null"), errors.UnknownAnswer),
        (answer("{}"), errors.UnknownAnswer),
        (answer({"header": "ok"}), errors.UnknownAnswer),
        (answer({"header": {}}), errors.UnknownAnswer),
        (header("ok", "none"), errors.UnknownAnswer),
        (header("ok", None), errors.UnknownAnswer),
        (header("登录超时，请重新登录!"), errors.Expired),
        (header("系统维护中，请稍后再试！", 9), errors.Unavailable),
        (header("参数错误", "3"), errors.UnknownAnswer),
        (header("", 1), errors.UnknownAnswer),
        (answer(json.dumps(OK) + "<font>VBScript 错误</font>"), errors.ScriptError),
        (answer({"success": False, "msg": "客户名称重复"}), errors.Duplicate),
        (answer({"success": False, "msg": "保存成功"}), errors.UnknownAnswer),
    ],
)
def test_a_broken_answer_raises_its_leaf(reply: WireAnswer, leaf: type[errors.ErpError]) -> None:
    with pytest.raises(errors.ErpError) as caught:
        open_(reply)
    assert type(caught.value) is leaf


@pytest.mark.parametrize(
    "reply",
    [
        answer(OK),
        answer("\ufeff" + json.dumps(OK)),
        answer("\ufeff\ufeff\r\n" + json.dumps(OK) + "\r\n\0"),
        answer(json.dumps(OK).replace('"status": 0', '"status": "0"')),
        answer({"success": True, "msg": "保存成功"}),
    ],
)
def test_a_processed_request_opens(reply: WireAnswer) -> None:
    assert envelope.success(open_(reply), PHRASES) == "保存成功"


def test_control_characters_inside_strings_are_data() -> None:
    assert envelope.sentence(open_(answer(json.dumps(OK).replace(": 0", ":0").replace('"ok"', '"o\x0bk\n"'))))


def test_a_large_page_with_a_redirect_is_no_proof_of_anything() -> None:
    page = "<script>location='login.asp'</script>" + "x" * reading.REDIRECT_PAGE_MAX
    with pytest.raises(errors.NotJSON):
        open_(answer(page))


def test_a_redirect_page_of_the_login_is_an_expired_session() -> None:
    with pytest.raises(errors.Expired, match="login page"):
        open_(answer("<script>top.window.location.href='../../index2.asp?sign=nologincomm'</script>"))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "30"}, 30.0),
        ({"retry_after": " 0 "}, 0.0),
        ({"retry_after": "Sat, 01 Mar 2025 12:01:00 GMT", "date": "Sat, 01 Mar 2025 12:00:00 GMT"}, 60.0),
        ({"retry_after": "Sat, 01 Mar 2025 11:00:00 GMT", "date": "Sat, 01 Mar 2025 12:00:00 GMT"}, 0.0),
        ({"retry_after": "Sat, 01 Mar 2025 12:01:00 GMT"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "9" * 40}, None),
        ({}, None),
    ],
)
def test_it_reads_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert reading.retry_after(answer("", 503, **headers)) == seconds


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("客户名称不能为空！", errors.Refused),
        ("相同客户编号已存在！", errors.Duplicate),
        ("抱歉，您访问的单据已被删除！", errors.Absent),
        ("服务器异常: 【类型不匹配】", errors.ScriptError),
        ("登录超时，请重新登录!", errors.Expired),
        ("系统维护中，请稍后再试！", errors.Unavailable),
        ("单据已经有其他操作!", errors.UnknownAnswer),
        ("", errors.UnknownAnswer),
    ],
)
def test_any_other_sentence_than_success_is_raised(text: str, leaf: type[errors.ErpError]) -> None:
    body = open_(said(text))
    for read in (lambda: envelope.success(body, PHRASES), lambda: envelope.expect(body, "bill", PHRASES)):
        with pytest.raises(errors.ErpError) as caught:
            read()
        assert type(caught.value) is leaf
        assert caught.value.message == text


def test_success_where_data_was_expected_is_unknown() -> None:
    with pytest.raises(errors.UnknownAnswer, match="保存成功"):
        envelope.expect(open_(said("保存成功")), "source", PHRASES)


def test_ok_in_the_header_proves_nothing() -> None:
    with pytest.raises(errors.UnknownAnswer, match="a message was expected"):
        envelope.success(open_(answer({"header": {"status": 0, "message": "ok"}})), PHRASES)


def test_data_where_a_message_was_expected_is_unknown() -> None:
    with pytest.raises(errors.UnknownAnswer, match="'source'"):
        envelope.success(open_(source(type="options", options=[])), PHRASES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (171, "171"),
        (171.0, "171"),
        (0.5, "0.5"),
        ("A&#38;B &lt;x&gt;", "A&B <x>"),
        (" 王 工 ", " 王 工 "),
        ("a<br>b", "a<br>b"),
    ],
)
def test_a_raw_value_stays_as_it_is(value: object, text: str) -> None:
    assert reading.plain(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [("一<br>二<BR/>三", "一\n二\n三"), ("&#38;#25105;", "&#25105;"), (" 王工\r\n", "王工"), (7, "7")],
)
def test_a_text_for_people_has_lines(value: object, text: str) -> None:
    assert reading.shown(value) == text


def test_the_gist_of_a_page_is_short_and_without_tags() -> None:
    page = "<html><style>b{}</style><script>x()</script><h1>错误&nbsp;500</h1>" + "很长" * 5_000
    with pytest.raises(errors.ServerFault) as caught:
        open_(answer(page, 500))
    assert caught.value.message.startswith("HTTP 500 错误 500 很长")
    assert len(caught.value.message) < reading.SENTENCE_MAX + 20


@given(st.binary(max_size=200), st.sampled_from([200, 302, 404, 500, 503]))
def test_no_bytes_raise_anything_but_a_leaf(body: bytes, status: int) -> None:
    with pytest.raises(errors.ErpError):
        envelope.success(open_(WireAnswer(status, {}, body)), PHRASES)


@pytest.mark.parametrize(
    ("document", "leaf"),
    [
        ({"Code": 400, "Msg": "token验证失败"}, errors.Expired),
        ({"flag": False, "code": 400, "msg": "token验证失败", "datas": None}, errors.Expired),
        ({"flag": False, "code": 400, "msg": "", "datas": None}, errors.Expired),
        ({"Code": 300, "Msg": "客户名称不能为空"}, errors.Refused),
        ({"Code": 500, "Msg": ""}, errors.ScriptError),
        ({"Code": 200, "Msg": "操作成功"}, errors.UnknownAnswer),
        ({"flag": True, "code": 200, "msg": "", "datas": []}, errors.UnknownAnswer),
    ],
)
def test_an_answer_in_another_doors_shape_still_says_how_far_it_got(
    document: dict[str, object], leaf: type[errors.ErpError]
) -> None:
    with pytest.raises(errors.ErpError) as caught:
        open_(answer(document))
    assert type(caught.value) is leaf
