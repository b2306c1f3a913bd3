"""The payload: what we mean to say to the ERP, in its field names, before any dialect.

`FieldSpec` is the shape of one ERP field (the table of them is `erp.catalogue`). `compile_checks` turns specs
and options into a check that propose and review run over every payload before a person sees it.
`payload_digest` is what an approval names. Nothing here knows how a payload is encoded.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from zbsync.core.findings import Finding, Severity
from zbsync.core.keys import digest
from zbsync.core.records import JSONValue

UNIT = "unit"
INDIVIDUAL = "individual"
KINDS = (UNIT, INDIVIDUAL)
"""The two kinds of customer the ERP knows: 单位客户 and 个人客户."""

_PAIR = re.compile(r"[0-9]+,[0-9]+")
_NUMBERS = {"int": re.compile(r"-?[0-9]+"), "decimal": re.compile(r"-?[0-9]+(?:\.[0-9]+)?")}
_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One ERP field (fact sheet §4.1, §4.2).

    `type` is text, int, decimal, date, option or pair (`category,stage`); `max_length` counts characters;
    `unit` and `individual` say which form has it; `vocabulary` names the dictionary an option or pair comes
    from.
    """

    name: str
    caption: str
    type: str = "text"
    max_length: int | None = None
    vocabulary: str = ""
    unit: bool = True
    individual: bool = True
    required_unit: bool = False
    required_individual: bool = False
    changeable: bool = True

    def for_kind(self, kind: str) -> bool:
        """Whether the form of this kind has the field."""
        return self.unit if kind == UNIT else self.individual

    def required_for(self, kind: str) -> bool:
        """Whether the form of this kind cannot do without it."""
        return self.for_kind(kind) and (self.required_unit if kind == UNIT else self.required_individual)


def width(text: str) -> int:
    """Characters as the ERP's columns count them: UTF-16 units, so one emoji is two."""
    return len(text) if text.isascii() else len(text) + sum(1 for char in text if char > "\uffff")


class Checks:
    """A compiled check: built once per batch, run once per payload."""

    def __init__(self, specs: Mapping[str, FieldSpec], options: Mapping[str, Mapping[str, str]]) -> None:
        self._specs = specs
        self._codes = {name: frozenset(by_label.values()) for name, by_label in options.items() if by_label}
        self._required = {
            kind: tuple(spec for spec in specs.values() if spec.required_for(kind)) for kind in (UNIT, INDIVIDUAL)
        }

    def check(self, kind: str, values: Mapping[str, str], explained: Collection[str] = ()) -> list[Finding]:
        """All that the ERP would refuse; [] when nothing.

        `explained` are fields mapping has a finding on: that they are empty or too long is not said twice.
        """
        found = [
            _finding("payload.required", spec)
            for spec in self._required[kind]
            if not values.get(spec.name) and spec.name not in explained
        ]
        for name, value in values.items():
            spec = self._specs.get(name)
            if spec is None:
                found.append(Finding("payload.unknown_field", name, params={"target": name}))
            elif not spec.for_kind(kind):
                found.append(Finding("payload.not_for_kind", name, params={"caption": spec.caption, "kind": kind}))
            elif value:
                self._check_value(spec, value, found, name in explained)
        return found

    def _check_value(self, spec: FieldSpec, value: str, found: list[Finding], explained: bool) -> None:
        limit = None if explained else spec.max_length
        if limit is not None and len(value) * 2 > limit and width(value) > limit:
            found.append(_finding("payload.too_long", spec, length=width(value), max=limit))
        kind = spec.type
        if kind == "text":
            return
        number = _NUMBERS.get(kind)
        if number is not None and not number.fullmatch(value):
            found.append(_finding("payload.not_a_number", spec, value=value))
        elif kind == "date" and not _is_date(value):
            found.append(_finding("payload.not_a_date", spec, value=value))
        elif kind == "pair" and not _PAIR.fullmatch(value):
            found.append(_finding("payload.bad_pair", spec, value=value))
        elif kind in ("option", "pair"):
            self._check_option(spec, value, found)

    def _check_option(self, spec: FieldSpec, value: str, found: list[Finding]) -> None:
        codes = self._codes.get(spec.vocabulary)
        if codes is None:
            unread = {"caption": spec.caption, "value": value, "vocabulary": spec.vocabulary}
            found.append(Finding("payload.option_unchecked", spec.name, Severity.WARNING, unread))
        elif value not in codes:
            found.append(_finding("payload.not_an_option", spec, value=value, vocabulary=spec.vocabulary))


def _finding(code: str, spec: FieldSpec, **params: JSONValue) -> Finding:
    return Finding(code, spec.name, params={"caption": spec.caption, **params})


def _is_date(value: str) -> bool:
    for form in _DATES:
        try:
            datetime.strptime(value, form)  # noqa: DTZ007  the ERP's dates carry no zone
        except ValueError:
            continue
        return True
    return False


def check(
    kind: str,
    values: Mapping[str, str],
    specs: Mapping[str, FieldSpec],
    options: Mapping[str, Mapping[str, str]],
    explained: Collection[str] = (),
) -> list[Finding]:
    """One payload, once (a person's edit); a batch builds `Checks` itself. `options` is vocabulary → label →
    code."""
    return Checks(specs, options).check(kind, values, explained)


def payload_digest(
    operation: str,
    kind: str,
    target_ord: int | None,
    values: Mapping[str, str],
    contact_version: int,
    mapping_id: int,
    writes: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """What an approval names: any of these moved, and the approval is void.

    `writes` is {field: (before, after)} of what would be written: the same payload says something else to an ERP
    record that changed.
    """
    told = {field: list(pair) for field, pair in (writes or {}).items()}
    return digest([operation, kind, target_ord, dict(values), contact_version, mapping_id, told])
