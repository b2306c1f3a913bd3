"""Stages and people at once, on a database with row locks: nobody locks anybody out, no row is left behind."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from tests.models import make
from tests.pipeline.racing import together
from zbsync.core.lifecycle import PUSH_OPEN
from zbsync.erp.commands import CustomerRecord
from zbsync.models import Binding, Contact, ErpConnection, Mapping, Proposal, Push, SourceCode
from zbsync.pipeline import bootstrap, customers, match, propose, publish, review, tables, worklist
from zbsync.pipeline.judgement import TWIN

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ROUNDS = 6


@pytest.fixture
def erp() -> ErpConnection:
    """With a fresh copy, so that nobody is asked."""
    connection = make.erp(base_url="http://127.0.0.1:9", surveyed_at=timezone.now())
    make.options(connection)
    bootstrap.seed()
    return connection


def contacts(erp: ErpConnection, count: int = 60) -> list[Contact]:
    """Proposed, and in turn: new in the ERP, bound with nothing to write, bound to somebody who has another name."""
    made = [make.contact() for _ in range(count)]
    propose.drain()
    for number, contact in enumerate(made):
        if number % 3:
            values = dict(contact.proposals.get().payload) | ({"name": "别名"} if number % 3 == 2 else {})
            make.erp_record(5000 + number, connection=erp, values=values, detailed_at=timezone.now())
            make.binding(contact, 5000 + number)
    return made


def all_move() -> None:
    Contact.objects.update(version=F("version") + 1)


def test_propose_and_match_never_lock_each_other_out(erp: ErpConnection) -> None:
    contacts(erp)
    for _ in range(ROUNDS):
        all_move()
        together(propose.drain, match.drain)
        propose.drain()
        match.drain()
        assert not Proposal.objects.to_match().exists()
        assert not Proposal.objects.open().exclude(contact_version=F("contact__version")).exists()


def test_an_approval_and_new_rules_at_once_leave_no_push_of_the_old_ones(erp: ErpConnection) -> None:
    contacts(erp, 20)
    match.drain()
    for _ in range(ROUNDS):
        rows = Proposal.objects.for_review()
        drafted = publish.draft(Mapping.objects.get(state="published"), make.user())

        def change_rules(chosen: Any = drafted) -> None:
            publish.publish(chosen, make.user())
            propose.drain()

        together(partial(review.approve, rows, make.user()), change_rules)
        propose.drain()
        match.drain()
        waiting = Push.objects.filter(state__in=PUSH_OPEN)
        assert not waiting.exclude(proposal__mapping__state="published").exists()
        assert not Proposal.objects.open().filter(contact__in=waiting.values("contact")).exists()
        Push.objects.filter(state="queued").update(state="cancelled")
        with transaction.atomic():
            worklist.remap(Q())
        propose.drain()
        match.drain()


def rivals(erp: ErpConnection, count: int = 40) -> list[int]:
    """Two proposals for each customer, the second ones in the reverse order: whoever takes one meets the other."""
    pairs = [*range(count), *reversed(range(count))]
    return [
        make.proposal(
            contact=make.contact(proposed_version=1), connection=erp, state="ready",
            match_kind="unique", action="update", target_ord=7000 + number,
        ).pk
        for number in pairs
    ]  # fmt: skip


def test_approvals_of_rivals_in_every_order_end(erp: ErpConnection) -> None:
    rows = rivals(erp)
    half = len(rows) // 2
    slices = [rows[:half], rows[half:], rows[::2], rows[1::2]]
    decisions = together(*[partial(review.approve, ids, make.user()) for ids in slices])
    assert Binding.objects.count() == Push.objects.count() == half
    assert sum(one.done for one in decisions) == half
    assert Proposal.objects.filter(state="approved").values("target_ord").distinct().count() == half


def test_approvals_and_matching_of_rivals_at_once_end(erp: ErpConnection) -> None:
    rows = rivals(erp)
    Proposal.objects.filter(pk__in=rows[::3]).update(state="mapped", match_kind="", action="", target_ord=None)
    together(match.drain, partial(review.approve, rows, make.user()), partial(review.reject, rows[::5], make.user()))
    match.drain()
    assert not Proposal.objects.to_match().exists()
    taken = Binding.objects.values_list("ord", flat=True)
    assert len(taken) == len(set(taken)) == Push.objects.filter(action="update").count()


def test_a_twin_declined_while_the_other_one_is_matched_holds_nobody(erp: ErpConnection) -> None:
    for number in range(ROUNDS):
        phone = f"1380000{number:04d}"
        one = make.contact(phone=phone)
        propose.drain()
        match.drain()
        two = make.contact(phone=phone)
        propose.drain()
        together(match.drain, partial(review.reject, [one.proposals.get().pk], make.user()))
        match.drain()
        assert one.proposals.get().state == "rejected"
        assert two.proposals.get().cause != TWIN


def test_new_channels_and_a_survey_of_sources_at_once_end(erp: ErpConnection) -> None:
    def survey() -> None:
        """As a survey does once it has read the dictionaries."""
        with transaction.atomic():
            tables.lock_rules()
            tables.add_source_codes(erp, tables.seen_channels())
            worklist.remap(Q())

    for number in range(ROUNDS):
        for channel in ("抖音", "快手", "微博"):
            make.contact(channel=f"{channel}{number}")
        together(propose.drain, survey, propose.drain)
    propose.drain()
    assert SourceCode.objects.filter(channel__startswith="抖音").count() == ROUNDS
    assert not Contact.objects.due().exists()


def test_a_person_who_has_a_source_code_in_hand_keeps_nobody_waiting(erp: ErpConnection) -> None:
    make.contact(channel="抖音")
    propose.drain()
    make.contact(channel="快手")
    barrier = threading.Barrier(2)

    def person() -> None:
        """As the form does: the row first, then the rules."""
        with transaction.atomic():
            SourceCode.objects.filter(channel="抖音").update(option="微信咨询")
            barrier.wait(10)
            tables.lock_rules()
            worklist.remap(Q())

    def stage() -> None:
        with transaction.atomic():
            tables.lock_rules()
            barrier.wait(10)
            tables.add_source_codes(erp, ["快手", "抖音"])

    together(person, stage)
    assert SourceCode.objects.get(channel="抖音").option == "微信咨询"
    assert SourceCode.objects.filter(channel="快手").exists()


def test_two_that_keep_the_same_customers_in_other_orders_end(erp: ErpConnection) -> None:
    read = [CustomerRecord(number, {"name": f"客户{number}"}, {}, {}, "individual", ()) for number in range(1, 200)]
    for _ in range(ROUNDS):
        with_lock = [partial(_keep, erp, read), partial(_keep, erp, read[::-1])]
        together(*with_lock)
    assert erp.records.count() == len(read)


def _keep(erp: ErpConnection, read: list[Any]) -> None:
    with transaction.atomic():
        customers.keep(erp, read, timezone.now())
