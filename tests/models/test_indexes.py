"""Each index answers the query its comment names: the statements our own code sends are explained by the database.

SQLite plans by rule and needs no rows; PostgreSQL weighs, so it gets a thousand rows and statistics first.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from tests.models import make
from zbsync.admin import search
from zbsync.admin.filters import near_misses
from zbsync.core.lifecycle import PUSH_LEASED, PushState
from zbsync.core.matching import Query
from zbsync.models import Act, ActRow, Attempt, Contact, Delivery, Entry, ErpPerson, ErpRecord, Proposal, Push, Survey
from zbsync.pipeline import match, outbox, propose, wiring
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.local import Copy
from zbsync.pipeline.review import acts

pytestmark = pytest.mark.django_db

ROWS = 1500
LATER = make.NOW + timedelta(days=1)


def run(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def copies(row: models.Model, **differ: str) -> None:
    """A thousand rows like this one; `differ` gives a column an SQL expression of `n`."""
    table, quote = row._meta.db_table, connection.ops.quote_name
    columns = [quote(str(field.column)) for field in row._meta.concrete_fields if not field.primary_key]
    values = ", ".join(differ.get(name.strip('"'), name) for name in columns)
    run(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table}, generate_series(1, {ROWS}) AS n"
        f" WHERE id = {row.pk}"
    )


def fill() -> None:
    """Tables as full as it takes for PostgreSQL to care, nearly all of it not what anybody asks for."""
    contact = make.contact(proposed_version=1, followed_version=1)
    copies(contact, source_id="'s' || n", mobile="'139' || n", name="'n' || n")
    proposal = make.proposal(contact=contact, state="superseded", cause="x")
    copies(proposal, mobile="'139' || n", title="'t' || n", wechat_id="'w' || n", k_code="'K' || n")
    push = make.push(proposal=make.proposal(state="approved"), state="verified")
    of_each = f"(SELECT min(id) + n FROM zbsync_proposal WHERE contact_id = {contact.pk} AND state = 'superseded')"
    copies(push, key="'k' || n", proposal_id=of_each, contact_id=f"{contact.pk} + n + 1", ord="n")
    attempt = make.attempt(push, outcome="accepted", finished_at=make.NOW)
    copies(attempt, number="n + 1", started_at="started_at - n * interval '1 hour'")
    for column, state in enumerate(("queued", "accepted", "in_doubt")):
        sql = "UPDATE zbsync_push SET state = %s, not_before = %s WHERE ord BETWEEN %s AND %s"
        run(sql, state, LATER, 100 * column + 10, 100 * column + 60)
    keys = {"mobile": "'1' || n", "phone": "'2' || n", "khid": "'W' || n", "weixin": "'w' || n"}
    copies(make.erp_record(1), ord="n + 10", name_normal="'n' || n", **keys)
    copies(make.erp_person(1), ord="n + 10", customer="n", mobile="'1' || n", phone="'2' || n")
    entry = Entry.objects.create(act="0" * 32, at=make.NOW, verb="x", actor_name="a", subject="s", contact_id=1)
    copies(entry, act="gen_random_uuid()", subject_id="n", contact_id="n")
    copies(Delivery.objects.create(hub=make.hub(), digest="0", body="", ingested_at=make.NOW), digest="'' || n")
    asked = {"verb": "approve", "asked_by": make.user(), "asked_at": make.NOW}
    act = Act.objects.create(name="a", state="done", **asked)
    copies(act, act="gen_random_uuid()")
    copies(ActRow.objects.create(act=act, proposal=proposal, outcome="taken"), proposal_id=of_each)
    run("ANALYZE")


def used(sent: str) -> Iterator[str]:
    """The indexes in the database's plan of one statement."""
    if connection.vendor == "postgresql":
        yield from re.findall(r'"Index Name": "(\w+)"', json.dumps(run(f"EXPLAIN (FORMAT JSON) {sent}")[0][0]))
    else:
        for *_, line in run(f"EXPLAIN QUERY PLAN {sent}"):
            yield from re.findall(r"INDEX (\w+)", line)


def plans(ask: Callable[[], object], table: str) -> set[str]:
    """The indexes that answer what `ask` reads from a table."""
    with CaptureQueriesContext(connection) as caught:
        ask()
    reads = [query["sql"] for query in caught if f'FROM "{table}"' in query["sql"]]
    assert reads, f"nothing was read from {table}"
    return {name for sent in reads for name in used(sent)}


def look(**key: str) -> None:
    """Match's look into the copy, by one key."""
    case = Case(Proposal(), Query(**key), None)
    Copy(make.erp(surveyed_at=timezone.now()), timezone.now()).look([case])


def lacks(**key: str) -> None:
    """What match knows of customer numbers while one customer was not read in full."""
    connection_, now = make.erp(), timezone.now()
    connection_.surveyed_at = now
    make.erp_record(5, detailed_at=None)
    Survey.objects.update_or_create(connection=connection_, defaults={"persons_at": now, "numbers_at": now})
    Copy(connection_, now).lacks(Query(**key))


def found(model: type[models.Model], text: str) -> list[Any]:
    condition = (search.contacts if model is Contact else search.proposals)(text)
    return list(model._default_manager.filter(condition)[:20])


def newest(model: type[models.Model], **equal: str) -> list[Any]:
    """A page of the list as the admin shows it."""
    return list(model._default_manager.filter(**equal).order_by("-id")[:100])


def on_a_day(model: type[models.Model], column: str) -> int:
    """How many rows of one day there are, as the front page counts them."""
    return model._default_manager.filter(**{f"{column}__gte": LATER, f"{column}__lt": LATER + timedelta(1)}).count()


def by_hand(model: type[models.Model], **equal: Any) -> list[Any]:
    return list(model._default_manager.filter(**equal).order_by("id"))


def next_rows(act: int) -> list[Any]:
    """A batch of an act, as its job reads it."""
    return list(ActRow.objects.filter(act=act, outcome="").order_by("proposal_id").values_list("proposal_id")[:100])


QUERIES: dict[str, tuple[type[models.Model], Callable[[], object]]] = {
    "act_state": (Act, acts.next_due),
    "act_row_outcome": (ActRow, lambda: next_rows(7)),
    "contact_due": (Contact, lambda: list(propose.due().order_by("pk")[:100])),
    "contact_to_follow": (Contact, lambda: list(Contact.objects.to_follow().order_by("pk")[:100])),
    "contact_mobile": (Contact, lambda: found(Contact, "13800000001")),
    "contact_name": (Contact, lambda: by_hand(Contact, name="张示例")),
    "delivery_due": (Delivery, lambda: by_hand(Delivery, ingested_at=None)),
    "entry_contact": (Entry, lambda: list(Entry.objects.filter(contact_id=7).order_by("-id")[:20])),
    "entry_act": (Entry, lambda: by_hand(Entry, act="0" * 32)),
    "entry_subject": (Entry, lambda: by_hand(Entry, subject="push", subject_id=7)),
    "erp_record_mobile": (ErpRecord, lambda: look(mobile="13800000001")),
    "erp_record_phone": (ErpRecord, lambda: look(mobile="13800000001")),
    "erp_record_khid": (ErpRecord, lambda: look(khid="WX1")),
    "erp_record_weixin": (ErpRecord, lambda: look(weixin="wx_1")),
    "erp_record_name": (ErpRecord, lambda: look(company="示例")),
    "erp_record_numbered": (ErpRecord, lambda: lacks(khid="WX1")),
    "erp_person_mobile": (ErpPerson, lambda: look(mobile="13800000001")),
    "erp_person_phone": (ErpPerson, lambda: look(mobile="13800000001")),
    "erp_person_customer": (ErpPerson, lambda: by_hand(ErpPerson, connection=make.erp(), customer=7)),
    "proposal_state": (Proposal, lambda: newest(Proposal, state="ready")),
    "proposal_cause": (Proposal, lambda: newest(Proposal, state="ready", cause="match.ambiguous")),
    "proposal_near": (Proposal, lambda: Proposal.objects.blocked().filter(near_misses()).count()),
    "proposal_to_match": (Proposal, lambda: list(match.due(make.erp(), make.NOW).filter(pk__gt=0).order_by("pk")[:9])),
    "proposal_mobile": (Proposal, lambda: found(Proposal, "13800000001")),
    "proposal_title": (Proposal, lambda: by_hand(Proposal, title="示例公司")),
    "proposal_wechat": (Proposal, lambda: found(Proposal, "WX0001")),
    "proposal_k_code": (Proposal, lambda: found(Proposal, "K3208")),
    "proposal_target": (Proposal, lambda: found(Proposal, "5001")),
    "proposal_created": (Proposal, lambda: on_a_day(Proposal, "created_at")),
    "proposal_decided": (Proposal, lambda: on_a_day(Proposal, "decided_at")),
    "push_verified": (Push, lambda: on_a_day(Push, "verified_at")),
    "push_due": (Push, lambda: outbox.claim(make.erp(), 10, make.NOW)),
    "push_waits": (Push, lambda: outbox.held(make.erp())),
    "push_act": (Push, lambda: outbox.few_of(make.erp(), uuid.UUID(int=1), 5)),
    "attempt_begun": (Attempt, lambda: wiring.watch(make.erp(), make.NOW)),
    "push_lapsed": (Push, lambda: outbox.lapse(make.NOW)),
    "push_to_verify": (Push, lambda: outbox.next_due([make.erp()], [PushState.ACCEPTED])),
    "push_ord": (Push, lambda: outbox.handed_twice(make.erp(), [outbox.Reserved(Push(pk=0), 50, "")])),
    "push_in_doubt": (Push, lambda: outbox.next_due([make.erp()], [PushState.IN_DOUBT])),
    "push_state": (Push, lambda: newest(Push, state="dead")),
    "push_cause": (Push, lambda: newest(Push, state="rejected", cause="erp.duplicate")),
}


STANDS_IN = {"push_lapsed": "push_state"}
"""SQLite prefers an equality on the state to a range of times, and orders by id with it; there are few such rows."""


def test_every_index_of_ours_is_asked_for_here() -> None:
    ours = {index.name for model in apps.get_app_config("zbsync").get_models() for index in model._meta.indexes}
    assert ours == set(QUERIES)


@pytest.fixture(scope="module")
def explained(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[str, set[str]]:
    """Every query of the table with the indexes that answer it; nothing stays of the rows it took."""
    found_by = {}
    with django_db_blocker.unblock(), transaction.atomic():
        if connection.vendor == "postgresql":
            fill()
        for name, (model, ask) in QUERIES.items():
            with transaction.atomic():
                found_by[name] = plans(ask, model._meta.db_table)
        transaction.set_rollback(True)
    return found_by


@pytest.mark.parametrize("name", QUERIES)
def test_the_index_answers_its_query(name: str, explained: dict[str, set[str]]) -> None:
    stand_in = STANDS_IN.get(name, name) if connection.vendor == "sqlite" else name
    assert stand_in in explained[name]


def test_a_query_nobody_made_an_index_for_shows_as_such() -> None:
    assert plans(lambda: by_hand(Contact, notes="x"), "zbsync_contact") == set()


@pytest.mark.parametrize("states", [[PushState.QUEUED], [*PUSH_LEASED], [PushState.ACCEPTED, PushState.IN_DOUBT]])
def test_what_is_due_next_is_not_found_by_reading_all_that_was_ever_sent(states: list[PushState]) -> None:
    make.push(state="verified")
    owned = {"zbsync_push_connection_id_0805f0c8", "zbsync_push_pkey"}
    assert not plans(lambda: outbox.next_due([make.erp()], states), "zbsync_push") & owned
