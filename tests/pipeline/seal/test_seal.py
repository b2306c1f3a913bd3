"""The hash chain: whatever is altered is found, and the very row is named."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.pipeline.reviewing import SOME_TIME, erp
from zbsync.core.chain import START
from zbsync.models import Entry, Exchange, Seal, append_only
from zbsync.pipeline import seal

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    """Seven entries and three exchanges, an hour between one and the next, all sealed."""
    entries = [entry(number) for number in range(7)]
    for number in range(3):
        exchange(number)
    seal.drain()
    return entries


def entry(number: int, **more) -> Entry:
    told = {
        "act": uuid.uuid4(),
        "at": SOME_TIME + timedelta(hours=number),
        "actor_name": "王",
        "verb": "proposal.edit",
        "subject": "proposal",
        "subject_id": number,
        "after": {"n": number, "x": 0.1},
    }
    return Entry.objects.create(**(told | more))


def exchange(number: int) -> Exchange:
    return Exchange.objects.create(
        connection=erp(),
        at=SOME_TIME + timedelta(hours=number),
        operation="customer.save",
        method="POST",
        url="http://erp.example/save",
        request_body='{"名": "\u200b=1"}',
        elapsed_ms=12.25,
        digest="d" * 64,
    )


def tamper(sql: str, *params: int) -> None:
    """What only the owner of the database could do: the triggers step aside."""
    append_only.unprotect(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    append_only.protect(connection)


def verify(checkpoint=None) -> dict:
    return seal.verify(seal.records(), checkpoint).as_json()


def end() -> dict:
    return next(row for kind, row in seal.records() if kind == "end")


def test_what_is_sealed_holds(rows) -> None:
    assert verify() == {"ok": True, "checked": {"entry": 7, "exchange": 3, "seal": 10}, "bad": None}
    assert seal.unsealed() == {"entry": 0, "exchange": 0}


def test_sealing_again_goes_on_where_it_stopped(rows) -> None:
    assert seal.drain().done == 0
    entry(8)
    assert seal.unsealed()["entry"] == 1
    assert seal.drain().done == 1
    last = Seal.objects.filter(table="entry").order_by("first_id").last()
    assert last is not None
    assert last.previous == Seal.objects.filter(table="entry").order_by("-first_id")[1].hash
    assert verify()["ok"]


def test_sealing_may_be_cut_short(rows) -> None:
    for number in range(5):
        entry(number)
    assert seal.drain(limit=2).done == 2
    assert seal.drain(until=0.0).done == 0
    assert verify()["checked"]["entry"] == 9


def test_sealing_takes_few_statements_for_many_rows(django_assert_max_num_queries) -> None:
    Entry.objects.bulk_create(
        Entry(act=uuid.uuid4(), at=SOME_TIME, actor_name="x", verb="v.v", subject="proposal") for _ in range(1500)
    )
    with django_assert_max_num_queries(30):
        assert seal.drain().done == 1500


def test_of_two_sealers_one_stops(rows) -> None:
    """The other one's seals, which come between the look and the insert, are kept."""
    entry(8)
    raced: list[bool] = []

    def other_first(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO") and "zbsync_seal" in sql and not raced:
            raced.append(True)
            execute(sql, params and [params[0]], many, context)  # PostgreSQL is given all of them as one text
        return execute(sql, params, many, context)

    with connection.execute_wrapper(other_first):
        assert seal.drain().done == 0
    assert raced


@pytest.mark.parametrize(
    ("sql", "why", "which"),
    [
        ("UPDATE zbsync_entry SET reason = 'forged' WHERE id = %s", "chain.row_altered", 3),
        ("UPDATE zbsync_entry SET actor_name = 'li' WHERE id = %s", "chain.row_altered", 0),
        ("DELETE FROM zbsync_entry WHERE id = %s", "chain.row_missing", 2),
        ("DELETE FROM zbsync_entry WHERE id = %s", "chain.row_missing", 6),
        ("UPDATE zbsync_seal SET hash = 'f' WHERE first_id = %s AND \"table\" = 'entry'", "chain.row_altered", 4),
        ("UPDATE zbsync_seal SET previous = 'f' WHERE first_id = %s AND \"table\" = 'entry'", "chain.seal_altered", 4),
        ("UPDATE zbsync_entry SET id = id + 1000000 WHERE id = %s", "chain.row_missing", 5),
    ],
)
def test_it_names_the_first_bad_row(rows, sql, why, which) -> None:
    tamper(sql, rows[which].pk)
    assert verify()["bad"] == {"why": why, "table": "entry", "id": rows[which].pk}


def test_an_exchange_is_sealed_as_well(rows) -> None:
    second = Exchange.objects.order_by("pk")[1]
    tamper("UPDATE zbsync_exchange SET response_body = '{}' WHERE id = %s", second.pk)
    assert verify()["bad"] == {"why": "chain.row_altered", "table": "exchange", "id": second.pk}


def test_a_row_that_slipped_in_is_named(rows) -> None:
    gap = rows[3].pk
    tamper("DELETE FROM zbsync_entry WHERE id = %s", gap)
    tamper("DELETE FROM zbsync_seal WHERE first_id = %s AND \"table\" = 'entry'", gap)
    assert verify()["bad"] == {"why": "chain.seal_altered", "table": "entry", "id": rows[4].pk}
    forged = Entry.objects.values().get(pk=rows[2].pk) | {"id": gap, "reason": "slipped in"}
    Entry.objects.create(**forged)
    tamper("UPDATE zbsync_seal SET previous = (SELECT s.hash FROM zbsync_seal s WHERE s.first_id = %s AND "
           "s.\"table\" = 'entry') WHERE first_id = %s AND \"table\" = 'entry'", rows[2].pk, rows[4].pk)  # fmt: skip
    assert verify()["bad"] == {"why": "chain.row_added", "table": "entry", "id": gap}


def test_a_tail_that_vanished_with_its_seals_is_caught_by_the_checkpoint(rows) -> None:
    kept = end()
    tamper("DELETE FROM zbsync_entry WHERE id = %s", rows[6].pk)
    tamper("DELETE FROM zbsync_seal WHERE first_id = %s AND \"table\" = 'entry'", rows[6].pk)
    assert verify()["ok"]
    assert verify(kept)["bad"] == {"why": "chain.checkpoint_missing", "table": "entry", "id": rows[6].pk}


def test_a_chain_that_was_made_anew_is_caught_by_the_checkpoint(rows) -> None:
    kept = end()
    tamper("UPDATE zbsync_entry SET reason = 'forged' WHERE id = %s", rows[1].pk)
    tamper("DELETE FROM zbsync_seal")
    seal.drain()
    assert verify()["ok"]
    assert verify(kept)["bad"] == {"why": "chain.not_the_checkpoint", "table": "entry", "id": rows[6].pk}


def test_an_older_checkpoint_still_holds(rows) -> None:
    kept = end()
    entry(8)
    seal.drain()
    assert verify(kept)["ok"]


def test_nothing_at_all_holds_too() -> None:
    assert end() == {name: {"count": 0, "last_id": 0, "hash": START} for name in ("entry", "exchange")}
    assert verify()["ok"]


@pytest.mark.parametrize(("hours", "entries", "exchanges"), [(0, 7, 3), (2, 5, 1), (5, 2, 0), (99, 0, 0)])
def test_a_part_begins_with_the_first_row_of_its_time(rows, hours, entries, exchanges) -> None:
    told = list(seal.records(SOME_TIME + timedelta(hours=hours)))
    assert [kind for kind, _ in told].count("entry") == entries
    assert [kind for kind, _ in told].count("exchange") == exchanges
    assert seal.verify(told, end()).as_json()["bad"] is None


def test_the_order_is_the_same_every_time(rows) -> None:
    assert list(seal.records()) == list(seal.records())
    assert json.dumps(list(seal.records()))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda told: told[:-1], "chain.cut_off"),
        (lambda told: [*told[:-3], told[-1]], "chain.seal_altered"),
        (lambda told: [one for one in told if one[0] != "exchange"], "chain.row_missing"),
        (lambda told: [told[0], *told[3:]], "chain.seal_altered"),
        (lambda told: [*told[:2], *told[3:]], "chain.row_missing"),
        (lambda told: [*told[:3], told[2], *told[3:]], "chain.row_added"),
        (lambda told: [told[0], ("entry", {}), *told[1:]], "chain.unreadable"),
        (lambda told: [told[0], ("moon", {"id": 1}), *told[1:]], "chain.unreadable"),
        (lambda told: [told[0], *told[1:3][::-1], *told[3:]], "chain.row_added"),
        (lambda told: [], "chain.cut_off"),
    ],
)
def test_it_sees_through_a_spoiled_stream(rows, spoil, why) -> None:
    report = seal.verify(spoil(list(seal.records())))
    assert not report.ok
    assert report.why == why


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_row_that_commits_late_is_not_passed_over() -> None:
    """Ids are handed out before commit: the sealer waits for the writer instead of sealing past it."""
    written, finish = threading.Event(), threading.Event()

    def slow_writer() -> None:
        try:
            with transaction.atomic():
                entry(1)
                written.set()
                finish.wait(10)
        finally:
            connection.close()

    writer = threading.Thread(target=slow_writer)
    writer.start()
    assert written.wait(10)
    threading.Timer(0.5, finish.set).start()
    assert seal.drain().done == 1
    writer.join()
    entry(2)
    seal.drain()
    assert seal.unsealed() == {"entry": 0, "exchange": 0}
    assert verify()["checked"]["entry"] == 2
