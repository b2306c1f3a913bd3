"""Changing in the flat dialect, and what every flat page has in common: the token, the body, the rights."""

import json
from typing import Any

import pytest

from tests.sandbox.v3.flat import ADD, CONTRACT, EDIT, STOCK, UNIT, USERS, Flat
from zbsync.sandbox.request import Request

PAGES = [(ADD, UNIT), (EDIT, UNIT | {"ord": 1201}), (USERS, {}), (STOCK, {}), (CONTRACT, {"ord": 0})]


@pytest.fixture
def flat() -> Flat:
    return Flat()


def record(flat: Flat, ord_: int) -> dict[str, Any]:
    row = flat.store.record(ord_)
    assert row is not None
    return dict(row)


def test_what_was_not_sent_is_left_alone(flat: Flat) -> None:
    ord_ = flat.add(khid="WX1", ly="网站注册", mobile="13800000000", intro="旧", area="重庆", cateName="周敏")
    before = record(flat, ord_)
    assert flat.told(EDIT, **UNIT | {"ord": ord_, "intro": "新"}) == (200, "操作成功")
    after = record(flat, ord_)
    assert {name for name in after if after[name] != before[name]} == {"intro"}
    assert flat.store.log()[-1].effect == "modified"


def test_or_it_is_blanked_where_the_version_does_so(flat: Flat) -> None:
    ord_ = flat.add(khid="WX1", ly="网站注册", mobile="13800000000", intro="旧")
    before = record(flat, ord_)
    flat.store.set_policy(v3_edit_blanks=True)
    flat.ask(EDIT, UNIT | {"ord": ord_, "intro": "新"})
    after = record(flat, ord_)
    assert (after["intro"], after["khid"], after["ly"], after["mobile"]) == ("新", "", "", "")
    assert after["date1"] == before["date1"]


@pytest.mark.parametrize("name", ["ord", *UNIT])
def test_all_that_is_required_is_required_again(flat: Flat, name: str) -> None:
    ord_ = flat.add()
    code, text = flat.told(EDIT, **UNIT | {"ord": ord_} | {name: ""})
    assert (code, text.endswith("不能为空")) == (300, True)


def test_only_a_living_customer_is_changed(flat: Flat) -> None:
    deleted, draft = flat.add(), flat.allocate()
    flat.store.delete(deleted)
    for ord_ in (deleted, draft, 4711):
        assert flat.told(EDIT, **UNIT | {"ord": ord_}) == (300, "客户不存在")
    assert flat.told(EDIT, **UNIT | {"ord": "四"})[0] == 500


def test_a_change_moves_to_another_stage_owner_and_says_what_was_talked_about(flat: Flat) -> None:
    ord_ = flat.add()
    moved = UNIT | {"ord": ord_, "sort": "成交客户", "sort1": "首次成交", "cateName": "吴磊"}
    assert flat.told(EDIT, **moved | {"reply": "成交", "sort98": "上门"})[0] == 200
    row = record(flat, ord_)
    assert (row["sort1"], row["cateid"]) == ("4,12", 64)
    assert [(one["intro"], one["sort"]) for one in flat.store.follow_ups(company=ord_)] == [("成交", 483)]


def test_a_customer_is_no_duplicate_of_itself(flat: Flat) -> None:
    flat.store.set_policy(duplicates={"khid": "enter", "name": "enter", "mobile": "enter"})
    ord_ = flat.add(khid="WX1", mobile="13800000000")
    flat.add(khid="WX2", mobile="13800000001", name="别家")
    own = UNIT | {"ord": ord_, "khid": "WX1", "mobile": "13800000000"}
    assert flat.told(EDIT, **own)[0] == 200
    assert flat.told(EDIT, **own | {"mobile": "13800000001"}) == (300, "手机重复")


@pytest.mark.parametrize(("page", "body"), PAGES)
def test_a_page_wants_its_token_in_the_header(flat: Flat, page: str, body: dict[str, Any]) -> None:
    for token in ("", "gone"):
        answer = flat.ask(page, body | {"session": flat.session}, token=token)
        assert answer == {"Code": 400, "Msg": "token验证失败"}
    assert flat.effects() == ["expired", "expired"]
    flat.store.set_policy(token_required=False)
    assert flat.ask(page, body, token="")["Code"] != 400


def test_the_session_of_the_login_serves_both_dialects_and_ends_for_both(flat: Flat) -> None:
    assert flat.ask(ADD, UNIT)["Code"] == 200
    assert flat.allocate() == 1202
    flat.store.kill_sessions()
    assert flat.ask(ADD, UNIT)["Code"] == 400


def test_a_frozen_account_has_no_token_any_more(flat: Flat) -> None:
    flat.store.freeze(1)
    assert flat.ask(ADD, UNIT)["Code"] == 400


@pytest.mark.parametrize("raw", [b"{", b"[1]", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_an_error_of_the_server(flat: Flat, raw: bytes) -> None:
    headers = {"content-type": "application/json", "zbapi-token": flat.session}
    sent = flat.engine.answer(Request("POST", f"/webapi/v3/{ADD}", headers, raw))
    assert (sent.status, json.loads(sent.body)["Code"]) == (200, 500)
    assert flat.effects() == ["script_error"]


@pytest.mark.parametrize(
    ("method", "path", "kind", "status"),
    [
        ("GET", ADD, "application/json", 200),
        ("POST", ADD, "text/plain", 200),
        ("POST", "sales/customer/delete", "application/json", 404),
        ("POST", "", "application/json", 404),
    ],
)
def test_anything_else_is_a_page_for_people(flat: Flat, method: str, path: str, kind: str, status: int) -> None:
    headers = {"content-type": kind, "zbapi-token": flat.session}
    sent = flat.engine.answer(Request(method, f"/webapi/v3/{path}", headers, b"{}"))
    assert (sent.status, sent.body[:6]) == (status, b"<html>")


@pytest.mark.parametrize(("page", "body"), PAGES)
def test_an_older_erp_has_no_flat_pages(flat: Flat, page: str, body: dict[str, Any]) -> None:
    flat.store.set_policy(v3=False)
    headers = {"content-type": "application/json", "zbapi-token": flat.session}
    sent = flat.engine.answer(Request("POST", f"/webapi/v3/{page}", headers, json.dumps(body).encode()))
    assert sent.status == 404


def test_a_right_can_be_taken_away_here_too(flat: Flat) -> None:
    flat.store.set_policy(denied={"demo": ["*"]})
    assert flat.told(ADD, **UNIT) == (300, "您没有该操作的权限")
    assert flat.ask(USERS)["Code"] == 200
