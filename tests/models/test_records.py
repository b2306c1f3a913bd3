"""From a row to the value that `core` decides on: nothing is lost on the way, and nothing is made up."""

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.models import make
from zbsync.core.defaults import DEFAULT_RULES
from zbsync.core.mapping import Plan, Policy, Rule, TooLong, compile_mapping
from zbsync.core.records import ContactRecord, InteractionRecord, Kind, Listing
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Contact, Mapping, MappingRule
from zbsync.pipeline import bootstrap, tables

WHEN = datetime(2025, 6, 1, 2, 3, 4, tzinfo=UTC)
FULL: dict[str, Any] = {
    "source_id": "u-1",
    "name": "张示例",
    "phone": "138 0000 0001",
    "mobile": "13800000001",
    "phone_verified": True,
    "wechat_id": "wx_1",
    "company": "示例公司",
    "kind": "company",
    "address": "示例路 1 号",
    "email": "a@mail.example",
    "channel": "微信",
    "notes": "第一行\n第二行",
    "remark": "备注名",
    "k_code": "K3208-渝A",
    "confidence": 77,
    "listing": "white",
    "score": 81.5,
    "summary": "意向明确",
    "owner": "周敏",
    "first_deal_at": WHEN,
    "extra": {"行业": "印刷", "n": [1, None, {"x": True}]},
}
RENAMED = {"source_updated_at": "updated_at", "deleted_at": "deleted"}
"""Columns that the record calls otherwise."""


def test_a_contact_becomes_a_record_field_by_field() -> None:
    row = Contact(hub_id=1, changed_at=WHEN, source_updated_at=WHEN, **FULL)
    record = row.to_record()
    assert {name: getattr(record, name) for name in FULL} == FULL
    assert (record.kind, record.listing) == (Kind.COMPANY, Listing.WHITE)
    assert (record.updated_at, record.deleted, record.interactions) == (WHEN, False, ())


def test_every_field_of_the_record_is_filled_from_a_column() -> None:
    """Whoever adds a field to the record must say where it comes from: each differs from the record's default."""
    row = Contact(hub_id=1, changed_at=WHEN, source_updated_at=WHEN, deleted_at=WHEN, **FULL)
    talk = (InteractionRecord("m1", WHEN, "微信", "您好"),)
    record, empty = row.to_record(talk), ContactRecord(source_id="")
    silent = [one.name for one in fields(ContactRecord) if getattr(record, one.name) == getattr(empty, one.name)]
    assert silent == []


def test_who_is_gone_says_so() -> None:
    assert Contact(source_id="x", deleted_at=WHEN).to_record().deleted is True


def test_an_empty_row_becomes_an_empty_record() -> None:
    assert Contact(source_id="x").to_record() == ContactRecord(source_id="x", kind=Kind.INDIVIDUAL)


@pytest.mark.parametrize("broken", [{"kind": "martian"}, {"listing": "purple"}])
def test_a_word_that_core_does_not_know_is_an_error_and_not_a_guess(broken: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(broken.values()))):
        Contact(source_id="x", **broken).to_record()


text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(
    name=text,
    notes=text,
    score=st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32),
    listing=st.sampled_from(list(Listing)),
    extra=st.dictionaries(text, text | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=3),
)
def test_the_database_gives_back_what_was_put_in(
    name: str, notes: str, score: float | None, listing: Listing, extra: dict[str, Any]
) -> None:
    said = {"name": name, "notes": notes, "score": score, "listing": listing.value, "extra": extra}
    stored = make.contact(**said)
    assert Contact.objects.get(pk=stored.pk).to_record() == stored.to_record()


RULES = [
    Rule("intro", "notes", "join", "{notes}|{summary}", "无", True, Policy.APPEND, TooLong.SPILL, "unit", 3),
    Rule("name", "company", policy=Policy.IF_EMPTY, too_long=TooLong.CUT),
    Rule("ly", default="171", policy=Policy.NEVER, applies_to="individual", position=9),
]


@pytest.mark.django_db
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.target)
def test_a_rule_is_stored_and_read_back_as_it_was(rule: Rule) -> None:
    values = asdict(rule) | {"policy": rule.policy.value, "too_long": rule.too_long.value}
    stored = MappingRule.objects.create(mapping=make.mapping(), **values)
    assert MappingRule.objects.get(pk=stored.pk).to_rule() == rule


def test_every_field_of_a_rule_is_filled_from_a_column() -> None:
    row = MappingRule(
        target="t", source="s", transform="join", argument="a", default="d", required=True,
        policy="never", too_long="cut", applies_to="unit", position=4,
    )  # fmt: skip
    rule, empty = row.to_rule(), Rule("")
    assert [one.name for one in fields(Rule) if getattr(rule, one.name) == getattr(empty, one.name)] == []


@pytest.mark.django_db
def test_the_default_rules_survive_the_database_and_compile() -> None:
    bootstrap.seed()
    rules = tables.read_rules(Mapping.objects.get(state="published"))
    assert rules == tuple(DEFAULT_RULES)
    assert isinstance(compile_mapping(rules, FIELDS), Plan)


@pytest.mark.django_db
def test_rules_come_in_their_order_and_by_age_within_it() -> None:
    mapping = make.mapping()
    for position, target in ((2, "ly"), (1, "name"), (2, "intro"), (1, "mobile")):
        MappingRule.objects.create(mapping=mapping, target=target, source="name", position=position)
    MappingRule.objects.create(mapping=make.mapping(version=2, state="draft"), target="zip", source="name")
    assert [rule.target for rule in tables.read_rules(mapping)] == ["name", "mobile", "ly", "intro"]
