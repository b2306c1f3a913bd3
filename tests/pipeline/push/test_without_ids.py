"""A door that reserves no id and tells none: the customer is found by our number, or nobody claims to have it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Binding, Exchange, Push
from zbsync.pipeline import dispatch, reconcile, verify

pytestmark = pytest.mark.django_db

LABELS = {"sort1": "意向客户/初步接触"}
ADD = "sales/customer/add"


@pytest.fixture
def erp() -> Iterator[Desk]:
    """Customers are added by v3 and read by the older door."""
    with desk() as made:
        made.connection.options = {"dialects": {"customer.add": "v3"}}
        made.connection.save()
        yield made


def push(erp: Desk, number: int = 1, **given: Any) -> Push:
    return erp.push(number, labels=LABELS, **given)


def asked(*operations: str) -> int:
    return Exchange.objects.filter(operation__in=operations).count()


def test_it_is_added_and_found_by_our_number(erp: Desk) -> None:
    made = push(erp)
    assert dispatch.drain().done == 1
    assert settled(made) == ("accepted", "")
    assert made.ord is not None
    verify.drain()
    assert settled(made) == ("verified", "")
    assert Binding.objects.get().ord == made.ord
    assert (erp.stored("WX1"), asked("allocate_individual"), asked("add_customer")) == (1, 0, 1)


def test_numbers_that_only_contain_ours_are_somebody_else(erp: Desk) -> None:
    others = [{"name": f"别人{n}", "intsort": "2", "khid": f"WX1{n}"} for n in range(5)]
    erp.sandbox.store.add_customers(others)
    made = push(erp)
    dispatch.drain()
    assert settled(made) == ("accepted", "")
    assert erp.customer(made.ord)["khid"] == "WX1"


def test_a_lost_reply_is_found_by_our_number_and_never_sent_again(erp: Desk) -> None:
    made = push(erp)
    erp.sandbox.faults.arm([{"name": "reply_lost", "count": 1, "path": ADD}])
    dispatch.drain()
    assert settled(made)[0] == "in_doubt"
    reconcile.drain()
    assert settled(made) == ("accepted", "")
    verify.drain()
    assert settled(made) == ("verified", "")
    assert (erp.stored("WX1"), asked("add_customer")) == (1, 1)


def test_one_that_never_arrived_is_proved_absent_by_two_looks_apart(erp: Desk) -> None:
    made = push(erp)
    erp.sandbox.faults.arm([{"name": "reset_before", "count": 1, "path": ADD}])
    dispatch.drain()
    reconcile.drain(clock=erp.clock)
    assert (settled(made)[0], made.looks) == ("in_doubt", 1)
    erp.clock.pass_(61)
    reconcile.drain(clock=erp.clock)
    assert settled(made) == ("queued", "proved_absent")
    dispatch.drain(clock=erp.clock)
    verify.drain(clock=erp.clock)
    assert settled(made) == ("verified", "")
    assert erp.stored("WX1") == 1


def test_ok_but_not_stored_is_a_doubt_that_looking_ends(erp: Desk) -> None:
    made = push(erp)
    erp.sandbox.faults.arm([{"name": "ok_not_stored", "count": 1}])
    dispatch.drain()
    assert settled(made) == ("in_doubt", "not_found")
    reconcile.drain(clock=erp.clock)
    erp.clock.pass_(61)
    reconcile.drain(clock=erp.clock)
    dispatch.drain(clock=erp.clock)
    assert settled(made) == ("accepted", "")
    assert erp.stored("WX1") == 1


def test_without_a_number_of_ours_a_person_must_look(erp: Desk) -> None:
    values = {"name": "张示例1", "mobile": "13900000001", "sort1": "3,7"}
    made = push(erp, payload=values, khid="")
    erp.sandbox.faults.arm([{"name": "reply_lost", "count": 1, "path": ADD}])
    dispatch.drain()
    reconcile.drain()
    assert settled(made) == ("in_doubt", "in_doubt.no_id")
    for _ in range(3):
        erp.clock.pass_(3600)
        reconcile.drain(clock=erp.clock)
        dispatch.drain(clock=erp.clock)
    assert asked("add_customer") == 1


def test_a_refusal_stands(erp: Desk) -> None:
    push(erp)
    dispatch.drain()
    twin = push(erp, 2, payload={"khid": "WX1", "name": "另一位", "sort1": "3,7"})
    dispatch.drain()
    assert settled(twin) == ("rejected", "duplicate")
    assert erp.stored("WX1") == 1


def test_many_are_added_each_once(erp: Desk) -> None:
    made = [push(erp, number) for number in range(1, 13)]
    dispatch.drain()
    verify.drain()
    assert {settled(one)[0] for one in made} == {"verified"}
    assert [erp.stored(f"WX{number}") for number in range(1, 13)] == [1] * 12


def test_a_change_by_names_leaves_the_rest_of_the_form_as_it_is(erp: Desk) -> None:
    erp.connection.options = {"dialects": {"customer.edit": "v3"}}
    erp.connection.save()
    first = erp.push()
    dispatch.drain()
    verify.drain()
    first.refresh_from_db()
    before = erp.customer(first.ord)
    change = erp.update(first.ord or 0, {"intro": "新的备注"}, {"intro": "想要报价"})
    dispatch.drain()
    verify.drain()
    assert settled(change) == ("verified", "")
    after = erp.customer(first.ord)
    assert {name: after[name] for name in before if name != "intro"} == {
        n: v for n, v in before.items() if n != "intro"
    }
    assert (asked("edit_customer"), after["intro"]) == (1, "新的备注")
