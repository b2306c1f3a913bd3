"""Reading what comes in: paths, content types, and bodies no strict parser would take."""

from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, Caller
from zbsync.sandbox.app import Sandbox
from zbsync.sandbox.request import Request, Unreadable, read_body, read_call

WANTED = {"session": "", "datas": [{"id": "a", "val": "b"}]}


@pytest.mark.parametrize(
    "text",
    [
        '{"session":"","datas":[{"id":"a","val":"b"}]}',
        "{session:'',datas:[{id:'a',val:'b'}]}",
        "{session:'',datas:[{id:'a',val:'b'},]}",
        " { session : '' , datas : [ { 'id' : \"a\" , val : 'b' } ] } ",
        '\ufeff{"session":"","datas":[{"id":"a","val":"b"}]}',
    ],
)
def test_lax_spellings_mean_the_same(text: str) -> None:
    assert read_body(text.encode()) == WANTED


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{a:1,b:-2,c:true,d:null,e:undefined,f:bare}", [1, -2, True, None, None, "bare"]),
        ("{a:'it\\'s',b:'say \"hi\"',c:\"tab\\tnew\\nline\"}", ["it's", 'say "hi"', "tab\tnew\nline"]),
        ("{a:'\\u5f20',b:[],c:{},d:[1,'2']}", ["张", [], {}, [1, "2"]]),
        ("{a:'raw\nline'}", ["raw\nline"]),
    ],
)
def test_values_survive_the_lax_reading(text: str, value: list[Any]) -> None:
    assert list(read_body(text.encode()).values()) == value


@pytest.mark.parametrize(
    "raw", [b"{a", b"{a:'b}", b"{a 1}", b"[1]", b"'text'", b"{a:1} x", b"{]", b"{a:}", b"\xff\xfe\xfd", b"{a:'\\x'}"]
)
def test_what_is_no_object_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read_body(raw)


def test_an_empty_body_is_an_empty_object() -> None:
    assert read_body(b"") == read_body(b" \r\n") == {}


def test_utf_16_is_read_when_announced() -> None:
    raw = '{"session":"张"}'.encode("utf-16")
    assert read_body(raw, "application/json; charset=unicode") == {"session": "张"}
    with pytest.raises(Unreadable):
        read_body(raw, "application/json")


def call_of(target: str, body: str = "{}") -> Any:
    return read_call(Request("POST", target, {}, body.encode()))


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (ADD, ("legacy", "salesmanage/custom/add")),
        (ADD.upper() + "?X=1", ("legacy", "salesmanage/custom/add")),
        ("/webapi/v3/ov1/salesManage/custom/list", ("ov1", "salesmanage/custom/list")),
        ("/sysa/mobilephone/salesmanage/custom/add", ("", "")),
        ("/sysn/view/OpenApi/help.ashx", ("", "")),
    ],
)
def test_the_path_names_dialect_and_page(target: str, place: tuple[str, str]) -> None:
    call = call_of(target)
    assert (call.dialect, call.page) == place


@pytest.mark.parametrize(
    ("query", "body", "command"),
    [
        ("?__msgid=q", '{"cmdkey":"b"}', "q"),
        ("?__MSGID=q&action=a", "{}", "q"),
        ("?action=a", '{"cmdkey":"b"}', "b"),
        ("?action=a", "{}", "a"),
        ("", "{}", ""),
        ("?__msgid=one&__msgid=two", "{}", "one"),
    ],
)
def test_the_command_is_chosen_in_the_vendors_order(query: str, body: str, command: str) -> None:
    assert call_of(ADD + query, body).command == command


def test_data_are_text_by_id() -> None:
    call = call_of(ADD, '{"datas":[{"id":"a","val":1},{"id":"b","val":null},{"id":"c"},7,{"id":"d","val":1.5}]}')
    assert call.data == {"a": "1", "b": "", "c": "", "d": "1.5"}
    assert call_of(ADD, '{"datas":"none"}').data == {}


def test_a_switch_of_the_url_beats_the_data() -> None:
    call = call_of(ADD + "?intsort=2&edit=", '{"datas":[{"id":"intsort","val":"1"},{"id":"edit","val":"1"}]}')
    assert (call.param("intsort"), call.param("edit"), call.param("none")) == ("2", "1", "")


@pytest.mark.parametrize("content_type", ["application/zsml; charset=utf-8", "text/JSON", "x-zsml"])
def test_either_word_in_the_content_type_is_enough(caller: Caller, content_type: str) -> None:
    raw = caller.send(LIST, b'{"session":"%s"}' % caller.session.encode(), content_type)
    assert b'"report"' in raw


@pytest.mark.parametrize(("content_type", "method"), [("text/plain", "POST"), ("application/json", "GET")])
def test_anything_else_gets_a_page_for_people(caller: Caller, content_type: str, method: str) -> None:
    raw = caller.send(LIST, b"{}", content_type, method)
    assert caller.status == 200
    assert raw.startswith(b"<html>")


@pytest.mark.parametrize(
    "path", ["/", "/sysa/mobilephone/none.asp", "/webapi/v3/ov1/none", "/webapi/v3/sales/customer/none"]
)
def test_a_wrong_path_gets_404_in_html(caller: Caller, path: str) -> None:
    assert caller.send(path, b"{}").startswith(b"<html>")
    assert caller.status == 404


def test_a_body_nobody_can_read_breaks_the_page_and_is_noted(sandbox: Sandbox, caller: Caller) -> None:
    raw = caller.send(ADD, b"{session:'")
    assert "服务器异常".encode() in raw
    assert sandbox.log()[-1].effect == "script_error"
