"""What failed, in groups that have one mend: same state, cause, field, and ERP's sentence. Reads only; no decisions."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zbsync.admin.render import caption
from zbsync.admin.timeline import Wire, wire_of
from zbsync.core.findings import Finding
from zbsync.core.lifecycle import PROPOSAL_OPEN
from zbsync.core.retry import RetryClass, class_of
from zbsync.models import Exchange, Proposal, Push
from zbsync.models.within import Anybody, within
from zbsync.pipeline import outbox
from zbsync.sentences import say

BY = ("connection_id", "state", "cause", "fault_field", "fault")
SAMPLE = 5
GROUPS = 30
"""Groups on the page; the rest is behind them, and rarer."""

CLASSES: dict[RetryClass, tuple[str | Promise, str]] = {
    RetryClass.NOT_SENT: (_("never arrived"), "warn"),
    RetryClass.LIMITED: (_("the ERP had no time"), "warn"),
    RetryClass.DATA: (_("data refused"), "bad"),
    RetryClass.DUPLICATE: (_("duplicate"), "info"),
    RetryClass.UNKNOWN: (_("unknown"), "warn"),
}
"""What is known of the ERP's side, in two or three words, and its tone."""

STATES: dict[str, str | Promise] = {
    "rejected": _("refused by the ERP"),
    "dead": _("given up"),
    "drifted": _("differs"),
}


@dataclass(slots=True)
class Sample:
    """One push of a group."""

    push: Push
    url: str
    differences: list[tuple[str, str, str]]


@dataclass(slots=True)
class Group:
    """Pushes that failed for one reason. `back` of them are before a person again; `upto` is the newest one counted."""

    key: str
    connection_id: int
    state: str
    cause: str
    about: str
    fault: str
    count: int
    back: int
    upto: int
    since: datetime
    sample: list[Sample] = field(default_factory=list)
    wire: Wire | None = None

    @property
    def title(self) -> str:
        """The cause in business words, with the field it is about."""
        if not self.cause:
            return str(_("no reason given"))
        return say(Finding(self.cause, self.about, params={"sentence": self.sentence}))

    @property
    def kind(self) -> RetryClass:
        """The class of its cause."""
        return class_of(self.cause)

    @property
    def label(self) -> str | Promise:
        """Its class in words."""
        return CLASSES[self.kind][0]

    @property
    def tone(self) -> str:
        """How that is coloured."""
        return CLASSES[self.kind][1]

    @property
    def state_said(self) -> str | Promise:
        """Where the pushes stand."""
        return STATES[self.state]

    @property
    def caption(self) -> str:
        """The field as the ERP calls it, "" when none is named."""
        return caption(self.about) if self.about else ""

    @property
    def sentence(self) -> str:
        """The ERP's own words, of the newest one."""
        return self.sample[0].push.message if self.sample else self.fault

    @property
    def said(self) -> str:
        """These words, unless the title says them."""
        return "" if self.sentence in self.title else self.sentence

    @property
    def todo(self) -> int:
        """How many nobody has dealt with."""
        return self.count - self.back

    @property
    def url(self) -> str:
        """The very rows, in the list of pushes."""
        base = reverse("admin:zbsync_push_changelist")
        return f"{base}?state__exact={self.state}&cause__exact={self.cause}"


def groups(user: Anybody, *, wires: bool) -> list[Group]:
    """The groups, those with most to do first; four queries. `wires`: with the last exchange of one of each."""
    counted = (
        within(user, Push.objects.failed())
        .order_by()
        .values(*BY)
        .annotate(count=Count("id"), back=Count("id", filter=Exists(_back())), upto=Max("id"), since=Min("settled_at"))
    )
    found = [
        Group(
            key_of(row),
            row["connection_id"],
            row["state"],
            row["cause"],
            row["fault_field"],
            row["fault"],
            row["count"],
            row["back"],
            row["upto"],
            row["since"],
        )
        for row in counted
    ]
    found.sort(key=lambda one: (-one.todo, -one.count, one.key))
    found = found[:GROUPS]
    _add_samples(user, {one.key: one for one in found})
    if wires:
        _add_wires(found)
    return found


def key_of(row: dict[str, Any]) -> str:
    """A short name of a group, the same every time."""
    text = "\x1f".join(str(row[name]) for name in BY)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_of(user: Anybody, group: Group) -> QuerySet[Push]:
    """The pushes of a group as this person was shown it: none that came later, none that are before a person again."""
    named = dict(zip(BY, (group.connection_id, group.state, group.cause, group.about, group.fault), strict=True))
    return within(user, Push.objects.filter(pk__lte=group.upto, **named)).exclude(Exists(_back()))


def _back() -> QuerySet[Proposal]:
    return Proposal.objects.filter(
        contact=OuterRef("contact"),
        connection=OuterRef("connection"),
        operation=OuterRef("operation"),
        pk__gt=OuterRef("proposal_id"),
        state__in=PROPOSAL_OPEN,
    )


def _add_samples(user: Anybody, by_key: dict[str, Group]) -> None:
    newest = Window(RowNumber(), partition_by=[F(name) for name in BY], order_by=F("id").desc())
    for push in within(user, Push.objects.failed()).annotate(place=newest).filter(place__lte=SAMPLE).order_by("-id"):
        group = by_key.get(key_of({name: getattr(push, name) for name in BY}))
        if group is not None:
            url = reverse("admin:zbsync_contact_change", args=[push.contact_id])
            told = [(caption(one["target"]), one.get("sent", ""), one.get("read", "")) for one in push.differences]
            group.sample.append(Sample(push, url, told))


def _add_wires(found: Iterable[Group]) -> None:
    by_push = {one.sample[0].push.pk: one for one in found if one.sample}
    for row in last_exchanges(by_push):
        by_push[row.push_id or 0].wire = wire_of(row)


def last_exchanges(push_ids: Iterable[int]) -> list[Exchange]:
    """The last exchange of each push that said something to the ERP; two queries."""
    said = Exchange.objects.filter(push__in=list(push_ids), attempt__isnull=False).order_by()
    last = said.values("push").annotate(last=Max("id")).values("last")
    return list(Exchange.objects.filter(pk__in=list(last.values_list("last", flat=True))))


@dataclass(slots=True)
class Doubt:
    """One push in doubt, with why, and what was said last."""

    push: Push
    why: str
    looked: bool
    url: str
    wire: Wire | None = None


def doubts(user: Anybody, most: int = 50, *, wires: bool) -> list[Doubt]:
    """What is in doubt, the oldest first."""
    rows = list(within(user, Push.objects.in_doubt()).select_related("connection").order_by("id")[:most])
    kept = {row.push_id: wire_of(row) for row in last_exchanges([row.pk for row in rows])} if wires else {}
    return [
        Doubt(
            row,
            say(Finding(row.cause)) if row.cause else "–",
            row.cause not in outbox.FOR_A_PERSON,
            reverse("admin:zbsync_contact_change", args=[row.contact_id]),
            kept.get(row.pk),
        )
        for row in rows
    ]
