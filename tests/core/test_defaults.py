"""What a new installation starts with fits the ERP's own field table and the owner's document."""

from dataclasses import replace

import pytest

from tests.core.samples import COMPANY, OPTIONS, PERSON, codes, tables
from zbsync.core.defaults import (
    DEFAULT_GATE,
    DEFAULT_RULES,
    DEFAULT_SOURCE_CODES,
    DEFAULT_VALUE_MAPS,
    first_existing,
)
from zbsync.core.gate import CATALOGUE, check_params
from zbsync.core.mapping import Policy, Rule, TooLong, check_value_map, compile_mapping
from zbsync.core.payload import check
from zbsync.erp.catalogue import FIELDS

PLAN = compile_mapping(DEFAULT_RULES, FIELDS)


def rule_for(target: str, kind: str = "individual") -> Rule:
    (rule,) = [one for one in DEFAULT_RULES if one.target == target and one.applies_to in (kind, "both")]
    return rule


def test_a_person_becomes_an_individual_customer() -> None:
    assert PLAN.apply(PERSON, tables()).values == {
        "name": "王小明",
        "khid": "WXc-1",
        "sort1": "3,7",
        "mobile": "13800138000",
        "weixinAcc": "wxid_wang",
        "ly": "978",
        "jz": "175",
        "product": "询价两次",
        "intro": "下午联系",
    }


def test_a_company_becomes_a_unit_customer_with_its_person() -> None:
    values = PLAN.apply(COMPANY, tables()).values
    assert (values["name"], values["person_name"]) == ("示例科技有限公司", "王小明")


def test_a_company_without_a_company_name_goes_by_its_person() -> None:
    assert PLAN.apply(replace(COMPANY, company=""), tables()).values["name"] == "王小明"


@pytest.mark.parametrize("record", [PERSON, COMPANY])
def test_a_good_contact_makes_a_payload_the_erp_takes(record: object) -> None:
    result = PLAN.apply(record, tables())  # type: ignore[arg-type]
    assert result.findings == []
    assert check(result.kind, result.values, FIELDS, OPTIONS) == []


@pytest.mark.parametrize(
    ("target", "policy"),
    [
        ("khid", Policy.ON_CREATE),
        ("sort1", Policy.ON_CREATE),
        ("weixinAcc", Policy.IF_EMPTY),
        ("intro", Policy.APPEND),
        ("mobile", Policy.ALWAYS),
        ("ly", Policy.ALWAYS),
    ],
)
def test_conflicts_are_settled_as_the_owner_wants(target: str, policy: Policy) -> None:
    assert rule_for(target).policy is policy


@pytest.mark.parametrize("kind", ["unit", "individual"])
def test_a_name_too_long_is_held_for_a_person(kind: str) -> None:
    assert rule_for("name", kind).too_long is TooLong.HOLD


def test_nothing_is_pushed_without_category_and_stage() -> None:
    assert codes(PLAN.apply(PERSON, tables(settings={})).findings) == ["mapping.sort1_missing"]


def test_positions_count_up() -> None:
    assert [rule.position for rule in DEFAULT_RULES] == list(range(1, len(DEFAULT_RULES) + 1))


def test_the_default_gate_has_every_rule_with_fitting_settings() -> None:
    assert [rule.code for rule in DEFAULT_GATE] == list(CATALOGUE)
    assert [check_params(rule.code, rule.params) for rule in DEFAULT_GATE] == [[]] * len(CATALOGUE)


def test_the_default_value_maps_are_sound() -> None:
    for one in DEFAULT_VALUE_MAPS:
        assert check_value_map(one.name, one.kind, one.pairs) == []


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (["网站注册", "微信咨询"], "微信咨询"),
        (["微信", "微信咨询"], "微信"),
        (["网站注册"], None),
        ([], None),
    ],
)
def test_a_channel_takes_the_first_label_the_erp_has(labels: list[str], found: str | None) -> None:
    assert first_existing(DEFAULT_SOURCE_CODES["微信"], labels) == found
