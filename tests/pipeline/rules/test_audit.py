"""Audit entries: inside the transaction of the deed or not at all, signed, and many in one statement."""

import re
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import zbsync
from tests.models import make
from zbsync import sentences
from zbsync.models import Entry
from zbsync.pipeline import audit, bulk
from zbsync.pipeline.tally import Tally
from zbsync.sentences.auditing import ACTS

JOB = audit.Actor.job("match")
LINE = audit.Line("push", 7, 8, {"state": "queued"}, {"state": "leased"})


@pytest.mark.django_db
def test_an_entry_says_who_did_what_to_which_row() -> None:
    user = make.user("zhou")
    act = audit.new_act()
    audit.write(act, audit.Actor.of(user), "push.claim", [LINE], now=make.NOW, reason="because")
    entry = Entry.objects.get()
    assert (entry.act, entry.at, entry.verb, entry.reason) == (act, make.NOW, "push.claim", "because")
    assert (entry.actor, entry.actor_name) == (user, "zhou")
    assert (entry.subject, entry.subject_id, entry.contact_id) == ("push", 7, 8)
    assert (entry.before, entry.after) == ({"state": "queued"}, {"state": "leased"})


@pytest.mark.django_db
def test_a_job_signs_with_its_name_and_is_nobody() -> None:
    audit.write(audit.new_act(), JOB, "proposal.match", [audit.Line("contact")], now=make.NOW)
    entry = Entry.objects.get()
    assert (entry.actor, entry.actor_name) == (None, "job:match")
    assert (entry.subject_id, entry.contact_id, entry.before, entry.after) == (None, None, None, None)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_refuses_and_stores_nothing() -> None:
    with pytest.raises(RuntimeError, match=r"push\.claim outside a transaction"):
        audit.write(audit.new_act(), JOB, "push.claim", [LINE], now=make.NOW)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_vanishes_with_the_deed_that_failed() -> None:
    def deed() -> None:
        with transaction.atomic():
            audit.write(audit.new_act(), JOB, "push.claim", [LINE], now=make.NOW)
            assert Entry.objects.count() == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deed()
    assert not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "statements"), [(0, 0), (1, 1), (bulk.AT_ONCE, 1)])
def test_all_lines_of_an_act_are_one_statement_and_share_its_id(count: int, statements: int) -> None:
    act = audit.new_act()
    with CaptureQueriesContext(connection) as caught:
        audit.write(act, JOB, "push.claim", (audit.Line("push", n) for n in range(count)), now=make.NOW)
    assert len(caught) == statements
    assert list(Entry.objects.order_by("pk").values_list("subject_id", flat=True)) == list(range(count))
    assert set(Entry.objects.values_list("act", flat=True)) <= {act}


@pytest.mark.django_db
def test_a_reason_is_cut_to_what_the_column_holds() -> None:
    audit.write(audit.new_act(), JOB, "x", [LINE], now=make.NOW, reason="长" * 900)
    assert Entry.objects.get().reason == "长" * 500


@pytest.mark.django_db
def test_an_entry_outlives_the_row_it_speaks_of() -> None:
    proposal = make.proposal()
    line = audit.Line("proposal", proposal.pk, proposal.contact_id)
    audit.write(audit.new_act(), JOB, "proposal.match", [line], now=make.NOW)
    proposal.delete()
    assert Entry.objects.get().subject_id == line.subject_id


@pytest.mark.django_db
def test_who_has_acted_cannot_be_removed() -> None:
    user = make.user("zhou")
    audit.write(audit.new_act(), audit.Actor.of(user), "x", [LINE], now=make.NOW)
    with pytest.raises(Exception, match="protected"):
        user.delete()
    assert User.objects.filter(username="zhou").exists()


def test_every_act_has_its_own_id() -> None:
    ids = {audit.new_act() for _ in range(100)}
    assert len(ids) == 100
    assert {one.version for one in ids} == {4}
    assert uuid.UUID(int=0) not in ids


def verbs() -> set[str]:
    """Every code in our own text that an act is written under."""
    root = Path(zbsync.__file__).parent
    written = re.compile(r'audit\.write\(.*?"([a-z_]+\.[a-z_]+)"', re.DOTALL)
    return {verb for path in root.rglob("*.py") for call in _calls(path) for verb in written.findall(call)[:1]}


def _calls(path: Path) -> list[str]:
    return [f"audit.write({rest[:300]}" for rest in path.read_text().split("audit.write(")[1:]]


def test_every_act_of_ours_has_words_for_people() -> None:
    found = verbs()
    assert len(found) >= 15
    assert not {verb for verb in found if verb not in ACTS}
    assert sentences.tell("no.such.act") == "no.such.act"


def test_rounds_of_a_stage_add_up() -> None:
    total = Tally()
    for round_ in (Tally(3, 2, 1, 0.5), Tally(seen=1, seconds=0.25), Tally()):
        total.add(round_)
    assert total == Tally(4, 2, 1, 0.75)


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, 0.0), (1.23456, 1.235), (12.0, 12.0)])
def test_a_tally_is_shown_with_four_numbers(seconds: float, shown: float) -> None:
    assert Tally(3, 2, 1, seconds).as_json() == {"seen": 3, "done": 2, "failed": 1, "seconds": shown}
