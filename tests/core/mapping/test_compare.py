"""Two versions of a mapping: what differs, and that nothing else is told."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.samples import COMPANY, PERSON, tables
from zbsync.core.defaults import DEFAULT_RULES
from zbsync.core.mapping import (
    COLUMNS,
    Policy,
    Rule,
    TooLong,
    compare_rules,
    compile_mapping,
    key_of,
    rules_digest,
    split_rules,
)
from zbsync.erp.catalogue import FIELDS

PHONE = Rule("mobile", "phone", "mobile")
OTHER: dict[str, Any] = {
    "source": "remark",
    "transform": "strip",
    "argument": "x",
    "default": "y",
    "required": True,
    "policy": Policy.NEVER,
    "too_long": TooLong.CUT,
}


def test_the_same_rules_do_not_differ() -> None:
    assert compare_rules(DEFAULT_RULES, DEFAULT_RULES) == []


def test_the_place_in_the_list_is_no_difference() -> None:
    assert compare_rules(DEFAULT_RULES, [replace(rule, position=99) for rule in reversed(DEFAULT_RULES)]) == []


@pytest.mark.parametrize("column", sorted(OTHER))
def test_every_column_that_differs_is_named(column: str) -> None:
    (change,) = compare_rules([PHONE], [replace(PHONE, **{column: OTHER[column]})])
    assert (change.before, change.columns) == (PHONE, (column,))
    assert change.rule is change.after


def test_no_column_is_forgotten() -> None:
    assert set(OTHER) == set(COLUMNS) - {"position", "target", "applies_to"}


def test_a_new_rule_and_one_that_went_are_told_apart() -> None:
    new, gone = compare_rules([PHONE], [Rule("email", "email")])
    assert (new.before, new.rule.target, new.columns) == (None, "email", ())
    assert (gone.after, gone.rule) == (None, PHONE)


def test_the_same_target_for_the_other_kind_is_another_rule() -> None:
    unit, person = Rule("name", "company", applies_to="unit"), Rule("name", "name", applies_to="individual")
    assert key_of(unit) != key_of(person)
    assert [one.rule for one in compare_rules([unit], [unit, person])] == [person]


def test_the_digest_is_of_rules_and_order_alone() -> None:
    as_they_are = rules_digest(DEFAULT_RULES)
    assert rules_digest([replace(rule, position=rule.position * 10) for rule in DEFAULT_RULES]) == as_they_are
    assert rules_digest(DEFAULT_RULES[::-1]) != as_they_are
    assert rules_digest([*DEFAULT_RULES[:-1], replace(DEFAULT_RULES[-1], default="x")]) != as_they_are


# ---------------------------------------------------------------- what must run twice in a preview
FAR = Rule("address", "address", too_long=TooLong.SPILL)
NOTES = Rule("intro", "notes")


def targets(rules: list[Rule]) -> list[str]:
    return [rule.target for rule in rules]


def test_what_is_the_same_runs_once() -> None:
    same, gone, come = split_rules([PHONE, NOTES], [PHONE, replace(NOTES, source="remark")])
    assert (targets(same), targets(gone), targets(come)) == (["mobile"], ["intro"], ["intro"])


def test_rules_that_spill_into_a_changed_one_go_with_it() -> None:
    same, gone, come = split_rules([PHONE, FAR, NOTES], [PHONE, FAR, replace(NOTES, source="remark")])
    assert (targets(same), targets(gone), targets(come)) == (["mobile"], ["address", "intro"], ["address", "intro"])


def test_rules_that_have_nothing_to_do_with_it_stay() -> None:
    same, gone, come = split_rules([FAR, NOTES], [FAR, NOTES, PHONE])
    assert (targets(same), targets(gone), targets(come)) == (["address", "intro"], [], ["mobile"])


@pytest.mark.parametrize("who", [PERSON, COMPANY], ids=["person", "company"])
@pytest.mark.parametrize("changed", [{}, {"default": "x"}, {"too_long": TooLong.CUT}, {"too_long": TooLong.SPILL}])
def test_the_parts_say_together_what_the_whole_says(who, changed: dict[str, Any]) -> None:
    record = replace(who, address="路" * 300, notes="老客户", summary="问" * 5000)
    for at in range(len(DEFAULT_RULES)):
        after = [replace(rule, **changed) if place == at else rule for place, rule in enumerate(DEFAULT_RULES)]
        same, gone, come = split_rules(DEFAULT_RULES, after)
        for whole, part in ((DEFAULT_RULES, gone), (after, come)):
            split = [compile_mapping(rules, FIELDS).apply(record, tables()) for rules in (same, part)]
            at_once = compile_mapping(whole, FIELDS).apply(record, tables())
            assert {**split[0].values, **split[1].values} == at_once.values
            assert sorted(map(str, split[0].findings + split[1].findings)) == sorted(map(str, at_once.findings))
