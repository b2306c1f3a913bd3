"""Many rows in one statement: stored exactly as Django stores them, and under the same constraints."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import make
from zbsync.core.keys import digest
from zbsync.models import Contact, Entry, Heartbeat, Proposal, Push
from zbsync.pipeline import bulk

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=8)))


def fresh(count: int, **given_: Any) -> list[Contact]:
    """Unsaved contacts c0, c1…"""
    values = {"digest": digest(1), "changed_at": NOON, **given_}
    return [Contact(hub=make.hub(), source_id=f"c{n}", **values) for n in range(count)]


def stored(model: type[models.Model]) -> list[dict[str, Any]]:
    """All rows, without their ids."""
    rows = model._default_manager.order_by("pk").values()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def statements(act: Any, *args: Any, **more: Any) -> int:
    with CaptureQueriesContext(connection) as caught:
        act(*args, **more)
    return len(caught)


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


@settings(max_examples=25, deadline=None)
@given(
    name=text,
    notes=text,
    score=st.none() | st.integers(-5, 100) | st.floats(-1e6, 1e6),
    verified=st.booleans(),
    confidence=st.none() | st.integers(0, 100),
    at=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    extra=st.dictionaries(text, st.none() | st.booleans() | text | st.lists(st.integers(0, 9), max_size=3), max_size=3),
)
def test_a_row_is_stored_as_django_would_store_it(**columns: Any) -> None:
    values = {
        "name": columns["name"], "notes": columns["notes"], "score": columns["score"], "extra": columns["extra"],
        "phone_verified": columns["verified"], "confidence": columns["confidence"], "first_deal_at": columns["at"],
    }  # fmt: skip
    make.hub()
    with transaction.atomic():
        bulk.insert(fresh(2, **values))
        ours = stored(Contact)
        transaction.set_rollback(True)
    with transaction.atomic():
        for row in fresh(2, **values):
            row.save()
        djangos = stored(Contact)
        transaction.set_rollback(True)
    assert ours == djangos


def test_rows_of_mixed_values_keep_each_its_own() -> None:
    rows = fresh(3)
    rows[0].score, rows[1].score, rows[2].score = None, 1.5, 80
    rows[0].confidence, rows[1].extra = 7, {"a": None}
    bulk.insert(rows)
    found = list(Contact.objects.order_by("pk"))
    assert [row.score for row in found] == [None, 1.5, 80.0]
    assert [row.confidence for row in found] == [7, None, None]
    assert [row.extra for row in found] == [{}, {"a": None}, {}]


def test_a_null_in_json_is_a_null_of_the_column() -> None:
    act = "00000000-0000-0000-0000-000000000001"
    befores: list[Any] = [None, {}, 0]
    rows = [Entry(act=act, at=NOON, actor_name="a", verb="x", before=before, after=[]) for before in befores]
    bulk.insert(rows)
    assert Entry.objects.filter(before__isnull=True).count() == 1
    assert [row.before for row in Entry.objects.order_by("pk")] == befores


@pytest.mark.parametrize("count", [1, 2, 1500])
def test_rows_go_in_together(count: int) -> None:
    rows = fresh(count)
    assert statements(bulk.insert, rows) == (-(-count // bulk.AT_ONCE) if connection.vendor == "postgresql" else 1)
    assert Contact.objects.count() == count
    found = list(Contact.objects.order_by("pk"))
    for row in found:
        row.name = f"n{row.pk}"
    assert statements(bulk.update, found, ("name",)) == 1
    assert Contact.objects.filter(name="").count() == 0


def test_nothing_is_no_statement() -> None:
    assert statements(bulk.insert, []) == 0
    assert statements(bulk.update, [], ("name",)) == 0
    assert bulk.update([], ("name",)) == 0


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"source_id": "c0"}, "UNIQUE|contact_once_per_hub"),
        ({"kind": "alien"}, "contact_kind_known"),
        ({"name": None}, "NULL|null"),
    ],
)
def test_a_row_the_database_refuses_stores_none_of_them(broken: dict[str, Any], constraint: str) -> None:
    rows = fresh(3)
    for name, value in broken.items():
        setattr(rows[2], name, value)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        bulk.insert(rows)
    assert not Contact.objects.exists()


def test_time_is_kept_to_the_instant_whatever_its_zone() -> None:
    bulk.insert(fresh(1))
    assert Contact.objects.get().changed_at == datetime(2026, 1, 5, 4, tzinfo=UTC)


def test_fields_that_fill_themselves_do_so() -> None:
    before = datetime.now(UTC)
    hub = make.hub()
    delivery = hub.deliveries.model(hub=hub, digest="d", body="{}")
    bulk.insert([delivery])
    assert before <= hub.deliveries.get().received_at <= datetime.now(UTC)


def _contacts(count: int) -> list[Contact]:
    bulk.insert(fresh(count))
    return list(Contact.objects.order_by("pk"))


def test_only_the_named_columns_are_set() -> None:
    rows = _contacts(2)
    for row in rows:
        row.name, row.notes = "neu", "not named"
    assert bulk.update(rows, ("name",)) == 2
    assert [(row.name, row.notes) for row in Contact.objects.all()] == [("neu", "")] * 2


def test_only_the_given_rows_are_touched() -> None:
    rows = _contacts(3)
    rows[1].name = "neu"
    assert bulk.update(rows[1:2], ("name",)) == 1
    assert [row.name for row in Contact.objects.order_by("pk")] == ["", "neu", ""]


def test_a_row_that_moved_meanwhile_does_not_match() -> None:
    rows = _contacts(3)
    Contact.objects.filter(pk=rows[1].pk).update(version=2)
    for row in rows:
        row.eligible = True
    assert bulk.update(rows, ("eligible",), where=("id", "version")) == 2
    assert [row.eligible for row in Contact.objects.order_by("pk")] == [True, None, True]


def _states(rows: Sequence[Proposal | Push]) -> list[str]:
    return [type(row)._default_manager.values_list("state", flat=True).get(pk=row.pk) for row in rows]


def test_a_state_is_changed_only_from_the_one_it_was() -> None:
    rows = [make.proposal(state="ready"), make.proposal(state="mapped"), make.proposal(state="ready")]
    for row in rows:
        row.state = "superseded"
    assert bulk.update(rows, ("state",), was={"state": "ready"}) == 2
    assert _states(rows) == ["superseded", "mapped", "superseded"]


def test_of_two_who_change_the_same_rows_one_wins() -> None:
    rows = [make.push() for _ in range(3)]
    for row in rows:
        row.state = "cancelled"
    assert bulk.update(rows, ("state",), was={"state": "queued"}) == 3
    for row in rows:
        row.state = "buried"
    assert bulk.update(rows, ("state",), was={"state": "queued"}) == 0
    assert _states(rows) == ["cancelled"] * 3


def test_what_they_were_may_be_told_in_several_columns_and_types() -> None:
    push = make.push(state="sending")
    push.cause = "x"
    other = "00000000-0000-0000-0000-000000000009"
    same = {"state": "sending", "lease_token": push.lease_token, "connection": push.connection_id}
    assert bulk.update([push], ("cause",), was={**same, "lease_token": other}) == 0
    assert bulk.update([push], ("cause",), was={**same, "connection": 0}) == 0
    assert bulk.update([push], ("cause",), was=same) == 1
    assert Push.objects.get().cause == "x"


def test_a_column_that_is_none_of_the_model_is_an_error() -> None:
    beat = Heartbeat.objects.create(name="worker", at=NOON)
    with pytest.raises(KeyError, match="nowhere"):
        bulk.update([beat], ("nowhere",))
    with pytest.raises(KeyError, match="elsewhere"):
        bulk.update([beat], ("at",), where=("elsewhere",))


def test_an_update_the_database_refuses_changes_nothing() -> None:
    rows = _contacts(3)
    rows[0].name, rows[2].kind = "neu", "alien"
    with pytest.raises(IntegrityError, match="contact_kind_known"), transaction.atomic():
        bulk.update(rows, ("name", "kind"))
    assert not Contact.objects.filter(name="neu").exists()


def test_empty_documents_are_stored_as_what_they_are() -> None:
    values: list[Any] = [[], {}, None, [0], {"": ""}, "", 0, False]
    rows = [make.proposal(contact=make.contact()) for _ in values]
    for row, value in zip(rows, values, strict=True):
        row.erp_values = value
    bulk.update(rows, ["erp_values"])
    assert [Proposal.objects.get(pk=row.pk).erp_values for row in rows] == values
