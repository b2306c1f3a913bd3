"""One contact through all decisions of this floor, as the pipeline strings them together."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.samples import COMPANY, NOON, OPTIONS, PERSON, codes, tables
from zbsync.core.defaults import DEFAULT_GATE, DEFAULT_RULES
from zbsync.core.diff import changes, compare, written
from zbsync.core.findings import Finding, errors
from zbsync.core.gate import compile_gate
from zbsync.core.mapping import Mapped, compile_mapping
from zbsync.core.matching import ErpView, MatchKind, judge, query_for
from zbsync.core.payload import Checks, payload_digest
from zbsync.core.records import ContactRecord
from zbsync.core.retry import next_try
from zbsync.erp.catalogue import FIELDS

GATE = compile_gate(DEFAULT_GATE)
PLAN = compile_mapping(DEFAULT_RULES, FIELDS)
CHECKS = Checks(FIELDS, OPTIONS)


def proposed(record: ContactRecord, **changed: Any) -> tuple[Mapped, list[Finding]]:
    """The payload of a contact and all that is wrong with it."""
    mapped = PLAN.apply(record, tables(**changed))
    explained = {finding.field for finding in mapped.findings}
    return mapped, [*mapped.findings, *CHECKS.check(mapped.kind, mapped.values, explained)]


@pytest.mark.parametrize("record", [PERSON, COMPANY])
def test_a_new_contact_is_created_and_verified(record: ContactRecord) -> None:
    assert GATE.judge(record) == []
    mapped, findings = proposed(record)
    assert findings == []
    assert judge(query_for(mapped.kind, mapped.values), []).kind is MatchKind.ABSENT
    sent = written(changes(mapped.values, PLAN.policies(mapped.kind), None, FIELDS))
    assert sent == mapped.values
    assert compare(sent, dict(sent), FIELDS) == []


def test_a_known_contact_adds_only_what_the_owner_allows() -> None:
    mapped, _findings = proposed(PERSON)
    erp = {"name": "王小明", "khid": "KH00031", "sort1": "4,9", "weixinAcc": "wx_old", "intro": "老客户", "ly": "171"}
    view = ErpView(1207, "王小明", "KH00031", "138-0013-8000", "", "wx_old")
    match = judge(query_for(mapped.kind, mapped.values), [view])
    assert (match.kind, match.ord) == (MatchKind.UNIQUE, 1207)
    assert codes(match.findings) == ["match.differs", "match.differs"]
    sent = written(changes(mapped.values, PLAN.policies(mapped.kind), erp, FIELDS))
    assert sent == {
        "mobile": "13800138000",
        "ly": "978",
        "jz": "175",
        "product": "询价两次",
        "intro": "老客户\n下午联系",
    }


def test_a_second_update_has_nothing_to_say() -> None:
    mapped, _findings = proposed(PERSON)
    policies = PLAN.policies(mapped.kind)
    erp = {"name": "王", "intro": "老客户"}
    erp |= written(changes(mapped.values, policies, erp, FIELDS))
    assert written(changes(mapped.values, policies, erp, FIELDS)) == {}


def test_every_fault_of_a_contact_is_said_once_for_each_field() -> None:
    record = replace(COMPANY, name="", company="司" * 120, channel="抖音", email="e" * 60 + "@erp.example")
    mapped, findings = proposed(record, settings={})
    assert sorted((finding.field, finding.code) for finding in findings) == [
        ("email", "mapping.too_long"),
        ("ly", "mapping.channel_unmapped"),
        ("name", "mapping.too_long"),
        ("person_name", "mapping.required"),
        ("sort1", "mapping.sort1_missing"),
    ]
    assert errors(findings) == findings
    assert len(mapped.values["name"]) == 120


def test_a_wrong_vocabulary_holds_the_contact_not_the_batch() -> None:
    options = {**OPTIONS, "ly": {"陌生开发": "173"}}
    held, fine = (proposed(replace(PERSON, channel=channel), options=options)[1] for channel in ("微信", ""))
    assert codes(held) == ["mapping.not_an_option"]
    assert fine == []


def test_a_hub_change_voids_the_approval_even_when_the_payload_is_the_same() -> None:
    mapped, _findings = proposed(PERSON)
    shown, now = (payload_digest("customer", mapped.kind, None, mapped.values, version, 1) for version in (3, 4))
    assert shown != now


def test_an_edit_by_a_person_is_checked_like_any_payload() -> None:
    mapped, _findings = proposed(PERSON)
    edited = {**mapped.values, "ly": "微信", "name": ""}
    assert codes(CHECKS.check(mapped.kind, edited)) == ["payload.required", "payload.not_an_option"]


def test_what_the_erp_did_to_a_value_is_no_drift_but_a_colleagues_edit_is() -> None:
    sent = {"name": "O'Neil", "intro": "a\nb", "zijin": "1200.5"}
    stored = {"name": "O’Neil", "intro": "a\r\nb", "zijin": "1,200.50"}
    assert compare(sent, stored, FIELDS) == []
    assert [one.target for one in compare(sent, {**stored, "name": "O’Neill"}, FIELDS)] == ["name"]


def test_a_push_that_is_put_off_ends_after_its_last_try() -> None:
    waits = [next_try(tried, NOON, base_s=30, max_attempts=4, jitter=0) for tried in range(1, 6)]
    assert [None if due is None else (due - NOON).total_seconds() for due in waits] == [30, 60, 120, None, None]
