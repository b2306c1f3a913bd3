"""Follow-ups from hub interactions: one for each, whatever happens, and none before its customer is there."""

import pytest
from django.db import IntegrityError, transaction

from tests.models import make
from tests.pipeline.follow.talking import CALL, HELLO, TALK, approve, bound, create, pushes, rows, stored, think
from tests.pipeline.life import Life
from zbsync.models import Contact, FollowUpMethod, Proposal, Push
from zbsync.pipeline import follow, propose, review

TEXTS = ["2026-01-05 08:30 微信：要报价", "2026-01-06 09:00 电话：已发报价"]


def test_they_wait_for_the_customer_and_are_sent_once_each(world: Life) -> None:
    world.hub(interactions=TALK)
    think(world)
    assert rows() == [("i1", "mapped", "waiting.customer"), ("i2", "mapped", "waiting.customer")]
    world.approve()
    world.deliver()
    follow.drain()
    assert rows() == [("i1", "ready", ""), ("i2", "ready", "")]
    assert approve().done == 2
    world.deliver()
    assert pushes() == [("i1", "verified", ""), ("i2", "verified", "")]
    assert stored(world) == TEXTS
    said = world.erp.sandbox.store.follow_ups()
    assert {(one["target"], one["sort"], one["plantype"]) for one in said} == {
        (world.bound(), 484, 0),
        (world.bound(), 481, 0),
    }


def test_whatever_is_run_again_there_is_one_for_each_interaction(world: Life) -> None:
    create(world, interactions=TALK)
    approve()
    world.deliver()
    for _ in range(3):
        world.hub(interactions=TALK)
        think(world)
        Contact.objects.update(followed_version=0)
        follow.drain()
        approve()
        world.deliver()
    assert rows() == [("i1", "approved", ""), ("i2", "approved", "")]
    assert stored(world) == TEXTS


def test_a_new_interaction_adds_one_and_leaves_the_others_as_they_are(world: Life) -> None:
    create(world, interactions=[HELLO])
    before = Proposal.objects.get(operation="followup.add")
    world.hub(interactions=TALK)
    think(world)
    assert rows() == [("i1", "ready", ""), ("i2", "ready", "")]
    after = Proposal.objects.get(operation="followup.add", subject="i1")
    assert (after.pk, after.digest) == (before.pk, before.digest)


def test_a_text_that_changed_at_the_hub_takes_the_place_of_the_older_one(world: Life) -> None:
    create(world, interactions=[HELLO])
    world.hub(interactions=[HELLO | {"content": "要两份报价"}])
    think(world)
    assert rows() == [("i1", "superseded", "contact.moved"), ("i1", "ready", "")]
    assert world.row(operation="followup.add").payload["intro"].endswith("要两份报价")


def test_an_approved_one_whose_text_changed_is_taken_back_and_proposed_anew(world: Life) -> None:
    create(world, interactions=[HELLO])
    approve()
    world.hub(interactions=[HELLO | {"content": "要两份报价"}])
    think(world)
    assert pushes() == [("i1", "cancelled", "contact.moved")]
    assert rows() == [("i1", "approved", "withdrawn"), ("i1", "ready", "")]
    approve()
    world.deliver()
    assert stored(world) == ["2026-01-05 08:30 微信：要两份报价"]


def test_an_approved_one_is_not_sent_before_somebody_looked_at_what_the_hub_changed(world: Life) -> None:
    create(world, interactions=[HELLO])
    approve()
    world.hub(notes="另一件事")
    world.deliver()
    assert pushes() == [("i1", "queued", "")], "the contact moved, and nobody looked yet whether this rests on it"
    think(world)
    world.deliver()
    assert pushes() == [("i1", "verified", "")]
    assert stored(world) == TEXTS[:1]


def test_what_a_person_edited_stays_theirs_as_long_as_the_hub_says_the_same(world: Life) -> None:
    create(world, interactions=[HELLO])
    row = world.row(operation="followup.add")
    decision = review.edit(row.pk, "intro", "客户要报价", "shorter", make.user("colleague"), row.digest)
    assert decision.done == 1
    world.hub(notes="另一件事")
    think(world)
    row = world.row(operation="followup.add")
    assert (row.state, row.payload["intro"]) == ("ready", "客户要报价")
    approve()
    world.deliver()
    assert stored(world) == ["客户要报价"]


def test_one_that_a_person_declined_is_declined_for_good(world: Life) -> None:
    create(world, interactions=[HELLO])
    review.reject(Proposal.objects.for_review(), make.user(), reason="empty talk")
    world.hub(notes="另一件事")
    think(world)
    assert rows() == [("i1", "rejected", "")]


def test_a_decision_that_is_undone_brings_it_back(world: Life) -> None:
    create(world, interactions=[HELLO])
    decision = approve()
    assert review.undo(decision.act, make.user()).done == 1
    follow.drain()
    assert rows() == [("i1", "approved", "withdrawn"), ("i1", "ready", "")]
    assert pushes() == [("i1", "cancelled", "")]
    assert review.undo(decision.act, make.user()).done == 0, "once"


def test_what_a_person_cancelled_stays_cancelled(world: Life) -> None:
    create(world, interactions=[HELLO])
    approve()
    review.cancel(Push.objects.queued(), make.user())
    world.hub(notes="另一件事")
    think(world)
    assert rows() == [("i1", "approved", "")]
    assert pushes() == [("i1", "cancelled", "")]


def test_the_database_itself_refuses_a_second_one(world: Life) -> None:
    create(world, interactions=[HELLO])
    row = Proposal.objects.get(operation="followup.add")
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_two_equal_texts_are_two_follow_ups_that_can_be_told_apart(world: Life) -> None:
    create(world, interactions=[HELLO, HELLO | {"source_id": "i3"}])
    approve()
    world.deliver()
    assert stored(world) == [TEXTS[0], f"{TEXTS[0]} (2)"]
    assert pushes() == [("i1", "verified", ""), ("i3", "verified", "")]


def test_an_interaction_that_says_nothing_is_none(world: Life) -> None:
    create(world, interactions=[{"source_id": "i9", "at": "2026-01-05T08:30:00+08:00", "method": "", "content": ""}])
    assert rows() == []


def test_a_contact_that_the_gate_holds_has_none_and_loses_those_that_wait(world: Life) -> None:
    world.hub(interactions=TALK, score=10)
    think(world)
    assert rows() == []
    create(world, interactions=TALK, score=80)
    assert [state for _, state, _ in rows()] == ["ready", "ready"]
    world.hub(score=10)
    think(world)
    assert {state for _, state, _ in rows()} == {"superseded"}
    world.hub(score=80)
    think(world)
    assert [one for one in rows() if one[1] != "superseded"] == [("i1", "ready", ""), ("i2", "ready", "")]


def test_a_contact_that_is_gone_at_the_hub_takes_what_waits_with_it(world: Life) -> None:
    create(world, interactions=TALK)
    review.approve([world.row(operation="followup.add").pk], make.user())
    world.hub(deleted=True)
    think(world)
    assert rows() == [("i1", "superseded", "contact.gone"), ("i2", "approved", "withdrawn")]
    assert pushes() == [("i2", "cancelled", "contact.gone")]
    world.deliver()
    assert stored(world) == []


def test_a_way_that_our_table_lacks_is_a_finding_that_a_person_mends(world: Life) -> None:
    FollowUpMethod.objects.filter(keyword="").delete()
    create(world, interactions=TALK)
    assert rows() == [("i1", "ready", "mapping.no_way"), ("i2", "ready", "")]
    assert approve().left_out == {"review.has_errors": 1}
    row = Proposal.objects.get(operation="followup.add", subject="i1")
    assert review.edit(row.pk, "sort", "其他", "the rest", make.user("colleague"), row.digest).done == 1
    assert approve().done == 1


def test_a_way_that_the_erp_lacks_is_named(world: Life) -> None:
    FollowUpMethod.objects.filter(keyword="").update(option="拜年")
    create(world, interactions=[HELLO])
    finding = world.row(operation="followup.add").findings[0]
    assert (finding["code"], finding["params"]["value"]) == ("mapping.not_an_option", "拜年")


def test_a_schedule_is_edited_in_with_what_the_erp_then_asks_for(world: Life) -> None:
    create(world, interactions=[CALL])
    row = world.row(operation="followup.add")
    plan = {
        "plantype": "待完成日程",
        "@ret_0": "2026-02-01 09:00:00",
        "@ret_1": "2026-02-01 10:00:00",
        "@title1": "回访",
        "@remind": "提醒",
    }
    for field, value in plan.items():
        row = world.row(operation="followup.add")
        assert review.edit(row.pk, field, value, "plan", make.user("colleague"), row.digest).done == 1, field
        assert (world.row(operation="followup.add").cause == "payload.required") is (field != "@remind")
    assert approve().done == 1
    world.deliver()
    assert pushes() == [("i2", "verified", "")]
    (said,) = world.erp.sandbox.store.follow_ups()
    assert (said["plantype"], "回访" in said["plan"]) == (1, True)


def test_a_contact_bound_to_a_customer_that_was_there_needs_no_push_of_it(world: Life) -> None:
    ord_ = bound(world, interactions=[HELLO])
    assert rows() == [("i1", "ready", "")]
    assert world.row(operation="followup.add").target_ord == ord_


def test_many_contacts_cost_the_same_number_of_statements(world: Life, django_assert_max_num_queries) -> None:
    def told(first: int, last: int) -> None:
        for number in range(first, last):
            world.hub(str(number), name=f"张示例{number}", phone=f"1390000{number:04d}", interactions=TALK)
        propose.drain()

    told(0, 2)
    with django_assert_max_num_queries(40) as few:
        follow.drain()
    told(10, 40)
    with django_assert_max_num_queries(len(few)):
        follow.drain()
    assert len(rows()) == 64
