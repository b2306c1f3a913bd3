"""What happens when a coordinator dies between two lines, when two run at once, and when one wakes up too late."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.core.outcome import Accepted
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.models import Push
from zbsync.pipeline import dispatch, operations, outbox, reconcile, verify, wiring


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A clock that kills whoever reads it for the `at`-th time: a stage reads it just before each thing it writes."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.read = 0
        self._one = threading.Lock()

    def __call__(self) -> datetime:
        if threading.current_thread() is not threading.main_thread():
            return timezone.now()
        with self._one:
            self.read += 1
        if self.read == self.at:
            raise Killed
        return timezone.now()


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def recover(erp: Desk) -> None:
    """What the next workers do, with time passing, until nothing is due."""
    for _ in range(6):
        erp.clock.pass_(121)
        reconcile.drain(clock=erp.clock)
        dispatch.drain(clock=erp.clock)
        verify.drain(clock=erp.clock)


@pytest.mark.django_db
@pytest.mark.parametrize("at", range(1, 11))
def test_whatever_line_it_dies_at_each_customer_is_made_once(erp: Desk, at: int) -> None:
    pushes = [erp.push(number) for number in (1, 2, 3)]
    clock = Dying(at)
    try:
        dispatch.drain(clock=clock)
    except Killed:
        assert clock.read == at
    recover(erp)
    assert [settled(push)[0] for push in pushes] == ["verified"] * 3
    assert [erp.stored(f"WX{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert all(erp.writes(push.ord) == ["created"] for push in pushes)


@pytest.mark.django_db
def test_the_clock_of_these_tests_reaches_every_line(erp: Desk) -> None:
    erp.push()
    clock = Dying(0)
    dispatch.drain(clock=clock)
    assert clock.read == 6, "due, watch, claim, reserve and mark, settle, release: add the new line to the range above"


@pytest.mark.django_db
@pytest.mark.parametrize("at", range(1, 5))
def test_whatever_line_verify_dies_at_the_next_one_reads_again(erp: Desk, at: int) -> None:
    push = erp.push()
    dispatch.drain()
    try:
        verify.drain(clock=Dying(at))
    except Killed:
        assert settled(push)[0] in ("accepted", "verified")
    recover(erp)
    assert settled(push)[0] == "verified"


@pytest.mark.django_db
def test_a_lane_does_not_send_when_its_lease_is_nearly_over(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    handed = [outbox.Reserved(held, 4711, "")]
    [attempt] = outbox.mark_sending(outbox.reserve(erp.connection, handed, erp.clock()), erp.clock())
    erp.clock.pass_(101)
    outcome = operations.send(client_of(erp), attempt=attempt, clock=erp.clock)
    assert getattr(outcome, "cause", "") == "lease_short"
    assert not erp.sandbox.store.log(cmdkey="__sys_dosave")
    assert settled(push)[0] == "sending"


@pytest.mark.django_db
def test_a_worker_that_slept_through_its_lease_settles_only_its_own_doubt(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    client = client_of(erp)
    allocated = client.allocate("individual")
    handed = [outbox.Reserved(held, allocated.ord, allocated.khid)]
    [attempt] = outbox.mark_sending(outbox.reserve(erp.connection, handed, erp.clock()), erp.clock())
    outcome = operations.send(client, attempt=attempt, clock=erp.clock)
    erp.clock.pass_(130)
    assert outbox.lapse(erp.clock()) == 1
    assert settled(push) == ("in_doubt", "lease_lapsed")
    outbox.settle(erp.connection, [outbox.Said(attempt.push, outcome, (), attempt)], erp.clock())
    assert settled(push) == ("accepted", "")
    verify.drain(clock=erp.clock)
    assert settled(push)[0] == "verified"


def client_of(erp: Desk) -> ErpClient:
    return ErpClient(wiring.config_for(erp.connection), LoginGuard(), lambda _: None)


def in_threads(work: list[Callable[[], Any]]) -> list[Any]:
    """Run each in a thread of its own with its own database connection, all let go at once; what they answered."""
    gate = threading.Barrier(len(work))
    answers: list[Any] = []

    def one(act: Callable[[], Any]) -> None:
        try:
            gate.wait()
            answers.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(act,)) for act in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(work)
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_of_sixteen_that_race_for_one_push_one_gets_it() -> None:
    connection = make.erp()
    push = make.push()
    taken = in_threads([lambda: outbox.claim(connection, 1, timezone.now())] * 16)
    assert sum(len(rows) for rows in taken) == 1
    push.refresh_from_db()
    assert push.state == "leased"


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_racing_claims_share_the_pushes_out() -> None:
    connection = make.erp()
    ids = {make.push().pk for _ in range(64)}
    taken = in_threads([lambda: outbox.claim(connection, 10, timezone.now())] * 16)
    got = [push.pk for rows in taken for push in rows]
    assert len(got) == len(set(got))
    assert set(got) <= ids
    assert len(got) == 64 - Push.objects.queued().count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_of_sixteen_that_settle_one_attempt_one_moves_it() -> None:
    connection = make.erp()
    make.push()
    held = outbox.claim(connection, 1, timezone.now())
    [attempt] = outbox.mark_sending(
        outbox.reserve(connection, [outbox.Reserved(held[0], 4711, "")], timezone.now()), timezone.now()
    )
    said = [outbox.Said(attempt.push, Accepted(4711), (), attempt)]
    moved = in_threads([lambda: outbox.settle(connection, said, timezone.now())] * 16)
    assert sum(sum(one.values()) for one in moved) == 1
    assert attempt.push.contact.bindings.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_two_coordinators_on_one_database_make_each_customer_once() -> None:
    with desk(lanes_=4) as erp:
        for number in range(1, 31):
            erp.push(number)
        in_threads([dispatch.drain, dispatch.drain])
        dispatch.drain()
        assert Push.objects.filter(state="accepted").count() == 30
        assert [erp.stored(f"WX{number}") for number in range(1, 31)] == [1] * 30
        assert len(erp.sandbox.store.log(cmdkey="__sys_dosave")) == 30


@pytest.mark.django_db
def test_two_coordinators_past_the_slot_still_make_each_customer_once(erp: Desk) -> None:
    """The slot spares the ERP; what keeps a push single is its lease."""
    for number in range(1, 9):
        erp.push(number)
    with wiring.slot(erp.connection):
        first = outbox.claim(erp.connection, 4, erp.clock())
    assert dispatch.drain().done == 4
    outbox.release(first, erp.clock())
    assert dispatch.drain().done == 4
    assert [erp.stored(f"WX{number}") for number in range(1, 9)] == [1] * 8
