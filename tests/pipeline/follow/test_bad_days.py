"""Lost replies and dying workers, for each family of operations: each takes effect once, or a person is asked."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from tests.models import make
from tests.pipeline.follow.conftest import FOLLOW_UPS
from tests.pipeline.follow.talking import HELLO, approve, bound, create, found, not_there, pushes
from tests.pipeline.follow.test_persons import company, persons
from tests.pipeline.life import Life
from zbsync.models import AssignmentRule, Entry, Push
from zbsync.pipeline import dispatch, flow, reconcile, review, verify

LOST = {"name": "reply_lost", "count": 1}
NEVER = {"name": "reset_before", "count": 1}


@dataclass(frozen=True)
class Family:
    """One family: how a push of it comes about, the page that takes it, how often it took effect in the ERP."""

    operation: str
    page: str
    ready: Callable[[Life], Any]
    done: Callable[[Life], int]


def assigned(world: Life) -> None:
    AssignmentRule.objects.filter(min_score=80).update(users=["周敏"])
    create(world)


def protected(world: Life) -> None:
    bound(world)
    assert review.order("customer.protect", [world.contact().pk], {}, make.user()).done == 1


def shared(world: Life) -> None:
    bound(world)
    rights = dict.fromkeys(("sharecontact", "replyshare", "chanceshare", "contractshare"), "是")
    order = {"member1": "共享给以下用户", "member2": "周敏，吴磊", **rights}
    assert review.order("customer.share", [world.contact().pk], order, make.user()).done == 1


def appended(world: Life) -> int:
    return len(world.erp.sandbox.store.follow_ups())


FAMILIES = [
    Family("followup.add", "reply", lambda w: create(w, interactions=[HELLO]), appended),
    Family("person.save", "person/add", company, lambda w: len(persons(w, w.bound())) - 1),
    Family("customer.assign", "order", assigned, lambda w: int(w.erp.customer(w.bound())["cateid"] == 63)),
    Family("customer.protect", "custom/add", protected, lambda w: int(w.erp.customer(w.bound())["protected"])),
    Family("customer.share", "share", shared, lambda w: len(w.erp.sandbox.store.shares(w.bound())) // 2),
]
every = pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.operation)


def path_of(family: Family) -> dict[str, Any]:
    return {"path": family.page} | ({"cmdkey": "__sys_dosave"} if family.operation == "person.save" else {})


def state(family: Family) -> tuple[str, str]:
    ((_, held, cause),) = pushes(family.operation)
    return held, cause


@every
def test_on_a_good_day_it_is_sent_once_and_read_back(world: Life, family: Family) -> None:
    family.ready(world)
    assert approve(family.operation).done == 1
    world.deliver()
    assert state(family) == ("verified", "")
    assert family.done(world) == 1
    verbs = Entry.objects.filter(subject="push", subject_id=Push.objects.get(operation=family.operation).pk)
    told = list(verbs.order_by("pk").values_list("verb", flat=True))
    assert told == ["push.claim", "push.mark_sending", "push.accept", "push.read_equal"]


@every
def test_a_lost_reply_is_a_doubt_that_looking_ends_without_a_second_one(world: Life, family: Family) -> None:
    family.ready(world)
    approve(family.operation)
    world.erp.sandbox.faults.arm([LOST | path_of(family)])
    dispatch.drain()
    assert state(family)[0] == "in_doubt"
    assert dispatch.drain().seen == 0
    reconcile.drain()
    assert state(family) == ("accepted", "")
    verify.drain()
    assert state(family) == ("verified", "")
    assert family.done(world) == 1
    assert Push.objects.get(operation=family.operation).attempts_made == 1


@every
def test_what_never_arrived_is_proved_absent_by_two_looks_and_sent_again(world: Life, family: Family) -> None:
    clock = world.erp.clock
    family.ready(world)
    approve(family.operation)
    world.erp.sandbox.faults.arm([NEVER | path_of(family)])
    dispatch.drain()
    assert state(family)[0] == "in_doubt"
    reconcile.drain(clock=clock)
    assert state(family)[0] == "in_doubt"
    clock.pass_(61)
    reconcile.drain(clock=clock)
    assert state(family) == ("queued", "proved_absent")
    dispatch.drain(clock=clock)
    verify.drain(clock=clock)
    assert state(family) == ("verified", "")
    assert family.done(world) == 1


class Killed(BaseException):
    """A worker that is gone, as SIGKILL leaves it: nothing is tidied up."""


def dying(at: int) -> Callable[[], datetime]:
    """A clock that kills whoever reads it for the `at`th time."""
    read = 0

    def clock() -> datetime:
        nonlocal read
        read += 1
        if read == at:
            raise Killed
        return timezone.now()

    return clock


@every
@pytest.mark.parametrize("at", range(2, 6))
def test_a_worker_killed_at_any_line_leaves_one_or_none_behind(world: Life, family: Family, at: int) -> None:
    family.ready(world)
    approve(family.operation)
    with contextlib.suppress(Killed):
        dispatch.drain(clock=dying(at))
    for _ in range(3):
        world.erp.clock.pass_(130)
        reconcile.drain(clock=world.erp.clock)
        dispatch.drain(clock=world.erp.clock)
        verify.drain(clock=world.erp.clock)
    assert state(family) == ("verified", "")
    assert family.done(world) == 1


@every
def test_a_refusal_keeps_the_words_of_the_erp(world: Life, family: Family) -> None:
    family.ready(world)
    approve(family.operation)
    world.erp.sandbox.store.delete(world.bound())
    dispatch.drain()
    held, cause = state(family)
    assert (held, family.done(world) if family.operation == "followup.add" else 0) == ("rejected", 0), cause


# ------------------------------------------------------------ an ERP that lists no follow-ups


def deaf(world: Life) -> None:
    """The usual ERP: no page lists follow-ups."""
    world.erp.connection.options = {k: v for k, v in world.erp.connection.options.items() if k != "follow_up_list"}
    world.erp.connection.save()


def doubtful(world: Life) -> Push:
    """A follow-up whose reply was lost, at an ERP that lists none."""
    assert FOLLOW_UPS in world.erp.connection.options.values()
    deaf(world)
    create(world, interactions=[HELLO])
    approve()
    world.erp.sandbox.faults.arm([LOST | {"path": "reply"}])
    dispatch.drain()
    reconcile.drain()
    return Push.objects.get(operation="followup.add")


def test_without_a_list_a_follow_up_in_doubt_is_a_persons_and_never_sent_again(world: Life) -> None:
    push = doubtful(world)
    assert (push.state, push.cause) == ("in_doubt", "in_doubt.append_only")
    for _ in range(4):
        world.erp.clock.pass_(3600)
        reconcile.drain(clock=world.erp.clock)
        dispatch.drain(clock=world.erp.clock)
    assert appended(world) == 1
    assert pushes() == [("i1", "in_doubt", "in_doubt.append_only")]
    assert flow.next_due() is None, "only a person can go on"


def test_a_person_who_looked_says_that_it_is_there(world: Life) -> None:
    push = doubtful(world)
    found(push)
    verify.drain()
    assert pushes() == [("i1", "accepted", "not_readable")], "nobody claims to have read it back"
    assert appended(world) == 1
    assert Entry.objects.get(verb="push.found").reason == "seen in the ERP"
    assert flow.next_due() is None


def test_a_person_who_looked_says_that_it_is_not_and_it_is_sent_again(world: Life) -> None:
    deaf(world)
    create(world, interactions=[HELLO])
    approve()
    world.erp.sandbox.faults.arm([NEVER | {"path": "reply"}])
    dispatch.drain()
    reconcile.drain()
    push = Push.objects.get(operation="followup.add")
    not_there(push)
    world.deliver()
    assert pushes() == [("i1", "accepted", "not_readable")]
    assert appended(world) == 1


def test_what_cannot_be_read_back_stays_accepted_and_says_so(world: Life) -> None:
    deaf(world)
    create(world, interactions=[HELLO])
    approve()
    world.deliver()
    assert pushes() == [("i1", "accepted", "not_readable")]
    assert verify.drain().seen == 0, "once is enough"


def test_one_that_the_erp_said_yes_to_and_did_not_store_differs(world: Life) -> None:
    create(world, interactions=[HELLO])
    approve()
    world.erp.sandbox.faults.arm([{"name": "ok_not_stored", "count": 1}])
    world.deliver()
    assert pushes() == [("i1", "drifted", "not_stored")]
    review.requeue(Push.objects.failed(), make.user(), "again")
    world.deliver()
    assert pushes() == [("i1", "verified", "")]
    assert len(world.erp.sandbox.store.follow_ups()) == 1
