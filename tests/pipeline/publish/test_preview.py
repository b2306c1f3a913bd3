"""The preview: right numbers over the whole mirror, taken up where it died, and nothing else written."""

import time
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from tests.admin.pages.world import snapshot
from tests.admin.people import someone
from tests.models import make
from zbsync import schedules, tasks
from zbsync.conf import conf
from zbsync.core.mapping import MappingError
from zbsync.models import Entry, GateSetting, Heartbeat, Mapping, MappingRule, Preview, Scope
from zbsync.pipeline import bootstrap, doorbell, propose, publish
from zbsync.pipeline.publish import preview as module

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> None:
    make.options(make.erp())
    bootstrap.seed()


def drafted(**targets: dict[str, Any]) -> Mapping:
    """A draft with these rules changed: `intro={"source": "remark"}`."""
    made = publish.draft(Mapping.objects.get(version=1), make.user())
    for target, values in targets.items():
        MappingRule.objects.filter(mapping=made, target=target).update(**values)
    return made


def ran(draft: Mapping) -> Preview:
    publish.start_preview(draft, make.user())
    assert publish.drain_previews() is False
    made = publish.preview_of(draft)
    assert made
    return made


def test_it_counts_what_would_be_said_otherwise() -> None:
    make.contact(notes="a", remark="b")
    make.contact(notes="same", remark="same")
    make.contact(notes="gone")
    make.contact(remark="new")
    make.contact(notes="a", remark="b", deleted_at=make.NOW)
    made = ran(drafted(intro={"source": "remark"}))
    assert (made.state, made.done, made.total) == ("done", 4, 4)
    kinds = {name: count for name, count in made.counts.items() if name.startswith("kind:")}
    assert kinds == {"kind:changed intro": 1, "kind:gone intro": 1, "kind:new intro": 1}
    assert (made.counts["rewritten"], made.counts["rewritten_going"]) == (3, 3)


def test_who_may_go_and_who_no_longer_is_told() -> None:
    lost = make.contact(email="")
    make.contact(email="a@b.example")
    gained = make.contact(kind="individual", name="王小明", channel="抖音", email="c@d.example")
    made = ran(drafted(email={"required": True}, ly={"default": "微信咨询"}))
    assert (made.counts["kind:lost"], made.counts["kind:gained"]) == (1, 1)
    assert (made.examples["lost"], made.examples["gained"]) == ([lost.pk], [gained.pk])


def test_whom_the_gate_holds_neither_gains_nor_loses() -> None:
    make.contact(email="", score=1.0)
    made = ran(drafted(email={"required": True}))
    assert "kind:lost" not in made.counts
    GateSetting.objects.update(is_enabled=False)
    assert ran(made.mapping).counts["kind:lost"] == 1


def test_the_same_rules_change_nothing() -> None:
    make.contact(notes="a")
    made = ran(drafted())
    assert (made.done, made.counts["rewritten"], made.examples) == (1, 0, {})


def test_the_rest_of_one_field_reaches_the_notes() -> None:
    make.contact(address="路" * 300, notes="老客户")
    made = ran(drafted(address={"too_long": "cut"}))
    assert set(made.examples) == {"changed intro"}


def test_open_proposals_that_go_stale_are_counted_by_state() -> None:
    stale, same = make.contact(notes="a", remark="b"), make.contact(notes="a", remark="a")
    propose.drain()
    row = stale.proposals.get()
    stale.proposals.update(state="ready", match_kind="absent", action="create", edits={"intro": {"value": "x"}})
    made = ran(drafted(intro={"source": "remark"}))
    assert (made.counts["stale:ready"], made.counts["stale:edited"], made.stale) == (1, 1, [row.pk])
    assert same.proposals.get().pk not in made.stale


def test_approvals_not_sent_yet_are_counted() -> None:
    of = make.contact(notes="a", remark="b")
    make.push(proposal=make.proposal(contact=of, state="approved"))
    assert ran(drafted(intro={"source": "remark"})).counts["stale:queued"] == 1


def test_each_erp_has_its_own_payload() -> None:
    make.options(make.erp(name="second", base_url="http://erp2.example"))
    make.contact(notes="a", remark="b")
    assert ran(drafted(intro={"source": "remark"})).counts["rewritten"] == 2


def test_before_the_first_version_everybody_is_new() -> None:
    make.contact(notes="a")
    draft = drafted()
    Mapping.objects.filter(version=1).update(state="retired")
    made = ran(draft)
    assert made.base is None
    assert (made.counts["kind:gained"], made.counts["kind:new intro"]) == (1, 1)


def test_examples_are_of_each_kind_in_turn_and_read_anew() -> None:
    for number in range(30):
        make.contact(notes="a", remark="b" if number else "")
    made = ran(drafted(intro={"source": "remark"}))
    assert [len(ids) for ids in made.examples.values()] == [1, 20]
    shown = publish.examples(made, make.user())
    assert len(shown) == 20
    assert {kind for kind, _moved in shown} == {"gone intro", "changed intro"}
    (only,) = publish.examples(made, make.user(), "gone intro")
    assert (only[1].before.values["intro"], "intro" in only[1].after.values) == ("a", False)
    assert publish.examples(made, make.user(), "no such") == []


def test_an_example_that_is_gone_is_left_out() -> None:
    of = make.contact(notes="a", remark="b")
    made = ran(drafted(intro={"source": "remark"}))
    of.__class__.objects.update(deleted_at=make.NOW)
    assert publish.examples(made, make.user()) == []


def test_it_writes_nothing_but_its_own_row_and_an_entry() -> None:
    make.contact(notes="a", remark="b")
    propose.drain()
    draft = drafted(intro={"source": "remark"})
    publish.start_preview(draft, make.user())
    before = snapshot()
    publish.drain_previews()
    after = snapshot()
    assert {name for name in after if after[name] != before[name]} == {"zbsync.Preview", "zbsync.Entry"}
    entry = Entry.objects.get(verb="mapping.preview")
    assert entry.after == {"contacts": 1, "rewritten": 1, "error": ""}


def test_it_goes_on_where_it_stopped(monkeypatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    for _ in range(5):
        make.contact(notes="a", remark="b")
    draft = drafted(intro={"source": "remark"})
    publish.start_preview(draft, make.user())
    steps = []
    while publish.drain_previews(until=time.monotonic()):
        made = publish.preview_of(draft)
        assert made
        steps.append((made.state, made.done))
    assert steps == [("running", 2), ("running", 4), ("running", 5)]
    made = publish.preview_of(draft)
    assert made
    assert (made.state, made.counts["rewritten"]) == ("done", 5)


def test_of_two_jobs_that_meet_only_one_counts() -> None:
    make.contact(notes="a", remark="b")
    draft = drafted(intro={"source": "remark"})
    publish.start_preview(draft, make.user())
    late = Preview.objects.select_related("mapping", "base").get()
    publish.drain_previews()
    module._run(late, None)
    assert Preview.objects.get().counts["rewritten"] == 1
    assert Entry.objects.filter(verb="mapping.preview").count() == 1


def test_a_cancelled_one_stops_and_stays_cancelled() -> None:
    make.contact(notes="a", remark="b")
    draft = drafted(intro={"source": "remark"})
    publish.start_preview(draft, make.user())
    late = Preview.objects.select_related("mapping", "base").get()
    assert publish.cancel_preview(draft, make.user())
    module._run(late, None)
    assert (Preview.objects.get().state, Preview.objects.get().done) == ("cancelled", 0)
    assert not publish.cancel_preview(draft, make.user())
    assert Entry.objects.filter(verb="mapping.cancel_preview").count() == 1


@pytest.mark.parametrize("version", [1, 2])
def test_rules_that_moved_end_it_with_the_reason(version: int) -> None:
    draft = drafted()
    publish.start_preview(draft, make.user())
    MappingRule.objects.filter(mapping__version=version, target="intro").update(source="remark")
    publish.drain_previews()
    made = Preview.objects.get()
    assert (made.state, made.error) == ("failed", "publish.preview_moved")
    assert not publish.preview_stands(made)


def test_asking_again_answers_the_one_under_way_and_replaces_an_older() -> None:
    draft = drafted()
    first = publish.start_preview(draft, make.user())
    assert publish.start_preview(draft, make.user()) == first
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="remark")
    second = publish.start_preview(draft, make.user())
    assert second != first
    assert list(Preview.objects.all()) == [second]


def test_a_draft_that_cannot_work_is_not_previewed() -> None:
    with pytest.raises(MappingError):
        publish.start_preview(drafted(intro={"source": "nix"}), make.user())
    with pytest.raises(publish.PublishError, match="not_draft"):
        publish.start_preview(Mapping.objects.get(version=1), make.user())
    assert not Preview.objects.exists()


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_who_may_not_change_the_mapping_asks_for_none(role: str) -> None:
    draft = drafted()
    with pytest.raises(PermissionDenied):
        publish.start_preview(draft, someone(role))
    publish.start_preview(draft, someone("mapper"))
    with pytest.raises(PermissionDenied):
        publish.cancel_preview(draft, someone(role))
    assert Preview.objects.get().state == "queued"


def test_the_number_of_statements_does_not_grow_with_the_batch() -> None:
    def asked() -> int:
        draft = drafted(intro={"source": "remark"})
        publish.start_preview(draft, make.user())
        with CaptureQueriesContext(connection) as seen:
            publish.drain_previews()
        return len(seen)

    make.contact(notes="a", remark="b")
    few = asked()
    for _ in range(20):
        make.contact(notes="a", remark="b")
    propose.drain()
    assert asked() == few


def test_a_limited_person_sees_examples_of_theirs_alone() -> None:
    mine, other = (make.contact(notes="a", remark="b", owner=owner) for owner in ("王", "李"))
    made = ran(drafted(intro={"source": "remark"}))
    person = someone("mapper")
    Scope.objects.create(user=person, owner="王")
    assert made.examples["changed intro"] == [mine.pk, other.pk]
    assert [moved.contact for _kind, moved in publish.examples(made, person)] == [mine]
    assert publish.find_contacts(person, other.name) == []
    assert publish.sample_contacts(person, [other.pk, mine.pk]) == [mine]


# ---------------------------------------------------------------- the job, and what the table refuses
def test_the_job_goes_on_and_rings_again_while_more_is_left(monkeypatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "ring", rung.append)
    monkeypatch.setattr(module, "BATCH", 1)
    for _ in range(3):
        make.contact(notes="a", remark="b")
    draft = drafted(intro={"source": "remark"})
    publish.start_preview(draft, make.user())
    rung.clear()
    with override_settings(ZBSYNC=replace(conf(), job_timeout_s=0.0, call_timeout_s=0.0)):
        tasks.preview()
    assert rung == [doorbell.PREVIEW]
    tasks.preview()
    assert (Preview.objects.get().state, Preview.objects.get().done) == ("done", 3)
    assert Heartbeat.objects.get(name="preview").note == ""


@pytest.mark.parametrize("given", [{"state": "odd"}, {"state": "queued"}, {"state": "running"}])
def test_the_table_refuses_an_unknown_state_and_a_second_open_one(given: dict[str, str]) -> None:
    draft = drafted()
    publish.start_preview(draft, make.user())
    with pytest.raises(IntegrityError), transaction.atomic():
        Preview.objects.create(mapping=draft, digest="0" * 64, asked_by=make.user(), **given)
    Preview.objects.create(mapping=draft, digest="0" * 64, asked_by=make.user(), state="done")


def test_a_preview_goes_with_its_draft() -> None:
    draft = drafted()
    publish.start_preview(draft, make.user())
    draft.delete()
    assert not Preview.objects.exists()


def test_the_timetable_rings_when_a_ring_was_lost() -> None:
    assert doorbell.PREVIEW in {timer.task for timer in schedules.TIMETABLE}
