"""What the rules name that an ERP does not have (any more): findings for the pages of mapping, value maps and source
codes. A contact that needs such an option is held by the same code; here it is said where it is to be mended.

Reads only. Dictionaries nobody surveyed yet prove nothing and are left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zbsync.core.findings import Finding
from zbsync.core.mapping import Rule
from zbsync.core.payload import KINDS
from zbsync.core.transforms import Tables, TransformError
from zbsync.erp.catalogue import DERIVED, FIELDS
from zbsync.models import ErpConnection, MappingState
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import tables
from zbsync.pipeline.judgement import door

CODES = ("mapping.option_retired", "mapping.not_an_option", "mapping.channel_unmapped")
"""Why contacts are held when an option is missing."""


@dataclass(frozen=True, slots=True)
class Named:
    """An option that a rule names: of which dictionary, and by which value map ("" for the rule itself)."""

    target: str
    vocabulary: str
    value: str
    value_map: str = ""


def of_mapping(mapping: MappingRow | None = None) -> dict[str, list[Finding]]:
    """What the rules of a version (of the published one when none is given) name in vain, by value map; "" are the
    rules themselves.
    """
    chosen = mapping or MappingRow.objects.filter(state=MappingState.PUBLISHED).first()
    rules = tables.read_rules(chosen) if chosen else ()
    found: dict[str, list[Finding]] = {}
    for target in tables.targets(list(ErpConnection.objects.filter(is_active=True).order_by("pk"))):
        for named in _named(rules, target.tables):
            if code := _lacks(target.tables, named.vocabulary, named.value):
                found.setdefault(named.value_map, []).append(_finding(code, named, target.connection))
        if unsayable := list(_unsayable(rules, target.connection)):
            found.setdefault("", []).extend(unsayable)
    return found


def _unsayable(rules: Iterable[Rule], connection: ErpConnection) -> Iterator[Finding]:
    """Fields that a new customer, or a changed one, could not be given by the dialect chosen for that."""
    for target in dict.fromkeys(rule.target for rule in rules if rule.target in FIELDS and rule.target not in DERIVED):
        doors = [door.of(connection, kind, creates=creates) for kind in KINDS for creates in (True, False)]
        if lacking := [one.dialect for one in doors if target not in one.carries]:
            params = {"caption": FIELDS[target].caption, "dialect": lacking[0], "connection": connection.name}
            yield Finding("mapping.not_carried", target, params=params)


def of_sources(target: tables.Target) -> Mapping[str, str]:
    """Hub channels whose customer source this ERP does not have, with the code that says how."""
    known = target.tables
    lacking = {channel: _lacks(known, "ly", option) for channel, option in known.source_codes.items() if option}
    return {channel: code for channel, code in lacking.items() if code}


def _named(rules: Iterable[Rule], known: Tables) -> Iterator[Named]:
    for rule in rules:
        vocabulary = FIELDS[rule.target].vocabulary if rule.target in FIELDS else ""
        if rule.default and vocabulary:
            yield Named(rule.target, vocabulary, rule.default)
        if rule.transform == "constant" and vocabulary:
            yield Named(rule.target, vocabulary, rule.argument.strip())
        if rule.transform == "value_map":
            name, _, vocabulary = (part.strip() for part in rule.argument.partition(":"))
            chosen = known.value_maps.get(name)
            for _left, value in chosen.pairs if chosen and vocabulary else ():
                yield Named(rule.target, vocabulary, value, name)
        if rule.transform == "stage" and known.settings.get("sort1"):
            names = "/".join(part.strip() for part in re.split("[/／]", known.settings["sort1"]))
            yield Named(rule.target, rule.argument.strip() or "stage", names)


def _lacks(known: Tables, vocabulary: str, value: str) -> str:
    """The code of what is wrong with this option; "" when it is there, or when nobody asked the ERP yet."""
    if not known.options.get(vocabulary):
        return ""
    try:
        known.code_for(vocabulary, value)
    except TransformError as error:
        return error.code
    return ""


def _finding(code: str, named: Named, connection: ErpConnection) -> Finding:
    params = {
        "caption": FIELDS[named.target].caption,
        "vocabulary": named.vocabulary,
        "value": named.value,
        "connection": connection.name,
    }
    return Finding(code, named.target, params=params)
