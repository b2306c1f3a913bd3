"""The shapes of answers on their own, and what faults make of them."""

import json
from typing import Any

import pytest

from zbsync.sandbox import documents
from zbsync.sandbox.documents import Reply
from zbsync.sandbox.faults import Rule, instead, spoil
from zbsync.sandbox.request import Call, Request

CALL = Call(Request("POST", "/", {}, b""))
TABLE = documents.table([("name", "string"), ("ord", "int")], [["甲", "7"], ["乙", "8"]], (2, 2, 5))


def struck(*names: str, **more: Any) -> dict[str, Rule]:
    return {name: Rule(name, **more) for name in names}


def test_chinese_goes_out_as_itself_and_without_spaces() -> None:
    assert Reply({"a": "张", "b": [1, 2]}).encoded() == '{"a":"张","b":[1,2]}'.encode()


def test_text_goes_out_when_there_is_no_document() -> None:
    assert Reply(text="<html>页").encoded() == "<html>页".encode()


@pytest.mark.parametrize(("session", "head"), [("", {}), ("S", {"session": "S"})])
def test_the_header_says_ok_whatever_happened(session: str, head: dict[str, str]) -> None:
    assert documents.header(session) == {"status": 0, "message": "ok"} | head


@pytest.mark.parametrize("target", ["self", "close"])
def test_success_and_refusal_differ_in_the_text_only(target: str) -> None:
    said = documents.message("话", target=target)["body"]["message"]
    assert list(said) == ["title", "text", "url", "wait", "target", "uitype", "data"]
    assert (said["text"], said["target"]) == ("话", target)


def test_a_bill_names_its_ord_as_text_and_its_page_in_the_id() -> None:
    bill = documents.bill("客户添加", "salesManage/custom/add", 1207, [], "S")["body"]["bill"]
    assert (bill["value"], bill["id"]) == ("1207", "sysamobilephonesalesManagecustomadd_bill")
    assert bill["tools"][0]["url"] == "mobilephone/salesmanage/custom/add.asp?__msgid=__sys_dosave&ord=1207"


def test_a_table_counts_its_pages() -> None:
    table = TABLE["body"]["source"]["table"]
    assert table["page"] == {"pageindex": 2, "pagesize": 2, "pagecount": 3, "recordcount": 5}
    assert table["cols"][1] == {"id": "ord", "dbtype": "int"}


@pytest.mark.parametrize("content", [documents.options([("甲", "1")]), documents.trees([], "check")])
def test_a_source_on_its_own_says_twice_what_it_is(content: dict[str, Any]) -> None:
    body = documents.source(content)["body"]
    assert body["action"] == body["source"]["type"] == content["type"]


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_pages_of_the_web_server_are_html(status: int) -> None:
    page = documents.html(status, [("X", "y")])
    assert page.encoded().startswith(b"<html>")
    assert (page.status, page.headers) == (status, [("X", "y")])


@pytest.mark.parametrize(
    ("names", "status"),
    [(["unavailable"], 503), (["html_500"], 500), (["refuse"], 200), (["unavailable", "refuse"], 503)],
)
def test_some_faults_answer_in_place_of_the_page(names: list[str], status: int) -> None:
    reply = instead(CALL, struck(*names))
    assert reply is not None
    assert reply.status == status


@pytest.mark.parametrize("name", ["bom", "slow", "reply_lost", "ok_not_stored"])
def test_the_others_let_the_page_answer(name: str) -> None:
    assert instead(CALL, struck(name)) is None


def test_an_unspoilt_answer_stays_as_it_is() -> None:
    reply = Reply(TABLE)
    assert spoil(reply, {}) == (reply, reply.encoded())


@pytest.mark.parametrize(
    ("names", "check"),
    [
        (["empty_body"], lambda body, _: body == b""),
        (["empty_body", "bom"], lambda body, _: body == b""),
        (["garbage"], lambda body, whole: whole.startswith(body) and 0 < len(body) < len(whole)),
        (["bom"], lambda body, whole: body == b"\xef\xbb\xbf" + whole),
        (["control_chars"], lambda body, whole: body == whole.replace(b'"ok"', b'"ok\x0b"')),
        (["html_500_after_store"], lambda body, _: body.startswith(b"<html>")),
    ],
)
def test_a_spoilt_answer_is_spoilt_as_named(names: list[str], check: Any) -> None:
    whole = Reply(TABLE).encoded()
    assert check(spoil(Reply(TABLE), struck(*names))[1], whole)


@pytest.mark.parametrize(
    ("shape", "rows"),
    [
        ("value", [{"value": ["甲", "7"], "ord": "7"}, {"value": ["乙", "8"], "ord": "8"}]),
        ("plain", [{"name": "甲", "ord": "7"}, {"name": "乙", "ord": "8"}]),
    ],
)
def test_rows_change_their_shape_and_keep_their_cells(shape: str, rows: list[Any]) -> None:
    copy = json.loads(json.dumps(TABLE))
    body = spoil(Reply(copy), struck("rows_as_object", shape=shape))[1]
    assert json.loads(body)["body"]["source"]["table"]["rows"] == rows


def test_html_has_neither_rows_nor_control_characters() -> None:
    page = documents.html(200)
    assert spoil(page, struck("rows_as_object", "control_chars"))[1] == page.encoded()


@pytest.mark.parametrize("text", ["一\n二", "\\n", "\\\\n\n", "\t\r\b\f", '"\n"', "\x00\x1f", "\\u0041"])
def test_raw_control_characters_lose_nothing(text: str) -> None:
    body = spoil(Reply({"header": {"message": "ok"}, "value": text}), struck("control_chars"))[1]
    assert json.loads(body, strict=False) == {"header": {"message": "ok\x0b"}, "value": text}
