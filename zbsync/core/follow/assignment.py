"""Who gets a new customer: the first rule whose score it reaches, and of its users the one whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AssignRule:
    """`min_score` None takes every contact, those without a score too; `users` are taken in turn."""

    min_score: float | None
    users: tuple[str, ...] = ()
    open_to_all: bool = False

    def takes(self, score: float | None) -> bool:
        """Whether a contact with this score is its business."""
        return self.min_score is None or (score is not None and score >= self.min_score)


DEFAULT_ASSIGNMENT: tuple[AssignRule, ...] = (
    AssignRule(80.0),
    AssignRule(60.0),
    AssignRule(None, open_to_all=True),
)
"""The owner's guide: the best to some, the good to others, in turn, by people's choice. The rest is open."""


def rule_for(score: float | None, rules: Sequence[AssignRule]) -> int | None:
    """The index of the first rule that takes this score; None when none does, and then nobody is assigned."""
    return next((index for index, rule in enumerate(rules) if rule.takes(score)), None)


def whose_turn(users: Sequence[str], turn: int) -> str:
    """The user whose turn it is after `turn` turns; "" when there are none."""
    return users[turn % len(users)] if users else ""
