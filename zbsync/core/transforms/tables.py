"""What transforms look things up in, and how they fail."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from zbsync.core.findings import Finding
from zbsync.core.records import JSONValue


class TransformError(Exception):
    """A value that cannot be brought into shape. `code` and `params` become the finding."""

    def __init__(self, code: str, **params: JSONValue) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def _bound(text: str) -> float:
    bound = float(text.strip() or "-inf")
    if math.isnan(bound):
        raise ValueError(f"not a bound: {text!r}")
    return bound


@dataclass(frozen=True, slots=True)
class ValueMap:
    """Pairs of values. `exact`: equal text. `threshold`: the highest bound ≤ value wins, bound "" is below
    all.

    Raises ValueError on a bound that is no number; `check_value_map` says it by pair.
    """

    name: str
    kind: str
    pairs: Sequence[Sequence[str]]
    exact: Mapping[str, str] = field(init=False, repr=False, compare=False)
    bounds: tuple[tuple[float, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        steps: list[tuple[float, str]] = []
        if self.kind == "threshold":
            steps = sorted(((_bound(left), right) for left, right in self.pairs), reverse=True)
        object.__setattr__(self, "bounds", tuple(steps))
        object.__setattr__(self, "exact", {left.strip(): right for left, right in self.pairs})

    def find(self, text: str) -> str:
        """The right-hand side for `text`; raises TransformError."""
        if self.kind == "exact":
            found = self.exact.get(text)
            if found is None:
                raise TransformError("mapping.no_pair", map=self.name, value=text)
            return found
        try:
            number = float(text)
        except ValueError:
            raise TransformError("mapping.not_a_number", value=text) from None
        for bound, found in self.bounds:
            if number >= bound:
                return found
        raise TransformError("mapping.no_pair", map=self.name, value=text)


def check_value_map(name: str, kind: str, pairs: Sequence[Sequence[str]]) -> list[Finding]:
    """What is wrong with a value map as a person entered it: kind, bounds, a left side given twice; [] =
    fit."""
    if kind not in ("exact", "threshold"):
        return [Finding("mapping.bad_map_kind", params={"map": name, "kind": kind})]
    found = []
    seen: set[str | float] = set()
    for position, (left, right) in enumerate(pairs, start=1):
        key: str | float = left.strip()
        if kind == "threshold":
            try:
                key = _bound(left)
            except ValueError:
                found.append(Finding("mapping.bad_bound", params={"map": name, "position": position, "value": left}))
                continue
        if key in seen:
            found.append(Finding("mapping.pair_twice", params={"map": name, "position": position, "value": left}))
        seen.add(key)
        if not right.strip():
            found.append(Finding("mapping.pair_empty", params={"map": name, "position": position, "value": left}))
    return found


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a mapping looks up, read once per batch.

    options       vocabulary → option label → ERP code
    source_codes  hub channel → label in the vocabulary `ly`; None or missing = unmapped
    value_maps    name → ValueMap
    settings      options of the ERP connection: `sort1`, `khid`
    retired       vocabulary → labels of options that the ERP had and has no longer
    labels        vocabulary → ERP code → option label: the inverse, made here
    """

    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source_codes: Mapping[str, str | None] = field(default_factory=dict)
    value_maps: Mapping[str, ValueMap] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    retired: Mapping[str, Collection[str]] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        inverse = {name: {code: label for label, code in by_label.items()} for name, by_label in self.options.items()}
        object.__setattr__(self, "labels", inverse)

    def code_for(self, vocabulary: str, text: str) -> str:
        """The ERP code of an option given by label, or by code; raises TransformError when there is none."""
        by_label = self.options.get(vocabulary)
        if not by_label:
            raise TransformError("mapping.vocabulary_missing", vocabulary=vocabulary, value=text)
        code = by_label.get(text)
        if code is not None:
            return code
        if text in self.labels[vocabulary]:
            return text
        retired = text in self.retired.get(vocabulary, ())
        raise TransformError(
            "mapping.option_retired" if retired else "mapping.not_an_option", vocabulary=vocabulary, value=text
        )
