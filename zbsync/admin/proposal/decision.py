"""What the decision screen shows of one proposal: contact, payload and ERP record side by side, candidates, findings.

Read-only. Differences come from `core.diff`, legality from `pipeline.review` and `core.lifecycle`; this only lays
them out. A constant number of queries, whatever the proposal holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.facts import Fact, contact_facts
from zbsync.admin.render import SEVERITY_TONES, caption
from zbsync.admin.words import Words
from zbsync.core.diff import Change, changes
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.mapping import Policy
from zbsync.core.payload import FieldSpec
from zbsync.core.phones import comparable
from zbsync.erp.catalogue import FIELDS
from zbsync.models import ErpRecord, PolicyChoice, Proposal
from zbsync.pipeline import following
from zbsync.sentences import mend, say
from zbsync.sentences.names import hub_field
from zbsync.sentences.rules import transform as transform_name

LONG = 60
"""Values longer than this are edited in a box of several lines."""

RULES: dict[str, Promise] = {
    "khid": gettext_lazy("same customer number"),
    "mobile": gettext_lazy("same mobile"),
    "weixin": gettext_lazy("same WeChat id"),
    "company_name": gettext_lazy("same company name"),
}
"""Match rules as people read them."""

KEPT: dict[str, Promise] = {
    "same": gettext_lazy("same as in the ERP"),
    "blank": gettext_lazy("empty, not sent"),
    "erp_has_value": gettext_lazy("the ERP's value is kept"),
    "on_create_only": gettext_lazy("only set when creating"),
    "never": gettext_lazy("never sent"),
    "contained": gettext_lazy("the ERP says it already"),
    "no_room": gettext_lazy("no room left in the field"),
    "not_carried": gettext_lazy("cannot be sent by this dialect"),
}
"""Why a field is not written (`core.diff.Change.why`)."""

RULE_FIELDS = {"weixin": "weixinAcc", "company_name": "name"}
"""Match rules whose field in the payload has another name."""
NUMBERS = ("mobile", "phone")
"""Fields in which two spellings are one number."""
PLAIN = ("", "copy", "strip")
"""Transforms that go without saying."""

SIGNS = {"add": "+", "replace": "≠", "keep": "·", "same": "=", "": ""}
"""A difference is told by a sign as well as by a colour."""


@dataclass(frozen=True, slots=True)
class Said:
    """A finding as shown."""

    tone: str
    sentence: str
    mend: str
    field: str

    @classmethod
    def of(cls, finding: Finding) -> "Said":
        """In the reader's language; what a match rule compares is told at its field."""
        if "fields" in finding.params:
            named = ", ".join(map(caption, str(finding.params["fields"]).split(", ")))
            finding = replace(finding, params={**finding.params, "fields": named})
        at = RULE_FIELDS.get(finding.field, finding.field)
        return cls(SEVERITY_TONES[finding.severity], say(finding), mend(finding), at)


@dataclass(slots=True)
class Line:
    """One field: what will be sent, where it came from, what the ERP has, what is wrong with it."""

    target: str
    caption: str
    value: str = ""
    words: str = ""
    origin: str = ""
    policy: str = ""
    edit: Mapping[str, Any] | None = None
    erp: str = ""
    mark: str = ""
    kept: str = ""
    replaced: bool = False
    """Whether what the ERP has goes away; an appended text leaves it."""
    findings: list[Said] = field(default_factory=list)
    editable: bool = False
    options: list[tuple[str, str]] = field(default_factory=list)
    typed: Mapping[str, Any] | None = None

    @property
    def sign(self) -> str:
        """The difference as a sign."""
        return SIGNS[self.mark]

    @property
    def quiet(self) -> bool:
        """Whether nothing happens in this field and nobody need look at it."""
        return self.mark in ("keep", "same") and not (self.findings or self.edit or self.typed)

    @property
    def long(self) -> bool:
        """Whether one line is too little to edit it."""
        return len(self.value) > LONG or "\n" in self.value


@dataclass(frozen=True, slots=True)
class Row:
    """One field of the comparison with a candidate."""

    caption: str
    ours: str
    theirs: str
    mark: str

    @property
    def sign(self) -> str:
        """The difference as a sign."""
        return SIGNS[self.mark]


@dataclass(frozen=True, slots=True)
class CandidateCard:
    """An ERP customer that may be this contact: the rules that say so, and field by field."""

    ord: int
    name: str
    khid: str
    rules: list[str]
    rows: list[Row]
    chosen: bool
    rank: int
    record: int | None
    """The mirror's row, None when it is not there."""
    gone: bool

    @property
    def same(self) -> int:
        """In how many of the compared fields the two agree."""
        return sum(row.mark == "same" for row in self.rows)


@dataclass(slots=True)
class Sheet:
    """Everything the screen shows of one proposal."""

    proposal: Proposal
    contact: list[Fact]
    lines: list[Line]
    addable: list[tuple[str, str]]
    rest: list[tuple[str, str]]
    """What else the ERP has of the customer: caption and value."""
    candidates: list[CandidateCard]
    general: list[Said]
    """Findings that are about no single field."""
    record: int | None

    @property
    def telling(self) -> list[Line]:
        """The fields that a decision is about; all of them when nothing would be written."""
        loud = [line for line in self.lines if not line.quiet]
        return loud or self.lines

    @property
    def quiet(self) -> list[Line]:
        """The fields that stay as they are and are told only when asked for."""
        return [line for line in self.lines if line.quiet] if len(self.telling) < len(self.lines) else []

    @property
    def to_write(self) -> int:
        """How many fields would be written."""
        return sum(line.mark in ("add", "replace") for line in self.lines)


def sheet(proposal: Proposal) -> Sheet:
    """Lay out a proposal (with its contact, hub and connection): seven queries."""
    specs = following.specs(proposal.operation, proposal.kind)
    words = Words(proposal.connection, FIELDS if proposal.operation == CUSTOMER else specs)
    found = [Finding.from_json(one) for one in proposal.findings]
    lines = _lines(proposal, specs, words, found)
    shown = {line.target for line in lines}
    ords = {int(one["ord"]) for one in proposal.candidates} | {proposal.target_ord or 0}
    records = {row.ord: row for row in ErpRecord.objects.filter(connection=proposal.connection_id, ord__in=ords)}
    gate = [Finding.from_json(one) for one in proposal.gate_findings]
    return Sheet(
        proposal=proposal,
        contact=contact_facts(proposal.contact),
        lines=lines,
        addable=[(name, spec.caption) for name, spec in specs.items() if spec.changeable and name not in shown],
        rest=[
            (_caption(name, specs), words.shown(name, value))
            for name, value in (proposal.erp_values or {}).items()
            if value and name not in shown and (name in FIELDS or name in specs)
        ],
        candidates=[_candidate(proposal, rank, words, specs, records) for rank in range(len(proposal.candidates))],
        general=[said for said in map(Said.of, (*gate, *found)) if said.field not in shown],
        record=records[proposal.target_ord].pk if proposal.target_ord in records else None,
    )


def _caption(target: str, specs: Mapping[str, FieldSpec]) -> str:
    spec = specs.get(target) or FIELDS.get(target)
    return spec.caption if spec else target


def _lines(proposal: Proposal, specs: Mapping[str, FieldSpec], words: Words, found: Iterable[Finding]) -> list[Line]:
    """One line per payload field, in the mapping's order (a database may keep the payload in another), then what a
    person added, then what is missing and has a finding or was taken out by a person.
    """
    origins = {one["target"]: one for one in proposal.fields}
    made = {one["target"]: one for one in proposal.changes}
    by_field: dict[str, list[Said]] = {}
    for finding in found:
        said = Said.of(finding)
        by_field.setdefault(said.field, []).append(said)
    missing = [name for name in (*by_field, *proposal.edits) if name in specs and name not in proposal.payload]
    lines = []
    mapped = [name for name in origins if name in proposal.payload]
    for target in dict.fromkeys((*mapped, *proposal.payload, *missing)):
        spec, origin = specs.get(target), origins.get(target, {})
        value = proposal.payload.get(target, "")
        line = Line(
            target,
            _caption(target, specs),
            value=value,
            words=words.of(target, value) or origin.get("label", ""),
            origin=_origin(origin),
            policy=_policy(origin.get("policy", "")),
            edit=proposal.edits.get(target),
            erp=words.shown(target, (proposal.erp_values or {}).get(target, "")),
            findings=by_field.get(target, []),
            editable=bool(spec and spec.changeable),
            options=words.options(spec) if spec else [],
        )
        _mark(line, made.get(target))
        lines.append(line)
    return lines


def _mark(line: Line, change: Mapping[str, Any] | None) -> None:
    """How the field differs from what the ERP has, and why it is not written."""
    if change is None:
        return
    line.mark = _kind_of(change["written"], change["before"], change["why"])
    line.replaced = line.mark == "replace" and change["policy"] != Policy.APPEND
    line.kept = str(KEPT.get(change["why"], change["why"])) if change["why"] else ""


def _kind_of(written: bool, before: str, why: str) -> str:
    if written:
        return "replace" if before else "add"
    return "same" if why in ("same", "contained") else "keep"


def _origin(origin: Mapping[str, Any]) -> str:
    """Where the value came from: the hub's field and, unless it is a plain copy, the transform."""
    path, transform = str(origin.get("source", "")), str(origin.get("transform", ""))
    source = hub_field(path) if path else ""
    if transform in PLAIN:
        return source
    return f"{source} · {transform_name(transform)}" if source else transform_name(transform)


def _policy(policy: str) -> str:
    """The overwrite policy in words; "always" goes without saying."""
    if policy in ("", Policy.ALWAYS):
        return ""
    return str(dict(PolicyChoice.choices).get(policy, policy))


def _candidate(
    proposal: Proposal,
    rank: int,
    words: Words,
    specs: Mapping[str, FieldSpec],
    records: Mapping[int, ErpRecord],
) -> CandidateCard:
    stored = proposal.candidates[rank]
    view, record = stored["view"], records.get(stored["ord"])
    theirs = (record.values if record and record.values else None) or _partly(view)
    policies = {one["target"]: Policy(one["policy"]) for one in proposal.fields if one.get("policy")}
    made = changes(proposal.payload, policies, theirs, FIELDS)
    return CandidateCard(
        ord=stored["ord"],
        name=view.get("name") or (record.name if record else "") or _("no name"),
        khid=view.get("khid", ""),
        rules=[str(RULES.get(rule, rule)) for rule in stored["rules"]],
        rows=[_row(change, proposal.payload, words, specs) for change in made],
        chosen=stored["ord"] == proposal.target_ord,
        rank=rank + 1,
        record=record.pk if record else None,
        gone=bool(record and record.gone_at),
    )


def _partly(view: Mapping[str, str]) -> dict[str, str]:
    """What matching saw of a customer that was never read in full, in the names of the payload."""
    names = {"name": "name", "khid": "khid", "mobile": "mobile", "phone": "phone", "weixin": "weixinAcc"}
    return {target: view.get(name, "") for name, target in names.items()}


def _row(change: Change, payload: Mapping[str, str], words: Words, specs: Mapping[str, FieldSpec]) -> Row:
    ours = payload.get(change.target, "")
    same = change.why in ("same", "contained") or (
        change.target in NUMBERS and comparable(ours) == comparable(change.before)
    )
    mark = "same" if same else "replace" if change.before else "add"
    return Row(
        _caption(change.target, specs),
        words.shown(change.target, ours),
        words.shown(change.target, change.before),
        mark,
    )
