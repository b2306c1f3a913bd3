"""What follows a customer waits for it: until it is there, while it failed, and again when it is mended."""

import pytest

from tests.models import make
from tests.pipeline.follow.talking import HELLO, approve, bound, create, found, rows, stored, think
from tests.pipeline.life import Life
from zbsync.models import Binding, Push
from zbsync.pipeline import dispatch, follow, review, verify


@pytest.mark.parametrize("state", ["rejected", "dead", "drifted", "in_doubt"])
def test_a_customer_that_failed_holds_them_with_that_reason(world: Life, state: str) -> None:
    create(world, interactions=[HELLO])
    assert rows() == [("i1", "ready", "")]
    Push.objects.update(state=state)
    world.contact().__class__.objects.update(followed_version=0)
    follow.drain()
    assert rows() == [("i1", "mapped", "waiting.customer_failed")]
    assert approve().done == 0
    Push.objects.update(state="verified")
    world.contact().__class__.objects.update(followed_version=0)
    follow.drain()
    assert rows() == [("i1", "ready", "")]


def test_a_customer_that_was_not_stored_holds_them_until_it_is_sent_again(world: Life) -> None:
    world.hub(interactions=[HELLO])
    think(world)
    world.approve()
    world.erp.sandbox.faults.arm([{"name": "ok_not_stored", "count": 1}])
    world.deliver()
    follow.drain()
    assert rows() == [("i1", "mapped", "waiting.customer_failed")]
    review.requeue(Push.objects.failed(), make.user())
    follow.drain()
    assert rows() == [("i1", "mapped", "waiting.customer")]
    world.deliver()
    follow.drain()
    assert rows() == [("i1", "ready", "")]


def test_a_customer_in_doubt_holds_them_until_it_is_found(world: Life) -> None:
    world.hub(interactions=[HELLO])
    think(world)
    world.approve()
    world.erp.sandbox.faults.arm([{"name": "reply_lost", "count": 1, "cmdkey": "__sys_dosave"}])
    dispatch.drain()
    follow.drain()
    assert rows() == [("i1", "mapped", "waiting.customer_failed")]
    found(Push.objects.in_doubt().get())
    verify.drain()
    follow.drain()
    assert rows() == [("i1", "ready", "")]


def test_an_accepted_customer_is_a_claim_and_frees_nobody_yet(world: Life) -> None:
    world.hub(interactions=[HELLO])
    think(world)
    world.approve()
    dispatch.drain()
    follow.drain()
    assert rows() == [("i1", "mapped", "waiting.customer")]
    verify.drain()
    follow.drain()
    assert rows() == [("i1", "ready", "")]


def test_a_binding_that_goes_takes_them_back_to_waiting(world: Life) -> None:
    bound(world, interactions=[HELLO])
    Binding.objects.all().delete()
    world.contact().__class__.objects.update(followed_version=0)
    follow.drain()
    row = world.row(operation="followup.add")
    assert (row.state, row.cause, row.target_ord, row.action) == ("mapped", "waiting.customer", None, "")


def test_another_customer_is_aimed_at_when_the_binding_moves(world: Life) -> None:
    bound(world, interactions=[HELLO])
    before = world.row(operation="followup.add")
    other = world.customer(name="另一家")
    Binding.objects.update(ord=other)
    world.contact().__class__.objects.update(followed_version=0)
    assert review.approve([before.pk], make.user()).left_out == {"review.moved": 1}
    follow.drain()
    after = world.row(operation="followup.add")
    assert (after.pk, after.state, after.target_ord) == (before.pk, "ready", other)
    assert after.digest != before.digest, "what was shown named the other customer"
    approve()
    world.deliver()
    assert [one["target"] for one in world.erp.sandbox.store.follow_ups()] == [other]


def test_an_approved_one_is_taken_back_when_the_binding_moves(world: Life) -> None:
    bound(world, interactions=[HELLO])
    approve()
    other = world.customer(name="另一家")
    Binding.objects.update(ord=other)
    world.contact().__class__.objects.update(followed_version=0)
    follow.drain()
    assert rows() == [("i1", "approved", "withdrawn"), ("i1", "ready", "")]
    world.deliver()
    assert stored(world) == []


def test_those_who_approve_a_link_free_what_follows_it(world: Life) -> None:
    ord_ = world.customer(name="王小明", mobile="13800001111", weixinAcc="", khid="")
    world.hub(interactions=[HELLO])
    think(world)
    row = world.row()
    assert row.target_ord == ord_
    assert world.approve().done == 1
    world.deliver()
    follow.drain()
    assert rows() == [("i1", "ready", "")]
