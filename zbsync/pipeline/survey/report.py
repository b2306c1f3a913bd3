"""What a survey saw, and how it fails."""

from dataclasses import dataclass, field
from typing import Any

from zbsync.pipeline.survey.vocabularies import Change

COUNTED = ("seen", "new", "changed", "gone", "detailed")
COUNTED_PERSONS = ("seen", "new", "changed", "gone")


class SurveyError(Exception):
    """A survey that cannot go on; nothing was marked as gone. `code` and `params` say what to look at."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code}: {params}")
        self.code = code
        self.params = params


@dataclass(slots=True)
class Report:
    """What a survey saw, those before it included when it went on where one was cut off (`resumed`).

    `calls` and `seconds` are of this run alone; `calls` counts requests, logins included. `complete` says that every
    page was read, of customers and of persons; `unread` names the list that this ERP does not give, with code and
    sentence.
    """

    vocabularies: dict[str, Change] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    calls: int = 0
    seconds: float = 0.0
    complete: bool = False
    unread: dict[str, dict[str, str]] = field(default_factory=dict)
    resumed: bool = False

    def add(self, what: str, **counted: int) -> None:
        """Count rows of "customers" or "persons"."""
        of = self.counts.setdefault(what, {})
        for name, number in counted.items():
            of[name] = of.get(name, 0) + number

    def of(self, what: str, name: str) -> int:
        """One of the counts."""
        return self.counts.get(what, {}).get(name, 0)

    @property
    def seen(self) -> int:
        """Customers the ERP has."""
        return self.of("customers", "seen")

    @property
    def detailed(self) -> int:
        """Customers read in full."""
        return self.of("customers", "detailed")

    def as_json(self) -> dict[str, Any]:
        """The shape of `survey --json`."""
        return {
            "vocabularies": {name: change.as_json() for name, change in self.vocabularies.items()},
            "customers": {name: self.of("customers", name) for name in COUNTED},
            "persons": {name: self.of("persons", name) for name in COUNTED_PERSONS},
            "calls": self.calls,
            "seconds": round(self.seconds, 3),
            "complete": self.complete,
            "unread": self.unread,
            "resumed": self.resumed,
        }
