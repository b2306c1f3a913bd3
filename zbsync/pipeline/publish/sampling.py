"""What rules would give for a few contacts, before anything is kept: the live results of the editor.

Reads only. A rule is tried alone, so that one that cannot work does not hide the results of the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from zbsync.core.findings import Finding
from zbsync.core.mapping import MappingError, Plan, Rule, compile_mapping
from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.core.records import ContactRecord, Kind
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Contact, ErpConnection, KindChoice
from zbsync.models.within import Anybody, within
from zbsync.pipeline import customers, tables

AT_ONCE = 3
"""Contacts that rules are tried on side by side."""
FOUND = 8
RECENT = 500
"""Contacts whose further fields are looked through for what a rule could read."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one rule gives for one contact: `value` with the option's name as `label`, `before` what the published
    version gives for the same field; `applies` is False when the rule is not for this kind of customer.
    """

    contact: Contact
    value: str = ""
    label: str = ""
    before: str = ""
    applies: bool = True
    findings: tuple[Finding, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether publishing would change what is said."""
        return self.applies and self.value != self.before


def sample_contacts(by: Anybody, ids: Sequence[int] = ()) -> list[Contact]:
    """The chosen contacts, or without a choice the newest company and the newest persons; at most AT_ONCE,
    and of those that this person may see.
    """
    there = within(by, Contact.objects.present())
    if ids:
        known = there.in_bulk(list(ids)[:AT_ONCE])
        return [known[one] for one in ids[:AT_ONCE] if one in known]
    company = list(there.filter(kind=KindChoice.COMPANY).order_by("-pk")[:1])
    persons = list(there.filter(kind=KindChoice.INDIVIDUAL).order_by("-pk")[: AT_ONCE - 1])
    return [*company, *persons]


def find_contacts(by: Anybody, sought: str) -> list[Contact]:
    """Contacts that begin so: by source id, name, company, mobile or WeChat id; the first few."""
    if not sought:
        return []
    names = ("source_id", "name", "company", "mobile", "wechat_id")
    fits = reduce(or_, (Q(**{f"{name}__startswith": sought}) for name in names))
    return list(within(by, Contact.objects.present()).filter(fits).order_by("-pk")[:FOUND])


def further_sources() -> list[str]:
    """Paths into `extra` that recent contacts have: what differs from hub to hub; one statement."""
    recent = Contact.objects.exclude(extra={}).order_by("-pk").values_list("extra", flat=True)[:RECENT]
    paths: set[str] = set()
    for extra in recent:
        for key, value in extra.items() if isinstance(extra, dict) else ():
            inner = [f"{key}.{name}" for name in value if "." not in name] if isinstance(value, dict) else [key]
            paths.update(f"extra.{one}" for one in inner if "." not in key)
    return sorted(paths)


def try_rules(rules: Sequence[Rule | None], contacts: Sequence[Contact]) -> list[list[Tried]]:
    """Per rule what it gives for each contact; [] for a rule that is None or cannot work.

    Asked of the first active ERP connection; the number of statements does not grow with rules or contacts.
    """
    connections = list(ErpConnection.objects.filter(is_active=True).order_by("id")[:1])
    if not connections or not contacts:
        return [[] for _ in rules]
    target = tables.targets(connections)[0]
    now = compile_mapping(tables.published_rules(), FIELDS)
    records = list(customers.contacts.records(contacts, interactions=True, deals=True))
    said = {contact.pk: now.apply(record, target.tables).values for contact, record in records}
    return [
        [_try(rule, plan, record, target, Tried(contact, before=said[contact.pk].get(rule.target, "")))
         for contact, record in records]
        if rule and (plan := _alone(rule)) else []
        for rule in rules
    ]  # fmt: skip


def _alone(rule: Rule) -> Plan | None:
    try:
        return compile_mapping([rule], FIELDS)
    except MappingError:
        return None


def _try(rule: Rule, plan: Plan, record: ContactRecord, target: tables.Target, known: Tried) -> Tried:
    kind = UNIT if record.kind == Kind.COMPANY else INDIVIDUAL
    if rule.target not in plan.policies(kind):
        return Tried(known.contact, applies=False)
    mapped = plan.apply(record, target.tables)
    label = next((str(one["label"]) for one in mapped.fields if one["target"] == rule.target), "")
    value = mapped.values.get(rule.target, "")
    return Tried(known.contact, value, label, known.before, findings=tuple(mapped.findings))
