"""Fix once, propose all with this cause again; and what a person does about a push in doubt."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Binding, Entry, Proposal, Push
from zbsync.pipeline import dispatch, match, outbox, reconcile, review, verify

pytestmark = pytest.mark.django_db

REFUSED = {"state": "rejected", "cause": "refused", "message": "手机不正确"}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        make.options(made.connection)
        yield made


def newest(push: Push) -> Proposal:
    return Proposal.objects.filter(contact=push.contact).latest("pk")


def test_failures_come_back_as_new_proposals_to_be_matched(erp: Desk) -> None:
    failed = [erp.push(number, **REFUSED) for number in (1, 2, 3)]
    decision = review.reopen(Push.objects.all(), make.user(), "asked the customers")
    assert (decision.done, dict(decision.left_out)) == (3, {})
    for push in failed:
        row = newest(push)
        assert (row.state, row.payload, row.decided_by) == ("mapped", push.payload, None)
        assert push.proposal_id != row.pk
    told = Entry.objects.filter(verb="proposal.reopen")
    assert {(one.act, one.reason) for one in told} == {(decision.act, "asked the customers")}


def test_only_what_failed_and_nobody_proposed_again_comes_back(erp: Desk) -> None:
    sent, failed = erp.push(1, state="verified", ord=5), erp.push(2, **REFUSED)
    moved = erp.push(3, **REFUSED)
    moved.contact.version = 2
    moved.contact.save()
    assert review.reopen([failed.pk], make.user()).done == 1
    left = review.reopen([sent.pk, failed.pk, moved.pk], make.user())
    assert dict(left.left_out) == {"review.push_not_failed": 1, "review.moved": 2}


def test_one_field_is_mended_in_all_of_a_group_and_the_way_goes_on(erp: Desk) -> None:
    failed = [erp.push(number, **REFUSED) for number in (1, 2)]
    decision = review.amend([one.pk for one in failed], "intro", "统一备注", "the ERP wants it", make.user())
    assert decision.done == 2
    rows = [newest(push) for push in failed]
    assert [row.payload["intro"] for row in rows] == ["统一备注"] * 2
    assert all(row.edits["intro"]["reason"] == "the ERP wants it" for row in rows)
    match.drain()
    rows = [newest(push) for push in failed]
    assert [row.state for row in rows] == ["ready"] * 2
    assert [review.approve([row.pk], make.user("colleague")).done for row in rows] == [1, 1]
    dispatch.drain()
    verify.drain()
    assert [settled(push) for push in failed] == [("buried", "overtaken")] * 2
    assert erp.customer(newest(failed[0]).push.ord)["intro"] == "统一备注"


@pytest.mark.parametrize(
    ("field", "value", "reason", "code"),
    [
        ("intro", "x", "  ", "review.reason_missing"),
        ("no_such_field", "x", "why", "review.unknown_field"),
        ("name", "长" * 200, "why", "review.bad_value"),
    ],
)
def test_a_value_the_erp_would_refuse_again_is_refused_here(
    erp: Desk, field: str, value: str, reason: str, code: str
) -> None:
    push = erp.push(1, **REFUSED)
    decision = review.amend([push.pk], field, value, reason, make.user())
    assert dict(decision.left_out) == {code: 1}
    assert bool(decision.findings) == (code == "review.bad_value")
    assert newest(push).pk == push.proposal_id


def test_after_a_rule_was_mended_the_contacts_go_through_it_again(erp: Desk) -> None:
    failed, sent = erp.push(1, **REFUSED), erp.push(2, state="verified", ord=7)
    decision = review.remap([failed.pk, sent.pk], make.user(), "mapping mended")
    assert (decision.done, dict(decision.left_out)) == (1, {"review.push_not_failed": 1})
    failed.contact.refresh_from_db()
    assert failed.contact.proposed_version == 0
    assert Entry.objects.get(verb="contact.remap").subject_id == failed.pk


def doubtful(erp: Desk, fault: str = "reply_lost") -> Push:
    erp.sandbox.faults.arm([{"name": fault, "cmdkey": "__sys_dosave", "count": 1}])
    push = erp.push()
    dispatch.drain()
    assert settled(push)[0] == "in_doubt"
    return push


def test_a_person_has_it_looked_at_now_even_what_was_left_to_a_person(erp: Desk) -> None:
    push = doubtful(erp)
    Push.objects.update(cause=outbox.OTHER_RECORD, not_before=erp.clock() + timedelta(hours=1))
    assert reconcile.drain().seen == 0
    assert review.look_now([push.pk], make.user()).done == 1
    reconcile.drain()
    verify.drain()
    assert settled(push) == ("verified", "")


def test_a_person_says_where_it_is_and_it_is_read_back(erp: Desk) -> None:
    push = doubtful(erp)
    ord_ = push.ord
    assert ord_ is not None
    Push.objects.update(ord=None, cause=outbox.NO_ID)
    decision = review.say_found(push.pk, ord_, "seen in the ERP", make.user())
    assert decision.done == 1
    assert settled(push) == ("accepted", "")
    assert Binding.objects.get(contact=push.contact).ord == ord_
    verify.drain()
    assert settled(push) == ("verified", "")
    assert Entry.objects.get(verb="push.found").reason == "seen in the ERP"


def test_a_wrong_customer_shows_as_drift_when_it_is_read_back(erp: Desk) -> None:
    push = doubtful(erp, "html_500")
    (other,) = erp.sandbox.store.add_customers([{"name": "别人", "intsort": "2"}])
    assert review.say_found(push.pk, int(other), "this one", make.user()).done == 1
    verify.drain()
    assert settled(push) == ("drifted", "read_different")


def test_a_person_vouches_that_it_is_not_there_and_it_is_sent_again_under_its_id(erp: Desk) -> None:
    push = doubtful(erp, "html_500")
    assert review.vouch_absent([push.pk], make.user(), "looked twice").done == 1
    assert settled(push) == ("queued", "proved_absent")
    dispatch.drain()
    verify.drain()
    assert settled(push) == ("verified", "")
    assert erp.writes(push.ord) == ["created"]


def test_a_word_without_a_reason_on_another_push_or_for_a_taken_customer_is_no_word(erp: Desk) -> None:
    push, sent = doubtful(erp), erp.push(2, state="verified", ord=77)
    make.binding(sent.contact, 77, connection=erp.connection)
    user = make.user()
    assert dict(review.say_found(push.pk, 77, "this", user).left_out) == {"review.ord_taken": 1}
    assert dict(review.say_found(push.pk, 78, " ", user).left_out) == {"review.reason_missing": 1}
    assert dict(review.say_found(sent.pk, 78, "x", user).left_out) == {"review.not_in_doubt": 1}
    assert dict(review.vouch_absent([push.pk], user, "").left_out) == {"review.reason_missing": 1}
    assert dict(review.vouch_absent([sent.pk], user, "x").left_out) == {"review.not_in_doubt": 1}
    assert dict(review.look_now([sent.pk], user).left_out) == {"review.not_in_doubt": 1}


def test_nobody_mends_or_settles_without_the_permission(erp: Desk) -> None:
    push, nobody = erp.push(1, **REFUSED), User.objects.create_user("nobody")
    verbs = (
        lambda: review.reopen([push.pk], nobody),
        lambda: review.amend([push.pk], "intro", "x", "y", nobody),
        lambda: review.remap([push.pk], nobody),
        lambda: review.look_now([push.pk], nobody),
        lambda: review.vouch_absent([push.pk], nobody, "x"),
        lambda: review.say_found(push.pk, 5, "x", nobody),
    )
    for verb in verbs:
        with pytest.raises(PermissionDenied, match="lacks the permission"):
            verb()
