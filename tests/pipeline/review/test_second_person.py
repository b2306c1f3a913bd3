"""Two persons: nobody approves what they edited, and what is large, edited or created anyway waits for a colleague."""

import json
from collections import Counter
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import override_settings

from tests.models import make
from tests.pipeline import reviewing
from tests.pipeline.reviewing import person
from zbsync.conf import conf
from zbsync.models import Act, ActRow, Entry, Proposal, Push, hands
from zbsync.models.scope import Scope
from zbsync.pipeline import review
from zbsync.pipeline.review import acts

pytestmark = pytest.mark.django_db
WISH = acts.Wish("all of them")


def alone():
    """A desk of one person."""
    return override_settings(ZBSYNC=replace(conf(), second_person_above=0))


@pytest.fixture
def above_two():
    """More than two at once want a second person."""
    with override_settings(ZBSYNC=replace(conf(), second_person_above=2)):
        yield


def edited(by: str = "wang") -> Proposal:
    row = reviewing.proposal()
    assert review.edit(row.pk, "intro", "he called", "heard on the phone", person(by), row.digest).done == 1
    return Proposal.objects.get(pk=row.pk)


def created(by: str = "wang") -> Proposal:
    row = reviewing.ambiguous()
    assert review.create_anyway([row.pk], person(by)).done == 1
    return Proposal.objects.get(pk=row.pk)


def ready():
    return Proposal.objects.for_review()


def outcomes(act: Act) -> Counter[str]:
    return Counter(ActRow.objects.filter(act=act).values_list("outcome", flat=True))


# ---------------------------------------------------------------- nobody approves what they edited
def test_the_editor_may_not_approve_and_a_colleague_may() -> None:
    row = edited("wang")
    assert dict(review.approve([row.pk], person("wang")).left_out) == {"review.own_work": 1}
    assert not Push.objects.exists()
    assert review.approve([row.pk], person("li")).done == 1


def test_an_administrator_is_no_exception() -> None:
    row = reviewing.proposal()
    chief = make.user("chief")
    review.edit(row.pk, "intro", "he called", "r", chief, row.digest)
    assert dict(review.approve([row.pk], chief).left_out) == {"review.own_work": 1}


def test_all_who_edited_it_are_its_editors() -> None:
    row = edited("wang")
    review.edit(row.pk, "intro", "he wrote", "r", person("li"), row.digest)
    for name in ("wang", "li"):
        assert dict(review.approve([row.pk], person(name)).left_out) == {"review.own_work": 1}
    assert review.approve([row.pk], person("zhao")).done == 1


def test_a_desk_of_one_person_approves_its_own_edits() -> None:
    row = edited()
    with alone():
        assert review.approve([row.pk], person()).done == 1


def test_choosing_a_customer_is_a_decision_and_no_edit() -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    row = reviewing.ambiguous()
    review.bind(row.pk, 11, "r", person())
    assert review.approve([row.pk], person()).done == 1


def test_one_that_is_created_anyway_is_approved_by_who_looked_at_it() -> None:
    assert review.approve([created().pk], person()).done == 1


def test_a_customer_chosen_later_makes_create_anyway_forgotten() -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    row = created()
    assert hands.CREATED in row.hands
    review.bind(row.pk, 11, "r", person())
    assert Proposal.objects.get(pk=row.pk).hands == ""


# ---------------------------------------------------------------- many at once
def test_too_many_at_once_are_left_out_by_the_verb_itself(above_two) -> None:
    made = [reviewing.proposal() for _ in range(3)]
    for rows in (ready(), [row.pk for row in made]):
        decision = review.approve(rows, person())
        assert (decision.done, dict(decision.left_out)) == (0, {"review.second_person": 3})
        assert decision.left_ids["review.second_person"] == [row.pk for row in made]
    assert not Entry.objects.exists()


def test_up_to_the_limit_one_person_is_enough(above_two) -> None:
    made = [reviewing.proposal() for _ in range(2)]
    assert review.approve([row.pk for row in made], person()).done == 2


@pytest.mark.parametrize("risky", [edited, created])
def test_of_many_what_somebody_had_a_hand_in_is_left_out_by_the_verb(risky) -> None:
    row, plain = risky("zhao"), reviewing.proposal()
    decision = review.approve([row.pk, plain.pk], person("li"))
    assert (decision.done, dict(decision.left_out)) == (1, {"review.second_person": 1})


@pytest.mark.parametrize(("risky", "why"), [(edited, {"edited": 1}), (created, {"duplicate": 1})])
def test_an_act_with_such_a_row_waits_whoever_asks(risky, why) -> None:
    risky("zhao")
    reviewing.proposal()
    act = acts.ask(ready(), "approve", person("li"), WISH)
    assert (act.state, act.risks, act.wants_second) == ("waiting", why, True)
    assert not Push.objects.exists()
    assert acts.drain().seen == 0


def test_a_row_that_would_be_left_out_anyway_is_no_reason_to_wait() -> None:
    row = edited()
    Proposal.objects.filter(pk=row.pk).update(has_errors=True, cause="payload.too_long")
    reviewing.proposal()
    assert acts.ask(ready(), "approve", person("li"), WISH).state == "done"


@pytest.mark.parametrize("verb", ["reject", "create_anyway"])
def test_only_approving_wants_a_second_person(verb: str, above_two) -> None:
    for _ in range(4):
        reviewing.ambiguous()
    assert acts.ask(ready(), verb, person(), WISH).state == "done"


def test_a_desk_of_one_person_waits_for_nobody() -> None:
    edited()
    with alone():
        assert acts.ask(ready(), "approve", person(), WISH).state == "done"


# ---------------------------------------------------------------- the second person
def waiting(count: int = 4) -> Act:
    for _ in range(count):
        reviewing.proposal()
    act = acts.ask(ready(), "approve", person("wang"), WISH)
    assert act.state == "waiting"
    return act


def look_at_all(act: Act, by) -> None:
    for row_id in act.sample:
        assert acts.look(act, row_id, by)


def test_who_asked_may_not_confirm_even_after_looking(above_two) -> None:
    act = waiting()
    look_at_all(act, person("wang"))
    assert acts.confirm(act, person("wang")) == "act.own"
    assert act.state == "waiting"


def test_the_sample_comes_first_and_every_row_of_it(above_two) -> None:
    act, li = waiting(8), person("li")
    assert len(act.sample) == 5
    assert acts.confirm(act, li) == "act.unseen"
    for row_id in act.sample[:-1]:
        acts.look(act, row_id, li)
    assert acts.confirm(act, li) == "act.unseen"
    acts.look(act, act.sample[-1], li)
    assert acts.confirm(act, li, "looks right") == ""
    assert (act.state, act.confirmed_by) == ("queued", li)
    assert Entry.objects.get(verb="act.confirm").reason == "looks right"


def test_what_somebody_else_opened_was_not_seen(above_two) -> None:
    act = waiting()
    look_at_all(act, person("zhao"))
    assert acts.confirm(act, person("li")) == "act.unseen"


def test_opening_is_recorded_once_and_only_of_the_sample(above_two) -> None:
    act, li = waiting(8), person("li")
    other = ready().exclude(pk__in=act.sample).first()
    assert other is not None
    assert not acts.look(act, other.pk, li)
    for _ in range(2):
        acts.look(act, act.sample[0], li)
    entry = Entry.objects.get(verb="act.look")
    assert (entry.act, entry.actor, entry.subject_id) == (act.act, li, act.sample[0])
    assert acts.opened(act, li) == {act.sample[0]}


def test_then_it_goes_in_the_second_persons_name(above_two) -> None:
    act, li = waiting(), person("li")
    look_at_all(act, li)
    acts.confirm(act, li)
    assert acts.drain().done == 4
    assert set(Push.objects.values_list("approved_by__username", flat=True)) == {"li"}
    assert acts.confirm(act, person("zhao")) == "act.not_waiting"


def test_what_the_second_person_edited_is_left_out() -> None:
    edited("li")
    edited("wang")
    act, li = acts.ask(ready(), "approve", person("wang"), WISH), person("li")
    look_at_all(act, li)
    acts.confirm(act, li)
    acts.drain()
    assert outcomes(act) == {"taken": 1, "review.own_work": 1}


def test_the_sample_has_the_risky_rows_in_it() -> None:
    for _ in range(12):
        reviewing.proposal()
    row = edited("zhao")
    for _ in range(3):
        act = acts.ask(ready(), "approve", person("wang"), WISH)
        assert row.pk in act.sample
        assert len(set(act.sample)) == 5


def test_samples_are_drawn_at_random(above_two) -> None:
    for _ in range(40):
        reviewing.proposal()
    drawn = {tuple(acts.ask(ready(), "approve", person("wang"), WISH).sample) for _ in range(6)}
    assert len(drawn) > 1


def test_a_waiting_act_is_called_off_by_who_asked_or_by_the_second(above_two) -> None:
    for name in ("wang", "li"):
        act = waiting()
        assert acts.cancel(act, person(name)) == ""
        assert act.state == "cancelled"
        look_at_all_is_refused(act)


def look_at_all_is_refused(act: Act) -> None:
    assert not acts.look(act, act.sample[0], person("li"))
    assert acts.confirm(act, person("li")) == "act.not_waiting"


@pytest.mark.parametrize("verb", [acts.confirm, lambda act, by: acts.look(act, 1, by)])
def test_who_may_not_approve_is_no_second_person(verb, above_two) -> None:
    act = waiting()
    with pytest.raises(PermissionDenied):
        verb(act, person("eve", ("reject_proposal",)))


# ---------------------------------------------------------------- at the command line
def by_command(*rows: str) -> dict[str, Any]:
    out = StringIO()
    call_command("approve", *rows, by="wang", json=True, stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def test_the_command_does_no_more_than_one_person_may(above_two) -> None:
    person("wang")
    for _ in range(3):
        reviewing.proposal()
    said = by_command("--all")
    assert (said["done"], said["left_out"]) == (0, {"review.second_person": 3})
    row = Proposal.objects.earliest("pk")
    assert by_command("--proposal", str(row.pk))["done"] == 1
    with alone():
        assert by_command("--all")["done"] == 2


def test_the_command_approves_nobodys_own_edit() -> None:
    row = edited("wang")
    assert by_command("--proposal", str(row.pk))["left_out"] == {"review.own_work": 1}
    assert by_command("--query", "state=ready")["left_out"] == {"review.own_work": 1}


# ---------------------------------------------------------------- people whose view is narrowed
def narrowed(name: str) -> Any:
    """A colleague who sees only contacts of the owner 张."""
    user = person(name)
    Scope.objects.create(user=user, owner="张")
    return person(name)


def test_a_row_of_the_sample_that_one_may_not_see_cannot_be_opened_by_them(above_two) -> None:
    act, zhang = waiting(), narrowed("zhang")
    assert not acts.look(act, act.sample[0], zhang)
    assert acts.confirm(act, zhang) == "act.unseen"


def test_rows_that_the_asker_may_not_see_are_left_out() -> None:
    mine, other = reviewing.proposal(reviewing.contact(owner="张")), reviewing.proposal()
    act = acts.ask([mine.pk, other.pk], "approve", narrowed("zhang"), WISH)
    assert outcomes(act) == {"taken": 1, "review.not_allowed": 1}


# ---------------------------------------------------------------- the count beside the button
def test_the_question_counts_the_risks_as_the_act_does(above_two) -> None:
    for had in ("", "", ",e7,", ",c7,"):
        reviewing.proposal(hands=had)
    reviewing.ambiguous(hands=",e7,")
    found = review.preview(ready(), "approve", person("wang"))
    assert found.risks == acts.risks_of(ready(), "approve") == {"size": 4, "edited": 1, "duplicate": 1}
    assert review.preview(ready(), "reject", person("wang")).risks == {}


def test_what_is_counted_is_what_will_go(above_two) -> None:
    """Of two that would go for one ERP customer the verb takes one, so the other makes the act no larger."""
    for _ in range(2):
        reviewing.proposal(target_ord=9, action="update")
    reviewing.proposal()
    rows = ready()
    assert review.preview(rows, "approve", person("wang")).total == 2
    assert not acts.risks_of(rows, "approve")
    reviewing.proposal()
    assert acts.risks_of(rows, "approve") == {"size": 3}
