"""What was decided is void once its ground moved: at the hub, in the rules, in the ERP. From the file to the ERP."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction

from tests.models import make
from tests.pipeline.life import Life
from tests.pipeline.matching import changed
from zbsync.models import Contact, Entry, ErpRecord, Proposal, Push
from zbsync.pipeline import audit, dispatch, match, propose, publish, review, survey, worklist
from zbsync.pipeline.propose import LOST

Happens = Callable[[Life], Any]


def hub_changes(world: Life) -> None:
    world.hub(name="王小明二")


def hub_deletes(world: Life) -> None:
    world.hub(deleted=True)


def rules_change(world: Life) -> None:
    world.publish(transform="upper")


def gate_changes(world: Life) -> None:
    with transaction.atomic():
        publish.reconsider(audit.Actor.of(make.user()), reason="score")


MOVES = [hub_changes, hub_deletes, rules_change, gate_changes]


def ready(world: Life, **said: Any) -> Proposal:
    world.hub(**said)
    world.think()
    return world.row()


@pytest.mark.parametrize("happens", MOVES)
def test_an_approved_push_that_still_waits_is_void_and_never_said(world: Life, happens: Happens) -> None:
    first = ready(world, notes="abc")
    assert world.approve().done == 1
    happens(world)
    world.think()
    world.deliver()
    assert world.pushes() == [("cancelled", "review.moved")]
    assert world.erp.sandbox.store.customers() == []
    assert Entry.objects.filter(verb="push.cancel", contact_id=first.contact_id).count() == 1
    again = world.row()
    assert (again.pk == first.pk) is (happens is hub_deletes)
    assert again.state == ("approved" if happens is hub_deletes else "ready")


def test_the_new_proposal_of_a_void_push_can_be_approved_and_arrives(world: Life) -> None:
    ready(world)
    world.approve()
    hub_changes(world)
    world.think()
    assert world.approve().done == 1
    world.deliver()
    assert world.pushes() == [("cancelled", "review.moved"), ("verified", "")]
    assert [one["name"] for one in world.erp.sandbox.store.customers()] == ["王小明二"]
    assert world.held(world.bound())["khid"] == "WX77"


@pytest.mark.parametrize("happens", [hub_changes, hub_deletes])
def test_dispatch_alone_sees_that_the_contact_moved(world: Life, happens: Happens) -> None:
    ready(world)
    world.approve()
    happens(world)
    dispatch.drain()
    assert world.pushes() == [("cancelled", "review.moved")]
    assert world.erp.sandbox.store.customers() == []


@pytest.mark.parametrize("happens", MOVES)
def test_what_moved_since_it_was_shown_is_not_approved(world: Life, happens: Happens) -> None:
    row = ready(world)
    happens(world)
    decision = review.approve([row.pk], make.user(), digests={row.pk: row.digest})
    assert dict(decision.left_out) == {"review.moved": 1}
    assert not Push.objects.exists()


@pytest.mark.parametrize("happens", MOVES)
def test_an_open_proposal_is_replaced_or_closed(world: Life, happens: Happens) -> None:
    row = ready(world)
    happens(world)
    world.think()
    row.refresh_from_db()
    assert (row.state, row.cause) == ("superseded", "contact.gone" if happens is hub_deletes else "contact.moved")
    assert Proposal.objects.open().count() == (0 if happens is hub_deletes else 1)


def test_a_contact_that_comes_back_is_proposed_again(world: Life) -> None:
    ready(world)
    hub_deletes(world)
    world.think()
    assert (world.contact().eligible, world.contact().deleted_at is not None) == (False, True)
    world.hub(deleted=False)
    world.think()
    assert (world.contact().eligible, world.contact().deleted_at) == (True, None)
    assert world.row().state == "ready"


def test_a_customer_sent_before_its_contact_went_stays_bound(world: Life) -> None:
    ready(world)
    world.approve()
    world.deliver()
    ord_ = world.bound()
    hub_deletes(world)
    world.think()
    world.deliver()
    assert (world.bound(), world.pushes()) == (ord_, [("verified", "")])
    assert world.held(ord_)["name"] == "王小明"


STILL = ("Slot", "Heartbeat")
EVERYTHING = [one for one in apps.get_app_config("zbsync").get_models() if one.__name__ not in STILL]


def snapshot() -> dict[str, list[dict[str, Any]]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in EVERYTHING}


@pytest.mark.parametrize("stage", ["ready", "approved", "verified", "declined"])
def test_the_same_file_again_changes_nothing_anywhere(world: Life, stage: str) -> None:
    row = ready(world)
    if stage == "declined":
        review.reject([row.pk], make.user(), reason="a supplier")
    elif stage != "ready":
        world.approve()
    if stage == "verified":
        world.deliver()
    before = snapshot()
    report = world.hub()
    world.think()
    now = snapshot()
    uploads = {name for name in now if now[name] != before[name]}
    assert (report.counts.same, report.counts.changed) == (1, 0)
    assert uploads <= {"Upload"}


def test_a_declined_contact_stays_declined_until_the_hub_changes_it(world: Life) -> None:
    row = ready(world)
    review.reject([row.pk], make.user(), reason="a supplier")
    rules_change(world)
    gate_changes(world)
    world.think()
    assert (world.row().pk, world.row().state) == (row.pk, "rejected")
    hub_changes(world)
    world.think()
    assert (world.row().state, world.row().contact_version) == ("ready", 2)


def test_a_decline_that_was_taken_back_is_proposed_again_and_follows_the_rules(world: Life) -> None:
    row = ready(world)
    review.reject([row.pk], make.user(), reason="a supplier")
    assert review.undo([row.pk], make.user(), "a customer after all").done == 1
    world.think()
    assert world.row().state == "ready"
    rules_change(world)
    world.think()
    assert world.row().mapping.version == 2


def lost(row: Proposal) -> list[str]:
    return [one["params"]["fields"] for one in row.findings if one["code"] == LOST]


@pytest.mark.parametrize("happens", [hub_changes, rules_change, gate_changes])
@pytest.mark.parametrize("approved", [False, True])
def test_edits_that_a_newer_proposal_does_not_have_are_told(world: Life, happens: Happens, *, approved: bool) -> None:
    ready(world, notes="abc")
    world.edit("intro", "he called")
    world.edit("address", "江北路 1 号")
    if approved:
        world.approve()
    happens(world)
    world.think()
    row = world.row()
    assert lost(row) == ["intro, address"]
    assert (row.edits, row.has_errors, row.payload["intro"].lower()) == ({}, False, "abc")
    assert world.approve().done == 1


def test_an_edit_that_the_hub_caught_up_with_is_not_lost(world: Life) -> None:
    ready(world, notes="abc")
    world.edit("intro", "he called")
    world.edit("address", "江北路 1 号")
    world.hub(notes="he called")
    world.think()
    assert lost(world.row()) == ["address"]


def test_a_field_that_was_taken_out_and_is_back_is_told(world: Life) -> None:
    ready(world, notes="abc")
    world.edit("intro", "")
    hub_changes(world)
    world.think()
    assert lost(world.row()) == ["intro"]


def test_lost_edits_are_told_until_somebody_decides(world: Life) -> None:
    ready(world, notes="abc")
    world.edit("intro", "he called")
    for name in ("王二", "王三"):
        world.hub(name=name)
        world.think()
        assert lost(world.row()) == ["intro"]
    world.approve()
    world.deliver()
    world.hub(name="王四")
    world.think()
    assert lost(world.row()) == []


def test_a_changed_erp_record_makes_another_digest_of_the_same_payload(world: Life) -> None:
    ord_ = world.customer(mobile="13800001111", intro="老客户")
    shown = ready(world, notes="想要报价")
    world.erp.sandbox.store.promote(ord_, 2, world.held(ord_) | {"intro": "新客户", "sort1": "3,7"})
    ErpRecord.objects.update(detailed_at=None)
    with transaction.atomic():
        worklist.rematch([shown.pk])
    match.drain()
    row = world.row()
    assert (row.payload, row.target_ord) == (shown.payload, shown.target_ord)
    assert changed(row)["intro"] == "新客户\n想要报价"
    assert dict(review.approve([row.pk], make.user(), digests={row.pk: shown.digest}).left_out) == {"review.moved": 1}
    assert world.approve().done == 1
    world.deliver()
    assert world.held(ord_)["intro"].replace("\r\n", "\n") == "新客户\n想要报价"


def test_a_customer_made_by_hand_after_the_match_is_seen_by_the_next_survey(world: Life) -> None:
    row = ready(world, wechat_id="wx_ming")
    assert row.match_kind == "absent"
    ord_ = world.customer(weixinAcc="wx_ming")
    assert Proposal.objects.get(pk=row.pk).state == "mapped"
    match.drain()
    assert (world.row().match_kind, world.row().target_ord) == ("unique", ord_)


@pytest.mark.parametrize("settled", ["not_same", "chosen", "stranger"])
def test_a_new_customer_troubles_nobody_who_is_settled(world: Life, settled: str) -> None:
    known = world.customer(mobile="13800001111")
    row = ready(world)
    if settled == "not_same":
        assert review.not_same(row.pk, known, make.user(), digest=row.digest).done == 1
    if settled == "chosen":
        assert review.create_anyway([row.pk], make.user()).done == 1
    ErpRecord.objects.update(detailed_at=None)
    world.customer(mobile="13899999999" if settled != "chosen" else "13800001111")
    survey.run(world.erp.connection)
    assert world.row().state == "ready"


def test_propose_finds_the_queued_push_of_an_approval_it_waited_for(world: Life) -> None:
    """What the order of its locks is for: the proposal first, then the push that its approval made."""
    row = ready(world)
    world.approve()
    Contact.objects.update(proposed_version=0)
    assert propose.drain().done == 1
    assert world.pushes() == [("cancelled", "review.moved")]
    assert world.row().pk != row.pk
