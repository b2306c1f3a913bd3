"""Differences: what an approved payload would change in the ERP, and whether what was read back is what was
sent.

`changes` is shown to the reviewer, decides what a push writes, and never blanks a field. `compare` is
verify's and drift watch's question. Two readings of "equal": `changes` sees through anything that is only
spelling (nobody approves a space), `compare` only through what the ERP itself does to a value.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zbsync.core.mapping.rules import Policy
from zbsync.core.payload import FieldSpec, width
from zbsync.core.records import JSONObject

_GROUPED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_POINT_ZERO = re.compile(r"(-?[0-9]+(?:\.[0-9]*?[1-9])?)\.?0*")
_LONG_ENOUGH = 8
"""Characters from which a text inside another is no accident; a shorter one must stand on lines of its
own."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what the ERP has, what it would have, and whether that is written.

    `why` is "" when written, else one of `same`, `blank`, `erp_has_value`, `on_create_only`, `never`,
    `contained`, `no_room`, or `not_carried` where the way to the ERP has no place for the field.
    """

    target: str
    before: str
    after: str
    policy: Policy
    written: bool
    why: str = ""

    def as_json(self) -> JSONObject:
        """The stored shape: the fields by name."""
        return {
            "target": self.target,
            "before": self.before,
            "after": self.after,
            "policy": str(self.policy),
            "written": self.written,
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that was not read back as it was sent."""

    target: str
    sent: str
    read: str

    def as_json(self) -> JSONObject:
        """The stored shape: the fields by name."""
        return {"target": self.target, "sent": self.sent, "read": self.read}


def changes(
    values: Mapping[str, str],
    policies: Mapping[str, Policy],
    current: Mapping[str, str] | None,
    specs: Mapping[str, FieldSpec] | None = None,
) -> list[Change]:
    """One change per payload field, in the payload's order; `current` None means the customer is to be
    created.

    A field without a policy is `always` (a person put it there). With `specs`, an appended text that would
    not fit is not written (`no_room`).
    """
    made = []
    for target, value in values.items():
        policy = policies.get(target, Policy.ALWAYS)
        before = "" if current is None else current.get(target, "")
        after, why = _decide(policy, before, value, creating=current is None)
        spec = specs.get(target) if specs else None
        if not why and policy is Policy.APPEND and before.strip() and _overflows(spec, after):
            after, why = before, "no_room"
        made.append(Change(target, before, after, policy, not why, why))
    return made


def _decide(policy: Policy, before: str, value: str, *, creating: bool) -> tuple[str, str]:
    """What the field would hold, and why it is not written ("" = it is)."""
    if policy is Policy.NEVER:
        return before, "never"
    if not value.strip():
        return before, "blank"
    if creating:
        return value, ""
    if why := _kept(policy, before, value):
        return before, why
    return f"{before.rstrip()}\n{value}" if policy is Policy.APPEND and before.strip() else value, ""


def _kept(policy: Policy, before: str, value: str) -> str:
    """Why a customer that is there keeps what it has; "" when it does not."""
    if policy is Policy.ON_CREATE:
        return "on_create_only"
    if _same(before, value):
        return "same"
    if policy is Policy.IF_EMPTY and before.strip():
        return "erp_has_value"
    return "contained" if policy is Policy.APPEND and before.strip() and _contained(value, before) else ""


def _overflows(spec: FieldSpec | None, text: str) -> bool:
    return spec is not None and spec.max_length is not None and width(text) > spec.max_length


def _fold(text: str) -> str:
    """A text without what is only spelling: width, white space, the ERP's apostrophe."""
    return "".join(unicodedata.normalize("NFKC", text).replace("’", "'").split())


def _number(text: str) -> str:
    """A number without thousands separators and trailing zeros; any other text as it is."""
    plain = text.replace(",", "") if _GROUPED.fullmatch(text) else text
    match = _POINT_ZERO.fullmatch(plain) if "." in plain else None
    return match.group(1) if match else plain


def _same(one: str, other: str) -> bool:
    one, other = _fold(one), _fold(other)
    return one == other or _number(one) == _number(other)


def _contained(text: str, whole: str) -> bool:
    """Whether `whole` already says `text`: on lines of its own, or anywhere when it is long enough to be no
    accident."""
    lines = [folded for line in text.splitlines() if (folded := _fold(line))]
    have = [folded for line in whole.splitlines() if (folded := _fold(line))]
    if any(have[start : start + len(lines)] == lines for start in range(len(have) - len(lines) + 1)):
        return True
    folded = _fold(text)
    return len(folded) >= _LONG_ENOUGH and folded in _fold(whole)


def written(made: Iterable[Change]) -> dict[str, str]:
    """The fields a push writes: target → value."""
    return {change.target: change.after for change in made if change.written}


def compare(sent: Mapping[str, str], read: Mapping[str, str], specs: Mapping[str, FieldSpec]) -> list[Difference]:
    """The fields that were not read back as sent; [] = verified.

    Tolerant only of what the ERP does to a value itself (fact sheet §3, §5): thousands separators and a
    trailing `.0` in numbers, CRLF, ’ for ', outer white space.
    """
    return [
        Difference(target, value, read.get(target, ""))
        for target, value in sent.items()
        if _as_stored(value, specs.get(target)) != _as_stored(read.get(target, ""), specs.get(target))
    ]


def _as_stored(text: str, spec: FieldSpec | None) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("’", "'").strip()
    return _number(text) if spec is not None and spec.type in ("int", "decimal") else text
