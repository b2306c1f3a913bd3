"""What waits for a person, counted, each number with the address of exactly those rows."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zbsync.admin.filters import NEAR, near_misses
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import NOT_READABLE
from zbsync.models import Act, ActState, AssignmentRule, Proposal, Push, SourceCode
from zbsync.models.within import within
from zbsync.sentences import say

UNDER_WAY = ("queued", "leased", "sending", "accepted")
FAILED = ("rejected", "dead")


@dataclass(frozen=True, slots=True)
class Card:
    """One number with its link; `tone` colours it when it is not zero."""

    title: str
    count: int
    url: str
    note: str
    tone: str = "info"
    first: bool = False
    """The one to begin with."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cards of one kind of work."""

    title: str
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Failure:
    """Pushes that came back for one reason."""

    sentence: str
    count: int
    url: str


def rows_of(model: str, **query: Any) -> str:
    """The address of a list, narrowed."""
    return f"{reverse(f'admin:zbsync_{model}_changelist')}?{urlencode(query)}"


def of_proposals(user: Any) -> list[Group]:
    """What to decide, and what the gate holds: three queries."""
    ready = within(user, Proposal.objects.for_review()).aggregate(
        all=Count("id"),
        clean=Count("id", filter=Q(has_errors=False)),
        ambiguous=Count("id", filter=Q(match_kind="ambiguous")),
        mend=Count("id", filter=Q(has_errors=True)),
    )
    held = within(user, Proposal.objects.blocked()).aggregate(all=Count("id"), near=Count("id", filter=near_misses()))

    def here(title: str, name: str, note: str, tone: str = "info", *, first: bool = False, **query: Any) -> Card:
        url = rows_of("proposal", state__exact="ready", **query)
        return Card(title, ready[name], url, note, tone, first)

    review = [
        here(_("To review"), "all", _("waiting for a decision"), first=True),
        here(_("Can be approved"), "clean", _("nothing stands in the way"), "ok", has_errors__exact=0),
        here(_("Several matches"), "ambiguous", _("choose the right ERP customer"), "warn",
             match_kind__exact="ambiguous"),
        here(_("To be mended"), "mend", _("something is missing or wrong"), "bad", has_errors__exact=1),
    ]  # fmt: skip
    if user.has_perm("zbsync.view_act") and (waiting := _for_two()).count:
        review.append(waiting)
    blocked = [
        Card(_("Held back"), held["all"], rows_of("proposal", state__exact="blocked"), _("by the gate, with reasons"),
             "mute"),
        Card(_("Near misses"), held["near"], rows_of("proposal", state__exact="blocked", score=NEAR),
             _("just under the score that is asked for"), "warn"),
    ]  # fmt: skip
    if user.has_perm("zbsync.view_sourcecode"):
        blocked.append(_unmapped())
    if user.has_perm("zbsync.view_assignmentrule") and (unfilled := _unfilled()).count:
        blocked.append(unfilled)
    return [Group(_("Review"), review), Group(_("Held back"), blocked)]


def _for_two() -> Card:
    """Acts on many that a colleague has to confirm."""
    waiting = Act.objects.filter(state=ActState.WAITING).count()
    return Card(
        _("To confirm"), waiting, rows_of("act", state__exact="waiting"), _("acts on many want a second person"), "warn"
    )


def _unmapped() -> Card:
    undecided = SourceCode.objects.filter(option="").count()
    url = reverse("admin:zbsync_sourcecode_changelist")
    return Card(_("Unmapped channels"), undecided, url, _("say which customer source they are"), "warn")


def _unfilled() -> Card:
    rules = AssignmentRule.objects.filter(open_to_all=False, users=[]).count()
    url = reverse("admin:zbsync_assignmentrule_changelist")
    return Card(_("Assignment lists to fill"), rules, url, _("say who gets new customers"), "warn")


def of_pushes(user: Any) -> Group:
    """What is on its way, and what came back: one query."""
    rows = within(user, Push.objects.exclude(state="accepted", cause=NOT_READABLE)).order_by()
    states = dict(rows.values_list("state").annotate(n=Count("id")))

    def of(*names: str) -> tuple[int, str]:
        query = {"state__exact": names[0]} if len(names) == 1 else {"state__in": ",".join(names)}
        return sum(states.get(name, 0) for name in names), rows_of("push", **query)

    return Group(
        _("Pushes"),
        [
            Card(_("On the way"), *of(*UNDER_WAY), _("jobs carry these to the ERP")),
            Card(_("In doubt"), *of("in_doubt"), _("being looked up"), "warn"),
            Card(_("Refused"), *of("rejected"), _("the ERP said why"), "bad"),
            Card(_("Given up"), *of("dead"), _("send again or close"), "bad"),
            Card(_("Differs"), *of("drifted"), _("read back, not what was sent"), "warn"),
        ],
    )


REASONS = 10
"""Reasons on the front page; the desk of failures has the rest."""


def failed_by_cause(user: Any) -> list[Failure]:
    """What came back, by reason in business words, the most frequent first: one query."""
    came_back = within(user, Push.objects.filter(state__in=FAILED)).order_by()
    rows = came_back.values_list("cause", "fault").annotate(n=Count("id"))
    return [
        Failure(
            say(Finding(cause, params={"sentence": fault})) if cause else _("no reason given"),
            count,
            rows_of("push", state__in=",".join(FAILED), cause__exact=cause, fault__exact=fault),
        )
        for cause, fault, count in sorted(rows, key=lambda row: (-row[2], row[0], row[1]))[:REASONS]
    ]
