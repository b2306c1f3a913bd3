"""What a mapping consists of, and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from zbsync.core.findings import Finding
from zbsync.core.records import JSONObject


class Policy(StrEnum):
    """The overwrite policy: when a value may replace what the ERP has."""

    ALWAYS = "always"
    IF_EMPTY = "if_empty"
    ON_CREATE = "on_create"
    APPEND = "append"
    NEVER = "never"


class TooLong(StrEnum):
    """What to do with a value the field cannot hold: hold the row, cut it, or cut it and put the rest into
    intro."""

    HOLD = "hold"
    CUT = "cut"
    SPILL = "spill"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a mapping: source path → transform → target field.

    `default` stands in when nothing comes out (an option by its label); `applies_to` is unit, individual or
    both; `position` is the line number findings name.
    """

    target: str
    source: str = ""
    transform: str = "copy"
    argument: str = ""
    default: str = ""
    required: bool = False
    policy: Policy = Policy.ALWAYS
    too_long: TooLong = TooLong.HOLD
    applies_to: str = "both"
    position: int = 0


@dataclass(frozen=True, slots=True)
class Mapped:
    """What came out for one contact.

    kind      "unit" or "individual"
    values    ERP field → value, only what is not empty
    fields    one JSON object per value: target, value, label (the words of an option code, else ""), source,
              transform, policy, edited_by ("" until a person edits it)
    findings  `mapping.*`
    """

    kind: str
    values: dict[str, str]
    fields: list[JSONObject]
    findings: list[Finding] = field(default_factory=list)


class MappingError(ValueError):
    """A mapping that cannot be published: `findings` has every bad rule, with its position and field."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"rule {one.params.get('position')}: {one.code} ({one.field})" for one in findings))
        self.findings = list(findings)
