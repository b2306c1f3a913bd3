"""Ordering an operation for a bound customer."""

import pytest
from django.core.exceptions import PermissionDenied

from tests.models import make
from tests.pipeline.reviewing import contact, erp, mapping, option, person
from zbsync.core.follow.operations import ORDERED
from zbsync.models import Contact, Entry, Proposal
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db


def bound(ord_: int = 4711) -> Contact:
    """A contact that is this customer."""
    mapping()
    made = contact(followed_version=1)
    make.binding(made, ord_, connection=erp())
    return made


def order(operation: str, *contacts: Contact, **fields: str) -> review.Decision:
    by = person("chen", ("order_proposal", "approve_proposal"))
    return review.order(operation, [one.pk for one in contacts], fields, by, "asked for on the phone")


def test_an_order_waits_for_approval_like_any_proposal() -> None:
    wanted = bound()
    assert order("customer.protect", wanted).done == 1
    row = Proposal.objects.get()
    assert (row.operation, row.state, row.target_ord, row.action) == ("customer.protect", "ready", 4711, "update")
    assert review.approve([row.pk], person("chen", ("approve_proposal",))).done == 1
    made = row.push
    assert (made.operation, made.ord, made.payload, made.state) == ("customer.protect", 4711, {}, "queued")
    entry = Entry.objects.get(verb="proposal.order")
    assert (entry.actor_name, entry.contact_id, entry.reason) == ("chen", wanted.pk, "asked for on the phone")


@pytest.mark.parametrize("operation", ["customer.assign", "customer.save", "followup.add", "customer.eat"])
def test_what_nobody_orders_is_refused_with_what_there_is(operation: str) -> None:
    with pytest.raises(review.UnknownOrder, match=r"customer\.protect"):
        order(operation, bound())


def test_who_may_not_order_is_told_so() -> None:
    with pytest.raises(PermissionDenied, match="order_proposal"):
        review.order("customer.protect", [bound().pk], {}, person("li", ("approve_proposal",)))


def test_a_contact_without_a_customer_is_left_out() -> None:
    mapping()
    assert order("customer.protect", contact(), bound()).as_json()["left_out"] == {"review.not_bound": 1}


def test_the_same_order_waits_only_once() -> None:
    wanted = bound()
    order("customer.protect", wanted)
    assert order("customer.protect", wanted).left_out == {"review.waits_already": 1}
    assert order("customer.unprotect", wanted).done == 1
    assert Proposal.objects.count() == 2


def test_a_contact_that_is_gone_has_nothing_done_to_its_customer() -> None:
    wanted = bound()
    Contact.objects.update(deleted_at=make.NOW)
    assert order("customer.protect", wanted).left_out == {"contact.gone": 1}


@pytest.mark.parametrize(
    ("fields", "payload"),
    [({"jg": "同意"}, {"jg": "1"}), ({"jg": "2", "intro": " 重复 "}, {"jg": "2", "intro": "重复"})],
)
def test_options_go_by_name_or_by_code(fields: dict[str, str], payload: dict[str, str]) -> None:
    assert order("customer.review", bound(), **fields).done == 1
    row = Proposal.objects.get()
    assert row.payload == payload
    assert {one["edited_by"] for one in row.fields} == {"chen"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "payload.required"),
        ({"jg": "3"}, "payload.not_an_option"),
        ({"jg": "1", "height": "2"}, "payload.unknown_field"),
        ({"jg": "1", "intro": "价" * 501}, "payload.too_long"),
    ],
)
def test_what_the_erp_would_refuse_is_refused_here(fields: dict[str, str], code: str) -> None:
    decision = order("customer.review", bound(), **fields)
    assert decision.left_out == {"review.bad_value": 1}
    assert [finding.code for finding in decision.findings] == [code]
    assert not Proposal.objects.exists()


def test_several_users_are_named_with_commas() -> None:
    option("users", "销售/赵一", "63")
    option("users", "销售/钱二", "64")
    rights = dict.fromkeys(("sharecontact", "replyshare", "chanceshare", "contractshare"), "否")
    assert order("customer.share", bound(), member1="共享给以下用户", member2="赵一、销售/钱二", **rights).done == 1
    row = Proposal.objects.get()
    assert (row.payload["member1"], row.payload["member2"]) == ("0", "63,64")


@pytest.mark.parametrize("operation", ORDERED)
def test_every_order_there_is_can_be_given(operation: str) -> None:
    fields = {
        "customer.approve": {"blset": "同意"},
        "customer.review": {"jg": "同意"},
        "customer.share": {"member1": "共享给所有用户"}
        | dict.fromkeys(("sharecontact", "replyshare", "chanceshare", "contractshare"), "是"),
    }
    assert order(operation, bound(), **fields.get(operation, {})).done == 1


def test_an_order_whose_push_could_not_be_read_back_may_be_given_again() -> None:
    wanted = bound()
    order("customer.apply", wanted)
    row = Proposal.objects.get()
    review.approve([row.pk], person("chen", ("approve_proposal",)))
    type(row.push).objects.update(state="accepted", cause="not_readable")
    assert order("customer.apply", wanted).done == 1
    assert review.approve(Proposal.objects.for_review(), person("chen", ("approve_proposal",))).done == 1


def test_an_approved_order_can_be_undone_until_it_is_sent() -> None:
    wanted = bound()
    order("customer.protect", wanted)
    chen = person("chen", ("order_proposal", "approve_proposal"))
    review.approve(Proposal.objects.for_review(), chen)
    assert review.undo(Proposal.objects.all(), chen).done == 1
    row = Proposal.objects.get()
    assert (row.state, row.cause, row.push.state) == ("approved", "withdrawn", "cancelled")
    assert wanted.bindings.count() == 1, "the binding is none of this order's"
    assert Contact.objects.get(pk=wanted.pk).proposed_version == 1, "nor is the customer proposed again"


@pytest.mark.parametrize("verb", ["bind", "not_same"])
def test_who_the_customer_is_is_not_decided_on_what_follows_it(verb: str) -> None:
    order("customer.protect", bound())
    row = Proposal.objects.get()
    by = person("chen", ("bind_proposal",))
    decision = review.bind(row.pk, 7, "x", by) if verb == "bind" else review.not_same(row.pk, 7, by)
    assert decision.left_out == {"review.not_a_customer": 1}
    assert review.create_anyway([row.pk], by).left_out == {"review.not_a_customer": 1}


def test_two_orders_for_one_customer_are_approved_together() -> None:
    wanted = bound()
    order("customer.protect", wanted)
    order("customer.take_back", wanted)
    assert review.approve(Proposal.objects.for_review(), person("chen", ("approve_proposal",))).done == 2
