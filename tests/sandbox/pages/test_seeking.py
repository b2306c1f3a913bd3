"""The index behind fuzzy filters never shows: what was changed, undone or wiped is found as it now stands."""

from typing import Any

import pytest

from tests.sandbox.caller import LIST, PERSON, PERSONS, REFRESH, SAVE
from tests.sandbox.engine import Desk, document
from zbsync.sandbox import people
from zbsync.sandbox.store import Store
from zbsync.sandbox.store.search import either


@pytest.fixture
def desk() -> Desk:
    return Desk()


def found(desk: Desk, path: str = LIST, **filters: Any) -> list[str]:
    table = document(desk.post(path, REFRESH, **filters))["body"]["source"]["table"]
    place = [column["id"] for column in table["cols"]].index("name") if table["rows"] else 0
    return [row[place] for row in table["rows"]]


def made(desk: Desk, **fields: Any) -> int:
    ord_ = desk.allocate()
    desk.save(ord_, **fields)
    return ord_


def test_a_changed_value_is_found_by_the_new_one_only(desk: Desk) -> None:
    ord_ = made(desk, name="渝北示例机械", khid="WX0001", mobile="13800000000")
    desk.save(ord_, name="江北样品电气", khid="WX0002", mobile="13900000000")
    assert found(desk, khid="WX0001") == found(desk, name="示例机械") == []
    assert found(desk, PERSONS, mobile="138000") == found(desk, searchKey="138000") == []
    assert found(desk, khid="x0002") == found(desk, name="样品电气") == ["江北样品电气"]
    assert found(desk, PERSONS, mobile="139000") == found(desk, searchKey="139000") == ["江北样品电气"]


def test_what_was_not_kept_is_not_found(desk: Desk) -> None:
    ord_ = made(desk, name="渝北示例机械", khid="WX0001")
    desk.engine.faults.arm(["ok_not_stored"])
    desk.save(ord_, name="江北样品电气", khid="WX0002")
    desk.engine.faults.arm([])
    assert found(desk, khid="WX0002") == []
    assert found(desk, khid="WX0001") == ["渝北示例机械"]


def test_a_draft_is_not_found_by_the_number_it_was_given(desk: Desk) -> None:
    desk.allocate()
    assert found(desk, khid="KH00001") == []


def test_a_deleted_customer_is_not_found_nor_its_person(desk: Desk) -> None:
    ord_ = made(desk, khid="WX0001", mobile="13800000000")
    desk.store.delete(ord_)
    assert found(desk, khid="WX0001") == found(desk, PERSONS, mobile="138000") == []


def test_a_wiped_store_finds_nothing_and_then_what_comes_new(desk: Desk) -> None:
    made(desk, khid="WX0001")
    desk.store.wipe()
    desk.session = desk.store.open_session(1)
    assert found(desk, khid="WX0001") == []
    made(desk, khid="WX0003")
    assert found(desk, khid="WX000") == ["示例公司"]


@pytest.mark.parametrize("text", ["北", "示例", "示例机", "%", "_北%机", "渝_示例", "北示例机械"])
def test_short_texts_and_wildcards_are_found_the_slow_way(desk: Desk, text: str) -> None:
    made(desk, name="渝北示例机械")
    assert found(desk, name=text) == ["渝北示例机械"]


@pytest.mark.parametrize("text", ["'", '"', '""" OR 1', "a' OR '1", "AND OR NOT", "(((", "渝北*"])
def test_no_text_is_a_command_to_the_index(desk: Desk, text: str) -> None:
    made(desk, name="渝北示例机械")
    made(desk, name=f"前{text}后后")
    assert found(desk, name=text) == [f"前{text}后后"]
    assert found(desk, searchKey=text) == [f"前{text}后后"]


def test_the_quick_search_looks_at_owner_stage_and_person_alike(desk: Desk) -> None:
    ord_ = made(desk, name="渝北示例机械", job="采购主管")
    desk.store.assign(ord_, 63)
    for text in ("周敏", "意向", "初步接触", "王工", "采购主管", "采购"):
        assert found(desk, searchKey=text) == ["渝北示例机械"], text
    assert found(desk, searchKey="WX0001") == []


def test_a_second_person_is_found_in_its_list_and_not_in_the_customers(desk: Desk) -> None:
    ord_ = made(desk, name="渝北示例机械")
    desk.post(PERSON, SAVE, company=ord_, person_name="李工", mobile="13900000009", part1="采购部")
    assert found(desk, PERSONS, mobile="0000009") == found(desk, PERSONS, part1="采购部") == ["渝北示例机械"]
    assert found(desk, searchKey="0000009") == []
    assert found(desk, PERSONS, name="示例机械") == ["渝北示例机械"] * 2


def test_a_store_in_a_file_finds_after_it_was_opened_again(tmp_path: Any) -> None:
    path = str(tmp_path / "erp.sqlite3")
    first = Store(path)
    first.add_customers([{"name": "渝北示例机械", "khid": "WX0001"}])
    first.close()
    desk = Desk(Store(path))
    assert found(desk, khid="WX0001") == ["渝北示例机械"]
    made(desk, name="江北样品电气", khid="WX0002")
    assert found(desk, khid="WX000") == ["江北样品电气", "渝北示例机械"]


def test_either_looks_at_each_condition_on_its_own() -> None:
    joins = {"c": "JOIN customer c ON c.ord = k.company"}
    clause, args = either("contract k", "k.ord", joins, [("k.title LIKE ?", ("%a%",)), ("c.name LIKE ?", ("%b%",))])
    assert clause == (
        "k.ord IN (SELECT k.ord FROM contract k WHERE k.title LIKE ?"
        " UNION SELECT k.ord FROM contract k JOIN customer c ON c.ord = k.company WHERE c.name LIKE ?)"
    )
    assert args == ("%a%", "%b%")


def test_many_customers_keep_their_order_numbers_and_persons() -> None:
    store = Store()
    ords = store.add_customers(
        {"name": f"第{n}家", "khid": f"KH{n:05d}", "mobile": f"139{n:08d}"} for n in range(1, 2501)
    )
    assert ords == list(range(1201, 3701))
    assert [row["name"] for row in store.customers()][::1000] == ["第1家", "第1001家", "第2001家"]
    assert store.persons(3700)[0]["mobile"] == "13900002500"
    assert store.allocate(1, 1) == (3701, "KH02501")


def test_numbers_longer_than_the_rules_own_do_not_move_it() -> None:
    store = Store()
    store.add_customers([{"name": "甲", "khid": "KH123456"}, {"name": "乙", "khid": "KH7"}])
    assert store.allocate(1, 1)[1] == "KH00008"


def test_a_large_sample_leaves_the_rule_numbers_to_give() -> None:
    late = people.customers(0, 50_200)[50_000:]
    assert all(one["khid"].startswith("WX") for one in late)
    assert any(one["khid"].startswith("KH") for one in people.customers(0, 100))
