"""Who waits for whom, step by step, on a database with row locks: the orders that the stages count on."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tests.models import make
from tests.pipeline.racing import together
from zbsync.models import ErpConnection, Proposal, Push
from zbsync.pipeline import bootstrap, match, propose, review, worklist

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATIENCE = 20


@pytest.fixture
def erp() -> ErpConnection:
    found = make.erp(base_url="http://127.0.0.1:9", surveyed_at=timezone.now())
    make.options(found)
    bootstrap.seed()
    return found


def somebody_waits() -> bool:
    """Whether any other session of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # what a transaction has seen of others, it sees again
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def until(holds: Callable[[], bool]) -> bool:
    """Look again and again, for a while; whether it came true."""
    pause = threading.Event()
    return any(holds() or pause.wait(0.05) for _ in range(PATIENCE * 20))


def ready() -> Proposal:
    contact = make.contact()
    propose.drain()
    match.drain()
    return contact.proposals.get()


@pytest.mark.parametrize("changed", ["rules", "hub"])
def test_an_approval_not_through_yet_is_waited_for_and_its_push_is_void(erp: ErpConnection, changed: str) -> None:
    row, approved = ready(), threading.Event()

    def person() -> int:
        with transaction.atomic():
            decision = review.approve([row.pk], make.user())
            approved.set()
            assert until(somebody_waits)
        return decision.done

    def stage() -> int:
        assert approved.wait(PATIENCE)
        with transaction.atomic():
            if changed == "rules":
                worklist.remap(Q())
            else:
                type(row.contact).objects.update(version=2)
        return propose.drain().done

    assert together(person, stage) == [1, 1]
    assert (Push.objects.get().state, Push.objects.get().cause) == ("cancelled", "review.moved")
    assert list(Proposal.objects.order_by("pk").values_list("state", flat=True)) == ["approved", "mapped"]


def test_an_approval_waits_for_no_rival_that_somebody_has_in_hand(erp: ErpConnection) -> None:
    given: dict[str, Any] = {"match_kind": "unique", "action": "update", "target_ord": 501, "connection": erp}
    rival, row, idle = (
        make.proposal(contact=make.contact(proposed_version=1), state="ready", **given) for _ in range(3)
    )
    held, done = threading.Event(), threading.Event()

    def somebody() -> bool:
        with transaction.atomic():
            Proposal.objects.select_for_update().get(pk=rival.pk)
            held.set()
            return done.wait(PATIENCE)

    def person() -> int:
        assert held.wait(PATIENCE)
        decision = review.approve([row.pk], make.user())
        done.set()
        return decision.done

    assert together(somebody, person) == [True, 1]
    states = [Proposal.objects.get(pk=one.pk).state for one in (rival, row, idle)]
    assert states == ["ready", "approved", "mapped"]
    assert dict(review.approve([rival.pk], make.user()).left_out) == {"review.ord_taken": 1}


def test_a_decision_made_while_the_erp_is_asked_is_not_written_over(erp: ErpConnection) -> None:
    """Match reads a row, looks, and finds it declined: what it found is dropped."""
    contact = make.contact()
    propose.drain()
    row, declined = contact.proposals.get(), threading.Event()

    def person() -> int:
        with transaction.atomic():
            decision = review.reject([row.pk], make.user(), reason="a supplier")
            declined.set()
            assert until(somebody_waits)
        return decision.done

    def stage() -> int:
        assert declined.wait(PATIENCE)
        return match.drain().done

    assert together(person, stage) == [1, 0]
    row.refresh_from_db()
    assert (row.state, row.match_kind) == ("rejected", "")
