"""An approved create that waited too long is looked for again before it is sent, and only then."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from tests.pipeline.matching import matched, proposed
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.conf import conf
from zbsync.models import Contact, Entry, ErpConnection, Proposal, Push
from zbsync.pipeline import bootstrap, dispatch, flow, match, outbox, propose, review, survey

pytestmark = pytest.mark.django_db
MOBILE = "13800001111"
TOO_LONG = timedelta(days=2)


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=1) as made:
        made.connection.options = {"sort1": "3,7"}
        made.connection.save()
        make.options(made.connection)
        bootstrap.seed()
        survey.run(made.connection)
        yield made


def approved(erp: Desk, waited: timedelta = TOO_LONG) -> Push:
    """A new contact's push, approved and left waiting."""
    row = matched(proposed(phone=MOBILE, name="张示例"))
    assert review.approve([row.pk], make.user()).done == 1
    if waited:
        Proposal.objects.filter(pk=row.pk).update(matched_at=timezone.now() - waited)
    return Push.objects.get(proposal=row)


def grow_old() -> None:
    ErpConnection.objects.update(surveyed_at=timezone.now() - TOO_LONG)


def add(erp: Desk, **values: str) -> int:
    return erp.sandbox.store.add_customers([{"name": "别处来的", **values}])[0]


def test_a_young_match_is_sent_without_another_look(erp: Desk) -> None:
    push = approved(erp, timedelta(hours=1))
    before = erp.sandbox.store.calls()
    match.drain()
    assert erp.sandbox.store.calls() == before
    assert dispatch.drain().done == 1
    assert settled(push)[0] == "accepted"


def test_an_old_match_is_not_claimed(erp: Desk) -> None:
    push = approved(erp)
    assert dispatch.drain().seen == 0
    assert settled(push)[0] == "queued"


def test_nobody_came_so_it_goes(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    assert match.drain().done == 1
    assert dispatch.drain().done == 1
    assert settled(push)[0] == "accepted"
    assert Entry.objects.get(verb="push.look_again").after == {"absent": 1, "found": 0, "failed": 0, "due_again": 0}


def test_a_fresh_copy_answers_for_the_erp(erp: Desk) -> None:
    push = approved(erp)
    before = erp.sandbox.store.calls()
    match.drain()
    assert erp.sandbox.store.calls() == before
    assert dispatch.drain().done == 1
    assert settled(push)[0] == "accepted"


def test_somebody_came_so_it_comes_back_to_be_reviewed(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    ord_ = add(erp, mobile="138 0000 1111")
    match.drain()
    assert settled(push) == ("cancelled", "match.found_later")
    assert list(Contact.objects.due()) == [push.contact]
    propose.drain()
    match.drain()
    row = Proposal.objects.get(contact=push.contact, state="ready")
    assert (row.match_kind, row.target_ord) == ("unique", ord_)
    assert dispatch.drain().seen == 0
    assert len(erp.sandbox.store.customers()) == 1


def test_a_person_s_number_counts_as_well(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    ord_ = add(erp)
    erp.sandbox.store.save_person(0, ord_, {"person_name": "李示例", "mobile": MOBILE})
    match.drain()
    assert settled(push) == ("cancelled", "match.found_later")


def test_who_a_person_said_is_somebody_else_still_is(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    Proposal.objects.filter(pk=push.proposal_id).update(not_same=[add(erp, mobile=MOBILE)], target_chosen=True)
    match.drain()
    assert dispatch.drain().done == 1


def test_create_anyway_was_said_of_those_who_were_there(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    Proposal.objects.filter(pk=push.proposal_id).update(not_same=[add(erp, mobile=MOBILE)], target_chosen=True)
    add(erp, mobile=MOBILE)
    match.drain()
    assert settled(push) == ("cancelled", "match.found_later")


def test_its_own_customer_is_no_stranger(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    Push.objects.filter(pk=push.pk).update(ord=add(erp, mobile=MOBILE))
    match.drain()
    assert settled(push)[0] == "queued"
    assert dispatch.drain().seen == 1


def test_an_erp_that_does_not_answer_keeps_it_waiting(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    erp.sandbox.faults.arm([{"name": "garbage", "path": "list.asp"}])
    match.drain()
    push.refresh_from_db()
    assert (push.state, push.not_before > timezone.now()) == ("queued", True)
    assert dispatch.drain().seen == 0
    due = flow.next_due(["match"])
    assert due is not None
    assert due > timezone.now()


def test_always_afresh_means_once_before_it_is_sent(erp: Desk) -> None:
    with override_settings(ZBSYNC=replace(conf(), mirror_max_age_s=0.0)):
        push = approved(erp, timedelta(0))
        assert dispatch.drain().seen == 0
        before = erp.sandbox.store.calls()
        match.drain()
        assert erp.sandbox.store.calls() > before
        assert dispatch.drain().done == 1
    assert settled(push)[0] == "accepted"


def test_an_update_rests_on_the_record_it_reads_before_it_speaks(erp: Desk) -> None:
    ord_ = add(erp, mobile=MOBILE)
    push = erp.update(ord_, {"intro": "新"}, {"intro": ""})
    Proposal.objects.filter(pk=push.proposal_id).update(matched_at=timezone.now() - TOO_LONG)
    assert list(outbox.outdated(erp.connection, timezone.now())) == []
    assert dispatch.drain().seen == 1


def test_what_waits_for_a_look_is_due_for_match_and_not_for_dispatch(erp: Desk) -> None:
    approved(erp)
    assert flow.next_due(["dispatch"]) is None
    due = flow.next_due(["match"])
    assert due is not None
    assert due <= timezone.now()


def test_a_turn_of_the_flow_looks_and_sends(erp: Desk) -> None:
    push = approved(erp)
    grow_old()
    flow.turn(seconds=60)
    assert settled(push)[0] in {"accepted", "verified"}
