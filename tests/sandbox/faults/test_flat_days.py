"""The same bad days in the flat dialect: every fault that can strike there does, with its own shape of answer."""

import json
from typing import Any

import pytest

from tests.sandbox.v3.flat import ADD, EDIT, STOCK, UNIT, Flat
from zbsync.sandbox.engine import Ending, Sent
from zbsync.sandbox.faults import KINDS, Processed
from zbsync.sandbox.request import Request


@pytest.fixture
def flat() -> Flat:
    return Flat()


def add(flat: Flat, **fields: Any) -> Sent:
    headers = {"content-type": "application/json", "zbapi-token": flat.session}
    return flat.engine.answer(Request("POST", f"/webapi/v3/{ADD}", headers, json.dumps(UNIT | fields).encode()))


def stored(flat: Flat) -> int:
    return len([row for row in flat.store.customers() if row["creator"] == 1])


AFTERWARDS = {Processed.NO: 0, Processed.UNDONE: 0, Processed.LATER: 1, Processed.YES: 1}


@pytest.mark.parametrize("name", sorted(set(KINDS) - {"captcha", "allocate_twice", "session_kill"}))
def test_what_becomes_of_an_add_is_what_the_kind_says(flat: Flat, name: str) -> None:
    flat.engine.faults.arm([{"name": name, "seconds": 0}])
    add(flat)
    flat.engine.close()
    assert stored(flat) == AFTERWARDS[KINDS[name].processed]
    assert flat.store.log()[-1].faults == name
    assert flat.store.log()[-1].operation == "add_customer"


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        ("refuse", 300, "本阶段有必填项未填写，请填写后再保存！"),
        ("script_error", 500, "未将对象引用设置到对象的实例。"),
        ("odd_status", 900, "未知错误"),
        ("unknown_sentence", 201, "本次操作已受理。"),
        ("status_text", "200", "操作成功"),
        ("entities", 200, "&#25805;作成功"),
        ("session_kill", 400, "token验证失败"),
        ("ok_not_stored", 200, "操作成功"),
    ],
)
def test_an_answer_is_spoilt_in_its_own_shape(flat: Flat, fault: str, code: Any, text: str) -> None:
    flat.engine.faults.arm([fault])
    assert json.loads(add(flat).body) == {"Code": code, "Msg": text}


def test_a_lost_add_done_again_is_there_twice(flat: Flat) -> None:
    flat.engine.faults.arm([{"name": "reply_lost", "count": 1, "operation": "add_customer"}])
    assert add(flat).ending is Ending.HANG_UP
    assert add(flat).ending is Ending.ANSWER
    assert stored(flat) == 2
    assert [seen.answered for seen in flat.store.changes()] == [False, True]


@pytest.mark.parametrize(("shape", "left"), [("rows", (11, 0)), ("cols", (0, 18))])
def test_a_flat_table_may_be_unfilled_too(flat: Flat, shape: str, left: tuple[int, int]) -> None:
    flat.engine.faults.arm([{"name": "unfilled", "shape": shape}])
    answer = flat.ask(STOCK, {})
    assert (len(answer["Cols"]), len(answer["Rows"]), answer["Page"]["RecordCount"]) == (*left, 18)


def test_a_colleague_has_the_same_customer_first_here_too(flat: Flat) -> None:
    flat.engine.faults.arm([{"name": "human_twin", "count": 1}])
    add(flat, mobile="13800000000")
    assert [(row["creator"], row["mobile"]) for row in flat.store.customers()] == [
        (63, "13800000000"),
        (1, "13800000000"),
    ]


def test_duplicates_block_for_a_moment_here_too(flat: Flat) -> None:
    add(flat, mobile="13800000000")
    flat.engine.faults.arm([{"name": "duplicate_refusal", "count": 1}])
    assert json.loads(add(flat, mobile="13800000000").body)["Code"] == 300
    assert json.loads(add(flat, mobile="13800000000").body)["Code"] == 200


def test_a_vanished_option_cannot_be_named_any_more(flat: Flat) -> None:
    flat.engine.faults.arm([{"name": "option_vanishes", "text": "网站注册"}])
    assert json.loads(add(flat, ly="网站注册").body) == {"Code": 300, "Msg": "客户来源不存在"}


def test_rules_can_speak_of_the_flat_dialect_alone(flat: Flat) -> None:
    flat.engine.faults.arm([{"name": "html_500", "dialect": "v3", "operation": "edit_customer"}])
    ord_ = flat.add()
    headers = {"content-type": "application/json", "zbapi-token": flat.session}
    body = json.dumps(UNIT | {"ord": ord_}).encode()
    assert flat.engine.answer(Request("POST", f"/webapi/v3/{EDIT}", headers, body)).status == 500
    assert flat.allocate()
