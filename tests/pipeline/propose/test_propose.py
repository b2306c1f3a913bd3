"""Gate and mapping over the mirror: what becomes of each contact, and of the proposal before it."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.test import override_settings

from tests.models import make
from zbsync.conf import conf
from zbsync.models import (
    Contact,
    Entry,
    ErpConnection,
    GateSetting,
    Interaction,
    Mapping,
    MappingRule,
    Proposal,
    SourceCode,
    ValueMapEntry,
)
from zbsync.pipeline import audit, bootstrap, judgement, propose, tables, worklist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def erp() -> ErpConnection:
    connection = make.erp()
    make.options(connection)
    bootstrap.seed()
    return connection


def proposed(**given: Any) -> Proposal:
    contact = make.contact(**given)
    propose.drain()
    return Proposal.objects.filter(contact=contact).latest("pk")


def change(contact: Contact, **values: Any) -> None:
    """As ingest does: a new version."""
    Contact.objects.filter(pk=contact.pk).update(version=F("version") + 1, **values)


def test_a_good_contact_is_mapped_with_the_origin_of_every_field() -> None:
    row = proposed(source_id="77", notes="问过价格", score=91.0)
    assert (row.state, row.cause, row.has_errors, row.kind) == ("mapped", "", False, "individual")
    assert row.payload == {
        "name": row.person,
        "khid": "WX77",
        "sort1": "3,7",
        "mobile": row.mobile,
        "weixinAcc": row.wechat_id,
        "ly": "181",
        "jz": "175",
        "intro": "问过价格",
    }
    assert {one["target"] for one in row.fields} == set(row.payload)
    assert next(one for one in row.fields if one["target"] == "jz")["label"] == "很高"


def test_a_company_becomes_a_unit_customer_with_its_person() -> None:
    row = proposed(kind="company", company="江北示例机械有限公司", name="王示例")
    assert (row.kind, row.payload["name"], row.payload["person_name"]) == ("unit", "江北示例机械有限公司", "王示例")
    assert row.title == "江北示例机械有限公司"


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"phone": ""}, "gate.phone_missing"),
        ({"phone": "12345"}, "gate.phone_not_mobile"),
        ({"phone_verified": False}, "gate.phone_not_verified"),
        ({"name": "微信用户"}, "gate.name_placeholder"),
        ({"name": "😀😀"}, "gate.name_no_letters"),
        ({"score": 57.0}, "gate.score_low"),
        ({"score": None}, "gate.score_missing"),
        ({"listing": "black"}, "gate.black_listed"),
    ],
)
def test_the_gate_holds_with_its_reason_and_maps_all_the_same(given: dict[str, Any], cause: str) -> None:
    row = proposed(**given)
    assert (row.state, row.cause) == ("blocked", cause)
    assert row.payload["khid"]
    assert row.contact.eligible is False


def test_every_finding_of_the_gate_is_kept_with_its_values() -> None:
    row = proposed(score=57.0, phone="")
    found = {one["code"]: one["params"] for one in row.gate_findings}
    assert found["gate.score_low"] == {"score": 57, "needs": 60}
    assert set(found) == {"gate.score_low", "gate.phone_missing"}


def test_a_mapping_finding_is_shown_and_does_not_hold_the_match() -> None:
    row = proposed(channel="抖音")
    assert (row.state, row.has_errors, row.cause) == ("mapped", True, "mapping.channel_unmapped")
    assert row.contact.eligible is True


def test_a_channel_nobody_has_met_gets_its_row(erp: ErpConnection) -> None:
    proposed(channel="抖音")
    proposed(channel="抖音")
    assert SourceCode.objects.get(connection=erp, channel="抖音").option == ""


def test_without_a_stage_the_finding_names_the_option(erp: ErpConnection) -> None:
    ErpConnection.objects.update(options={})
    row = proposed()
    assert row.cause == "mapping.sort1_missing"
    assert row.findings[0]["params"]["option"] == "sort1"


def test_a_name_too_long_is_held_whole() -> None:
    row = proposed(name="长" * 101)
    assert (row.cause, len(row.payload["name"])) == ("mapping.too_long", 101)


def test_it_takes_each_version_once() -> None:
    contact = make.contact()
    assert (propose.drain().seen, propose.drain().seen) == (1, 0)
    change(contact, name="张新名")
    assert propose.drain().seen == 1
    assert [row.state for row in contact.proposals.order_by("pk")] == ["superseded", "mapped"]


def test_the_older_proposal_tells_why_it_is_closed() -> None:
    first = proposed()
    change(first.contact, name="张新名")
    propose.drain()
    first.refresh_from_db()
    assert (first.state, first.cause) == ("superseded", "contact.moved")


def test_a_contact_gone_at_the_source_closes_its_proposal_and_gets_none() -> None:
    first = proposed()
    change(first.contact, deleted_at=make.NOW)
    propose.drain()
    first.refresh_from_db()
    first.contact.refresh_from_db()
    assert (first.state, first.cause, first.contact.eligible) == ("superseded", "contact.gone", False)
    assert first.contact.proposals.count() == 1


@pytest.mark.parametrize(
    "work",
    [{"edits": {"name": {"before": "a", "value": "b"}}}, {"target_chosen": True, "target_ord": 9}, {"not_same": [5]}],
)
def test_work_of_a_person_that_is_void_has_its_own_entry(work: dict[str, Any]) -> None:
    first = proposed()
    Proposal.objects.filter(pk=first.pk).update(**work)
    change(first.contact, name="张新名")
    propose.drain()
    entry = Entry.objects.get(verb="proposal.supersede")
    assert (entry.subject_id, entry.contact_id, entry.actor_name) == (first.pk, first.contact_id, "job:propose")


def test_without_a_person_s_work_only_the_batch_has_an_entry() -> None:
    first = proposed()
    change(first.contact, name="张新名")
    propose.drain()
    told = Entry.objects.filter(verb="proposal.propose").latest("pk").after
    assert told == {"contacts": 1, "superseded": 1, "mapping": 1, "mapped": 1}
    assert not Entry.objects.filter(verb="proposal.supersede").exists()


def test_a_person_s_judgement_of_who_it_is_outlives_the_version() -> None:
    first = proposed()
    Proposal.objects.update(not_same=[5], target_chosen=True, target_ord=9)
    change(first.contact, name="张新名")
    propose.drain()
    row = first.contact.proposals.latest("pk")
    assert (row.not_same, row.target_chosen, row.target_ord) == ([5], True, 9)
    assert row.digest == judgement.digest_of(row) != judgement.digest_of(first)


def test_create_anyway_does_not_outlive_the_version() -> None:
    first = proposed()
    Proposal.objects.update(target_chosen=True)
    change(first.contact, name="张新名")
    propose.drain()
    assert first.contact.proposals.latest("pk").target_chosen is False


@pytest.mark.parametrize("state", ["sending", "in_doubt", "accepted"])
def test_a_contact_that_is_being_sent_waits(state: str) -> None:
    push = make.push(proposal=make.proposal(contact=make.contact(), state="approved"), state=state)
    assert propose.drain().seen == 0
    assert list(Contact.objects.due()) == [push.contact]


def test_a_push_not_yet_sent_is_void_when_its_contact_moves() -> None:
    push = make.push(proposal=make.proposal(contact=make.contact(), state="approved"))
    change(push.contact, name="张新名")
    assert propose.drain().seen == 1
    push.refresh_from_db()
    assert (push.state, push.cause) == ("cancelled", "review.moved")
    assert push.contact.proposals.latest("pk").state == "mapped"


@pytest.mark.parametrize("missing", ["connection", "mapping"])
def test_without_a_connection_or_a_mapping_contacts_wait(missing: str) -> None:
    make.contact()
    if missing == "connection":
        ErpConnection.objects.update(is_active=False)
    else:
        Mapping.objects.update(state="retired")
    assert propose.drain().seen == 0
    assert Contact.objects.due().count() == 1


def test_each_active_connection_gets_its_own_proposal() -> None:
    second = make.erp(name="second", options={"sort1": "3,8"})
    make.options(second)
    contact = make.contact()
    propose.drain()
    assert {row.connection.name: row.payload["sort1"] for row in contact.proposals.all()} == {
        "erp": "3,7",
        "second": "3,8",
    }


def test_interactions_are_read_when_a_rule_asks_for_them() -> None:
    MappingRule.objects.filter(target="intro").update(source="", transform="join_interactions")
    contact = make.contact()
    Interaction.objects.create(contact=contact, source_id="i1", at=make.NOW, method="微信", content="想要报价")
    propose.drain()
    assert contact.proposals.get().payload["intro"] == "2025-11-20 16:30 微信 想要报价"


def test_a_switched_off_rule_of_the_gate_lets_pass() -> None:
    GateSetting.objects.filter(code="score").update(is_enabled=False)
    assert proposed(score=3.0).state == "mapped"


def test_a_broken_rule_of_the_gate_lets_nobody_pass() -> None:
    GateSetting.objects.filter(code="score").update(params={"minimum": "sixty"})
    make.contact()
    with pytest.raises(ValueError, match=r"gate\.bad_param"):
        propose.drain()
    assert not Proposal.objects.exists()


def test_a_broken_value_map_is_a_finding_of_who_needs_it() -> None:
    ValueMapEntry.objects.filter(value="很高").update(key="ninety")
    assert proposed().cause == "mapping.value_map_missing"


def test_the_digest_is_the_same_for_the_same_and_another_for_another() -> None:
    first = proposed()
    change(first.contact)
    propose.drain()
    second = first.contact.proposals.latest("pk")
    assert (first.payload, second.contact_version) == (second.payload, 2)
    assert first.digest != second.digest


def test_statements_are_the_same_for_one_and_for_many(django_assert_max_num_queries: Any) -> None:
    for _ in range(80):
        make.contact()
    with django_assert_max_num_queries(40):
        assert propose.drain().done == 80


def test_it_works_in_batches_and_tells_how_far() -> None:
    for _ in range(5):
        make.contact()
    heard: list[int] = []
    with override_settings(ZBSYNC=replace(conf(), batch_size=2)):
        assert propose.drain(progress=lambda done, total: heard.append(done)).seen == 5
    assert heard == [2, 4, 5, 5]


def test_it_stops_at_the_limit_and_at_the_hour() -> None:
    for _ in range(5):
        make.contact()
    with override_settings(ZBSYNC=replace(conf(), batch_size=2)):
        assert propose.drain(limit=3).seen == 3
        assert propose.drain(until=0.0).seen == 2


def test_a_version_that_came_while_we_worked_stays_due(erp: ErpConnection) -> None:
    contact = make.contact()
    stale = Contact.objects.get(pk=contact.pk)
    change(contact, name="张新名")
    propose._mark([stale], [])
    assert list(Contact.objects.due()) == [contact]


def test_two_open_proposals_of_one_contact_are_refused() -> None:
    row = proposed()
    with pytest.raises(IntegrityError), transaction.atomic():
        worklist.insert([make_copy(row)])


def make_copy(row: Proposal) -> Proposal:
    row.pk = None
    return row


def test_new_rules_make_everybody_due_and_wait_for_the_lock() -> None:
    contact = proposed().contact
    with transaction.atomic():
        assert tables.lock_rules() == Mapping.objects.get()
        assert worklist.remap(Q()) == 1
    assert list(Contact.objects.due()) == [contact]


def test_the_actor_of_the_stage_is_a_job() -> None:
    proposed()
    assert Entry.objects.get(verb="proposal.propose").actor_name == audit.Actor.job("propose").name
