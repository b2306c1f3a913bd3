"""Acts on many: frozen as they were asked for, carried out batch by batch, called off between two of them."""

import time
from collections import Counter
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.pipeline import reviewing
from tests.pipeline.reviewing import person
from zbsync.conf import conf
from zbsync.models import Act, ActRow, Entry, Proposal, Push
from zbsync.pipeline import flow, review
from zbsync.pipeline.review import acts
from zbsync.pipeline.review.acts import running

pytestmark = pytest.mark.django_db
WISH = acts.Wish("morning round", "they asked for it", "channel__exact=a")


@pytest.fixture
def small(monkeypatch):
    """Batches of three, so that ten rows are many."""
    for module in (running, acts.asking, review.decision):
        monkeypatch.setattr(module, "BATCH", 3)


def rows(count: int, **more) -> list[Proposal]:
    return [reviewing.proposal(**more) for _ in range(count)]


def ready() -> QuerySet[Proposal]:
    return Proposal.objects.for_review()


def outcomes(act: Act) -> Counter[str]:
    return Counter(ActRow.objects.filter(act=act).values_list("outcome", flat=True))


def states() -> Counter[str]:
    return Counter(Proposal.objects.values_list("state", flat=True))


def test_a_small_act_is_carried_out_at_once_under_one_id() -> None:
    made = rows(3)
    act = acts.ask(ready(), "approve", person(), WISH)
    assert (act.state, act.total, act.taken, act.left_out) == ("done", 3, 3, 0)
    assert outcomes(act) == {"taken": 3}
    assert set(Push.objects.values_list("act", flat=True)) == {act.act}
    entries = Entry.objects.filter(act=act.act).values_list("verb", "reason")
    assert Counter(entries) == {("act.ask", WISH.reason): 1, ("proposal.approve", WISH.reason): 3}
    assert {row.state for row in Proposal.objects.filter(pk__in=[one.pk for one in made])} == {"approved"}
    assert (act.name, act.reason, act.query) == ("morning round", WISH.reason, "channel__exact=a")


def test_an_act_without_a_name_is_called_by_its_verb() -> None:
    rows(1)
    assert acts.ask(ready(), "approve", person(), acts.Wish(" ")).name == "Approve"


def test_what_is_left_out_is_kept_with_its_reason() -> None:
    rows(2)
    reviewing.ambiguous()
    reviewing.proposal(has_errors=True, cause="payload.too_long")
    act = acts.ask(ready(), "approve", person(), WISH)
    assert (act.taken, act.left_out) == (2, 2)
    assert outcomes(act) == {"taken": 2, "review.ambiguous": 1, "review.has_errors": 1}


@pytest.mark.parametrize(("verb", "state"), [("reject", "rejected"), ("create_anyway", "ready")])
def test_the_other_verbs_go_the_same_way(verb: str, state: str) -> None:
    reviewing.ambiguous()
    act = acts.ask(ready(), verb, person(), WISH)
    assert (act.taken, states()) == (1, {state: 1})
    assert Entry.objects.filter(act=act.act, verb=f"proposal.{verb}").count() == 1


def test_more_than_a_batch_waits_for_a_job(small) -> None:
    rows(7)
    act = acts.ask(ready(), "approve", person(), WISH)
    assert (act.state, states()) == ("queued", {"ready": 7})
    assert flow.next_due(["acts"]) is not None
    tally = acts.drain()
    act.refresh_from_db()
    assert (tally.seen, tally.done, act.state, act.taken) == (7, 7, "done", 7)
    assert states() == {"approved": 7}
    assert flow.next_due(["acts"]) is None
    assert act.began_at is not None
    assert act.ended_at is not None


def test_the_flow_has_it_as_a_stage(small) -> None:
    rows(4)
    acts.ask(ready(), "reject", person(), WISH)
    assert flow.turn(["acts"], 30.0)["acts"].done == 4
    assert states() == {"rejected": 4}


def test_what_moved_between_asking_and_running_is_left_out(small) -> None:
    made = rows(4)
    act = acts.ask(ready(), "approve", person(), WISH)
    Proposal.objects.filter(pk=made[1].pk).update(digest="f" * 64)
    Proposal.objects.filter(pk=made[2].pk).update(state="superseded")
    late = reviewing.proposal()
    acts.drain()
    assert outcomes(act) == {"taken": 2, "review.moved": 1, "review.not_ready": 1}
    assert Proposal.objects.get(pk=late.pk).state == "ready"


def test_what_was_touched_after_it_was_shown_has_moved_though_its_digest_did_not() -> None:
    row = reviewing.proposal()
    shown = reviewing.SOME_TIME
    Proposal.objects.update(touched_at=timezone.now())
    for given in ({"digests": {row.pk: row.digest}}, {}):
        act = acts.ask(ready(), "approve", person(), WISH, shown_at=shown, **given)
        assert outcomes(act) == {"review.moved": 1}


def test_a_digest_that_was_not_shown_has_moved() -> None:
    seen, other = rows(2)
    act = acts.ask(ready(), "approve", person(), WISH, digests={seen.pk: seen.digest, other.pk: "0" * 64})
    assert outcomes(act) == {"taken": 1, "review.moved": 1}


def test_it_is_called_off_between_two_batches(small) -> None:
    rows(8)
    act = acts.ask(ready(), "approve", person(), WISH)
    acts.step(act.pk)
    assert acts.cancel(act, person("li"), "wrong list") == ""
    act.refresh_from_db()
    assert act.state == "running"
    acts.drain()
    act.refresh_from_db()
    assert (act.state, act.taken, outcomes(act)) == ("cancelled", 3, {"taken": 3, "": 5})
    assert acts.cancel(act, person()) == "act.ended"
    assert Entry.objects.get(verb="act.cancel").reason == "wrong list"
    assert acts.step(act.pk) is None


def test_one_that_has_not_begun_is_called_off_at_once(small) -> None:
    rows(8)
    act = acts.ask(ready(), "approve", person(), WISH)
    acts.cancel(act, person())
    assert (act.state, acts.drain().seen, states()) == ("cancelled", 0, {"ready": 8})


def test_a_drain_keeps_to_its_time_and_the_next_goes_on(small) -> None:
    rows(8)
    act = acts.ask(ready(), "approve", person(), WISH)
    assert acts.drain(until=time.monotonic() - 1).seen == 3
    assert acts.drain(limit=1).seen == 3
    assert acts.drain().seen == 2
    act.refresh_from_db()
    assert (act.state, act.taken) == ("done", 8)


def test_progress_is_told_while_it_goes(small) -> None:
    rows(7)
    acts.ask(ready(), "approve", person(), WISH)
    told = []
    acts.drain(progress=lambda seen, total: told.append((seen, total)))
    assert told == [(3, None), (6, None), (7, None)]


def test_a_batch_costs_the_same_however_large_the_act(small) -> None:
    def cost(count: int) -> int:
        rows(count)
        act = acts.ask(ready(), "approve", person(), WISH)
        with CaptureQueriesContext(connection) as seen:
            acts.step(act.pk)
        acts.drain()
        return len(seen)

    cost(4)
    assert cost(20) <= cost(4)


def test_asking_costs_the_same_however_many() -> None:
    def cost(count: int) -> int:
        rows(count)
        with CaptureQueriesContext(connection) as seen:
            acts.ask(ready(), "reject", person(), WISH)
        return len(seen)

    cost(1)
    assert cost(20) == cost(2)


def test_a_large_act_sends_a_few_first_whatever_the_batches(small) -> None:
    rows(8)
    with override_settings(ZBSYNC=replace(conf(), canary_above=4, canary_size=2)):
        acts.ask(ready(), "approve", person(), WISH)
        acts.drain()
    assert Push.objects.filter(waits=False).count() == 2
    assert Push.objects.filter(waits=True).count() == 6


def test_an_act_is_taken_back_by_its_id(small) -> None:
    rows(5)
    act = acts.ask(ready(), "approve", person(), WISH)
    acts.drain()
    assert review.undo(act.act, person()).done == 5


def test_who_lost_the_right_meanwhile_ends_the_act(small) -> None:
    rows(5)
    act = acts.ask(ready(), "approve", person(), WISH)
    person(permissions=("reject_proposal",))
    acts.drain()
    act.refresh_from_db()
    assert (act.state, act.fault, states()) == ("cancelled", "act.not_allowed", {"ready": 5})


@pytest.mark.parametrize("verb", ["approve", "reject", "create_anyway"])
def test_who_may_not_decide_may_not_ask(verb: str) -> None:
    rows(1)
    with pytest.raises(PermissionDenied):
        acts.ask(ready(), verb, person("eve", ()), WISH)
    assert not Act.objects.exists()


def test_who_may_not_decide_may_not_call_it_off(small) -> None:
    rows(5)
    act = acts.ask(ready(), "approve", person(), WISH)
    with pytest.raises(PermissionDenied):
        acts.cancel(act, person("eve", ("reject_proposal",)))


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_is_noted_and_nothing_of_it_stays(small) -> None:
    rows(4)
    act = acts.ask(ready(), "approve", person(), WISH)
    with pytest.raises(DatabaseError), connection.execute_wrapper(fail_at('INSERT INTO "zbsync_push"')):
        acts.step(act.pk)
    act.refresh_from_db()
    assert (act.fault, act.state, act.taken, states()) == ("DatabaseError", "queued", 0, {"ready": 4})
    acts.drain()
    act.refresh_from_db()
    assert (act.fault, act.state, act.taken) == ("", "done", 4)


def fail_at(words: str):
    """A database that refuses one statement."""

    def wrapper(execute, sql, params, many, context):
        if words in sql:
            raise DatabaseError("no")
        return execute(sql, params, many, context)

    return wrapper


def test_an_empty_act_is_done() -> None:
    act = acts.ask(ready(), "approve", person(), WISH)
    assert (act.state, act.total) == ("done", 0)


def test_two_acts_on_the_same_rows_take_each_row_once(small) -> None:
    rows(5)
    first, second = (acts.ask(ready(), "approve", person(), WISH) for _ in range(2))
    acts.drain()
    assert outcomes(first) == {"taken": 5}
    assert outcomes(second) == {"review.not_ready": 5}
    assert Push.objects.count() == 5


def test_the_oldest_act_goes_first(small) -> None:
    rows(4)
    first = acts.ask(ready(), "reject", person(), WISH)
    rows(1)
    second = acts.ask(ready(), "reject", person(), WISH)
    acts.drain(limit=2)
    assert [Act.objects.get(pk=act.pk).state for act in (first, second)] == ["done", "queued"]
