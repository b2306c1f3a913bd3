"""Two versions of a mapping, rule by rule, and the digest by which an editor knows that nobody else was at it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from zbsync.core.keys import digest
from zbsync.core.mapping.plan import SPILL_TO
from zbsync.core.mapping.rules import Rule, TooLong

COLUMNS = (
    "position", "target", "applies_to", "source", "transform", "argument", "default", "required", "policy", "too_long",
)  # fmt: skip
"""What a rule consists of, in the order of the editor and of a file."""

Key = tuple[str, str]
"""Which rule is meant in both versions: its target and the kind of customer it is for."""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule that is not the same: `before` None is a new one, `after` None one that went; `columns` that differ."""

    before: Rule | None
    after: Rule | None
    columns: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        """The rule as it is, or as it was before it went."""
        found = self.after or self.before
        assert found is not None  # noqa: S101  one of the two is always there
        return found


def key_of(rule: Rule) -> Key:
    """Which rule it is."""
    return rule.target, rule.applies_to


def compare_rules(before: Sequence[Rule], after: Sequence[Rule]) -> list[RuleChange]:
    """What differs, in the order of `after`, those that went behind it. The place in the list is no difference."""
    old: Mapping[Key, Rule] = {key_of(rule): rule for rule in before}
    new: Mapping[Key, Rule] = {key_of(rule): rule for rule in after}
    found = [RuleChange(old.get(key), rule, _differing(old.get(key), rule)) for key, rule in new.items()]
    gone = [RuleChange(rule, None) for key, rule in old.items() if key not in new]
    return [*(one for one in found if one.before is None or one.columns), *gone]


def rules_digest(rules: Sequence[Rule]) -> str:
    """64 hexadecimal digits that are the same only for the same rules in the same order."""
    return digest([{name: value for name, value in asdict(rule).items() if name != "position"} for rule in rules])


def _differing(before: Rule | None, after: Rule) -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(name for name in COLUMNS[3:] if getattr(before, name) != getattr(after, name))


def split_rules(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[list[Rule], list[Rule], list[Rule]]:
    """The rules that give the same in both versions, those of `before` alone, those of `after` alone.

    What one field cannot hold may end in another: where a rule that differs has to do with that, all such rules count
    as different.
    """
    keys = {key_of(one.rule) for one in compare_rules(before, after)}
    if any(_spills(rule) for rule in (*before, *after) if key_of(rule) in keys):
        keys |= {key_of(rule) for rule in (*before, *after) if _spills(rule)}
    same = [rule for rule in after if key_of(rule) not in keys]
    return same, [rule for rule in before if key_of(rule) in keys], [rule for rule in after if key_of(rule) in keys]


def _spills(rule: Rule) -> bool:
    return rule.too_long is TooLong.SPILL or rule.target == SPILL_TO
