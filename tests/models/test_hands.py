"""Who had a hand in a proposal: marks on its row, and what an update tells of rows older than the column."""

from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import Q

import zbsync.migrations
from tests.models import make
from tests.pipeline import reviewing
from zbsync.models import Entry, Proposal, hands

MIGRATION = next(path.stem for path in Path(zbsync.migrations.__path__[0]).glob("*_act.py"))


def test_each_hand_counts_once_and_a_job_has_none() -> None:
    told = hands.add(hands.add("", hands.EDITED, 3), hands.EDITED, 3)
    assert told == ",e3,"
    assert hands.add(told, hands.CREATED, 17) == ",e3,c17,"
    assert hands.add(told, hands.EDITED, None) == told
    assert hands.add("", hands.EDITED, None) == ""


@pytest.mark.parametrize(
    ("before", "what", "after"),
    [
        ("", "c", ""),
        (",c17,", "c", ""),
        (",e3,c17,e4,", "c", ",e3,e4,"),
        (",e3,c17,e4,", "e", ",c17,"),
        (",e3,", "c", ",e3,"),
    ],
)
def test_what_does_not_count_any_more_is_taken_off(before: str, what: str, after: str) -> None:
    assert hands.without(before, what) == after


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (hands.edited_by(3), {",e3,", ",c4,e3,"}),
        (hands.edited_by(4), set()),
        (hands.edited_by(33), {",e33,"}),
        (hands.that(hands.CREATED), {",c4,e3,"}),
        (hands.that(hands.EDITED), {",e3,", ",e33,", ",c4,e3,"}),
    ],
)
def test_rows_are_found_by_whole_marks(asked: Q, found: set[str]) -> None:
    for told in ("", ",e3,", ",e33,", ",c4,e3,"):
        make.proposal(hands=told)
    assert set(Proposal.objects.filter(asked).values_list("hands", flat=True)) == found


@pytest.mark.django_db
def test_an_update_tells_the_hands_of_what_is_open() -> None:
    wang, li = reviewing.person("wang"), reviewing.person("li")
    told = {"name": {"before": "a", "value": "b", "reason": "r", "by": "wang"}}
    edited = reviewing.proposal(edits=told)
    closed = make.proposal(state="rejected", edits=told)
    by_nobody = reviewing.proposal(edits={"name": {"before": "a", "value": "b", "reason": "r", "by": "gone"}})
    created = reviewing.proposal(target_chosen=True)
    Entry.objects.create(
        act="0" * 32, at=make.NOW, verb="proposal.create_anyway", actor=li, actor_name="li", subject="proposal",
        subject_id=created.pk,
    )  # fmt: skip
    import_module(f"zbsync.migrations.{MIGRATION}").tell_hands(apps, None)
    kept = dict(Proposal.objects.values_list("pk", "hands"))
    assert kept == {edited.pk: f",e{wang.pk},", closed.pk: "", by_nobody.pk: "", created.pk: f",c{li.pk},"}
