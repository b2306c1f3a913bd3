"""Two contacts with one number: who is held, and that nobody is held for a twin that went."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.models import make
from tests.pipeline.matching import FRESH, codes, proposed
from zbsync.models import Binding, Contact, ErpConnection, Proposal, Push
from zbsync.pipeline import bootstrap, match, propose, review
from zbsync.pipeline.judgement import TWIN

pytestmark = pytest.mark.django_db
NUMBER = "13800001111"
Pair = tuple[Contact, Contact]


@pytest.fixture
def pair() -> Pair:
    """Two contacts that hold each other."""
    make.options(make.erp(surveyed_at=timezone.now() - FRESH))
    bootstrap.seed()
    made = proposed(phone=NUMBER, source_id="one"), proposed(phone=NUMBER, source_id="two")
    match.drain()
    return made


def of(contact: Contact) -> Proposal:
    return contact.proposals.latest("pk")


def decline(contact: Contact) -> None:
    assert review.reject([of(contact).pk], make.user(), reason="a double").done == 1


def vanish(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(deleted_at=make.NOW, version=2)
    propose.drain()


def change_number(contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(mobile="13800002222", phone="13800002222", version=2)
    propose.drain()


def edit_number(contact: Contact) -> None:
    row = of(contact)
    assert review.edit(row.pk, "mobile", "13800002222", "he has two", make.user(), row.digest).done == 1


def send_and_cancel(contact: Contact) -> None:
    review.create_anyway([of(contact).pk], make.user(), "twins indeed")
    assert review.approve([of(contact).pk], make.user()).done == 1
    assert review.cancel(list(Push.objects.values_list("pk", flat=True)), make.user()).done == 1


@pytest.mark.parametrize("ends", [decline, vanish, change_number, edit_number, send_and_cancel])
def test_who_is_held_is_free_when_the_other_one_ends(pair: Pair, ends: Callable[[Contact], None]) -> None:
    one, two = pair
    assert (of(one).cause, of(two).cause) == (TWIN, TWIN)
    ends(one)
    match.drain()
    assert (of(two).state, of(two).cause, of(two).has_errors) == ("ready", "", False)


def approve(contact: Contact) -> None:
    review.create_anyway([of(contact).pk], make.user(), "twins indeed")
    assert review.approve([of(contact).pk], make.user()).done == 1


def bind(contact: Contact) -> None:
    decline(contact)
    make.binding(contact, 501)


@pytest.mark.parametrize("stays", [lambda contact: None, approve, bind])
def test_who_is_held_stays_so_while_the_other_one_is_there(pair: Pair, stays: Callable[[Contact], None]) -> None:
    one, two = pair
    stays(one)
    before = of(two).touched_at
    match.drain()
    assert (of(two).cause, of(two).touched_at) == (TWIN, before)


def test_of_three_two_still_hold_each_other(pair: Pair) -> None:
    third = proposed(phone=NUMBER)
    match.drain()
    decline(pair[0])
    match.drain()
    assert {of(pair[1]).cause, of(third).cause} == {TWIN}


def test_a_twin_that_went_while_it_was_being_matched_is_found_all_the_same(pair: Pair) -> None:
    """The row says it is held, and whoever held it went before the row was there to be told."""
    Proposal.objects.filter(contact=pair[0]).update(state="rejected", decided_at=make.NOW, decided_by=make.user())
    match.drain()
    assert of(pair[1]).cause == ""


def test_a_hold_hidden_behind_another_error_comes_to_light_and_goes(pair: Pair) -> None:
    one, two = pair
    row = of(two)
    error = {"code": "mapping.too_long", "field": "intro", "severity": "error", "params": {"caption": "", "length": 1}}
    Proposal.objects.filter(pk=row.pk).update(findings=[error, *row.findings], cause="mapping.too_long")
    decline(one)
    match.drain()
    assert TWIN in codes(of(two))
    assert review.edit(row.pk, "intro", "short", "cut", make.user(), row.digest).done == 1
    match.drain()
    assert (of(two).cause, TWIN in codes(of(two))) == ("", False)


def test_an_edited_number_finds_its_twin(pair: Pair) -> None:
    third = proposed(phone="13800003333")
    match.drain()
    row = of(third)
    assert row.cause == ""
    review.edit(row.pk, "mobile", "138 0000 1111", "his real one", make.user(), row.digest)
    match.drain()
    assert (of(third).cause, of(third).mobile) == (TWIN, NUMBER)


def test_of_another_connection_nobody_is_held(pair: Pair) -> None:
    second = make.erp(name="second", surveyed_at=timezone.now())
    make.options(second)
    Proposal.objects.filter(contact=pair[0]).update(connection=second)
    match.drain()
    assert of(pair[1]).cause == ""


def test_create_anyway_answers_the_twin_and_holds_the_other_one(pair: Pair) -> None:
    one, two = pair
    assert review.create_anyway([of(one).pk], make.user(), "father and son").done == 1
    match.drain()
    assert (of(one).cause, of(two).cause) == ("", TWIN)
    assert dict(review.approve([of(two).pk], make.user()).left_out) == {"review.has_errors": 1}


def test_an_edit_of_a_key_after_create_anyway_looks_again(pair: Pair) -> None:
    """ "Create" was said of who was found then; the new number may well be somebody's."""
    make.erp_record(
        900, mobile="13800004444", detailed_at=timezone.now(), values={"name": "李", "mobile": "13800004444"}
    )
    one = pair[0]
    review.create_anyway([of(one).pk], make.user(), "father and son")
    row = of(one)
    assert review.edit(row.pk, "mobile", "13800004444", "his own", make.user(), row.digest).done == 1
    match.drain()
    assert (of(one).match_kind, of(one).target_ord) == ("unique", 900)


def test_looking_for_the_freed_is_one_statement(pair: Pair) -> None:
    for _ in range(20):
        proposed(phone=NUMBER)
    match.drain()
    with CaptureQueriesContext(connection) as heard:
        match.drain()
    assert len([one for one in heard if "EXISTS" in one["sql"] and TWIN in one["sql"]]) == 1
    assert len(heard) < 15


def test_a_customer_taken_since_the_match_sends_the_other_one_back_to_be_told(pair: Pair) -> None:
    one, two = pair
    row = of(two)
    Proposal.objects.filter(pk=row.pk).update(
        match_kind="unique", target_ord=501, action="update", has_errors=False, cause="", findings=[]
    )
    Binding.objects.create(contact=one, connection=ErpConnection.objects.get(), ord=501, provenance="settle")
    assert dict(review.approve([row.pk], make.user()).left_out) == {"review.ord_taken": 1}
    assert of(two).state == "mapped"


def test_a_binding_that_came_since_the_match_is_no_dead_end(pair: Pair) -> None:
    row = of(pair[0])
    Proposal.objects.filter(pk=row.pk).update(has_errors=False, cause="", findings=[])
    make.erp_record(501, detailed_at=timezone.now(), values={"name": "旧名"})
    make.binding(pair[0], 501)
    assert dict(review.approve([row.pk], make.user()).left_out) == {"review.bound": 1}
    match.drain()
    assert (of(pair[0]).match_kind, of(pair[0]).target_ord, of(pair[0]).state) == ("bound", 501, "ready")
    assert review.approve([row.pk], make.user()).done == 1
