"""The faults of a hostile day, each alone: what the caller sees, and what the ERP holds afterwards."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.caller import (
    ADD,
    LIST,
    ORDER,
    PERSON,
    PERSONS,
    PROTECT,
    REFRESH,
    REPLY,
    SAVE,
    Caller,
    fields_of,
    unit,
)
from zbsync.sandbox.app import Sandbox, running

OK = "保存成功！"
PLAIN = {"intro": "谈过", "sort": 484, "plantype": 0}


def names(sandbox: Sandbox) -> list[str]:
    return [row["name"] for row in sandbox.store.customers()]


def wait_for(condition: Callable[[], bool], seconds: float = 3) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


def test_a_stalled_answer_outlasts_any_patience_and_the_save_stands(sandbox: Sandbox) -> None:
    caller = Caller(sandbox, timeout=0.3)
    caller.login()
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "stall", "cmdkey": SAVE}])
    with pytest.raises(TimeoutError):
        caller.save(ord=ord_)
    assert names(sandbox) == ["示例公司"]
    assert (sandbox.log()[-1].status, sandbox.log()[-1].effect) == (0, "created")


def test_a_stall_ends_when_the_caller_hangs_up() -> None:
    with running() as sandbox:
        caller = Caller(sandbox, timeout=0.2)
        caller.login()
        sandbox.faults.arm([{"name": "stall"}])
        before = threading.active_count()
        with pytest.raises(TimeoutError):
            caller.rows()
        caller.connection.close()
        wait_for(lambda: threading.active_count() < before)


def test_a_short_stall_is_only_slow(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm([{"name": "stall", "seconds": 0.1}])
    assert caller.rows() == []
    wait_for(lambda: sandbox.log()[-1].status == 200)


def test_a_stop_does_not_wait_for_a_stall() -> None:
    with running() as sandbox:
        caller = Caller(sandbox, timeout=5)
        caller.login()
        sandbox.faults.arm([{"name": "stall"}])
        asking = threading.Thread(target=caller.rows)
        asking.start()
        wait_for(lambda: len(sandbox.log()) == 2)
        sandbox.stop()
        asking.join(2)
        assert not asking.is_alive()


def test_a_cut_body_promises_more_than_comes(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "cut_body", "cmdkey": SAVE, "count": 1}])
    with pytest.raises(http.client.IncompleteRead) as cut:
        caller.save(ord=ord_, khid="WX1")
    assert cut.value.partial.startswith(b'{"header"')
    assert cut.value.expected
    assert names(sandbox) == ["示例公司"]
    assert sandbox.log()[-1].answered is False
    caller.connection.close()
    assert caller.save(ord=ord_, khid="WX1") == OK, "on a new connection all is well"


def test_503_may_come_without_a_word_on_when(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm([{"name": "unavailable_bare"}])
    assert caller.send(LIST, b"{}").startswith(b"<html>")
    assert (caller.status, caller.headers["Retry-After"]) == (503, None)


@pytest.mark.parametrize(("fault", "kept"), [("html_200", []), ("html_200_after_store", ["示例公司"])])
def test_a_page_for_people_tells_nothing_of_what_was_stored(
    sandbox: Sandbox, caller: Caller, fault: str, kept: list[str]
) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm([fault])
    with pytest.raises(json.JSONDecodeError):
        caller.save(ord=ord_)
    assert caller.status == 200
    assert names(sandbox) == kept


def test_texts_come_as_html_and_values_as_they_are(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(name='甲&乙 <机械> "厂"', intro="一\n二")
    sandbox.faults.arm(["entities"])
    shown = caller.detail(ord_)
    assert shown["name"]["text"] == "&#30002;&#38;乙 &#60;机械&#62; &#34;厂&#34;"
    assert shown["name"]["value"] == '甲&乙 <机械> "厂"'
    assert shown["intro"]["text"] == "&#19968;<br>二"
    [row] = caller.rows()
    assert (row["name"], row["ord"]) == (shown["name"]["text"], str(ord_))
    assert caller.save(ord=ord_) == "&#20445;存成功！"


def test_numbers_have_separators_even_where_they_are_ids(sandbox: Sandbox, caller: Caller) -> None:
    caller.create()
    sandbox.faults.arm(["thousands"])
    assert caller.rows()[0]["ord"] == "1,201"
    assert caller.call(ADD)["body"]["bill"]["value"] == "1,202"
    assert caller.rows(PERSONS)[0]["company"] == "1,201"


@pytest.mark.parametrize(("shape", "left"), [("rows", (13, 0)), ("cols", (0, 1))])
def test_a_table_may_count_what_it_does_not_show(
    sandbox: Sandbox, caller: Caller, shape: str, left: tuple[int, int]
) -> None:
    caller.create()
    sandbox.faults.arm([{"name": "unfilled", "shape": shape}])
    table = caller.call(LIST, REFRESH)["body"]["source"]["table"]
    assert (len(table["cols"]), len(table["rows"])) == left
    assert table["page"]["recordcount"] == 1


def test_a_status_may_come_as_text(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm(["status_text"])
    assert caller.login()["status"] == "0"
    assert caller.call(LIST, REFRESH)["header"]["status"] == "0"


def test_an_odd_status_says_nothing_of_what_was_stored(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "odd_status", "text": "系统忙"}])
    header = caller.call(ADD + "?intsort=1", SAVE, **unit(ord=ord_))["header"]
    assert (header["status"], header["message"]) == (9, "系统忙")
    assert names(sandbox) == ["示例公司"]
    assert caller.login()["status"] == 0, "logging in is left alone"


def test_a_success_may_be_said_in_unknown_words_but_a_refusal_stays_one(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm(["unknown_sentence"])
    assert caller.save(ord=ord_) == "本次操作已受理。"
    assert caller.save(ord=ord_, name="") == "客户名称不能为空！"
    assert caller.said(PROTECT, ord=ord_) == "本次操作已受理。"
    assert names(sandbox) == ["示例公司"]


def test_the_same_ord_is_handed_to_two_callers_and_the_second_save_wins(sandbox: Sandbox, caller: Caller) -> None:
    other = Caller(sandbox)
    other.login()
    first = caller.allocate()
    sandbox.faults.arm(["allocate_twice"])
    assert other.allocate() == first
    assert (caller.save(ord=first, name="甲"), other.save(ord=first, name="乙")) == (OK, OK)
    assert names(sandbox) == ["乙"]
    assert [seen.effect for seen in sandbox.log(ord=first)] == ["allocated", "allocated", "created", "modified"]
    sandbox.faults.arm([])
    assert other.allocate() == first + 1


def test_without_a_predecessor_nothing_is_handed_out_twice(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm(["allocate_twice"])
    assert [caller.allocate(), caller.allocate()] == [1201, 1201]


def test_rules_on_duplicates_may_block_for_a_moment(sandbox: Sandbox, caller: Caller) -> None:
    caller.create(mobile="13800000000")
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "duplicate_refusal", "count": 1}])
    assert caller.save(ord=ord_, name="别家", mobile="13800000000", person_name="李工") == "相同手机已存在！"
    assert caller.save(ord=ord_, name="别家", mobile="13800000000", person_name="李工") == OK
    assert sandbox.store.policy("duplicates")["mobile"] == "point"


def test_a_colleague_types_the_same_customer_at_the_same_moment(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "human_twin"}])
    assert caller.save(ord=ord_, khid="WX1", mobile="13800000000") == OK
    rows = {row["ord"]: row for row in sandbox.store.customers()}
    twin = rows[ord_ + 1]
    assert (twin["name"], twin["mobile"], twin["creator"], twin["cateid"]) == ("示例公司", "13800000000", 63, 63)
    assert (rows[ord_]["khid"], twin["khid"]) == ("WX1", "KH00002")
    assert caller.save(ord=ord_, khid="WX1") == OK
    assert len(sandbox.store.customers()) == 2, "a change brings no colleague"


def test_where_mobiles_block_the_colleague_wins(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(duplicates={"mobile": "enter"})
    ord_ = caller.allocate()
    sandbox.faults.arm(["human_twin"])
    assert caller.save(ord=ord_, mobile="13800000000") == "相同手机已存在！"
    assert [row["creator"] for row in sandbox.store.customers()] == [63], "whoever was first stays"


def test_an_option_vanishes_for_good(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    sandbox.faults.arm([{"name": "option_vanishes", "count": 1}])
    assert caller.save(ord=ord_, ly=978) == OK
    shown = caller.detail(ord_)["ly"]
    assert (shown["value"], shown["text"]) == ("978", "")
    assert "微信咨询" not in {option["n"] for option in shown["source"]["options"]}
    sandbox.store.set_policy(options_checked=True)
    assert caller.save(ord=ord_, ly=978) == "客户来源不存在，请重新选择！"
    assert caller.save(ord=ord_, ly=171) == OK


def writes(caller: Caller, ord_: int) -> list[tuple[str, str, dict[str, Any]]]:
    """One write of each kind on a customer."""
    return [
        (PERSON, SAVE, {"company": ord_, "person_name": "李工"}),
        (REPLY, SAVE, {"ord": ord_, **PLAIN}),
        (ORDER, SAVE, {"ord": ord_, "member1": 0, "member2": 63}),
        (PROTECT, "", {"ord": ord_}),
    ]


def footprint(sandbox: Sandbox, ord_: int) -> tuple[int, int, Any, bool]:
    row = sandbox.store.record(ord_)
    assert row is not None
    store = sandbox.store
    return len(store.persons(ord_)), len(store.follow_ups()), row["cateid"], bool(row["protected"])


def test_ok_not_stored_lies_about_every_write(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    before = footprint(sandbox, ord_)
    sandbox.faults.arm(["ok_not_stored"])
    for path, command, fields in writes(caller, ord_):
        assert "成功" in (said := caller.said(path, command, **fields)) or "完成" in said
    assert footprint(sandbox, ord_) == before
    assert {seen.effect for seen in sandbox.log()[-4:]} == {"not_stored"}
    assert sandbox.store.changes() == sandbox.store.writes()


def test_late_commit_delays_every_write(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    before = footprint(sandbox, ord_)
    sandbox.faults.arm([{"name": "late_commit", "seconds": 0.4}])
    for path, command, fields in writes(caller, ord_):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            caller.call(path, command, **fields)
    assert footprint(sandbox, ord_) == before
    assert {seen.effect for seen in sandbox.log(faults="late_commit")} == {"pending"}
    wait_for(lambda: not sandbox.log(effect="pending"))
    assert footprint(sandbox, ord_) == (2, 1, 63, True)
    for seen in sandbox.log(faults="late_commit"):
        assert seen.took_at is not None
        assert seen.took_at - seen.at >= 0.3


def test_reply_lost_loses_the_answer_of_every_write(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.faults.arm(["reply_lost"])
    for path, command, fields in writes(caller, ord_):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            caller.call(path, command, **fields)
    assert footprint(sandbox, ord_) == (2, 1, 63, True)
    assert [seen.answered for seen in sandbox.log(faults="reply_lost")] == [False] * 4


def test_a_fault_can_be_kept_to_one_operation_or_dialect(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create()
    sandbox.faults.arm([{"name": "refuse", "operation": "follow_up_customer", "text": "不行，请稍等"}])
    assert caller.said(REPLY, SAVE, ord=ord_, **PLAIN) == "不行，请稍等"
    assert caller.said(PROTECT, ord=ord_) == "保护成功！"
    sandbox.faults.arm([{"name": "html_500", "dialect": "ov1"}])
    assert caller.rows(telord=ord_)
    caller.send("/webapi/v3/ov1/salesmanage/custom/list", b"{}")
    assert caller.status == 500


def test_the_socket_really_closes_after_a_cut(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm(["cut_body"])
    body = json.dumps({"session": caller.session}).encode()
    head = f"POST {LIST} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as wire:
        wire.sendall(head.encode() + body)
        received = b""
        while piece := wire.recv(65536):
            received += piece
    top, _, rest = received.partition(b"\r\n\r\n")
    promised = int(top.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert 0 < len(rest) < promised


def test_fields_are_all_there_when_only_the_reading_is_hard(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(intro="备注")
    plain = set(caller.detail(ord_))
    for fault in ("entities", "thousands", "status_text", "bom", "control_chars"):
        sandbox.faults.arm([fault])
        raw = caller.send(
            ADD + "?edit=1",
            json.dumps({"session": caller.session, "datas": [{"id": "ord", "val": ord_}]}).encode(),
        )
        assert set(fields_of(json.loads(raw.decode("utf-8-sig"), strict=False))) == plain
