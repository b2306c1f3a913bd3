"""The turn of the flow as django-q2 calls it, the timetable, the doorbell and the health page."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync import schedules, tasks
from zbsync.models import Heartbeat, Seal
from zbsync.pipeline import doorbell, flow, reconcile, seal, survey
from zbsync.pipeline.tally import Tally

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def test_one_drain_carries_a_push_to_its_end(erp: Desk) -> None:
    push = erp.push()
    tasks.drain()
    assert settled(push) == ("verified", "")
    assert Heartbeat.objects.get(name="drain").note.endswith("rows")


def test_a_drain_called_twice_does_nothing_twice(erp: Desk) -> None:
    push = erp.push()
    tasks.drain()
    calls = erp.sandbox.store.calls()
    tasks.drain()
    assert erp.sandbox.store.calls() == calls
    assert erp.stored(push.khid) == 1


def test_it_rings_again_only_when_it_moved_something_and_more_is_due(erp: Desk) -> None:
    tasks.drain()
    assert OrmQ.objects.count() == 0, "nothing to do"
    erp.push()
    tasks.drain()
    assert [ring.func() for ring in OrmQ.objects.all()] == ["zbsync.tasks.drain"], "what follows the customer is due"
    OrmQ.objects.all().delete()
    tasks.drain()
    assert OrmQ.objects.count() == 0, "all done"
    erp.push(2)
    make.push(connection=erp.connection, state="leased", lease_until=timezone.now() - timedelta(hours=1))
    erp.connection.lanes = 1
    tasks.drain()
    assert [ring.func() for ring in OrmQ.objects.all()] == ["zbsync.tasks.drain"], "what lapsed is due again"


def test_a_connection_without_its_secret_stops_nothing_else(erp: Desk, caplog: pytest.LogCaptureFixture) -> None:
    broken = make.erp(name="broken", password_env="NOT_SET")
    contact = make.contact(proposed_version=1)
    make.push(proposal=make.proposal(state="approved", connection=broken, contact=contact))
    good = erp.push()
    with caplog.at_level(logging.ERROR, "zbsync.tasks"):
        tasks.drain()
    assert "NOT_SET" in caplog.text
    assert settled(good) == ("verified", "")


def test_a_paused_connection_is_left_alone_and_counts_as_idle(erp: Desk) -> None:
    erp.push()
    type(erp.connection).objects.update(paused_at=timezone.now(), pause_cause="captcha")
    assert flow.next_due() is None
    tasks.drain()
    assert erp.sandbox.store.calls() == 0


@pytest.mark.parametrize(
    ("stages", "due"),
    [(("propose",), True), (("dispatch",), False), (("match", "verify"), False), (tuple(flow.STAGES), True)],
)
def test_what_is_due_depends_on_the_stages_that_are_asked(stages: tuple[str, ...], due: bool) -> None:
    make.erp()
    make.contact()
    make.mapping()
    assert (flow.next_due(stages) is not None) is due


@pytest.mark.parametrize("lacking", ["rules", "an ERP"])
def test_what_no_stage_can_take_up_is_not_due(lacking: str) -> None:
    make.contact()
    if lacking == "rules":
        make.erp()
        make.mapping(state="draft")
    else:
        make.mapping()
    assert flow.next_due(["propose"]) is None


def test_a_contact_that_moved_while_its_push_waits_is_due_at_once() -> None:
    push = make.push(not_before=timezone.now() + timedelta(hours=1))
    type(push.contact).objects.update(version=2)
    due = flow.next_due(["propose"])
    assert due is not None
    assert due <= timezone.now()
    assert flow.drain("propose", 0.0, None).seen == 1
    assert settled(push) == ("cancelled", "review.moved")


def test_the_seal_is_made_on_time_and_a_failure_is_told(erp: Desk, caplog: pytest.LogCaptureFixture) -> None:
    erp.push()
    tasks.drain()
    assert all(seal.unsealed().values())
    tasks.seal()
    assert set(seal.unsealed().values()) == {0}
    assert Heartbeat.objects.get(name="seal").note == f"{Seal.objects.count()} rows"
    with connection.execute_wrapper(failing_on("zbsync_seal")):
        tasks.seal()
    assert "seal stopped" in caplog.text


def failing_on(table: str) -> Any:
    """A database that does not answer whatever names `table`."""

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:
        if table in sql:
            raise OperationalError("gone for a moment")
        return execute(sql, *rest)

    return wrapper


def test_a_turn_that_only_failed_rings_again_for_the_rest(erp: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand refusals are work done, too."""
    erp.sandbox.faults.arm([{"name": "refuse"}])
    erp.push()
    make.push(connection=erp.connection, state="leased", lease_until=timezone.now() - timedelta(hours=1))
    monkeypatch.setattr(reconcile, "drain", lambda *_, **__: Tally())
    tasks.drain()
    assert OrmQ.objects.count() == 1


def test_a_contact_whose_push_is_on_its_way_is_not_due() -> None:
    make.mapping()
    push = make.push(state="accepted", not_before=timezone.now() + timedelta(hours=1))
    assert flow.next_due(["propose"]) is None
    type(push).objects.update(state="verified")
    assert flow.next_due(["propose"]) is not None


def test_a_proposal_that_waits_for_its_next_look_is_due_then() -> None:
    then = timezone.now() + timedelta(minutes=5)
    make.proposal(match_after=then)
    assert flow.next_due(["match"]) == then
    make.proposal()
    found = flow.next_due(["match"])
    assert found is not None
    assert found < then


def test_every_stage_gets_its_time_and_none_gets_all_of_it() -> None:
    ends = [flow.DEADLINES[name] for name in flow.STAGES]
    assert ends == sorted(ends)
    assert ends[-1] == 1.0
    assert max(end - start for start, end in zip([0.0, *ends], ends, strict=False)) <= 0.3


def test_a_ring_commits_or_vanishes_with_what_it_is_about() -> None:
    try:
        with transaction.atomic():
            doorbell.ring()
            raise InterruptedError
    except InterruptedError:
        assert not OrmQ.objects.exists()
    doorbell.ring()
    assert OrmQ.objects.get().func() == "zbsync.tasks.drain"


def test_the_timetable_is_put_in_place_once_and_mended(settings: Any) -> None:
    Schedule.objects.create(name="zbsync:gone", func="zbsync.tasks.gone", schedule_type="I", minutes=5)
    Schedule.objects.create(name="somebody's own", func="x.y", schedule_type="D")
    assert schedules.ensure() == (6, 1)
    assert schedules.ensure() == (0, 0)
    Schedule.objects.filter(name="zbsync:drain").update(minutes=600)
    assert schedules.ensure() == (1, 0)
    assert set(Schedule.objects.values_list("name", "minutes")) == {
        ("zbsync:drain", 1),
        ("zbsync:seal", 60),
        ("zbsync:prune", 60),
        ("zbsync:preview", 1),
        ("zbsync:survey", 10),
        ("zbsync:contracts", 15),
        ("somebody's own", None),
    }


def test_a_ring_for_a_survey_reads_what_was_asked_for(erp: Desk) -> None:
    survey.ask(erp.connection, survey.ACTOR, timezone.now())
    assert OrmQ.objects.count() == 1
    tasks.survey()
    erp.connection.refresh_from_db()
    assert erp.connection.surveyed_at is not None
    assert Heartbeat.objects.get(name="survey").note == "1 connections"


def test_a_survey_without_its_secret_is_logged_and_no_more(erp: Desk, caplog: pytest.LogCaptureFixture) -> None:
    survey.ask(erp.connection, survey.ACTOR, timezone.now())
    with override_settings(ZBSYNC_SECRET=lambda name: ""):
        tasks.survey()
    assert "erp.secret_missing" in caplog.text


def test_every_task_of_the_timetable_can_be_called() -> None:
    for timer in schedules.TIMETABLE:
        module, _, name = timer.task.rpartition(".")
        assert module == tasks.__name__
        assert callable(getattr(tasks, name))


@pytest.mark.parametrize(("age", "status"), [(None, 503), (1, 200), (119, 200), (121, 503)])
def test_healthz_wants_a_worker_that_beat_lately(client: Client, age: int | None, status: int) -> None:
    if age is not None:
        Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(seconds=age))
    answer = client.get("/healthz")
    assert answer.status_code == status
    told = json.loads(answer.content)
    assert told["database"] is True
    assert told["worker_age_s"] is None if age is None else abs(told["worker_age_s"] - age) < 5


def test_healthz_changes_nothing(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
