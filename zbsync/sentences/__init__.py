"""Finding codes as sentences, made when shown, in the reader's language.

Admin, commands and the import report call `say`. A sentence names what is wrong, with the actual values, and
the mend. Codes come from every floor below; each must stand in one of these modules (a test looks). Nothing
here decides.
"""

from collections.abc import Mapping

from django.utils.functional import Promise

from zbsync.core.findings import Finding
from zbsync.core.records import JSONValue
from zbsync.sentences.auditing import ACTS, CHAIN
from zbsync.sentences.deciding import FOLLOWING, GATE, MAPPING, MATCH, OVERTAKEN, PAYLOAD, REVIEW
from zbsync.sentences.intake import INTAKE, MENDS
from zbsync.sentences.names import KINDS, LISTINGS, MATCH_RULES, VOCABULARIES, called, hub_field
from zbsync.sentences.rules import GATE_RULES, expects
from zbsync.sentences.talking import CHECK, CONNECT, ERP, LOOKUP, PUBLISH, PUSH, SURVEY, TRANSFER

UNKNOWN = "–"
"""What stands in for a value an old finding does not have."""

SENTENCES: dict[str, Promise] = {
    code: words
    for floor in (
        *(GATE, MAPPING, PAYLOAD, MATCH, OVERTAKEN, FOLLOWING, REVIEW),
        *(ERP, PUSH, CONNECT, LOOKUP, CHECK, SURVEY, PUBLISH, TRANSFER, INTAKE, CHAIN),
    )
    for code, words in floor.items()
}
"""Finding code → sentence, with the finding's params (and `field`) by name."""


_NAMED: dict[str, Mapping[str, Promise]] = {
    "vocabulary": VOCABULARIES,
    "kind": KINDS,
    "list": LISTINGS,
    "rule": {**GATE_RULES, **MATCH_RULES},
}
"""Params that are codes, and what people call them."""


class _Values(dict[str, JSONValue]):
    """The params of one finding; a missing one must not keep the reader from the rest."""

    def __missing__(self, key: str) -> str:
        return UNKNOWN


def say(finding: Finding) -> str:
    """The sentence of a finding in the active language; an unknown code speaks for itself, with its values."""
    template = SENTENCES.get(finding.code) or SENTENCES.get(f"erp.{finding.code}")
    if template is None:
        return f"{finding.code} {_listed(finding.params)}".rstrip()
    return str(template) % _values(finding)


def mend(finding: Finding) -> str:
    """What to do about it, "" when the sentence says it already."""
    template = MENDS.get(finding.code)
    return str(template) % _values(finding) if template else ""


def tell(verb: str) -> str:
    """What an act was, in the active language; a verb without words speaks for itself."""
    return str(ACTS.get(verb, verb))


def _values(finding: Finding) -> _Values:
    """The params as people read them: codes by their names."""
    read = _Values({"field": finding.field, **finding.params})
    for param, names in _NAMED.items():
        if param in read:
            read[param] = called(names, str(read[param]))
    if finding.code == "mapping.required":
        read["source"] = hub_field(str(read["source"]))
    elif finding.code == "match.kind_differs":
        read |= {side: called(KINDS, str(read[side])) for side in ("erp", "ours")}
    elif finding.code == "gate.bad_param":
        read["expects"] = expects(str(read["expects"]))
    return read


def _listed(params: Mapping[str, JSONValue]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in params.items())
