"""What an operation says to the ERP, for everybody who looks at a payload: its word there, its fields, its checks.

Used by judgement, follow, review, the operations and the pages. It works on values and knows no row.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from zbsync.core.findings import Finding
from zbsync.core.follow import operations
from zbsync.core.follow.plan import Conditional, missing
from zbsync.core.payload import UNIT, Checks, FieldSpec
from zbsync.erp.catalogue import ENUMS, OPERATIONS, fields_for, specs_of

_COMMAS = re.compile("[,，、;；]")

SAID: Mapping[str, str] = {
    operations.PERSON: "save_person",
    operations.FOLLOW_UP: "follow_up_customer",
    operations.ASSIGN: "assign",
    operations.APPLY: "apply",
    operations.APPROVE: "approve",
    operations.REVIEW: "review",
    operations.TAKE_BACK: "take_back",
    operations.SHARE: "share",
    operations.PROTECT: "protect",
    operations.UNPROTECT: "unprotect",
}
"""Operation of a proposal → operation of the ERP's catalogue."""


def said_as(operation: str, person_ord: int | None = None) -> str:
    """The ERP's operation that a push is; a follow-up of a known person is said to the person."""
    if operation == operations.FOLLOW_UP and person_ord is not None:
        return "follow_up_person"
    return SAID[operation]


@cache
def specs(operation: str, kind: str) -> Mapping[str, FieldSpec]:
    """The fields a payload of this operation may have. A customer is assigned to one user, shared with several."""
    if operation == operations.CUSTOMER:
        return fields_for(kind)
    found = specs_of(SAID[operation])
    if operation == operations.ASSIGN:
        return {**found, "member2": replace(found["member2"], type="option", vocabulary="users")}
    return found


def coded(operation: str, name: str, value: str, known: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """The code and the name of what a person typed into a field: an option by its name, by its last part where only
    one ends so, or by its code; several users with commas. What nobody knows stays as it was typed.
    """
    asked = OPERATIONS[SAID[operation]].asked.get(name) if operation != operations.CUSTOMER else None
    spec = specs(operation, UNIT).get(name)
    several = asked is not None and asked.type == "text" and bool(asked.vocabulary) and operation != operations.ASSIGN
    vocabulary = asked.vocabulary if several and asked else (spec.vocabulary if spec else "")
    options = known.get(vocabulary, {})
    parts = [part.strip() for part in _COMMAS.split(value)] if several else [value]
    pairs = [_option(part, options) for part in parts if part]
    return ",".join(code for code, _ in pairs), "、".join(label for _, label in pairs if label)


def _option(text: str, options: Mapping[str, str]) -> tuple[str, str]:
    if text in options:
        return options[text], text
    named = [(code, path) for path, code in options.items() if path.rpartition("/")[2] == text]
    if len(named) == 1:
        return named[0]
    return text, next((path for path, code in options.items() if code == text), "")


def options(known: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """The ERP's dictionaries and the fixed lists of its help, by vocabulary: name → code."""
    return {**ENUMS, **known}


def checks_of(operation: str, known: Mapping[str, Mapping[str, str]]) -> Checks:
    """The checks of what follows a customer, against the dictionaries of one ERP; a batch makes them once."""
    return Checks(specs(operation, UNIT), options(known))


def check(
    operation: str, kind: str, values: Mapping[str, str], checks: Checks, explained: Collection[str] = ()
) -> list[Finding]:
    """All that the ERP would refuse of a payload; `checks` are those of the operation's fields."""
    found = checks.check(kind, values, explained)
    return found if operation == operations.CUSTOMER else [*found, *missing(_blocks(operation), values)]


@cache
def _blocks(operation: str) -> dict[str, Conditional]:
    asked = OPERATIONS[SAID[operation]].asked.values()
    return {one.name: Conditional(one.name, one.caption, one.when, one.required) for one in asked if one.when}


def origins(values: Mapping[str, str], sources: Mapping[str, str], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """The stored origin of each field: where it came from and what an option is called."""
    return [
        {
            "target": target,
            "value": value,
            "label": labels.get(target, ""),
            "source": sources.get(target, ""),
            "transform": "",
            "policy": "always",
            "edited_by": "",
        }
        for target, value in values.items()
    ]
