"""The door from outside: state, log, faults, policies, reset."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import LIST, REFRESH, Caller
from zbsync.sandbox.app import Sandbox, running

DOOR = "/__sandbox__/"


def get(caller: Caller, what: str) -> Any:
    return json.loads(caller.send(DOOR + what, b"", method="GET"))


def test_state_counts_what_is_there(caller: Caller) -> None:
    caller.create()
    caller.allocate()
    state = get(caller, "state")
    counts = {name: state[name] for name in ("customers", "drafts", "persons", "sessions", "calls", "faults")}
    assert counts == {"customers": 1, "drafts": 1, "persons": 1, "sessions": 1, "calls": 4, "faults": []}
    assert state["effects"] == {"allocated": 2, "created": 1, "login": 1}


def test_the_log_shows_each_call_with_its_effect_and_no_session(caller: Caller) -> None:
    ord_ = caller.create(khid="WX1")
    calls = get(caller, "log")["calls"]
    assert [seen["effect"] for seen in calls] == ["login", "allocated", "created"]
    assert (calls[2]["ord"], calls[2]["khid"], calls[2]["cmdkey"]) == (ord_, "WX1", "__sys_dosave")
    assert len(calls[2]["digest"]) == 16
    assert caller.session not in json.dumps(calls)


@pytest.mark.parametrize(
    ("query", "effects"),
    [
        ("?khid=WX1", ["created", "read"]),
        ("?khid=WX1&effect=created", ["created"]),
        ("?since=3", ["read"]),
        ("?effect=modified", []),
    ],
)
def test_the_log_can_be_asked(caller: Caller, query: str, effects: list[str]) -> None:
    caller.values(caller.create(khid="WX1"))
    assert [seen["effect"] for seen in get(caller, "log" + query)["calls"]] == effects


def test_faults_are_armed_and_disarmed_while_it_runs(sandbox: Sandbox, caller: Caller) -> None:
    [rule] = caller.post(DOOR + "faults", {"html_500": {"count": 1}})["faults"]
    assert (rule["name"], rule["count"], rule["struck"]) == ("html_500", 1, 0)
    caller.send(LIST, b"{}")
    assert caller.status == 500
    assert caller.post(DOOR + "faults", [])["faults"] == []
    assert sandbox.faults.armed() == []


def test_policies_change_while_it_runs(caller: Caller) -> None:
    assert caller.post(DOOR + "policies", {"expired_status": 9})["policies"]["expired_status"] == 9
    caller.session = "gone"
    assert caller.call(LIST, REFRESH)["header"]["status"] == 9


def test_reset_goes_back_to_the_start() -> None:
    with running(customers=7, seed=3, faults=["bom"], policies={"ov1": True}) as sandbox:
        before = sandbox.store.customers()
        caller = Caller(sandbox)
        sandbox.faults.arm([])
        caller.login()
        caller.create()
        caller.post(DOOR + "policies", {"expired_status": 9})
        caller.post(DOOR + "faults", ["garbage"])
        state = caller.post(DOOR + "reset", {})
        assert (state["customers"], state["drafts"], state["calls"], state["sessions"]) == (7, 0, 0, 0)
        assert state["policies"]["expired_status"] == 1
        assert sandbox.faults.armed() == []
        assert [row["name"] for row in sandbox.store.customers()] == [row["name"] for row in before]
        assert caller.post(DOOR + "reset", {"customers": 2})["customers"] == 2


@pytest.mark.parametrize(
    ("what", "body", "word"),
    [
        ("faults", '[{"name":"explode"}]', "unknown fault"),
        ("faults", "{", "Expecting"),
        ("policies", '{"colour": 1}', "unknown policy"),
        ("policies", '{"ov1": "yes"}', "takes a bool"),
        ("policies", '{"session_minutes": true}', "takes a int"),
        ("policies", "[]", "JSON object"),
        ("reset", '{"customers": "many"}', "number of customers"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    sandbox: Sandbox, caller: Caller, what: str, body: str, word: str
) -> None:
    sandbox.faults.arm(["bom"])
    before = sandbox.store.state(), sandbox.faults.armed()
    answer = json.loads(caller.send(DOOR + what, body.encode()))
    assert caller.status == 400
    assert word in answer["error"]
    assert (sandbox.store.state(), sandbox.faults.armed()) == before


@pytest.mark.parametrize(
    ("what", "word"),
    [("log?colour=red", "has no colour"), ("log?since=x", "invalid literal"), (f"log?since={10**30}", "too large")],
)
def test_a_question_the_log_cannot_answer_is_refused(caller: Caller, what: str, word: str) -> None:
    assert word in get(caller, what)["error"]


@pytest.mark.parametrize(("what", "method"), [("state", "POST"), ("nothing", "GET"), ("faults", "GET"), ("", "GET")])
def test_there_are_six_doors_only(caller: Caller, what: str, method: str) -> None:
    caller.send(DOOR + what, b"{}", method=method)
    assert caller.status == 404


def test_looking_leaves_no_trace_in_the_log(sandbox: Sandbox, caller: Caller) -> None:
    get(caller, "state")
    get(caller, "log")
    assert [seen.effect for seen in sandbox.log()] == ["login"]
