"""A large batch sends a few first, reads them back, and goes on only when they are in the ERP as approved."""

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import override_settings

from tests.models import make
from tests.pipeline.pushing import Desk, desk
from zbsync.conf import conf
from zbsync.core.follow import operations
from zbsync.core.lifecycle import ProposalState
from zbsync.models import Entry, Proposal, Push
from zbsync.pipeline import audit, brakes, dispatch, flow, outbox, reconcile, review, verify

pytestmark = pytest.mark.django_db

SETTINGS = {"canary_above": 6, "canary_size": 2}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(settings=SETTINGS) as made:
        yield made


def approve(erp: Desk, count: int) -> uuid.UUID:
    """One act of approval of so many creates; its id."""
    ids = []
    for number in range(1, count + 1):
        values = {"khid": f"WX{number}", "name": f"张示例{number}", "mobile": f"1390000{number:04d}", "sort1": "3,7"}
        contact = make.contact(proposed_version=1, eligible=True)
        changes = [{"target": name, "before": "", "after": value, "written": True} for name, value in values.items()]
        row = make.proposal(
            state="ready",
            contact=contact,
            connection=erp.connection,
            payload=values,
            changes=changes,
            title=contact.name,
        )
        ids.append(row.pk)
    decision = review.approve(ids, make.user())
    assert decision.done == count
    return decision.act


def states() -> Counter[str]:
    return Counter(Push.objects.values_list("state", flat=True))


def turn(erp: Desk) -> None:
    for stage in (brakes, dispatch, verify):
        stage.drain(clock=erp.clock)


def test_a_batch_above_the_size_sends_a_few_reads_them_back_and_then_the_rest(erp: Desk) -> None:
    act = approve(erp, 8)
    assert set(Push.objects.values_list("act", flat=True)) == {act}
    assert Push.objects.waiting().count() == 6
    turn(erp)
    assert states() == {"verified": 2, "queued": 6}, "nothing of the rest goes before the first few are read back"
    turn(erp)
    assert states() == {"verified": 8}
    entry = Entry.objects.get(verb="push.let_go")
    assert (entry.actor_name, entry.after) == ("job:brakes", {"batch": str(act), "let_go": 6})


def test_a_batch_of_the_size_goes_at_once(erp: Desk) -> None:
    approve(erp, 6)
    turn(erp)
    assert states() == {"verified": 6}


def test_0_switches_it_off(erp: Desk) -> None:
    with override_settings(ZBSYNC=replace(conf(), canary_above=0)):
        approve(erp, 9)
    assert not Push.objects.waiting().exists()


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"name": "refuse", "cmdkey": "__sys_dosave", "count": 1}, "rejected"),
        ({"name": "ok_not_stored", "cmdkey": "__sys_dosave", "count": 1}, "drifted"),
        ({"name": "reply_lost", "cmdkey": "__sys_dosave", "count": 1}, "in_doubt"),
    ],
)
def test_one_that_fails_holds_the_rest(erp: Desk, fault: dict, state: str) -> None:
    erp.sandbox.faults.arm([fault])
    approve(erp, 8)
    for _ in range(3):
        turn(erp)
    assert states() == {"verified": 1, state: 1, "queued": 6}
    assert flow.next_due(["brakes", "dispatch", "verify"]) is None, "only a person can go on"


def test_a_doubt_that_looking_ends_lets_the_rest_go_without_a_person(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "reply_lost", "cmdkey": "__sys_dosave", "count": 1}])
    approve(erp, 8)
    turn(erp)
    reconcile.drain(clock=erp.clock)
    verify.drain(clock=erp.clock)
    assert flow.next_due(["brakes"]) is not None
    turn(erp)
    assert states() == {"verified": 8}


def test_one_that_is_cancelled_or_closed_is_replaced_by_another(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "refuse", "cmdkey": "__sys_dosave", "count": 1}])
    approve(erp, 8)
    first = Push.objects.sendable().order_by("pk").first()
    assert first is not None
    review.cancel([first.pk], make.user())
    turn(erp)
    assert states() == {"cancelled": 1, "rejected": 1, "verified": 1, "queued": 5}
    review.bury(Push.objects.failed(), make.user())
    turn(erp)
    turn(erp)
    assert states() == {"cancelled": 1, "buried": 1, "verified": 6}


def test_a_person_lets_the_rest_go_on_in_spite_of_it(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "refuse", "cmdkey": "__sys_dosave", "count": 1}])
    act = approve(erp, 8)
    turn(erp)
    decision = review.let_go(erp.connection, act, make.user(), "the others are right")
    assert decision.done == 6
    turn(erp)
    assert states() == {"verified": 7, "rejected": 1}
    assert Entry.objects.get(verb="push.let_go").reason == "the others are right"


def test_a_person_cancels_the_rest(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "refuse", "cmdkey": "__sys_dosave", "count": 1}])
    act = approve(erp, 8)
    turn(erp)
    assert review.call_off(erp.connection, act, make.user(), "wrong mapping").done == 6
    assert states() == {"verified": 1, "rejected": 1, "cancelled": 6}
    assert brakes.drain(clock=erp.clock).done == 0


def test_only_a_permitted_person_decides_about_the_rest(erp: Desk) -> None:
    act = approve(erp, 8)
    nobody = User.objects.create_user("nobody")
    for verb in (review.let_go, review.call_off):
        with pytest.raises(PermissionDenied, match="lacks the permission"):
            verb(erp.connection, act, nobody, "")
    assert Push.objects.waiting().count() == 6


def test_an_act_in_several_transactions_still_sends_only_a_few_first(erp: Desk) -> None:
    pushes = [erp.push(number, name=f"乙{number}") for number in range(1, 5)]
    act = audit.new_act()
    Push.objects.update(act=act)
    more = [Push(connection=erp.connection, action="create", kind="individual") for _ in range(3)]
    outbox.hold_back(more, act, 5)
    assert [one.waits for one in more] == [False, True, True]
    outbox.hold_back(more, act, len(pushes))
    assert [one.waits for one in more] == [True] * 3


def test_a_hub_change_takes_back_what_waits_as_well(erp: Desk) -> None:
    approve(erp, 8)
    waiting = Push.objects.waiting().first()
    assert waiting is not None
    act = audit.new_act()
    assert outbox.void_queued([waiting.contact_id], "review.moved", act, outbox.JOB, erp.clock()) == set()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.waits) == ("cancelled", False)
    assert Proposal.objects.get(push=waiting).state == ProposalState.APPROVED


def mixed(erp: Desk) -> uuid.UUID:
    """One act with four new customers, four orders and a single follow-up, enqueued in this order."""
    act = audit.new_act()
    rows = [(operations.CUSTOMER, n) for n in range(1, 5)] + [(operations.SHARE, n) for n in range(5, 9)]
    pushes = []
    for operation, number in [*rows, (operations.FOLLOW_UP, 9)]:
        proposal = make.proposal(state="approved", connection=erp.connection, operation=operation, subject=str(number))
        action = "create" if operation == operations.CUSTOMER else "update"
        made = make.push(proposal=proposal, operation=operation, action=action, act=act, ord=900 + number)
        pushes.append(made)
    outbox.hold_back(pushes, uuid.uuid4(), 2)
    for push in pushes:
        push.save()
    return act


def going() -> Counter[str]:
    return Counter(Push.objects.sendable().values_list("operation", flat=True))


def end(operation: str, count: int, state: str, cause: str = "") -> None:
    """So many of those that were let go come to this end."""
    some = list(Push.objects.sendable().filter(operation=operation).order_by("pk").values_list("pk", flat=True)[:count])
    assert len(some) == count
    Push.objects.filter(pk__in=some).update(state=state, cause=cause)


def test_a_few_of_each_operation_go_first_and_the_rest_waits_for_all_of_them(erp: Desk) -> None:
    mixed(erp)
    assert going() == {operations.CUSTOMER: 2, operations.SHARE: 2, operations.FOLLOW_UP: 1}
    end(operations.CUSTOMER, 2, "verified")
    end(operations.SHARE, 2, "verified")
    assert brakes.release(erp.connection, erp.clock()) == 0, "the follow-up has not been heard of"
    end(operations.FOLLOW_UP, 1, "verified")
    assert flow.next_due(["brakes"]) is not None
    assert brakes.release(erp.connection, erp.clock()) == 4
    assert not Push.objects.waiting().exists()


def test_one_operation_that_fails_holds_the_others_too(erp: Desk) -> None:
    mixed(erp)
    end(operations.CUSTOMER, 2, "verified")
    end(operations.SHARE, 1, "rejected")
    assert brakes.release(erp.connection, erp.clock()) == 0
    assert flow.next_due(["brakes"]) is None


def test_what_is_replaced_is_replaced_by_one_of_its_operation(erp: Desk) -> None:
    mixed(erp)
    end(operations.SHARE, 1, "cancelled")
    assert brakes.release(erp.connection, erp.clock()) == 1
    assert going() == {operations.CUSTOMER: 2, operations.SHARE: 2, operations.FOLLOW_UP: 1}


def test_what_cannot_be_read_back_holds_nobody(erp: Desk) -> None:
    """The ERP took it, and its word is all there will ever be."""
    mixed(erp)
    end(operations.CUSTOMER, 2, "verified")
    end(operations.SHARE, 2, "verified")
    end(operations.FOLLOW_UP, 1, "accepted", operations.NOT_READABLE)
    assert brakes.release(erp.connection, erp.clock()) == 4
