"""Two at once, on a database with row locks: in every race one wins, the other is told, and nothing is torn."""

from functools import partial

import pytest
from django.db import transaction
from django.utils import timezone

from tests.pipeline.racing import together
from tests.pipeline.reviewing import ambiguous, erp, person, proposal, push, record
from zbsync.models import Binding, Contact, Entry, Proposal, Push
from zbsync.pipeline import audit, outbox, review, worklist

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7", "intro": "old"}
ROUNDS = 8


def claim() -> list[Push]:
    return outbox.claim(erp(), 10, timezone.now())


def test_undo_and_a_worker_never_both_have_the_push() -> None:
    by = person()
    for _ in range(ROUNDS):
        row = proposal()
        review.approve([row.pk], by)
        undone, taken = together(partial(review.undo, [row.pk], by), claim)
        state = Push.objects.get(proposal=row).state
        assert state == ("cancelled" if undone.done else "leased")
        assert undone.done + len(taken) == 1
        assert undone.done or undone.left_out == {"review.already_sent": 1}
        assert Contact.objects.due().filter(pk=row.contact_id).exists() is bool(undone.done)


def test_approve_and_reject_at_once_decide_once() -> None:
    by = person()
    for _ in range(ROUNDS):
        row = proposal()
        decisions = together(
            partial(review.approve, [row.pk], by),
            partial(review.reject, [row.pk], by),
        )
        assert sorted(one.done for one in decisions) == [0, 1]
        row.refresh_from_db()
        assert row.state == ("approved" if decisions[0].done else "rejected")
        assert Push.objects.filter(proposal=row).exists() is bool(decisions[0].done)
        assert Entry.objects.filter(subject="proposal", subject_id=row.pk).count() == 1


def test_a_change_at_the_hub_and_an_approval_at_once() -> None:
    by = person()

    def supersede(pk: int) -> set[int]:
        with transaction.atomic():
            return worklist.supersede(
                [pk], "contact.moved", audit.new_act(), audit.Actor.job("propose"), timezone.now()
            )

    for _ in range(ROUNDS):
        row = proposal()
        approved, gone = together(
            partial(review.approve, [row.pk], by),
            partial(supersede, row.pk),
        )
        assert approved.done + len(gone) == 1
        assert Push.objects.filter(proposal=row).exists() is bool(approved.done)


def test_two_people_undo_once() -> None:
    by = person()
    for _ in range(ROUNDS):
        row = proposal(target_ord=1000 + Proposal.objects.count(), erp_values=ERP)
        review.approve([row.pk], by)
        decisions = together(*[partial(review.undo, [row.pk], by)] * 2)
        assert sorted(one.done for one in decisions) == [0, 1]
        assert Entry.objects.filter(verb="proposal.undo", subject_id=row.pk).count() == 1
        assert not Binding.objects.filter(contact=row.contact).exists()


def test_two_people_choose_a_target_once() -> None:
    by = person()
    record(11, **ERP)
    for _ in range(ROUNDS):
        row = ambiguous()
        decisions = together(
            partial(review.bind, row.pk, 11, "", by, row.digest),
            partial(review.not_same, row.pk, 11, by, digest=row.digest),
        )
        now = Proposal.objects.get(pk=row.pk)
        assert decisions[0].done or decisions[0].left_out.keys() <= {"review.moved", "review.not_ready"}
        assert now.target_ord in (11, 12, None)
        assert (now.target_ord == 11) <= bool(decisions[0].done)


@pytest.mark.parametrize(("one", "other"), [(review.requeue, review.bury), (review.requeue, review.requeue)])
def test_a_dead_push_moves_once(one, other) -> None:
    by = person()
    for _ in range(ROUNDS):
        row = push(state="dead")
        decisions = together(partial(one, [row.pk], by), partial(other, [row.pk], by))
        assert sorted(each.done for each in decisions) == [0, 1]
        row.refresh_from_db()
        assert row.round == (2 if row.state == "queued" else 1)


def test_overlapping_approvals_in_bulk_do_not_lock_each_other_up() -> None:
    rows = [proposal(target_ord=100 + number, erp_values=ERP).pk for number in range(30)]
    people = [person(f"p{number}") for number in range(4)]
    slices = [rows, rows[::-1], rows[10:], rows[:20]]
    decisions = together(*[partial(review.approve, ids, by) for by, ids in zip(people, slices, strict=True)])
    assert sum(one.done for one in decisions) == len(rows) == Binding.objects.count() == Push.objects.count()
