"""Taking an act on many back: what can still be, batch by batch, under one id of its own; the rest with its reason."""

from collections import Counter
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.pipeline import reviewing
from tests.pipeline.reviewing import person
from zbsync.conf import conf
from zbsync.models import Act, ActRow, Binding, Contact, Entry, Push, Scope
from zbsync.pipeline import review
from zbsync.pipeline.review import acts
from zbsync.pipeline.review.acts import running

pytestmark = pytest.mark.django_db
WISH = acts.Wish("back", "wrong list")


@pytest.fixture
def small(monkeypatch):
    """Batches of three, so that ten rows are many."""
    for module in (running, acts.asking, review.decision):
        monkeypatch.setattr(module, "BATCH", 3)


def done(verb: str, count: int = 4) -> Act:
    """An act on so many rows that was carried out."""
    rows = [reviewing.proposal().pk for _ in range(count)]
    act = acts.ask(rows, verb, person(), acts.Wish("morning round", "r"))
    acts.drain()
    act.refresh_from_db()
    assert (act.state, act.taken) == ("done", count)
    return act


def undo(act: Act, name: str = "wang") -> Act:
    made = acts.undo_act(act, person(name), WISH)
    assert made is not None
    acts.drain()
    made.refresh_from_db()
    return made


def reasons(act: Act) -> Counter[str]:
    return Counter(ActRow.objects.filter(act=act).values_list("outcome", flat=True))


@pytest.mark.parametrize(("verb", "back"), [("approve", "undo_approve"), ("reject", "undo_reject")])
def test_an_act_is_taken_back_under_one_id_with_its_reason(verb: str, back: str) -> None:
    first = done(verb)
    act = undo(first)
    assert (act.verb, act.state, act.total, act.taken, act.left_out) == (back, "done", 4, 4, 0)
    told = Counter(Entry.objects.filter(act=act.act).values_list("verb", "reason"))
    cancelled = {("push.cancel", "wrong list"): 4} if verb == "approve" else {}
    assert told == {("act.ask", "wrong list"): 1, ("proposal.undo", "wrong list"): 4, **cancelled}
    assert set(Push.objects.values_list("state", flat=True)) <= {"cancelled"}
    assert Contact.objects.due().count() == 4


def test_what_was_sent_and_what_was_taken_back_already_stays_with_its_reason() -> None:
    first = done("approve", 5)
    sent, undone, *_others = Push.objects.order_by("pk")
    Push.objects.filter(pk=sent.pk).update(state="verified", ord=9, settled_at=timezone.now())
    review.undo([undone.proposal_id], person())
    found = review.preview(acts.taken(first), "undo_approve", person())
    assert found.will == {"undo_approve": 3}
    assert found.left_out == {"review.already_sent": 1, "review.nothing_to_undo": 1}
    assert reasons(undo(first)) == {"taken": 3, **found.left_out}, "the page and the verb say the same"
    assert Push.objects.get(pk=sent.pk).state == "verified"


def test_a_contact_that_was_proposed_again_is_left_to_its_newer_proposal() -> None:
    first = done("reject", 2)
    reviewing.proposal(Contact.objects.earliest("pk"))
    assert reasons(undo(first)) == {"taken": 1, "review.newer_proposal": 1}


def test_the_rest_that_waits_for_the_first_few_is_taken_back_with_them() -> None:
    with override_settings(ZBSYNC=replace(conf(), canary_above=3, canary_size=1)):
        first = done("approve", 5)
    assert Push.objects.filter(waits=True).count() == 4
    assert undo(first).taken == 5
    assert not Push.objects.exclude(state="cancelled").exists()


def test_what_the_act_bound_is_unbound() -> None:
    rows = [reviewing.proposal(target_ord=ord_, erp_values={"name": "王"}, action="link").pk for ord_ in (8, 9)]
    first = acts.ask(rows, "approve", person(), WISH)
    assert Binding.objects.count() == 2
    act = undo(first)
    assert not Binding.objects.exists()
    assert Entry.objects.filter(act=act.act, verb="binding.remove").count() == 2


def test_a_large_one_goes_in_batches_and_can_be_called_off(small) -> None:
    first = done("approve", 10)
    made = acts.undo_act(first, person(), WISH)
    assert made is not None
    assert (made.state, made.taken) == ("queued", 0)
    acts.step(made.pk)
    made.refresh_from_db()
    assert (made.state, made.taken) == ("running", 3)
    assert acts.cancel(made, person()) == ""
    acts.drain()
    made.refresh_from_db()
    assert (made.state, made.taken) == ("cancelled", 3)
    assert Counter(Push.objects.values_list("state", flat=True)) == {"cancelled": 3, "queued": 7}


def test_an_act_that_was_called_off_is_taken_back_as_far_as_it_got(small) -> None:
    rows = [reviewing.proposal().pk for _ in range(5)]
    act = acts.ask(rows, "approve", person(), WISH)
    acts.step(act.pk)
    act.refresh_from_db()
    assert acts.undo_act(act, person(), WISH) is None, "it runs"
    acts.cancel(act, person())
    acts.drain()
    act.refresh_from_db()
    assert undo(act).taken == 3


def test_there_is_nothing_to_take_back_of_an_act_that_decided_nothing() -> None:
    chosen = acts.ask([reviewing.ambiguous().pk], "create_anyway", person(), WISH)
    empty = acts.ask([reviewing.ambiguous().pk], "reject", person(), WISH)
    review.undo([ActRow.objects.get(act=empty).proposal_id], person())
    none = acts.ask([], "reject", person(), WISH)
    back = undo(empty)
    assert (back.taken, reasons(back)) == (0, {"review.nothing_to_undo": 1})
    assert [acts.undo_act(one, person(), WISH) for one in (chosen, none, back)] == [None] * 3


@pytest.mark.parametrize(("verb", "other"), [("approve", "reject_proposal"), ("reject", "approve_proposal")])
def test_who_may_not_take_that_decision_may_not_take_the_act_back(verb: str, other: str) -> None:
    first = done(verb)
    with pytest.raises(PermissionDenied):
        acts.undo_act(first, person("li", (other, "edit_proposal")), WISH)
    assert Act.objects.get() == first
    assert not Entry.objects.filter(verb="proposal.undo").exists()


def test_a_right_that_went_meanwhile_stops_it(small) -> None:
    first = done("approve", 5)
    by = person("li")
    made = acts.undo_act(first, by, WISH)
    by.user_permissions.clear()
    acts.drain()
    assert made is not None
    made.refresh_from_db()
    assert (made.state, made.fault, made.taken) == ("cancelled", "act.not_allowed", 0)


def test_who_is_limited_takes_back_their_own_rows_alone() -> None:
    first = done("approve", 3)
    ours = Contact.objects.latest("pk")
    Contact.objects.filter(pk=ours.pk).update(owner="王")
    by = person("li")
    Scope.objects.create(user=by, owner="王")
    found = review.preview(acts.taken(first), "undo_approve", by)
    assert (found.will, found.left_out) == ({"undo_approve": 1}, {"review.not_allowed": 2})
    assert reasons(undo(first, "li")) == {"taken": 1, "review.not_allowed": 2}
    assert Push.objects.get(contact=ours).state == "cancelled"
    assert Push.objects.filter(state="queued").count() == 2


def test_a_batch_asks_the_same_however_many_rows_it_has() -> None:
    counted = []
    for count in (3, 12):
        first = done("approve", count)
        with CaptureQueriesContext(connection) as seen:
            undo(first)
        counted.append(len(seen))
    assert counted[0] == counted[1]
