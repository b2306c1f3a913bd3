"""Approving: what moves, what is left out and why, and what stands in the database afterwards."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from tests.pipeline.reviewing import SOME_TIME, ambiguous, contact, erp, person, proposal, push
from zbsync.models import Binding, Contact, Entry, Mapping, Proposal, Push
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7", "intro": "old"}


def everything():
    return Proposal.objects.for_review()


def test_a_create_becomes_a_push_with_all_that_is_written() -> None:
    row = proposal()
    decision = review.approve([row.pk], person())
    made = Push.objects.get(proposal=row)
    assert decision.done == 1
    assert not decision.left_out
    assert (made.state, made.action, made.ord) == ("queued", "create", None)
    assert made.payload == row.payload
    assert made.base == {}
    assert made.khid == row.payload["khid"]
    assert made.digest == row.digest
    row.refresh_from_db()
    assert (row.state, row.decided_by) == ("approved", person())


def test_an_update_writes_only_what_changes_and_remembers_what_it_saw() -> None:
    row = proposal(target_ord=9, erp_values=ERP | {"intro": "", "mobile": "13911112222"})
    review.approve([row.pk], person())
    made = Push.objects.get(proposal=row)
    assert made.payload == {"mobile": "13800000001", "intro": "wants a quote"}
    assert made.base == {"mobile": "13911112222", "intro": ""}
    assert (made.ord, made.khid) == (9, "KH9")


def test_an_update_of_a_unique_match_binds_by_the_person() -> None:
    row = proposal(target_ord=9, erp_values=ERP)
    review.approve([row.pk], person())
    made = Binding.objects.get()
    assert (made.contact, made.ord, made.khid, made.provenance) == (row.contact, 9, "KH9", "person")
    assert made.bound_by == person()


def test_an_update_of_a_bound_contact_binds_nothing_twice() -> None:
    row = proposal(target_ord=9, erp_values=ERP, match_kind="bound")
    Binding.objects.create(contact=row.contact, connection=erp(), ord=9, provenance="settle")
    assert review.approve([row.pk], person()).done == 1
    assert Binding.objects.get().provenance == "settle"


def test_a_link_binds_and_pushes_nothing() -> None:
    row = proposal(target_ord=9, erp_values=ERP, action="link")
    review.approve([row.pk], person())
    assert Binding.objects.get().ord == 9
    assert not Push.objects.exists()
    assert not OrmQ.objects.exists()


def test_the_doorbell_rings_once_per_batch() -> None:
    for _ in range(3):
        proposal()
    review.approve(everything(), person())
    assert OrmQ.objects.count() == 1


def test_each_row_has_its_entry_under_one_act() -> None:
    rows = [proposal(), proposal(target_ord=9, erp_values=ERP)]
    decision = review.approve(everything(), person(), reason="fair leads")
    entries = Entry.objects.filter(verb="proposal.approve").order_by("id")
    assert [one.subject_id for one in entries] == [row.pk for row in rows]
    assert {one.act for one in Entry.objects.all()} == {decision.act}
    assert {one.reason for one in entries} == {"fair leads"}
    assert entries[0].before == {"state": "ready"}
    assert entries[0].after == {"state": "approved", "action": "create", "digest": rows[0].digest}
    bound = Entry.objects.get(verb="binding.create")
    assert (bound.contact_id, bound.after) == (rows[1].contact_id, {"ord": 9, "connection": erp().pk})


def hub_change(row: Proposal) -> None:
    Contact.objects.filter(pk=row.contact_id).update(version=2)


def hub_delete(row: Proposal) -> None:
    Contact.objects.filter(pk=row.contact_id).update(deleted_at=SOME_TIME)


def new_mapping(row: Proposal) -> None:
    Mapping.objects.filter(pk=row.mapping_id).update(state="retired")


def bound_meanwhile(row: Proposal) -> None:
    Binding.objects.create(contact=row.contact, connection=erp(), ord=77, provenance="settle")


def other_push(row: Proposal) -> None:
    old = proposal(row.contact, state="approved", decided_by=person(), decided_at=SOME_TIME, action="create")
    push(old)


def taken(row: Proposal) -> None:
    Proposal.objects.filter(pk=row.pk).update(target_ord=9, action="update", match_kind="unique")
    Binding.objects.create(contact=contact(), connection=erp(), ord=9, provenance="settle")


def unbound(row: Proposal) -> None:
    Proposal.objects.filter(pk=row.pk).update(target_ord=9, action="update", match_kind="bound")


def set_to(**values):
    return lambda row: Proposal.objects.filter(pk=row.pk).update(**values)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (hub_change, "review.moved"),
        (hub_delete, "review.moved"),
        (new_mapping, "review.moved"),
        (bound_meanwhile, "review.bound"),
        (unbound, "review.moved"),
        (other_push, "review.push_open"),
        (taken, "review.ord_taken"),
        (set_to(has_errors=True), "review.has_errors"),
        (set_to(match_kind="ambiguous", action=""), "review.ambiguous"),
        (set_to(state="mapped"), "review.not_ready"),
        (set_to(state="superseded"), "review.not_ready"),
    ],
)
def test_it_leaves_out_what_must_not_go_and_says_why(happens, code) -> None:
    row, good = proposal(), proposal()
    happens(row)
    mapped_away = happens is new_mapping
    pushes = Push.objects.count()
    decision = review.approve([row.pk, good.pk], person())
    assert decision.left_ids[code][0] == row.pk
    assert decision.done == (0 if mapped_away else 1)
    assert Push.objects.count() - pushes == decision.done
    assert not Push.objects.filter(proposal=row).exists()


def test_a_row_nobody_has_is_not_ready() -> None:
    assert review.approve([4711], person()).as_json()["left_out"] == {"review.not_ready": 1}


def test_a_digest_other_than_shown_is_refused() -> None:
    same, other, unseen = proposal(), proposal(), proposal()
    shown = {same.pk: same.digest, other.pk: "0" * 64}
    decision = review.approve([same.pk, other.pk, unseen.pk], person(), digests=shown)
    assert decision.done == 1
    assert decision.left_ids == {"review.moved": [other.pk, unseen.pk]}


def test_what_was_touched_after_it_was_shown_is_refused() -> None:
    shown_at = timezone.now()
    proposal()
    late = proposal(touched_at=shown_at + timedelta(seconds=1))
    decision = review.approve(everything(), person(), shown_at=shown_at)
    assert decision.done == 1
    assert decision.left_ids == {"review.moved": [late.pk]}


def test_two_contacts_for_one_customer_the_first_one_goes() -> None:
    first, second = (proposal(target_ord=9, erp_values=ERP) for _ in range(2))
    decision = review.approve(everything(), person())
    assert decision.left_ids == {"review.ord_taken": [second.pk]}
    assert Binding.objects.get().contact == first.contact


def test_the_second_of_two_people_is_told_that_it_is_done() -> None:
    row = proposal()
    shown = {row.pk: row.digest}
    assert review.approve([row.pk], person("wang"), digests=shown).done == 1
    again = review.approve([row.pk], person("li"), digests=shown)
    assert again.as_json()["left_out"] == {"review.not_ready": 1}
    assert Push.objects.get().approved_by.username == "wang"


def test_an_edit_meanwhile_voids_the_approval() -> None:
    row = proposal()
    review.edit(row.pk, "address", "Main Street 1", "he called", person("li"), row.digest)
    decision = review.approve([row.pk], person(), digests={row.pk: row.digest})
    assert decision.left_ids == {"review.moved": [row.pk]}
    assert not Push.objects.exists()


@pytest.mark.parametrize("permissions", [(), ("reject_proposal",)])
def test_it_needs_the_permission(permissions) -> None:
    row = proposal()
    with pytest.raises(PermissionDenied, match=r"zbsync\.approve_proposal"):
        review.approve([row.pk], person("li", permissions))
    assert not Push.objects.exists()


def test_a_person_who_left_approves_nothing() -> None:
    user = person()
    user.is_active = False
    user.save()
    with pytest.raises(PermissionDenied):
        review.approve([], user)


def test_a_queryset_is_worked_in_batches_of_constant_cost() -> None:
    for number in range(12):
        proposal(target_ord=number or None, erp_values=ERP if number else None)
    with CaptureQueriesContext(connection) as few:
        review.approve(everything().filter(pk__in=everything().values("pk")[:2]), person())
    with CaptureQueriesContext(connection) as many:
        decision = review.approve(everything(), person())
    assert decision.done == 10
    assert len(many) <= len(few) + 3
    assert len(many) <= 40


def test_rows_that_appear_meanwhile_are_not_taken_up() -> None:
    first = proposal()
    pages = review.decision.batches(everything(), size=1)
    assert next(pages) == [first.pk]
    proposal()
    assert list(pages) == []


def test_left_out_rows_are_all_counted_and_the_first_fifty_named() -> None:
    ids = [ambiguous().pk for _ in range(55)]
    decision = review.approve(ids, person())
    assert decision.left_out == {"review.ambiguous": 55}
    assert decision.left_ids == {"review.ambiguous": ids[:50]}


@pytest.mark.parametrize(("collisions", "done"), [(1, 1), (2, 1)])
def test_a_collision_is_looked_at_again(collisions, done) -> None:
    row = proposal()
    with colliding(collisions):
        decision = review.approve([row.pk], person())
    assert decision.done == done
    assert Push.objects.get().proposal == row
    assert Entry.objects.count() == 1


def test_a_collision_that_never_ends_is_an_error_and_changes_nothing() -> None:
    row = proposal()
    with colliding(3), pytest.raises(IntegrityError):
        review.approve([row.pk], person())
    row.refresh_from_db()
    assert row.state == "ready"
    assert not Entry.objects.exists()


@contextmanager
def colliding(times: int) -> Iterator[None]:
    """Another transaction takes what the first `times` inserts into the outbox wanted."""
    left = [times]

    def wrapper(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO") and "zbsync_push" in sql and left[0]:
            left[0] -= 1
            raise IntegrityError("push_one_open")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_people_at_once_one_approves() -> None:
    rows = [proposal() for _ in range(20)]
    people = [person(f"p{number}") for number in range(4)]
    gate = threading.Barrier(len(people))

    def work(by):
        try:
            gate.wait(10)
            return review.approve([row.pk for row in rows], by)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as pool:
        decisions = list(pool.map(work, people))
    assert sum(one.done for one in decisions) == len(rows)
    assert {code for one in decisions for code in one.left_out} == {"review.not_ready"}
    assert Push.objects.count() == len(rows)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_binding_two_contacts_to_one_customer_meet_in_the_database() -> None:
    rows = [proposal(target_ord=9, erp_values=ERP) for _ in range(2)]
    by, gate = person(), threading.Barrier(2)

    def work(row):
        try:
            gate.wait(10)
            return review.approve([row.pk], by)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        decisions = list(pool.map(work, rows))
    assert sorted(one.done for one in decisions) == [0, 1]
    assert {code for one in decisions for code in one.left_out} <= {"review.ord_taken", "review.not_ready"}
    assert Binding.objects.count() == Push.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_edit_at_the_same_time_is_either_before_or_too_late() -> None:
    rows = [proposal() for _ in range(15)]
    shown = {row.pk: row.digest for row in rows}
    by, gate = person(), threading.Barrier(2)

    def approve_all():
        try:
            gate.wait(10)
            return [review.approve([pk], by, digests=shown) for pk in shown]
        finally:
            connection.close()

    def edit_all():
        try:
            gate.wait(10)
            return [review.edit(row.pk, "address", "Main Street 1", "r", by, row.digest) for row in rows[::-1]]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        decisions = [job.result() for job in (pool.submit(approve_all), pool.submit(edit_all))]
    done = [sum(one.done for one in kind) for kind in decisions]
    assert sum(done) == len(rows)
    for row in Proposal.objects.select_related("push"):
        edited = "address" in row.payload
        assert edited is (row.state == "ready")
        assert edited or row.push.payload == row.payload
