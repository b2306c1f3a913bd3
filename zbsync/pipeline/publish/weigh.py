"""What a draft would change: both versions applied to the same contacts, and told apart by kind of change.

Rules that are the same in both run once, and only for a contact that the others change. Called by the preview over the
whole mirror and for its examples. Reads only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from zbsync.core.findings import Finding, errors
from zbsync.core.mapping import Mapped, compile_mapping, split_rules
from zbsync.core.records import ContactRecord
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Contact, ErpConnection
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import customers, tables

GAINED, LOST = "gained", "lost"
"""Kinds of change that concern the whole contact: it may go from now on, it may no longer."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one version says of a contact: ERP field → value, whether it may go to the ERP, and why not."""

    values: Mapping[str, str]
    labels: Mapping[str, str]
    goes: bool
    stops: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A contact of which the two versions say something else, for one ERP connection."""

    contact: Contact
    connection_id: int
    before: Said
    after: Said

    @property
    def rewritten(self) -> bool:
        """Whether the payload is another one; else only what stops it is."""
        return self.before.values != self.after.values

    @property
    def kinds(self) -> list[str]:
        """Kinds of change: `gained`, `lost`, and per field `new intro`, `gone intro`, `changed intro`."""
        found = [] if self.before.goes == self.after.goes else [GAINED if self.after.goes else LOST]
        before, after = self.before.values, self.after.values
        for target in dict.fromkeys(chain(after, before)):
            if target not in before:
                found.append(f"new {target}")
            elif target not in after:
                found.append(f"gone {target}")
            elif before[target] != after[target]:
                found.append(f"changed {target}")
        return found


class Scales:
    """Two versions, ready to be applied to any number of contacts.

    `before` None is an installation where nothing was published yet: then nobody went. Raises MappingError when a rule
    cannot work.
    """

    def __init__(self, before: MappingRow | None, after: MappingRow) -> None:
        old, new = tables.read_rules(before) if before else (), tables.read_rules(after)
        same, gone, come = split_rules(old, new)
        compile_mapping(new, FIELDS)
        self._same, self._gone, self._come = (compile_mapping(part, FIELDS) for part in (same, gone, come))
        self._nothing_before = before is None
        self._gate = tables.rule_set(after).gate
        self._targets = tables.targets(list(ErpConnection.objects.filter(is_active=True).order_by("id")))
        self._interactions, self._deals = (
            any(tables.reads(rule, word) for rule in (*old, *new)) for word in ("interactions", "first_deal_at")
        )

    def weigh(self, contacts: Sequence[Contact]) -> list[Moved]:
        """Those that change; at most two statements, however many contacts."""
        records = customers.contacts.records(contacts, interactions=self._interactions, deals=self._deals)
        found = (self._weigh(contact, record, target) for contact, record in records for target in self._targets)
        return [one for one in found if one is not None]

    def _weigh(self, contact: Contact, record: ContactRecord, target: tables.Target) -> Moved | None:
        before, after = self._gone.apply(record, target.tables), self._come.apply(record, target.tables)
        if before.values == after.values and _codes(before) == _codes(after) and not self._nothing_before:
            return None
        same = self._same.apply(record, target.tables)
        passes = not errors(self._gate.judge(record))
        said = [_said(same, part, target, passes=passes) for part in (before, after)]
        if self._nothing_before:
            said[0] = Said({}, {}, goes=False, stops=())
        return Moved(contact, target.connection.pk, said[0], said[1])


def _codes(mapped: Mapped) -> set[tuple[str, str]]:
    return {(one.code, one.field) for one in errors(mapped.findings)}


def _said(same: Mapped, part: Mapped, target: tables.Target, *, passes: bool) -> Said:
    values = {**same.values, **part.values}
    findings = [*same.findings, *part.findings]
    explained = {finding.field for finding in findings}
    stops = errors([*findings, *target.checks.check(same.kind, values, explained)])
    labels = {str(one["target"]): str(one["label"]) for one in chain(same.fields, part.fields) if one["label"]}
    return Said(values, labels, passes and not stops, tuple(stops))
