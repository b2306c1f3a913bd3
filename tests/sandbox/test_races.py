"""Many callers at once over real HTTP: what must happen once happens once, and what was answered is kept."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.caller import Caller
from tests.sandbox.engine import at_once
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.factory import DEMO_LOGIN
from zbsync.sandbox.store import Store

CALLERS = 6


@contextmanager
def crowd(sandbox: Sandbox, size: int = CALLERS) -> Iterator[list[Caller]]:
    """Callers with a session each."""
    callers = [Caller(sandbox) for _ in range(size)]
    for number, caller in enumerate(callers):
        caller.login(serial=f"dev{number}")
    yield callers
    for caller in callers:
        caller.connection.close()


def test_a_draft_becomes_a_customer_once_however_many_save_it(sandbox: Sandbox, caller: Caller) -> None:
    ord_ = caller.allocate()
    with crowd(sandbox) as callers:
        said = at_once(*[lambda one=one, n=n: one.save(ord=ord_, name=f"甲{n}") for n, one in enumerate(callers)])
    assert set(said) == {"保存成功！"}
    assert Counter(seen.effect for seen in sandbox.store.writes()) == {"created": 1, "modified": CALLERS - 1}
    [kept] = sandbox.store.customers()
    assert kept["person_name"] == "王工"
    assert len(sandbox.store.persons(ord_)) == 1, "one contact person, not one for each save"


def test_one_customer_number_goes_to_one_of_many(sandbox: Sandbox) -> None:
    with crowd(sandbox) as callers:
        ords = [one.allocate() for one in callers]
        said = at_once(
            *[lambda one=one, o=o: one.save(ord=o, khid="WX1") for one, o in zip(callers, ords, strict=True)]
        )
    assert Counter(said) == {"保存成功！": 1, "相同客户编号已存在！": CALLERS - 1}
    assert len(sandbox.store.customers(khid="WX1")) == 1
    assert len(sandbox.store.customers(drafts=True)) == CALLERS - 1


def test_no_two_callers_are_given_the_same_ord_or_number(sandbox: Sandbox) -> None:
    each = 5
    with crowd(sandbox) as callers:
        got = at_once(*[lambda one=one: [one.allocate() for _ in range(each)] for one in callers])
    ords = [ord_ for some in got for ord_ in some]
    assert sorted(ords) == list(range(1201, 1201 + CALLERS * each))
    assert len({row["khid"] for row in sandbox.store.customers(drafts=True)}) == CALLERS * each


def test_failed_logins_from_everywhere_count_for_the_device(sandbox: Sandbox) -> None:
    callers = [Caller(sandbox) for _ in range(CALLERS)]
    said = at_once(*[lambda one=one: one.login(word="wrong", serial="shared")["message"] for one in callers])
    assert sorted(said) == ["用户名或密码错误，请重新输入！"] * 3 + ["登录失败次数过多，请输入验证码！"] * (CALLERS - 3)
    assert sandbox.store.failures("shared") == 3
    assert Caller(sandbox).login(serial="another")["status"] == 0
    for one in callers:
        one.connection.close()


def test_a_session_that_dies_takes_no_other_with_it(sandbox: Sandbox) -> None:
    with crowd(sandbox, 3) as callers:
        sandbox.store.drop_session(callers[1].session)
        states = [one.call("/sysa/mobilephone/source.asp?enumid=13")["header"]["status"] for one in callers]
    assert states == [0, 1, 0]


def test_two_sandboxes_know_nothing_of_each_other(sandbox: Sandbox, caller: Caller) -> None:
    with running() as other:
        stranger = Caller(other)
        stranger.session = caller.session
        assert stranger.call("/sysa/mobilephone/source.asp?enumid=13")["header"]["status"] == 1
        other.faults.arm(["html_500"])
        assert caller.create(name="甲") == 1201
        assert other.store.customers() == []


def _hammer(caller: Caller, saved: list[str], number: int, stop: threading.Event) -> None:
    """Create customers until the ERP goes away; `saved` are the names that were acknowledged."""
    turn = 0
    while not stop.is_set():
        name = f"客户{number}-{turn}"
        try:
            if caller.save(ord=caller.allocate(), name=name) == "保存成功！":
                saved.append(name)
        except (OSError, HTTPException):
            return
        turn += 1


def test_what_was_acknowledged_before_a_stop_is_in_the_file(tmp_path: Path) -> None:
    path, stop = str(tmp_path / "erp.sqlite3"), threading.Event()
    saved: list[str] = []
    store = Store(path)
    with running(store) as sandbox, crowd(sandbox, 4) as callers:
        works = [threading.Thread(target=_hammer, args=(one, saved, n, stop)) for n, one in enumerate(callers)]
        for work in works:
            work.start()
        while len(saved) < 25:
            stop.wait(0.01)
        sandbox.stop()
        stop.set()
        for work in works:
            work.join(10)
    store.close()
    names = [row["name"] for row in Store(path).customers()]
    assert len(names) == len(set(names))
    assert set(saved) <= set(names)


@pytest.mark.parametrize(
    ("fault", "lost"),
    [({"name": "reply_lost", "probability": 0.5}, True), ({"name": "bom", "probability": 0.5}, False)],
)
def test_dice_fall_once_for_each_call_of_many_threads(fault: dict[str, Any], lost: bool) -> None:
    with running(faults=[fault | {"cmdkey": "__sys_dosave"}], seed=3) as sandbox:
        with crowd(sandbox) as callers:
            at_once(*[lambda one=one, n=n: _save_some(one, n) for n, one in enumerate(callers)])
        struck = sandbox.faults.armed()[0]["struck"]
        hit = [seen for seen in sandbox.log(cmdkey="__sys_dosave") if seen.faults]
        assert struck == len(hit) > 0
        assert all((seen.status == 0) is lost for seen in hit)
        assert len(sandbox.store.writes(effect="created")) == len(sandbox.store.customers()) == CALLERS * 4


def _save_some(caller: Caller, number: int) -> None:
    for turn in range(4):
        ord_ = caller.allocate()
        try:
            caller.save(ord=ord_, name=f"客户{number}-{turn}")
        except (OSError, HTTPException, ValueError):
            caller.connection.close()  # the next request opens a fresh one


def test_the_accounts_of_the_demo_may_all_come_in_at_once(sandbox: Sandbox) -> None:
    callers = [Caller(sandbox) for _ in range(3)]
    logins = [(DEMO_LOGIN, "demo-pass"), ("zhoumin", "zhoumin-pass"), ("sunyue", "sunyue-pass")]
    works = [lambda one=one, who=who: one.login(*who)["status"] for one, who in zip(callers, logins, strict=True)]
    assert at_once(*works) == [0, 0, 0]
    users = [sandbox.store.session_user(one.session) for one in callers]
    assert [user.uid for user in users if user] == [1, 63, 71]
    for one in callers:
        one.connection.close()
