"""A contact bound to a customer that the ERP deleted: a person can bind it anew or create it, and nothing else does."""

import pytest

from tests.pipeline.reviewing import contact, erp, person, proposal, record
from zbsync.models import Binding, Entry, Proposal, Push
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
GONE = {"code": "match.target_gone", "field": "", "severity": "error", "params": {"ord": 9}}
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7"}


@pytest.fixture
def row() -> Proposal:
    about = contact()
    Binding.objects.create(contact=about, connection=erp(), ord=9, provenance="settle")
    return proposal(
        about, match_kind="bound", target_ord=9, action="", changes=[], findings=[GONE], has_errors=True,
        cause="match.target_gone",
    )  # fmt: skip


def fresh(row: Proposal) -> Proposal:
    return Proposal.objects.get(pk=row.pk)


def test_it_cannot_be_approved_as_it_is(row: Proposal) -> None:
    assert review.approve([row.pk], person()).done == 0
    assert Binding.objects.get().ord == 9


def test_create_anyway_lets_the_binding_go_and_makes_a_new_customer(row: Proposal) -> None:
    decision = review.create_anyway([row.pk], person(), "it was deleted by mistake")
    assert (decision.done, Binding.objects.exists()) == (1, False)
    assert (fresh(row).action, fresh(row).target_ord, fresh(row).has_errors) == ("create", None, False)
    entry = Entry.objects.get(verb="binding.remove")
    assert (entry.act, entry.before, entry.reason) == (
        decision.act, {"ord": 9, "connection": erp().pk}, "it was deleted by mistake",
    )  # fmt: skip
    assert review.approve([row.pk], person()).done == 1
    assert (Push.objects.get().action, Push.objects.get().ord) == ("create", None)


def test_another_customer_can_be_bound_in_its_place(row: Proposal) -> None:
    record(11, **ERP)
    assert review.bind(row.pk, 11, "merged into this one", person(), row.digest).done == 1
    assert not Binding.objects.exists()
    assert review.approve([row.pk], person()).done == 1
    assert (Binding.objects.get().ord, Binding.objects.get().provenance) == (11, "person")


def test_a_binding_that_is_refused_lets_nothing_go(row: Proposal) -> None:
    record(11, **ERP)
    Binding.objects.create(contact=contact(), connection=erp(), ord=11, provenance="settle")
    assert dict(review.bind(row.pk, 11, "", person(), row.digest).left_out) == {"review.ord_taken": 1}
    assert Binding.objects.filter(contact=row.contact).exists()
    assert not Entry.objects.filter(verb="binding.remove").exists()


def test_only_this_contact_s_binding_on_this_erp_goes(row: Proposal) -> None:
    other = Binding.objects.create(contact=contact(), connection=erp(), ord=10, provenance="settle")
    review.create_anyway([row.pk], person())
    assert list(Binding.objects.all()) == [other]


@pytest.mark.parametrize("cause", ["", "mapping.too_long"])
def test_a_customer_that_is_there_stays_bound(row: Proposal, cause: str) -> None:
    Proposal.objects.filter(pk=row.pk).update(cause=cause)
    record(11, **ERP)
    by = person()
    assert dict(review.create_anyway([row.pk], by).left_out) == {"review.bound": 1}
    assert dict(review.bind(row.pk, 11, "", by, row.digest).left_out) == {"review.bound": 1}
    assert Binding.objects.get().ord == 9


def test_nobody_is_told_apart_from_a_customer_that_is_gone(row: Proposal) -> None:
    assert dict(review.not_same(row.pk, 9, person(), digest=row.digest).left_out) == {"review.bound": 1}
    assert Binding.objects.exists()


def test_the_preview_says_what_create_anyway_does(row: Proposal) -> None:
    assert review.preview([row.pk], "create_anyway", person()).will == {"create": 1}
    Proposal.objects.filter(pk=row.pk).update(cause="")
    assert review.preview([row.pk], "create_anyway", person()).left_out == {"review.bound": 1}
