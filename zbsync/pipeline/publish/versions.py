"""Versions of the mapping: drafted as a copy, edited, put in force. A published one never changes again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.core.mapping import COLUMNS, MappingError, Rule, compare_rules, compile_mapping, key_of, rules_digest
from zbsync.core.paths import PathError, compile_path
from zbsync.core.records import JSONObject
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Mapping as MappingRow
from zbsync.models import MappingRule, MappingState
from zbsync.pipeline import audit, doorbell, tables, worklist

PERMISSION = "zbsync.change_mapping"

Faults = dict[int, list[tuple[str, Finding]]]
"""What is wrong with rules, by their place in the list from 0: the column it is in, and the finding."""

_COLUMN_OF = {
    "mapping.unknown_target": "target",
    "mapping.duplicate_target": "target",
    "mapping.bad_kind": "applies_to",
    "mapping.not_for_kind": "applies_to",
    "mapping.source_missing": "source",
    "mapping.unknown_transform": "transform",
}


class PublishError(Exception):
    """A version that cannot be published; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def draft(base: MappingRow, by: AbstractBaseUser, note: str = "") -> MappingRow:
    """A new draft with the rules of `base`, to be edited. Raises PermissionDenied."""
    actor = audit.permit(by, PERMISSION)
    with transaction.atomic():
        tables.lock_rules()
        version = (MappingRow.objects.aggregate(last=Max("version"))["last"] or 0) + 1
        made = MappingRow.objects.create(version=version, note=note[:500])
        for rule in MappingRule.objects.filter(mapping=base).order_by("position", "id"):
            rule.pk, rule.mapping = None, made
            rule.save()
        line = audit.Line("mapping", made.pk, after={"version": version, "from": base.version})
        audit.write(audit.new_act(), actor, "mapping.draft", [line], now=timezone.now(), reason=note)
    return made


def publish(chosen: MappingRow, by: AbstractBaseUser, reason: str = "") -> MappingRow:
    """Put a draft in force; returns it.

    Raises PermissionDenied, PublishError (`publish.not_draft`, `publish.no_rules`) and
    MappingError with the findings of all bad rules; then nothing has changed.
    """
    actor = audit.permit(by, PERMISSION)
    with transaction.atomic():
        now = timezone.now()
        before = tables.lock_rules()
        mapping = MappingRow.objects.select_for_update().get(pk=chosen.pk)
        if mapping.state != MappingState.DRAFT:
            raise PublishError("publish.not_draft")
        rules = tables.read_rules(mapping)
        if not rules:
            raise PublishError("publish.no_rules")
        compile_mapping(rules, FIELDS)
        if before is not None:
            before.state = MappingState.RETIRED
            before.save(update_fields=["state"])
        mapping.state, mapping.published_at = MappingState.PUBLISHED, now
        mapping.published_by_id = by.pk
        mapping.save(update_fields=["state", "published_at", "published_by"])
        line = audit.Line(
            "mapping",
            mapping.pk,
            before={"version": before.version if before else None},
            after={"version": mapping.version, "rules": len(rules)},
        )
        all_again(actor, "mapping.publish", line, now, reason)
    return mapping


def edit(chosen: MappingRow, rules: Sequence[Rule], by: AbstractBaseUser, *, seen: str = "", note: str = "") -> int:
    """Give a draft these rules, in this order; returns how many differ from those it had.

    `seen` is the digest of the rules the person started from. Raises PermissionDenied, PublishError
    (`publish.not_draft`, `publish.draft_moved`) and MappingError with the findings of all bad rules; then nothing has
    changed.
    """
    actor = audit.permit(by, PERMISSION)
    placed = in_order(rules)
    compile_mapping(placed, FIELDS)
    with transaction.atomic():
        tables.lock_rules()
        mapping = MappingRow.objects.select_for_update().get(pk=chosen.pk)
        if mapping.state != MappingState.DRAFT:
            raise PublishError("publish.not_draft")
        before = tables.read_rules(mapping)
        if seen and seen != rules_digest(before):
            raise PublishError("publish.draft_moved")
        changed = compare_rules(before, placed)
        store(mapping, placed)
        MappingRow.objects.filter(pk=mapping.pk).update(note=note[:500])
        if changed or note != mapping.note:
            told = [{"rule": " ".join(key_of(one.rule)), **_told(one.before, one.after)} for one in changed]
            line = audit.Line("mapping", mapping.pk, before={"note": mapping.note}, after={"note": note, "rules": told})
            audit.write(audit.new_act(), actor, "mapping.edit", [line], now=timezone.now())
    return len(changed)


def faults(rules: Sequence[Rule]) -> Faults:
    """What is wrong with each rule, at its column; {} when they can be published as they are."""
    found: Faults = {}
    sound = []
    for place, rule in enumerate(in_order(rules)):
        try:
            compile_mapping([rule], FIELDS)
        except MappingError as error:
            found[place] = [(_column(rule, one, error.findings), one) for one in error.findings]
        else:
            sound.append(rule)
    try:
        compile_mapping(sound, FIELDS)
    except MappingError as error:
        for one in error.findings:
            place = int(one.params["position"]) - 1
            known = found.setdefault(place, [])
            if all(other.code != one.code for _column_, other in known):
                known.append((_COLUMN_OF.get(one.code, "target"), one))
    return found


def in_order(rules: Sequence[Rule]) -> list[Rule]:
    """The same rules, numbered from 1 as they stand."""
    return [replace(rule, position=number) for number, rule in enumerate(rules, start=1)]


def _column(rule: Rule, finding: Finding, beside: Sequence[Finding]) -> str:
    """In which column of the editor a finding is mended. A bad path stands in the source, or in the argument."""
    if finding.code != "mapping.bad_path":
        return _COLUMN_OF.get(finding.code, "argument")
    first = next(one for one in beside if one.code == finding.code)
    return "source" if finding is first and not _readable(rule.source) else "argument"


def _readable(path: str) -> bool:
    try:
        compile_path(path)
    except PathError:
        return not path.strip()
    return True


def store(mapping: MappingRow, rules: Sequence[Rule]) -> None:
    """Make the rows equal to the rules, each by its key: one that stays keeps its row, and with it its history."""
    rows = {(row.target, row.applies_to): row for row in MappingRule.objects.filter(mapping=mapping)}
    wanted = {key_of(rule) for rule in rules}
    for key in rows.keys() - wanted:
        rows[key].delete()
    for rule in rules:
        row = rows.get(key_of(rule)) or MappingRule(mapping=mapping)
        if row._state.adding or row.to_rule() != rule:
            for name, value in fields_of(rule).items():
                setattr(row, name, value)
            row.save()  # one by one: each has its history


def fields_of(rule: Rule) -> JSONObject:
    """A rule as plain values by column."""
    return {name: getattr(rule, name) if name in ("required", "position") else str(getattr(rule, name))
            for name in COLUMNS}  # fmt: skip


def _told(before: Rule | None, after: Rule | None) -> JSONObject:
    """Both sides of a change, for the audit: only what differs."""
    if before is None or after is None:
        return {"before": fields_of(before) if before else None, "after": fields_of(after) if after else None}
    old, new = fields_of(before), fields_of(after)
    names = [name for name in old if old[name] != new[name] and name != "position"]
    return {"before": {name: old[name] for name in names}, "after": {name: new[name] for name in names}}


def all_again(actor: audit.Actor, verb: str, line: audit.Line, now: datetime, reason: str) -> int:
    """Make every contact due, tell it, and wake the flow; returns how many. In the caller's transaction."""
    due = worklist.remap(Q())
    after = {**(line.after or {}), "due_again": due}
    told = audit.Line(line.subject, line.subject_id, before=line.before, after=after)
    audit.write(audit.new_act(), actor, verb, [told], now=now, reason=reason)
    doorbell.ring()
    return due
