"""Every fault strikes as it says, and afterwards the ERP is in a known state."""

import http.client
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, LOGIN, REFRESH, SAVE, Caller, datas, unit
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.faults import KINDS, BadFault, Faults, Processed, Rule, read_rules
from zbsync.sandbox.request import Call, Request, read_call

OK = "保存成功！"
HUNG_UP = (http.client.RemoteDisconnected, ConnectionError)


def save_under(sandbox: Sandbox, caller: Caller, *faults: Any) -> int:
    """A fresh draft, then the faults."""
    ord_ = caller.allocate()
    sandbox.faults.arm(list(faults))
    return ord_


def stored(sandbox: Sandbox) -> list[str]:
    return [row["khid"] for row in sandbox.store.customers()]


def wait_for(condition: Callable[[], bool], seconds: float = 3) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it never came true"
        time.sleep(0.01)


@pytest.mark.parametrize(("fault", "kept"), [("reset_before", []), ("reply_lost", ["WX1"])])
def test_a_connection_that_breaks_says_nothing_of_what_was_stored(
    sandbox: Sandbox, caller: Caller, fault: str, kept: list[str]
) -> None:
    ord_ = save_under(sandbox, caller, {"name": fault, "count": 1, "cmdkey": SAVE})
    with pytest.raises(HUNG_UP):
        caller.save(ord=ord_, khid="WX1")
    assert stored(sandbox) == kept
    assert (sandbox.log()[-1].status, sandbox.log()[-1].faults) == (0, fault)
    assert caller.save(ord=ord_, khid="WX1") == OK  # a resend under the same ord is harmless
    assert stored(sandbox) == ["WX1"]


def test_reset_before_is_a_reset_and_lost_a_clean_close(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.arm([{"name": "reset_before"}])
    with pytest.raises(ConnectionResetError) as reset:
        caller.call(LIST)
    assert not isinstance(reset.value, http.client.RemoteDisconnected)
    sandbox.faults.arm([{"name": "reply_lost", "path": "list"}])
    with pytest.raises(http.client.RemoteDisconnected):
        caller.call(LIST)


def test_ok_not_stored_lies(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, {"name": "ok_not_stored"})
    assert caller.save(ord=ord_, khid="WX1") == OK
    assert stored(sandbox) == []
    assert sandbox.store.writes() == []
    assert sandbox.log()[-1].effect == "not_stored"
    assert caller.said(ADD + "?edit=1", ord=ord_).endswith("已被删除！")


def test_ok_not_stored_leaves_an_existing_customer_as_it_was(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(khid="WX1", mobile="13800000000")
    before = caller.detail(ord_)
    sandbox.faults.arm([{"name": "ok_not_stored"}])
    assert caller.save(ord=ord_, khid="WX1", mobile="13800000009") == OK
    assert caller.detail(ord_) == before


def test_a_refusal_below_a_lie_is_still_a_refusal(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, {"name": "ok_not_stored"})
    assert caller.save(ord=ord_, name="") == "客户名称不能为空！"
    assert sandbox.log()[-1].effect == "refused"


@pytest.mark.parametrize(("fault", "kept"), [("html_500", []), ("html_500_after_store", ["WX1"])])
def test_a_crash_in_html_tells_nothing_either(sandbox: Sandbox, caller: Caller, fault: str, kept: list[str]) -> None:
    ord_ = save_under(sandbox, caller, {"name": fault})
    body = {"session": caller.session, "cmdkey": SAVE, "datas": datas(unit(ord=ord_, khid="WX1"))}
    assert caller.send(ADD + "?intsort=1", json.dumps(body).encode()).startswith(b"<html>")
    assert caller.status == sandbox.log()[-1].status == 500
    assert stored(sandbox) == kept


def test_unavailable_says_when_to_come_back(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, {"name": "unavailable", "seconds": 2.5})
    with pytest.raises(json.JSONDecodeError):
        caller.save(ord=ord_)
    assert (caller.status, caller.headers["Retry-After"]) == (503, "2.5")
    assert stored(sandbox) == []


def test_refuse_speaks_the_sentence_it_was_given(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, {"name": "refuse", "text": "同名客户已被保护！"})
    assert caller.save(ord=ord_) == "同名客户已被保护！"
    assert caller.rows() == []  # reading is not refused
    assert stored(sandbox) == []


@pytest.mark.parametrize("fault", ["empty_body", "garbage"])
def test_an_unreadable_answer_may_hide_a_save(sandbox: Sandbox, caller: Caller, fault: str) -> None:
    ord_ = save_under(sandbox, caller, {"name": fault})
    with pytest.raises(json.JSONDecodeError):
        caller.save(ord=ord_, khid="WX1")
    assert caller.status == 200
    assert stored(sandbox) == ["WX1"]


def test_slow_stores_first_and_answers_late(sandbox: Sandbox) -> None:
    caller = Caller(sandbox, timeout=0.2)
    caller.login()
    ord_ = save_under(sandbox, caller, {"name": "slow", "seconds": 0.6, "cmdkey": SAVE})
    with pytest.raises(TimeoutError):
        caller.save(ord=ord_, khid="WX1")
    assert stored(sandbox) == ["WX1"]


def test_late_commit_is_absent_at_first_and_there_later(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, {"name": "late_commit", "seconds": 0.3})
    with pytest.raises(HUNG_UP):
        caller.save(ord=ord_, khid="WX1")
    assert stored(sandbox) == []
    assert sandbox.log()[-1].effect == "pending"
    wait_for(lambda: stored(sandbox) == ["WX1"])
    assert [(seen.effect, seen.khid) for seen in sandbox.store.writes(ord=ord_)] == [("created", "WX1")]


def test_a_stop_lets_late_commits_take_effect() -> None:
    with running() as sandbox:
        caller = Caller(sandbox)
        caller.login()
        ord_ = save_under(sandbox, caller, {"name": "late_commit", "seconds": 600})
        with pytest.raises(HUNG_UP):
            caller.save(ord=ord_, khid="WX1")
        sandbox.stop()
        assert stored(sandbox) == ["WX1"]


def test_session_kill_ends_every_session(sandbox: Sandbox, caller: Caller) -> None:
    other = Caller(sandbox)
    other.login()
    ord_ = save_under(sandbox, caller, {"name": "session_kill", "count": 1})
    answer = caller.call(ADD + "?intsort=1", SAVE, **unit(ord=ord_))
    assert answer == {"header": {"status": 1, "message": "登录超时，请重新登录!"}}
    assert "body" not in other.call(LIST, REFRESH)
    assert stored(sandbox) == []
    caller.login()
    assert caller.save(ord=ord_) == OK


def test_captcha_locks_the_device_out_for_good(sandbox: Sandbox) -> None:
    sandbox.faults.arm([{"name": "captcha", "count": 1}])
    caller = Caller(sandbox)
    assert "验证码" in caller.login(serial="txt:dev1")["message"]
    assert "验证码" in caller.login()["message"]
    assert caller.login(serial="dev2")["status"] == 0


def test_a_mark_before_the_answer_and_control_characters_inside_it(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.create(intro='一\n二\t三\\n四"五')
    sandbox.faults.arm(["bom", "control_chars"])
    raw = caller.send(
        ADD + "?edit=1",
        json.dumps({"session": caller.session, "datas": [{"id": "ord", "val": ord_}]}).encode(),
    )
    assert raw.startswith(b"\xef\xbb\xbf")
    answer = json.loads(raw.decode("utf-8-sig"), strict=False)
    assert answer["header"]["message"] == "ok\x0b"
    fields = {field["id"]: field for group in answer["body"]["bill"]["groups"] for field in group["fields"]}
    assert fields["intro"]["value"] == '一\n二\t三\\n四"五'


@pytest.mark.parametrize(
    ("shape", "limit", "kind"),
    [("value", 2, "list"), ("plain", 2, "list"), ("single", 1, "dict"), ("single", 2, "list")],
)
def test_rows_may_be_objects(sandbox: Sandbox, caller: Caller, shape: str, limit: int, kind: str) -> None:
    sandbox.store.add_customers([{"name": f"第{n}家"} for n in range(limit)])
    sandbox.faults.arm([{"name": "rows_as_object", "shape": shape}])
    rows = caller.call(LIST, REFRESH)["body"]["source"]["table"]["rows"]
    assert type(rows).__name__ == kind
    first = rows[0] if kind == "list" else rows
    assert first["ord"] == str(sandbox.store.customers()[-1]["ord"])
    assert ("value" in first) is (shape == "value")
    assert "bill" in caller.call(ADD)["body"]  # answers without rows are left alone


AFTERWARDS = {Processed.NO: [], Processed.UNDONE: [], Processed.LATER: ["WX1"], Processed.YES: ["WX1"]}


# Those left out change who may call or what is handed out, not what becomes of a save; a twin stands beside it.
@pytest.mark.parametrize("name", sorted(set(KINDS) - {"session_kill", "captcha", "allocate_twice", "human_twin"}))
def test_what_became_of_a_call_is_what_the_kind_says(sandbox: Sandbox, caller: Caller, name: str) -> None:
    ord_ = save_under(sandbox, caller, {"name": name, "seconds": 0.01})
    with suppress(http.client.HTTPException, OSError, ValueError):
        caller.save(ord=ord_, khid="WX1")
    wait_for(lambda: not sandbox.log(effect="pending"))
    assert stored(sandbox) == AFTERWARDS[KINDS[name].processed]
    assert sandbox.log(ord=ord_)[-1].faults == name


def test_each_fault_that_hits_a_call_is_in_the_journal(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = save_under(sandbox, caller, "bom", "reply_lost")
    with pytest.raises(HUNG_UP):
        caller.save(ord=ord_)
    assert sandbox.log()[-1].faults == "bom,reply_lost"
    assert [rule["struck"] for rule in sandbox.faults.armed()] == [1, 1]


def call(path: str = ADD, command: str = SAVE, **data: str) -> Call:
    body = json.dumps({"cmdkey": command, "datas": datas(data)}).encode()
    return read_call(Request("POST", path, {}, body))


@pytest.mark.parametrize(
    ("rule", "hits"),
    [
        ({"name": "bom"}, True),
        ({"name": "bom", "path": "CUSTOM/add"}, True),
        ({"name": "bom", "path": "person"}, False),
        ({"name": "bom", "cmdkey": SAVE}, True),
        ({"name": "bom", "cmdkey": ""}, False),
        ({"name": "bom", "where": {"khid": "WX1"}}, True),
        ({"name": "bom", "where": {"khid": "WX"}}, False),
        ({"name": "bom", "where": {"ord": 7}}, True),
        ({"name": "captcha"}, False),
        ({"name": "reply_lost"}, True),
        ({"name": "bom", "probability": 0}, False),
        ({"name": "bom", "count": 0}, False),
        ({"name": "bom", "after": 1}, False),
        ({"name": "bom", "dialect": "legacy"}, True),
        ({"name": "bom", "dialect": "v3"}, False),
        ({"name": "bom", "operation": "save_customer"}, True),
        ({"name": "bom", "operation": "writes"}, True),
        ({"name": "bom", "operation": "creates"}, True),
        ({"name": "bom", "operation": "save_person"}, False),
        ({"name": "allocate_twice"}, False),
        ({"name": "reply_lost", "operation": "allocate"}, False),
    ],
)
def test_a_rule_speaks_of_some_calls_only(rule: dict[str, Any], hits: bool) -> None:
    assert ("x" if Faults(read_rules([rule])).strike(call(khid="WX1", ord="7")) else "") == ("x" if hits else "")


def test_what_hits_saves_by_default_can_be_turned_on_other_calls() -> None:
    lost = [{"name": "reply_lost"}], [{"name": "reply_lost", "path": "login"}], [{"name": "reply_lost", "cmdkey": ""}]
    calls = call(), call(LOGIN, ""), call(ADD, "")
    hits = [[bool(Faults(read_rules(rules)).strike(one)) for one in calls] for rules in lost]
    assert hits == [[True, False, False], [False, True, False], [False, True, True]]


def test_count_and_after_make_a_window() -> None:
    faults = Faults(read_rules([{"name": "bom", "after": 2, "count": 3}]))
    assert [bool(faults.strike(call())) for _ in range(7)] == [False, False, True, True, True, False, False]


def test_dice_fall_the_same_for_the_same_seed() -> None:
    def falls(seed: int) -> list[bool]:
        faults = Faults(read_rules([{"name": "bom", "probability": 0.3}]), seed)
        return [bool(faults.strike(call())) for _ in range(400)]

    assert falls(1) == falls(1) != falls(2)
    assert 80 <= sum(falls(1)) <= 160


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("[]", []),
        ('[{"name": "bom"}, "garbage"]', ["bom", "garbage"]),
        ('{"bom": 0.5, "slow": {"seconds": 2}}', ["bom", "slow"]),
        ('{"seed": 7, "rules": ["bom", {"name": "weather", "probability": 0.1}]}', ["bom", "weather"]),
        ({"rules": {"bom": 0.5}}, ["bom"]),
        ([{"name": "weather", "only": ["bom"], "without": ["slow"]}], ["weather"]),
        (b'["bom"]', ["bom"]),
        ([{"name": "bom"}], ["bom"]),
    ],
)
def test_rules_are_spelled_as_list_or_object(spec: Any, names: list[str]) -> None:
    assert [rule.name for rule in read_rules(spec)] == names


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ("[", "not JSON"),
        ("7", "JSON list"),
        ([7], "needs a name"),
        ([{"probability": 1}], "needs a name"),
        ([{"name": "explode"}], "known are reset_before"),
        ([{"name": "bom", "often": 1}], "unknown often"),
        ([{"name": "bom", "struck": 1}], "unknown struck"),
        ([{"name": "bom", "probability": 1.5}], "between 0 and 1"),
        ([{"name": "bom", "probability": "high"}], "probability cannot be 'high'"),
        ([{"name": "bom", "count": -1}], "negative"),
        ([{"name": "bom", "count": True}], "count cannot be True"),
        ([{"name": "slow", "seconds": -1}], "negative"),
        ([{"name": "bom", "where": "x"}], "where cannot be"),
        ([{"name": "rows_as_object", "shape": "round"}], "none of value, value_id, plain, single"),
        ([{"name": "bom", "dialect": "soap"}], "none of legacy, ov1, v3"),
        ([{"name": "bom", "operation": "explode"}], "none of add_customer"),
        ([{"name": "weather", "only": ["explode"]}], "unknown fault explode"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_place_and_the_mend(spec: Any, word: str) -> None:
    with pytest.raises(BadFault, match=word.replace("[", r"\[")):
        read_rules(spec)


def test_a_wrong_rule_leaves_the_armed_ones_alone() -> None:
    faults = Faults([Rule("bom")])
    with pytest.raises(BadFault):
        faults.arm([{"name": "explode"}])
    assert [rule["name"] for rule in faults.armed()] == ["bom"]
