"""An ERP that hands out one id twice: nobody is written over, and each contact gets a customer of its own."""

from collections.abc import Iterator

import pytest

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Binding, Exchange, Push
from zbsync.pipeline import dispatch, outbox, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def finish(erp: Desk) -> None:
    for _ in range(4):
        erp.clock.pass_(3_700)
        dispatch.drain(clock=erp.clock)
        verify.drain(clock=erp.clock)


def test_two_that_are_handed_one_id_end_as_two_customers(erp: Desk) -> None:
    pushes = [erp.push(number) for number in range(1, 9)]
    erp.sandbox.faults.arm([{"name": "allocate_twice", "probability": 0.5}])
    dispatch.drain()
    assert Push.objects.filter(cause=outbox.TAKEN, state="queued").exists()
    erp.sandbox.faults.arm([])
    finish(erp)
    assert {settled(push) for push in pushes} == {("verified", "")}
    assert [erp.stored(f"WX{number}") for number in range(1, 9)] == [1] * 8
    assert all(erp.writes(push.ord) == ["created"] for push in pushes)
    assert Binding.objects.count() == len({push.ord for push in pushes}) == 8


def test_an_erp_that_only_has_one_id_is_given_up_and_the_evidence_is_kept(erp: Desk) -> None:
    first = erp.push(1)
    dispatch.drain()
    erp.sandbox.faults.arm([{"name": "allocate_twice"}])
    second = erp.push(2)
    for _ in range(8):
        erp.clock.pass_(7_200)
        dispatch.drain(clock=erp.clock)
    assert settled(second) == ("dead", outbox.TAKEN)
    assert (second.ord, settled(first)[0]) == (None, "accepted")
    assert erp.customer(first.ord)["khid"] == "WX1"
    assert Exchange.objects.filter(push=second, operation="allocate_individual").count() == second.attempts_made


def test_an_id_is_taken_by_a_push_a_binding_or_a_surveyed_customer(erp: Desk) -> None:
    erp.push(1, ord=11)
    make.binding(make.contact(), 12, connection=erp.connection)
    make.erp_record(13, connection=erp.connection)
    mine = erp.push(2)
    handed = [outbox.Reserved(mine, ord_, "") for ord_ in (11, 12, 13, 14)]
    told = [outbox.handed_twice(erp.connection, [one]) == {mine.pk} for one in handed]
    assert told == [True, True, True, False]


def test_its_own_id_is_nobody_elses_and_of_two_in_one_hand_the_first_keeps_it(erp: Desk) -> None:
    one, other = erp.push(1, ord=11), erp.push(2)
    assert outbox.handed_twice(erp.connection, [outbox.Reserved(one, 11, "")]) == set()
    both = [outbox.Reserved(one, 21, ""), outbox.Reserved(other, 21, "")]
    assert outbox.handed_twice(erp.connection, both) == {other.pk}
