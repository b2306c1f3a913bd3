"""What should follow a contact's customer, worked out anew each time; `batch` compares it with what was proposed.

Follow-ups of all interactions; a contact person where the customer is a company whose first person is somebody else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.core.follow.operations import FOLLOW_UP, PERSON
from zbsync.core.follow.texts import intro, method_for, told_apart
from zbsync.core.mapping import Plan
from zbsync.core.payload import UNIT, Checks
from zbsync.core.phones import comparable
from zbsync.core.records import JSONObject, Kind
from zbsync.models import Contact, FollowUpMethod, Interaction
from zbsync.pipeline import following, tables
from zbsync.pipeline.follow.ground import Customer

NO_PLAN = "0"
"""`plantype`: nothing is put into anybody's schedule."""

WAYS = "follow_up"
"""The dictionary with the ways a follow-up is held."""

ABOUT_PERSON = (
    "person_name", "sex", "age", "year1", "part1", "job", "phone", "fax", "mobile", "phone2", "email", "qq",
    "weixinAcc", "msn", "jg",
)  # fmt: skip
"""Fields of a company's form that are its first contact person's, by the names the person's own form has."""


@dataclass(slots=True)
class Wanted:
    """One thing to propose. `fields` are the origins of the payload's values."""

    operation: str
    subject: str
    payload: dict[str, str]
    fields: list[JSONObject]
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rules:
    """What one connection's payloads are made by: options, checks, the table of ways."""

    target: tables.Target
    plan: Plan
    ways: Sequence[tuple[str, str]]
    follow_up: Checks
    person: Checks

    @classmethod
    def of(cls, target: tables.Target, plan: Plan, ways: Sequence[tuple[str, str]]) -> "Rules":
        """For one batch."""
        known = target.tables.options
        return cls(target, plan, ways, following.checks_of(FOLLOW_UP, known), following.checks_of(PERSON, known))

    def options(self, vocabulary: str) -> Mapping[str, str]:
        """Name → code."""
        return self.target.tables.options.get(vocabulary, {})


def ways() -> list[tuple[str, str]]:
    """The table word → name of a way, in its order."""
    return list(FollowUpMethod.objects.order_by("position", "id").values_list("keyword", "option"))


def follow_ups(kind: str, spoken: Sequence[Interaction], rules: Rules) -> Iterator[Wanted]:
    """One follow-up for each interaction that says something."""
    texts = told_apart(intro(_at(one.at), one.method, one.content) for one in spoken)
    for one, text in zip(spoken, texts, strict=True):
        if text:
            yield _follow_up(kind, one, text, rules)


def _follow_up(kind: str, one: Interaction, text: str, rules: Rules) -> Wanted:
    way = method_for(one.method, rules.ways)
    code = rules.options(WAYS).get(way, "")
    payload = {"intro": text, "sort": code, "plantype": NO_PLAN}
    fields = following.origins(
        {name: value for name, value in payload.items() if value},
        {"intro": "interactions", "sort": "interactions"},
        {"sort": way},
    )
    found = [] if code else [_no_way(one.method, way, rules)]
    explained = {finding.field for finding in found}
    payload = {name: value for name, value in payload.items() if value}
    found += following.check(FOLLOW_UP, kind, payload, rules.follow_up, explained)
    return Wanted(FOLLOW_UP, one.source_id, payload, fields, found)


def _no_way(method: str, way: str, rules: Rules) -> Finding:
    """Why there is no way of follow-up: our table has none, or the ERP's dictionary has not."""
    if not way:
        return Finding("mapping.no_way", "sort", params={"method": method})
    caption = following.specs(FOLLOW_UP, UNIT)["sort"].caption
    code = "mapping.not_an_option" if rules.options(WAYS) else "mapping.vocabulary_missing"
    return Finding(code, "sort", params={"caption": caption, "value": way, "vocabulary": WAYS})


def _at(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


def person(contact: Contact, customer: Customer, rules: Rules) -> Wanted | None:
    """The contact as a contact person of its company's customer; None when it is the first one already, or nobody."""
    is_unit = contact.kind == Kind.COMPANY
    if not is_unit or customer.ord is None or not contact.mobile or not contact.name:
        return None
    if customer.created or (customer.mobile is not None and comparable(customer.mobile) == contact.mobile):
        return None
    mapped = rules.plan.apply(contact.to_record(), rules.target.tables)
    values = {name: mapped.values[name] for name in ABOUT_PERSON if name in mapped.values}
    payload = {"company": str(customer.ord), **values}
    fields = [one for one in mapped.fields if one["target"] in values]
    explained = {finding.field for finding in mapped.findings}
    found = [finding for finding in mapped.findings if finding.field in ABOUT_PERSON]
    found += following.check(PERSON, UNIT, payload, rules.person, explained)
    return Wanted(PERSON, contact.mobile, payload, fields, found)
