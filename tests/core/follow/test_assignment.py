"""Who gets a new customer: the rules in their order, the users in turn."""

from collections import Counter

import pytest

from zbsync.core.follow.assignment import DEFAULT_ASSIGNMENT, AssignRule, rule_for, whose_turn


@pytest.mark.parametrize(
    ("score", "rule"), [(100.0, 0), (80.0, 0), (79.9, 1), (60.0, 1), (59.9, 2), (0.0, 2), (None, 2)]
)
def test_the_owners_rules_take_every_score_at_its_bounds(score: float | None, rule: int) -> None:
    assert rule_for(score, DEFAULT_ASSIGNMENT) == rule


def test_only_the_last_of_the_owners_rules_is_open_to_all() -> None:
    assert [rule.open_to_all for rule in DEFAULT_ASSIGNMENT] == [False, False, True]


def test_without_a_rule_for_it_nobody_gets_it() -> None:
    assert rule_for(50.0, [AssignRule(80.0)]) is None
    assert rule_for(None, [AssignRule(0.0)]) is None


def test_turns_go_round() -> None:
    users = ("甲", "乙", "丙")
    given = [whose_turn(users, turn) for turn in range(7)]
    assert given == ["甲", "乙", "丙", "甲", "乙", "丙", "甲"]
    assert max(Counter(given).values()) - min(Counter(given).values()) <= 1


def test_an_empty_list_is_nobodys_turn() -> None:
    assert whose_turn((), 5) == ""
