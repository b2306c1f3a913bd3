"""A finding: one reason, as a code with its field and the actual values.

Every stage that judges (gate, mapping, payload check, match, ERP refusals) returns findings. They are kept in
the database as JSON and become sentences only when somebody reads them (`zbsync.sentences`), in that person's
language.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from enum import StrEnum
from typing import Any

from zbsync.core.records import JSONObject, JSONValue


class Severity(StrEnum):
    """ERROR stops the row at this stage; WARNING a person must see; INFO explains."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason.

    `code` is `stage.reason` (for example `gate.score_low`), `field` the contact or ERP field it is about (""
    when it is about the whole row), `params` the values its sentence names, JSON scalars only.
    """

    code: str
    field: str = ""
    severity: Severity = Severity.ERROR
    params: Mapping[str, JSONValue] = made_by(default_factory=dict)

    def as_json(self) -> JSONObject:
        """The stored shape: `{"code", "field", "severity", "params"}`."""
        return {
            "code": self.code,
            "field": self.field,
            "severity": str(self.severity),
            "params": dict(self.params),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Finding":
        """The inverse of `as_json`; raises KeyError when `code` is missing."""
        return cls(
            stored["code"],
            stored.get("field", ""),
            Severity(stored.get("severity", "error")),
            stored.get("params", {}),
        )


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Those that stop the row."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
