"""Two people do the same thing to one customer at the same moment: one wins, the other is told."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import APPLY, ORDER, PERSON, PROTECT, REPLY, SAVE, TAKE_BACK
from tests.sandbox.engine import Desk, at_once, text
from zbsync.sandbox.store import Store

CALLERS = 6


@pytest.fixture
def store() -> Store:
    return Store()


def desks(store: Store) -> list[Desk]:
    """Several sessions on one ERP."""
    made = [Desk(store) for _ in range(CALLERS)]
    for desk in made:
        desk.store.set_policy(serial_sessions=True)
    return made


def customer(store: Store, **fields: Any) -> int:
    [ord_] = store.add_customers([{"name": "示例公司", **fields}])
    return ord_


@pytest.mark.parametrize(
    ("path", "owned", "done"),
    [(APPLY, "", "申请成功！"), (PROTECT, "", "保护成功！"), (TAKE_BACK, "63", "收回成功！")],
)
def test_of_many_who_do_what_can_be_done_once_one_succeeds(store: Store, path: str, owned: str, done: str) -> None:
    ord_ = customer(store, cateid=owned)
    said = at_once(*[lambda desk=desk: text(desk.post(path, ord=ord_)) for desk in desks(store)])
    assert said.count(done) == 1
    assert all("不能" in sentence for sentence in said if sentence != done)
    effects = [seen.effect for seen in store.log(ord=ord_)]
    assert sorted(effects) == ["changed"] + ["refused"] * (CALLERS - 1)


def test_the_last_assignment_stands_whoever_said_it(store: Store) -> None:
    ord_ = customer(store)
    uids = [63, 64, 71, 63, 64, 71]
    calls = [
        lambda desk=desk, uid=uid: desk.post(ORDER, SAVE, ord=ord_, member1=0, member2=uid)
        for desk, uid in zip(desks(store), uids, strict=True)
    ]
    at_once(*calls)
    last = store.log(ord=ord_)[-1]
    assert last.effect == "changed"
    row = store.record(ord_)
    assert row is not None
    assert row["cateid"] in uids


def test_follow_ups_said_at_once_all_stand_each_with_its_own_number(store: Store) -> None:
    ord_ = customer(store)
    calls = [
        lambda desk=desk, n=n: desk.post(REPLY, SAVE, ord=ord_, intro=f"第{n}次", sort=481, plantype=0)
        for n, desk in enumerate(desks(store))
    ]
    at_once(*calls)
    found = store.follow_ups(company=ord_)
    assert {row["intro"] for row in found} == {f"第{n}次" for n in range(CALLERS)}
    assert len({row["ord"] for row in found}) == CALLERS
    assert json.dumps([row["ord"] for row in found]) == json.dumps(sorted(row["ord"] for row in found))


def test_one_mobile_is_taken_by_one_person_where_the_rule_blocks(store: Store) -> None:
    store.set_policy(duplicates={"mobile": "enter"})
    ord_ = customer(store)
    person = {"company": ord_, "person_name": "李工", "mobile": "13900000001"}
    said = at_once(*[lambda desk=desk: text(desk.post(PERSON, SAVE, **person)) for desk in desks(store)])
    assert sorted(said) == sorted(["联系人保存完成"] + ["相同手机已存在！"] * (CALLERS - 1))
    assert [row["mobile"] for row in store.persons(ord_)].count("13900000001") == 1
