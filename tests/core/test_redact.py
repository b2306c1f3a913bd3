"""Redaction: no secret and no phone number survives, and what was JSON stays JSON."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.redact import MARK, Redactor, mask_page, mask_phone, unmask

PASSWORD = "Pass'w\"ord&密码"
PLAIN = Redactor([])
KNOWING = Redactor([PASSWORD, "s3ssion-0a1b2c"])

LOGIN = {
    "datas": [
        {"id": "user", "val": "txt:crm_robot"},
        {"id": "password", "val": f"txt:{PASSWORD}"},
        {"id": "serialnum", "val": "txt:fixedserial01"},
        {"id": "rndcode", "val": ""},
    ]
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"session":"0a1b2c"}', '{"session":"***"}'),
        ('{"session" : "0a\\"1b"}', '{"session" : "***"}'),
        ("{session:'0a1b2c',datas:[]}", "{session:'***',datas:[]}"),
        ('{"Token":"0a1b2c","Datas":{}}', '{"Token":"***","Datas":{}}'),
        (r'{"said":"{\"session\":\"0a1b2c\"}"}', r'{"said":"{\"session\":\"***\"}"}'),
        ('{"id":"password","val":"hunter2"}', '{"id":"password","val":"***"}'),
        ('{"val":"hunter2","id":"password"}', '{"val":"***","id":"password"}'),
        ('{"id":"user","val":"txt:robot"}', '{"id":"user","val":"txt:***"}'),
        ("ZBAPI-Token: 0a1b2c", "ZBAPI-Token: ***"),
        ("POST /x?session=0a1b2c&page=1", "POST /x?session=***&page=1"),
        ("token=abc; path=/", "token=***; path=/"),
    ],
)
def test_it_knows_where_this_erp_carries_secrets(text: str, expected: str) -> None:
    assert PLAIN.text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"id":"name","val":"示例公司"}',
        '{"header":{"status":0,"message":"ok"},"body":{"model":"message"}}',
        "会话已超时，请重新登录",
        '{"sessions":3}',
        "文本: txt 文件",
        "/sysa/mobilephone/salesmanage/custom/list.asp?__msgid=refresh",
        "",
    ],
)
def test_it_leaves_everything_else(text: str) -> None:
    assert PLAIN.text(text) == text


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_login_keeps_its_shape_and_loses_its_values(ascii_only: bool) -> None:
    redacted = KNOWING.text(json.dumps(LOGIN, ensure_ascii=ascii_only))
    values = {one["id"]: one["val"] for one in json.loads(redacted)["datas"]}
    assert set(values.values()) <= {MARK, f"txt:{MARK}", ""}


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        (f"login failed for {PASSWORD}", "login failed for ***"),
        (json.dumps({"echo": PASSWORD}), '{"echo": "***"}'),
        (json.dumps({"echo": PASSWORD}, ensure_ascii=False), '{"echo": "***"}'),
        ("q=Pass%27w%22ord%26%E5%AF%86%E7%A0%81", "q=***"),
        ('echo Pass’w"ord&密码', "echo ***"),
    ],
)
def test_a_configured_secret_is_found_in_any_spelling(text: str, redacted: str) -> None:
    assert KNOWING.text(text) == redacted


def test_a_secret_with_spaces_is_found_in_a_form() -> None:
    assert Redactor(["two words"]).text("q=two+words&r=two%20words") == "q=***&r=***"


def test_a_secret_inside_a_longer_one_does_not_leave_its_rest() -> None:
    assert Redactor(["abc", "abcdef"]).text("x abcdef y abc") == "x *** y ***"


@pytest.mark.parametrize("empty", ["", "  ", "***"])
def test_an_empty_secret_hides_nothing(empty: str) -> None:
    assert Redactor([empty]).text("a b") == "a b"


@given(st.text(st.sampled_from("aB1'\"\\/ &微🌟"), min_size=4, max_size=12).filter(lambda secret: secret.strip(" *")))
def test_no_secret_survives_inside_json(secret: str) -> None:
    redacted = Redactor([secret]).text(json.dumps({"id": "memo", "val": f"<{secret}>"}, ensure_ascii=False))
    assert json.loads(redacted)["val"] == f"<{MARK}>"


@given(st.recursive(st.text(max_size=20) | st.integers(), lambda inner: st.dictionaries(st.text(max_size=8), inner)))
def test_json_stays_json(value: Any) -> None:
    text = json.dumps({"session": "0a1b2c", "body": value}, ensure_ascii=False)
    assert json.loads(PLAIN.text(text))["session"] == MARK


@given(st.text(st.sampled_from("session:\"'{}txt,=\\ *"), max_size=40))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert PLAIN.text(PLAIN.text(text)) == PLAIN.text(text)


@given(
    st.text(), st.sampled_from(["session", "SESSION", "ZBAPI-Token", "Passwd", "pwd", "secret", "ſecret"]), st.text()
)
def test_one_session_struck_out_hides_no_second_secret(before: str, key: str, after: str) -> None:
    done = f'{{"session":"{MARK}"}}'
    kept = Redactor([]).text(f'{done}{json.dumps(before)}{{"{key}":"hidden-word"}}{json.dumps(after)}')
    assert "hidden-word" not in kept


def test_headers_lose_their_secrets_and_keep_their_names() -> None:
    assert KNOWING.headers(
        {
            "ZBAPI-Token": "0a1b2c",
            "Set-Cookie": "ZBCCSN=1; path=/",
            "authorization": "Bearer x",
            "Content-Type": "application/json",
            "X-Echo": "s3ssion-0a1b2c",
        }
    ) == {
        "ZBAPI-Token": MARK,
        "Set-Cookie": MARK,
        "authorization": MARK,
        "Content-Type": "application/json",
        "X-Echo": MARK,
    }


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800138000", "138****8000"),
        ("call 13800138000 or 139-1234-5678!", "call 138****8000 or 139****5678!"),
        ("+86 138 0013 8000", "+86 138****8000"),
        ("8613800138000", "86138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("phone=13800138000,", "phone=138****8000,"),
        ("电话13800138000王", "电话138****8000王"),
    ],
)
def test_every_mobile_is_masked(text: str, masked: str) -> None:
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    "text",
    ["", "order 1207", "12800138000", "010-88886666", "id 1380013800012345", "2025-03-01 12:00:00", "pid 13800"],
)
def test_other_numbers_are_left(text: str) -> None:
    assert mask_phone(text) == text


@given(st.text(max_size=10), st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.sampled_from(["", " ", "，", "x"]))
def test_no_mobile_survives_masking(before: str, number: str, after: str) -> None:
    text = f"{before}|{number}{after}"
    assert number not in mask_phone(text)
    assert mask_phone(mask_phone(text)) == mask_phone(text)


# ---------------------------------------------------------------- pages
@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<td>13800138000</td>", "<td>138****8000</td>"),
        ("Phone13800138000", "Phone138****8000"),
        ("wx13800138000 / WX13800138000", "wx138****8000 / WX138****8000"),
        ("0571-88886666", "0571-****6666"),
        ("010 12345678，转 8", "010 ****5678，转 8"),
        ("+852 9123 4567", "+852 ****4567"),
        ('{"mobile": "13800138000"}', '{"mobile": "138****8000"}'),
    ],
)
def test_every_number_of_a_page_is_masked(text: str, masked: str) -> None:
    assert mask_page(text) == masked
    assert mask_page(masked) == masked


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-27T14:03:41.123456+08:00", "1700000000000", "0.13812345678", "400-800-1234", "08:30 12:30", "+30"],
)
def test_what_is_no_number_of_anybody_stays_on_a_page(text: str) -> None:
    assert mask_page(text) == text


@given(st.binary(min_size=32, max_size=32), st.uuids())
def test_digests_and_ids_stay_whatever_digits_are_in_them(raw: bytes, act: uuid.UUID) -> None:
    text = f"<b>{raw.hex()}</b> {act} a13812345678{raw.hex()}"
    assert mask_page(text) == text


def test_a_number_that_was_typed_stays_where_it_is_carried_on_and_nowhere_else() -> None:
    page = '<input value="13800138000"><a href="?q=13800138000&p=2">2</a><td>13800138000</td><a href="?q=13900139000">'
    masked = mask_page(page, ["13800138000"])
    assert masked == page.replace(">13800138000<", ">138****8000<").replace("13900139000", "139****9000")


@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.text("王，。 ", max_size=5))
def test_a_masked_text_that_comes_back_is_whole_again(number: str, around: str) -> None:
    known = f"{around}{number}{around}"
    assert unmask(mask_page(known), known) == known
    assert unmask("138****0000", "nothing") == "138****0000"
