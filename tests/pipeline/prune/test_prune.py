"""Old exchanges go, in three steps, and the chain proves before and after that nothing else did."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from zbsync import tasks
from zbsync.conf import conf
from zbsync.models import Entry, Exchange, Heartbeat, Pruning, Push, Seal, append_only
from zbsync.pipeline import prune, seal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def at(days: float) -> datetime:
    """So many days ago."""
    return timezone.now() - days * DAY


@pytest.fixture
def kept() -> list[Exchange]:
    """Six exchanges, 450 to 390 days old, and an entry; all sealed."""
    rows = [make.exchange(at=at(days)) for days in (450, 440, 430, 420, 410, 390)]
    Entry.objects.create(act=uuid.uuid4(), at=at(1), verb="x", actor_name="job", subject="proposal")
    seal.drain()
    return rows


def later(hours: float) -> Any:
    return lambda: timezone.now() + timedelta(hours=hours)


def ids() -> list[int]:
    return list(Exchange.objects.order_by("pk").values_list("pk", flat=True))


def verified() -> dict[str, Any]:
    return seal.verify(seal.records()).as_json()


def pruned_to_the_end() -> None:
    prune.drain()
    seal.drain()
    prune.drain(clock=later(2))


def test_it_announces_then_seals_then_deletes(kept: list[Exchange]) -> None:
    assert prune.drain().seen == 5
    announced = Entry.objects.get(verb="exchange.prune")
    last = Seal.objects.get(table="exchange", last_id=kept[4].pk)
    assert announced.after == {"last_id": kept[4].pk, "hash": last.hash, "count": 5, "days": 400}
    assert prune.drain(clock=later(2)).done == 0, "the chain does not say so yet"
    seal.drain()
    assert prune.drain().done == 0, "an export that began before is not at its end"
    assert len(ids()) == 6
    assert prune.drain(clock=later(2)).done == 5
    assert ids() == [kept[5].pk]


def test_what_is_left_is_proved_at_every_step(kept: list[Exchange]) -> None:
    for step in (prune.drain, seal.drain, lambda: prune.drain(clock=later(2)), seal.drain):
        step()
        assert verified()["ok"]
    assert verified() == {"ok": True, "checked": {"entry": 2, "exchange": 1, "seal": 8}, "pruned": 5, "bad": None}


def test_a_second_round_goes_on_behind_the_first(kept: list[Exchange]) -> None:
    pruned_to_the_end()
    with override_settings(ZBSYNC=replace(conf(), keep_exchanges_days=380)):
        pruned_to_the_end()
    assert (ids(), Pruning.objects.count()) == ([], 2)
    assert (verified()["ok"], verified()["pruned"]) == (True, 6)
    make.exchange(at=at(1))
    seal.drain()
    assert (verified()["ok"], verified()["checked"]["exchange"]) == (True, 1)


def test_a_part_and_an_older_checkpoint_still_hold(kept: list[Exchange]) -> None:
    checkpoint = next(row for kind, row in seal.records() if kind == "end")
    pruned_to_the_end()
    seal.drain()
    assert seal.verify(seal.records(), checkpoint).ok
    assert seal.verify(seal.records(at(400))).ok
    assert seal.verify(seal.records(at(460))).ok


def tamper(sql: str, *params: Any) -> None:
    """What only the owner of the database could do."""
    append_only.unprotect(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    append_only.protect(connection)


def test_a_row_that_was_taken_without_being_announced_is_missing(kept: list[Exchange]) -> None:
    pruned_to_the_end()
    seal.drain()
    tamper("DELETE FROM zbsync_exchange WHERE id = %s", kept[5].pk)
    assert verified()["bad"] == {"why": "chain.row_missing", "table": "exchange", "id": kept[5].pk}


def test_one_that_was_altered_before_it_goes_is_still_found(kept: list[Exchange]) -> None:
    prune.drain()
    seal.drain()
    tamper("UPDATE zbsync_exchange SET request_body = 'forged' WHERE id = %s", kept[1].pk)
    assert verified()["bad"]["why"] == "chain.row_altered"


def test_an_announcement_that_was_forged_is_found(kept: list[Exchange]) -> None:
    pruned_to_the_end()
    seal.drain()
    tamper("UPDATE zbsync_seal SET hash = 'f' WHERE last_id = %s AND \"table\" = 'exchange'", kept[4].pk)
    assert verified()["bad"]["why"] == "chain.seal_altered"
    tamper("UPDATE zbsync_entry SET after = %s WHERE verb = 'exchange.prune'", '{"last_id": 10000, "hash": "x"}')
    assert verified()["bad"] == {
        "why": "chain.row_altered",
        "table": "entry",
        "id": Entry.objects.get(verb="exchange.prune").pk,
    }


def test_the_database_lets_go_of_nothing_else(kept: list[Exchange]) -> None:
    prune.drain()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Exchange.objects.filter(pk=kept[5].pk).delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Exchange.objects.filter(pk=kept[0].pk).update(error="x")
    append_only.protect(connection)
    assert Exchange.objects.filter(pk=kept[0].pk).delete()[0] == 1, "protecting again changes nothing"


def test_what_is_not_sealed_stays(kept: list[Exchange]) -> None:
    make.exchange(at=at(500))
    with override_settings(ZBSYNC=replace(conf(), keep_exchanges_days=300)):
        assert prune.drain().seen == 6


@pytest.mark.postgres
def test_postgresql_lets_go_of_what_was_announced(kept: list[Exchange]) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Exchange.objects.all().delete()
    pruned_to_the_end()
    assert ids() == [kept[5].pk]


@pytest.mark.parametrize(("state", "announced"), [("in_doubt", 0), ("verified", 5)])
def test_what_was_said_of_a_push_that_is_under_way_stays(state: str, announced: int) -> None:
    push = make.push(state=state, ord=1)
    for days in (450, 440, 430, 420, 410):
        make.exchange(at=at(days), push=push)
    seal.drain()
    assert prune.drain().seen == announced
    assert Push.objects.count() == 1


@pytest.mark.parametrize(("days", "announced"), [(0, 0), (500, 0), (435, 2), (1, 6)])
def test_how_long_they_are_kept_is_a_setting(kept: list[Exchange], days: int, announced: int) -> None:
    with override_settings(ZBSYNC=replace(conf(), keep_exchanges_days=days)):
        assert prune.drain().seen == announced


def test_many_go_in_few_statements(django_assert_max_num_queries: Any) -> None:
    row = make.exchange(at=at(500))
    Exchange.objects.bulk_create(
        Exchange(connection=row.connection, at=row.at, operation="x", method="POST", url="u", digest="d" * 64)
        for _ in range(2500)
    )
    seal.drain()
    with django_assert_max_num_queries(12):
        prune.drain()
    seal.drain()
    with django_assert_max_num_queries(20):
        assert prune.drain(clock=later(2)).done == 2501


def test_the_timetable_calls_it_and_it_shows_that_it_lives(kept: list[Exchange]) -> None:
    tasks.prune()
    assert Heartbeat.objects.get(name="prune").note == "5 announced, 0 deleted"
