"""Taking decisions back, the verbs on pushes, and choosing rows by words."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django_q.models import OrmQ

from tests.pipeline.reviewing import SOME_TIME, contact, erp, person, proposal, push
from zbsync.models import Binding, Contact, Entry, Proposal, Push
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7"}


def due() -> list[int]:
    return list(Contact.objects.due().order_by("pk").values_list("pk", flat=True))


def test_undoing_an_approval_cancels_the_push_and_proposes_anew() -> None:
    row = proposal()
    approved = review.approve([row.pk], person())
    decision = review.undo(approved.act, person("li"), "wrong list")
    assert decision.as_json() == {"act": str(decision.act), "done": 1, "left_out": {}}
    assert Push.objects.get().state == "cancelled"
    assert due() == [row.contact_id]
    verbs = Entry.objects.filter(act=decision.act).values_list("verb", "reason")
    assert set(verbs) == {("push.cancel", "wrong list"), ("proposal.undo", "wrong list")}


def test_undoing_an_approval_unbinds_what_it_bound() -> None:
    row = proposal(target_ord=9, erp_values=ERP)
    linked = proposal(target_ord=10, erp_values=ERP, action="link")
    kept = Binding.objects.create(contact=contact(), connection=erp(), ord=77, provenance="settle")
    approved = review.approve([row.pk, linked.pk], person())
    assert review.undo(approved.act, person()).done == 2
    assert Binding.objects.get() == kept
    removed = Entry.objects.filter(verb="binding.remove").order_by("contact_id")
    assert [dict(one.before or {})["ord"] for one in removed] == [9, 10]


def test_undoing_an_update_of_a_bound_contact_leaves_the_binding() -> None:
    row = proposal(target_ord=9, erp_values=ERP, match_kind="bound")
    Binding.objects.create(contact=row.contact, connection=erp(), ord=9, provenance="person", bound_by=person())
    review.approve([row.pk], person())
    assert review.undo([row.pk], person()).done == 1
    assert Binding.objects.count() == 1


def test_undoing_a_rejection_proposes_anew() -> None:
    row = proposal()
    review.reject([row.pk], person())
    decision = review.undo([row.pk], person())
    assert decision.done == 1
    assert due() == [row.contact_id]
    assert OrmQ.objects.exists()


@pytest.mark.parametrize("state", ["leased", "sending", "accepted", "verified", "in_doubt", "dead", "rejected"])
def test_what_was_sent_is_not_undone(state) -> None:
    lease: dict = {"lease_token": uuid.uuid4(), "lease_until": SOME_TIME, "leased_by": "w"}
    sent = push(state=state, ord=9, **(lease if state in ("leased", "sending") else {}))
    decision = review.undo([sent.proposal_id], person())
    assert decision.left_ids == {"review.already_sent": [sent.proposal_id]}
    assert not due()
    assert Push.objects.get().state == state


def test_a_decision_is_undone_once() -> None:
    row = proposal()
    review.approve([row.pk], person())
    review.undo([row.pk], person())
    assert review.undo([row.pk], person()).left_out == {"review.nothing_to_undo": 1}
    Contact.objects.update(proposed_version=1)
    proposal(row.contact)
    assert review.undo([row.pk], person()).left_out == {"review.newer_proposal": 1}


@pytest.mark.parametrize("state", ["ready", "blocked", "superseded"])
def test_what_nobody_decided_cannot_be_undone(state) -> None:
    assert review.undo([proposal(state=state).pk, 4711], person()).left_out == {"review.nothing_to_undo": 2}


def test_an_act_nobody_did_undoes_nothing() -> None:
    assert review.undo(uuid.uuid4(), person()).as_json()["done"] == 0


def test_whoever_may_not_decide_may_not_undo() -> None:
    row = proposal()
    review.approve([row.pk], person())
    with pytest.raises(PermissionDenied):
        review.undo([row.pk], person("li", ("edit_proposal",)))
    decision = review.undo([row.pk], person("zhao", ("reject_proposal",)))
    assert decision.left_out == {"review.not_allowed": 1}


# pushes


def test_what_would_make_a_second_customer_of_a_contact_is_not_sent_again() -> None:
    """Its proposal came back, and the contact is a customer that was there by now."""
    mine, elsewhere = push(state="rejected", ord=9), push(state="rejected", ord=10)
    for one, ord_ in ((mine, 9), (elsewhere, 77)):
        Binding.objects.create(contact=one.contact, connection=one.connection, ord=ord_, provenance="settle")
    decision = review.requeue([mine.pk, elsewhere.pk], person(), "again")
    assert decision.done == 1
    assert decision.left_ids == {"review.push_not_legal": [elsewhere.pk]}


@pytest.mark.parametrize(
    ("verb", "state", "then"),
    [
        (review.requeue, "dead", "queued"),
        (review.requeue, "rejected", "queued"),
        (review.bury, "drifted", "buried"),
        (review.bury, "in_doubt", "buried"),
        (review.cancel, "queued", "cancelled"),
    ],
)
def test_a_person_moves_pushes(verb, state, then) -> None:
    one, other = push(state=state, ord=9), push(state="verified", ord=10)
    decision = verb([one.pk, other.pk], person(), "because")
    one.refresh_from_db()
    assert one.state == then
    assert decision.done == 1
    assert decision.left_ids == {"review.push_not_legal": [other.pk]}
    entry = Entry.objects.get()
    assert (entry.act, entry.subject_id, entry.reason) == (decision.act, one.pk, "because")
    assert OrmQ.objects.exists() is (verb is review.requeue)


@pytest.mark.parametrize(
    ("verb", "permission"),
    [(review.requeue, "bury_push"), (review.bury, "cancel_push"), (review.cancel, "requeue_push")],
)
def test_each_verb_has_its_own_permission(verb, permission) -> None:
    with pytest.raises(PermissionDenied):
        verb([push(state="dead").pk], person("li", (permission,)))
    assert Push.objects.get().state == "dead"


# choosing by words


def chosen(text: str) -> set[str]:
    return set(review.proposals_by(text).values_list("title", flat=True))


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("score_min=70", {"A"}),
        ("score_max=70", {"B"}),
        ("score_min=10, score_max=90", {"A", "B"}),
        ("channel=微信", {"A"}),
        ("hub=file,name=b", {"B"}),
        ("match=unique", {"B"}),
        ("action=update", {"B"}),
        ("source_id=a1", {"A"}),
        ("why=match.ambiguous,state=mapped", {"C"}),
        ("hub=elsewhere", set()),
    ],
)
def test_it_chooses_by_words(text, titles) -> None:
    proposal(contact(source_id="a1", score=90.0), title="A", channel="微信")
    proposal(contact(score=50.0), title="B", target_ord=9, erp_values=ERP)
    proposal(title="C", state="mapped", cause="match.ambiguous")
    assert chosen(text) == titles


@pytest.mark.parametrize("text", ["colour=red", "score_min=high", "score_min", "", " , ", "score_min=1,size=2"])
def test_a_word_it_does_not_know_is_an_error_with_the_mend(text) -> None:
    with pytest.raises(review.SelectionError, match=r"write"):
        review.proposals_by(text)


def test_pushes_are_chosen_among_the_failed_unless_a_state_is_named() -> None:
    dead, done = push(state="dead", title="A"), push(state="verified", ord=9, title="A")
    assert set(review.pushes_by("name=a")) == {dead}
    assert set(review.pushes_by("name=a,state=verified")) == {done}
    assert set(review.pushes_by("ord=9,state=verified")) == {done}
    assert Proposal.objects.count() == 2
