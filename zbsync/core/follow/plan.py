"""A follow-up's schedule: the ERP's form has a block for each `plantype`, and asks for it only then (fact sheet §4.5).

`when` of a field is `plantype=1`: what other field must have which value for it to be said at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zbsync.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Conditional:
    """A field that belongs to a block."""

    name: str
    caption: str
    when: str
    required: bool


def applies(when: str, values: Mapping[str, str]) -> bool:
    """Whether the block of a field is asked for; "" always is."""
    if not when:
        return True
    name, _, value = when.partition("=")
    return values.get(name, "") == value


def missing(fields: Mapping[str, Conditional], values: Mapping[str, str]) -> list[Finding]:
    """What the block that is asked for lacks, and what was filled in of another one."""
    found = []
    for field in fields.values():
        asked, value = applies(field.when, values), values.get(field.name, "").strip()
        if asked and field.required and not value:
            found.append(Finding("payload.required", field.name, params={"caption": field.caption}))
        elif value and not asked:
            params = {"caption": field.caption, "when": field.when}
            found.append(Finding("payload.not_asked_for", field.name, params=params))
    return found
