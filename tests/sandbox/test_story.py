"""Whole stories: a careful caller gets every customer in exactly once on the worst of days; a careless one does not.

The careful caller here is a dozen lines of the fact sheet's own advice (keep the ord, look before sending again); it
proves that the sandbox is survivable, and that its journal tells doubles from singles.
"""

import http.client
import json
import threading
from typing import Any

import pytest

from tests.sandbox.caller import ADD, LIST, LOGIN, PERSON, PERSONS, REFRESH, ROOT, SAVE, Caller, datas, unit
from zbsync.sandbox.app import Sandbox, running

TROUBLE = (http.client.HTTPException, OSError, ValueError, KeyError)
WORST = [
    {"name": "reply_lost", "probability": 0.2},
    {"name": "reset_before", "probability": 0.1, "path": "custom"},
    {"name": "ok_not_stored", "probability": 0.15},
    {"name": "html_500", "probability": 0.1, "path": "custom"},
    {"name": "html_500_after_store", "probability": 0.1},
    {"name": "empty_body", "probability": 0.1, "path": "custom"},
    {"name": "garbage", "probability": 0.1, "path": "custom"},
    {"name": "unavailable", "probability": 0.1, "path": "custom", "seconds": 0},
    {"name": "session_kill", "probability": 0.05, "path": "custom"},
    {"name": "bom", "probability": 0.2, "path": "custom"},
]


class Careful:
    """Gets one customer in, whatever happens, and tells under which ord."""

    def __init__(self, sandbox: Sandbox, serial: str) -> None:
        self.lane = Caller(sandbox)
        self.serial = serial

    def _call(self, path: str, command: str = "", /, **fields: Any) -> Any:
        """One call; None when nothing certain was heard."""
        try:
            if not self.lane.session:
                self.lane.login(serial=self.serial)
            body = {"session": self.lane.session, "cmdkey": command, "datas": datas(fields)}
            raw = self.lane.send(path, json.dumps(body).encode())
            answer = json.loads(raw.decode("utf-8-sig"), strict=False)
        except TROUBLE:
            self.lane.connection.close()
            return None
        if answer["header"]["status"] != 0:
            self.lane.session = ""
            return None
        return answer["body"]

    def push(self, khid: str) -> int:
        ord_ = 0
        for _ in range(200):
            if not ord_:
                bill = self._call(f"{ADD}?intsort=1", edit="")
                ord_ = int(bill["bill"]["value"]) if bill else 0
                continue
            self._call(f"{ADD}?intsort=1", SAVE, **unit(ord=ord_, khid=khid, name=f"公司{khid}"))
            seen = self._call(f"{ADD}?edit=1", ord=ord_)
            if seen and "bill" in seen:
                return ord_
        raise AssertionError(f"{khid} never got in")


@pytest.mark.parametrize("seed", [1, 2])
def test_the_worst_of_days_ends_with_everyone_in_once(seed: int) -> None:
    with running(faults=WORST, seed=seed) as sandbox:
        wanted = [f"WX{n}" for n in range(48)]
        got: dict[str, int] = {}

        def work(number: int) -> None:
            lane = Careful(sandbox, f"lane{number}")
            for khid in wanted[number::6]:
                got[khid] = lane.push(khid)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {row["khid"]: row["ord"] for row in sandbox.store.customers()} == got
        assert sorted(got) == sorted(wanted)
        for khid in wanted:  # created once; what came after under the same ord changed the same customer
            assert sandbox.store.writes(khid=khid)[0].effect == "created"
            assert len(sandbox.log(khid=khid, effect="created")) == 1
        assert {rule["name"] for rule in sandbox.faults.armed() if rule["struck"]} == {str(r["name"]) for r in WORST}


def test_a_careless_caller_doubles_and_the_journal_shows_it(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.set_policy(duplicates={})
    sandbox.faults.arm([{"name": "reply_lost", "count": 1}])
    with pytest.raises(http.client.RemoteDisconnected):
        caller.save(ord=caller.allocate(), khid="WX1")
    caller.save(ord=caller.allocate(), khid="WX1")  # a new ord instead of a look
    assert [seen.effect for seen in sandbox.store.writes(khid="WX1")] == ["created", "created"]
    assert len(sandbox.store.customers(khid="WX1")) == 2


def test_an_update_that_reads_first_loses_nothing(caller: Caller) -> None:
    ord_ = caller.create(khid="WX1", intro="旧备注", address="示例路1号", ly=171)
    posted = {id_: field["value"] for id_, field in caller.detail(ord_).items() if field["post"] == "1"}
    caller.said(f"{ADD}?intsort=1", SAVE, **{"ord": ord_} | posted | {"weixinAcc": "wx_new"})
    kept = caller.values(ord_)
    assert {name: kept[name] for name in ("intro", "address", "ly", "weixinAcc")} == {
        "intro": "旧备注",
        "address": "示例路1号",
        "ly": "171",
        "weixinAcc": "wx_new",
    }


def test_a_spaced_number_is_found_by_its_last_four_digits_only(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.add_customers([{"name": "甲", "mobile": "139 0000 4321"}, {"name": "乙", "phone": "13900004321"}])
    assert caller.names(PERSONS, mobile="13900004321") == []
    assert caller.names(searchKey="13900004321") == ["乙"]
    assert sorted(caller.names(searchKey="4321")) == ["乙", "甲"]


def test_a_fuzzy_search_finds_too_much_and_the_detail_tells(caller: Caller) -> None:
    wanted, _ = caller.create(khid="WX1"), caller.create(khid="WX10")
    found = [int(row["ord"]) for row in caller.rows(khid="WX1")]
    assert len(found) == 2
    assert [ord_ for ord_ in found if caller.values(ord_)["khid"] == "WX1"] == [wanted]


TAILS = ["salesmanage/custom/list", "salesmanage/person/list", "systemmanage/telsort_list", "systemmanage/area_list"]


@pytest.mark.parametrize("tail", [*TAILS, "systemmanage/gate_list"])
@pytest.mark.parametrize("command", ["", REFRESH])
def test_twins_answer_alike(sandbox: Sandbox, caller: Caller, tail: str, command: str) -> None:
    sandbox.store.add_customers([{"name": "甲"}])
    legacy = caller.call(f"{ROOT}{tail}.asp?stype=check", command)
    assert caller.call(f"/webapi/v3/ov1/{tail}?stype=check", command) == legacy


def test_a_person_is_saved_through_the_twin_too(sandbox: Sandbox, caller: Caller) -> None:
    [ord_] = sandbox.store.add_customers([{"name": "甲"}])
    path = "/webapi/v3/ov1/salesmanage/person/add?apihelptype=save"
    assert caller.said(path, SAVE, company=ord_, person_name="李工") == "联系人保存完成"
    assert [person["person_name"] for person in sandbox.store.persons(ord_)][1:] == ["李工"]


@pytest.mark.parametrize("path", [ADD, LIST, PERSON, PERSONS, ROOT + "source.asp", ROOT + "logout.asp"])
def test_no_page_answers_without_a_session(sandbox: Sandbox, path: str) -> None:
    assert "body" not in Caller(sandbox).call(path, SAVE if path == ADD else "")
    assert sandbox.store.state()["drafts"] == 0


def test_the_first_day_of_an_installation(sandbox: Sandbox) -> None:
    """Login, look at the dictionaries, resolve names to codes, create, find, read back, log out."""
    caller = Caller(sandbox)
    assert caller.post(LOGIN, {"datas": []})["header"]["status"] != 0
    caller.login()
    options = caller.call(f"{ROOT}source.asp?enumid=13")["body"]["source"]["options"]
    ly = next(option["v"] for option in options if option["n"] == "微信咨询")
    nodes = caller.call(f"{ROOT}systemManage/telsort_list.asp?stype=check")["body"]["source"]["trees"]["nodes"]
    category = next(node for node in nodes if node["text"] == "意向客户")
    stage = next(node for node in category["nodes"] if node["text"] == "初步接触")
    ord_ = caller.create(khid="WX1", ly=ly, sort1=f"{category['value']},{stage['value']}", mobile="13800000000")
    [row] = caller.rows(PERSONS, mobile="13800000000")
    assert row["company"] == str(ord_)
    assert caller.detail(ord_)["ly"]["text"] == "微信咨询"
    caller.call(ROOT + "logout.asp")
    assert sandbox.store.state()["sessions"] == 0
