"""A mapping at work: rules checked and compiled once, applied to every contact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from zbsync.core.findings import Finding, Severity
from zbsync.core.mapping.rules import Mapped, MappingError, Policy, Rule, TooLong
from zbsync.core.paths import PathError, Read, compile_path
from zbsync.core.payload import INDIVIDUAL, UNIT, FieldSpec, width
from zbsync.core.records import ContactRecord, JSONObject, JSONValue, Kind
from zbsync.core.transforms import TRANSFORMS, Step, Tables, TransformError, compile_transform

SPILL_TO = "intro"
"""The ERP field that takes what another could not hold."""

_KINDS = (UNIT, INDIVIDUAL)
_APPLIES = {UNIT: (UNIT,), INDIVIDUAL: (INDIVIDUAL,), "both": _KINDS}


def _nothing(record: ContactRecord) -> JSONValue:
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    """One compiled rule."""

    rule: Rule
    spec: FieldSpec
    read: Read
    run: Step
    source: str
    policy: str

    def field(self, text: str, tables: Tables) -> JSONObject:
        """The stored shape of one payload field."""
        return {
            "target": self.rule.target,
            "value": text,
            "label": tables.labels.get(self.spec.vocabulary, {}).get(text, "") if self.spec.vocabulary else "",
            "source": self.source,
            "transform": self.rule.transform,
            "policy": self.policy,
            "edited_by": "",
        }

    def finding(self, code: str, severity: Severity, params: Mapping[str, JSONValue]) -> Finding:
        """A finding about this line's field."""
        return Finding(code, self.rule.target, severity, {"caption": self.spec.caption, **params})


class Plan:
    """A compiled mapping. Immutable; apply it to as many contacts as there are."""

    __slots__ = ("_lines", "_specs")

    def __init__(self, lines: Mapping[str, Sequence[_Line]], specs: Mapping[str, FieldSpec]) -> None:
        self._lines = {kind: tuple(of_kind) for kind, of_kind in lines.items()}
        self._specs = specs

    def policies(self, kind: str) -> dict[str, Policy]:
        """Target → overwrite policy, for `diff.changes`."""
        return {line.rule.target: line.rule.policy for line in self._lines[kind]}

    def apply(self, record: ContactRecord, tables: Tables) -> Mapped:
        """The payload of one contact with the origin of every field. Never raises: what fails is a
        finding."""
        kind = UNIT if record.kind == Kind.COMPANY else INDIVIDUAL
        values: dict[str, str] = {}
        fields: list[JSONObject] = []
        findings: list[Finding] = []
        spilled: list[str] = []
        for line in self._lines[kind]:
            text = _value(line, record, tables, findings)
            limit = line.spec.max_length
            if line.rule.target == SPILL_TO and spilled:
                text = "\n".join(filter(None, (text, *spilled)))
                spilled = []
            if limit is not None and len(text) * 2 > limit and width(text) > limit:
                text = _fit(line, text, limit, findings, spilled)
            if text:
                values[line.rule.target] = text
                fields.append(line.field(text, tables))
        if spilled:
            self._spill(spilled, values, fields, findings)
        return Mapped(kind, values, fields, findings)

    def _spill(
        self, spilled: list[str], values: dict[str, str], fields: list[JSONObject], findings: list[Finding]
    ) -> None:
        """No rule fills the spill field: it is made of the rests alone."""
        rule = Rule(SPILL_TO, transform="spill", policy=Policy.APPEND, too_long=TooLong.CUT)
        line = _Line(rule, self._specs[SPILL_TO], _nothing, lambda *_: "", "", str(rule.policy))
        text = "\n".join(spilled)
        if line.spec.max_length is not None and width(text) > line.spec.max_length:
            text = _fit(line, text, line.spec.max_length, findings, [])
        values[SPILL_TO] = text
        fields.append(line.field(text, Tables()))


def _value(line: _Line, record: ContactRecord, tables: Tables, findings: list[Finding]) -> str:
    """What the rule gives, or its default; a failure with a default to fall back on is a warning."""
    rule = line.rule
    failed = False
    try:
        text = line.run(line.read(record), record, tables).strip()
    except TransformError as error:
        text, failed = "", True
        severity = Severity.WARNING if rule.default else Severity.ERROR
        findings.append(line.finding(error.code, severity, error.params))
    if text:
        return text
    if rule.default:
        vocabulary = line.spec.vocabulary
        if rule.default in tables.retired.get(vocabulary, ()):
            params: dict[str, JSONValue] = {"vocabulary": vocabulary, "value": rule.default}
            findings.append(line.finding("mapping.option_retired", Severity.ERROR, params))
            return ""
        return tables.options.get(vocabulary, {}).get(rule.default, rule.default)
    if rule.required and not failed:
        findings.append(line.finding("mapping.required", Severity.ERROR, {"source": line.source}))
    return ""


def _fit(line: _Line, text: str, limit: int, findings: list[Finding], spilled: list[str]) -> str:
    """A text too long for its field, by the rule's choice. One that is held stays whole, so that a person
    sees it."""
    params: dict[str, JSONValue] = {"length": width(text), "max": limit}
    if line.rule.too_long is TooLong.HOLD:
        findings.append(line.finding("mapping.too_long", Severity.ERROR, params))
        return text
    kept = _head(text, limit - 1)
    if line.rule.too_long is TooLong.SPILL and line.rule.target != SPILL_TO:
        spilled.append(f"【{line.spec.caption}】…{text[len(kept) :]}")
        findings.append(line.finding("mapping.spilled", Severity.WARNING, params))
    else:
        findings.append(line.finding("mapping.cut", Severity.WARNING, params))
    return kept + "…"


def _head(text: str, limit: int) -> str:
    """The longest head of `limit` characters as the ERP counts them."""
    head = text[:limit]
    while width(head) > limit:
        head = head[: len(head) - (width(head) - limit + 1) // 2]
    return head


def compile_mapping(rules: Sequence[Rule], specs: Mapping[str, FieldSpec]) -> Plan:
    """The plan of these rules; `specs` are the ERP's fields by name.

    Raises MappingError with the findings of all bad rules at once.
    """
    findings: list[Finding] = []
    lines: dict[str, list[_Line]] = {kind: [] for kind in _KINDS}
    for number, rule in enumerate(rules, start=1):
        placed = rule if rule.position else replace(rule, position=number)
        line = _compile(placed, specs, findings)
        for kind in _APPLIES.get(rule.applies_to, ()):
            if line is None or not line.spec.for_kind(kind):
                continue
            if any(other.rule.target == rule.target for other in lines[kind]):
                findings.append(_bad(placed, "mapping.duplicate_target", kind=kind))
            lines[kind].append(line)
    if findings:
        raise MappingError(findings)
    # What spills must be known before the field it spills into is measured.
    return Plan({kind: sorted(of, key=lambda line: line.rule.target == SPILL_TO) for kind, of in lines.items()}, specs)


def _bad(rule: Rule, code: str, **params: JSONValue) -> Finding:
    return Finding(code, rule.target, params={"position": rule.position, "target": rule.target, **params})


def _compile(rule: Rule, specs: Mapping[str, FieldSpec], findings: list[Finding]) -> _Line | None:
    before = len(findings)
    spec = specs.get(rule.target)
    if spec is None:
        findings.append(_bad(rule, "mapping.unknown_target"))
    elif rule.applies_to not in _APPLIES:
        findings.append(_bad(rule, "mapping.bad_kind", value=rule.applies_to))
    elif rule.applies_to != "both" and not spec.for_kind(rule.applies_to):
        findings.append(_bad(rule, "mapping.not_for_kind", kind=rule.applies_to))
    known = TRANSFORMS.get(rule.transform)
    read: Read = _nothing
    if rule.source.strip():
        try:
            read = compile_path(rule.source)
        except PathError as error:
            findings.append(_bad(rule, "mapping.bad_path", path=error.place, argument=rule.source))
    elif known is not None and known.reads_source:
        findings.append(_bad(rule, "mapping.source_missing"))
    try:
        run = compile_transform(rule.transform, rule.argument)
    except TransformError as error:
        findings.append(_bad(rule, error.code, **error.params))
        return None
    if spec is None or len(findings) > before:
        return None
    origin = rule.source or (known.origin if known else "") or rule.argument
    return _Line(rule, spec, read, run, origin, str(rule.policy))
