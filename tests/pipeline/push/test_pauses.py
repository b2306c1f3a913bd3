"""A pause in the middle of the work, a read-back that fails, and the read-back that also asks the list."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.pipeline.push.test_dispatch_races import client_of
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import ErpConnection, Exchange, Push
from zbsync.pipeline import dispatch, operations, outbox, reconcile, verify, wiring

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def pause(erp: Desk) -> None:
    assert wiring.pause(erp.connection, "by_hand", outbox.JOB, erp.clock())


def test_nothing_is_taken_from_a_connection_that_was_paused_meanwhile(erp: Desk) -> None:
    push = erp.push()
    before = ErpConnection.objects.get(pk=erp.connection.pk)
    pause(erp)
    assert outbox.claim(before, 5, erp.clock()) == []
    assert dispatch.drain(connection=before).seen == 0
    assert settled(push)[0] == "queued"


def test_what_was_taken_before_the_pause_is_given_back_unsent_and_keeps_its_id(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    mine = outbox.reserve(erp.connection, [outbox.Reserved(held, 4711, "")], erp.clock())
    pause(erp)
    assert outbox.mark_sending(mine, erp.clock()) == []
    assert settled(push)[0] == "queued"
    assert (push.ord, push.attempts_made, push.attempts.count()) == (4711, 0, 0)


def test_a_pause_in_the_middle_of_a_drain_stops_it_and_resuming_sends_the_rest(erp: Desk) -> None:
    for number in range(1, 31):
        erp.push(number)

    def somebody_pauses(done: int, total: int | None) -> None:
        if not erp.connection.paused_at:
            pause(erp)

    done = dispatch.drain(progress=somebody_pauses).done
    assert 0 < done < 30
    assert set(Push.objects.values_list("state", flat=True)) == {"accepted", "queued"}
    saves = len(erp.sandbox.store.log(cmdkey="__sys_dosave"))
    assert saves == done, "what was under way is settled, nothing more is said"
    assert wiring.resume(erp.connection, outbox.JOB, erp.clock())
    dispatch.drain()
    verify.drain()
    assert Push.objects.filter(state="verified").count() == 30
    assert [erp.stored(f"WX{number}") for number in range(1, 31)] == [1] * 30


def test_looking_stops_at_a_pause_as_well(erp: Desk) -> None:
    push = erp.push()
    dispatch.drain()
    before = ErpConnection.objects.get(pk=erp.connection.pk)
    pause(erp)
    assert verify.drain(connection=before).seen == 0
    assert settled(push)[0] == "accepted"


def test_leases_end_even_while_the_connection_is_paused(erp: Desk) -> None:
    push = erp.push()
    outbox.claim(erp.connection, 1, erp.clock())
    pause(erp)
    erp.clock.pass_(121)
    assert reconcile.drain(clock=erp.clock).done == 1
    assert settled(push) == ("queued", "lease_lapsed")


def test_a_read_back_that_fails_says_why_and_waits_ever_longer(erp: Desk) -> None:
    push = erp.push()
    dispatch.drain()
    erp.sandbox.faults.arm([{"name": "garbage"}])
    waits = []
    for look in range(1, 5):
        erp.clock.pass_(3_600)
        now = erp.clock()
        assert verify.drain(clock=erp.clock).failed == 1
        assert settled(push) == ("accepted", "not_json")
        assert push.looks == look
        waits.append(round((push.not_before - now).total_seconds() / 30))
    assert waits == [1, 2, 4, 8], "in units of the first wait"
    erp.sandbox.faults.arm([])
    erp.clock.pass_(3_600)
    verify.drain(clock=erp.clock)
    assert settled(push) == ("verified", "")


def test_a_failed_look_does_not_count_for_a_doubt_nor_change_its_cause(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "reply_lost", "count": 1, "cmdkey": "__sys_dosave"}])
    dispatch.drain()
    doubt = settled(push)
    assert doubt == ("in_doubt", "lost_reply")
    erp.sandbox.faults.arm([{"name": "garbage"}])
    for _ in range(3):
        erp.clock.pass_(60)
        reconcile.drain(clock=erp.clock)
    assert settled(push) == doubt
    assert push.looks == 0


def test_after_a_lapse_the_looks_are_counted_anew(erp: Desk) -> None:
    push = erp.push()
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    outbox.mark_sending(outbox.reserve(erp.connection, [outbox.Reserved(held, 4711, "")], erp.clock()), erp.clock())
    Push.objects.update(looks=1)
    erp.clock.pass_(121)
    outbox.lapse(erp.clock())
    assert settled(push)[0] == "in_doubt"
    assert push.looks == 0


def listing(erp: Desk) -> None:
    erp.connection.options = {"verify": "list"}
    erp.connection.save()


def test_read_back_by_the_list_costs_one_call_more_and_verifies(erp: Desk) -> None:
    listing(erp)
    pushes = [erp.push(number) for number in range(1, 4)]
    dispatch.drain()
    verify.drain()
    assert {settled(push)[0] for push in pushes} == {"verified"}
    asked = list(Exchange.objects.exclude(push=None).values_list("operation", flat=True))
    assert asked.count("list_customers") == asked.count("read_customer") == 3


def test_by_the_list_a_customer_that_no_list_shows_is_not_stored(erp: Desk) -> None:
    listing(erp)
    push = erp.push()
    dispatch.drain()
    push.refresh_from_db()
    erp.sandbox.store.run("UPDATE customer SET del = 7 WHERE ord = ?", args=(push.ord,))
    assert verify.drain().failed == 1
    assert settled(push) == ("drifted", "not_stored")


def test_a_list_that_shows_others_proves_nothing(erp: Desk) -> None:
    """An ERP that ignores the filter answers with everybody."""
    listing(erp)
    push = erp.push()
    dispatch.drain()
    erp.sandbox.faults.arm([{"name": "rows_as_object", "path": "list.asp", "shape": "plain"}])
    verify.drain()
    assert settled(push)[0] == "verified", "in any of the shapes of a row"
    with pytest.raises(Exception, match="shows others"):
        operations.of(push.operation).read_back(erp.connection, push, Deaf())  # type: ignore[arg-type]


class Deaf:
    """An ERP whose list does not listen to its filter."""

    def read(self, ord_: int) -> object:
        return type("Record", (), {"ord": ord_, "saved": True})()

    def customers(self, filters: dict[str, str]) -> object:
        assert filters
        return type("Page", (), {"rows": [{"ord": "1"}, {"ord": "2"}]})()


def test_a_login_that_took_too_long_leaves_the_save_unsent(erp: Desk) -> None:
    """The check before the save cannot know how long a login inside it will take."""
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "slow", "seconds": 0.4, "path": "login"}])
    [held] = outbox.claim(erp.connection, 1, erp.clock())
    handed = [outbox.Reserved(held, 4711, "")]
    [attempt] = outbox.mark_sending(outbox.reserve(erp.connection, handed, erp.clock()), erp.clock())
    assert attempt.push.lease_until is not None
    nearly = attempt.push.lease_until - timedelta(seconds=20.2)
    outcome = operations.send(client_of(erp), attempt=attempt, clock=lambda: nearly)
    assert getattr(outcome, "cause", "") == "not_sent"
    assert not erp.sandbox.store.log(cmdkey="__sys_dosave")
    outbox.settle(erp.connection, [outbox.Said(attempt.push, outcome, (), attempt)], erp.clock())
    assert settled(push) == ("queued", "not_sent")
