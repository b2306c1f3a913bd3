"""What the page of an act tells: how far it is and how fast, what was left out and why, its sample, where all of it is.

A constant number of queries, whatever the size of the act.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zbsync.admin.base import user_of
from zbsync.admin.filters import ANY
from zbsync.admin.render import ACT_TONES
from zbsync.core.findings import Finding
from zbsync.models import Act, ActRow, ActState, Proposal, Push
from zbsync.models.act import UNDER_WAY
from zbsync.models.within import within
from zbsync.pipeline.review import acts
from zbsync.pipeline.review.preview import PERMISSIONS
from zbsync.sentences import SENTENCES, say


@dataclass(frozen=True, slots=True)
class Reason:
    """Rows left out for one reason, with the address of exactly those."""

    count: int
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class Sample:
    """A row that a second person opens; `seen` when this one did."""

    row: Proposal
    seen: bool


@dataclass(slots=True)
class Told:
    """Everything that moves on the page."""

    tone: str
    moving: bool
    done: int
    percent: int
    rate: str
    left: str
    fault: str
    reasons: list[Reason]
    links: list[tuple[str, str]]
    risks: list[str]
    sample: list[Sample] = field(default_factory=list)
    may_confirm: bool = False
    """Whether this person could be the second one."""
    refusal: str = ""
    may_cancel: bool = False
    may_undo: bool = False


def told(row: Act, request: HttpRequest) -> Told:
    """Lay it out for this person: at most five queries."""
    user = user_of(request)
    done = row.taken + row.left_out
    may = request.user.has_perm(f"zbsync.{PERMISSIONS[row.verb]}")
    per_second = _rate(row, done, timezone.now())
    found = Told(
        tone=ACT_TONES[row.state],
        moving=row.state in UNDER_WAY,
        done=done,
        percent=min(100, done * 100 // row.total) if row.total else 100,
        rate=_("%(n)s rows a second")
        % {"n": number_format(round(per_second) if per_second >= 10 else round(per_second, 1))}
        if per_second
        else "",
        left=_left(row, done, per_second),
        fault=_fault(row),
        reasons=reasons(row),
        links=links(row, request),
        risks=risk_sentences(row.risks),
        may_undo=_may_undo(row, request),
        may_cancel=may and row.cancelled_by_id is None and row.state in (ActState.WAITING, *UNDER_WAY),
    )
    if row.state == ActState.WAITING:
        opened = acts.opened(row, user)
        rows = within(user, Proposal.objects.filter(pk__in=row.sample)).order_by("pk")
        found.sample = [Sample(one, one.pk in opened) for one in rows.only("title", "action", "operation", "hands")]
        found.may_confirm = may and row.asked_by_id != user.pk
        code = acts.refusal(row, user) if may else ""
        found.refusal = say(Finding(code)) if code else ""
    return found


def reasons(row: Act) -> list[Reason]:
    """What was left out so far, by reason: one query."""
    rows = ActRow.objects.filter(act=row).exclude(outcome__in=["", ActRow.TAKEN]).order_by()
    counted = rows.values_list("outcome").annotate(n=Count("pk"))
    return [Reason(n, say(Finding(code)), rows_of(row, code)) for code, n in sorted(counted)]


def _may_undo(row: Act, request: HttpRequest) -> bool:
    """Whether something of it may be left to take back, by this person."""
    verb = acts.undoing(row)
    return verb is not None and request.user.has_perm(f"zbsync.{PERMISSIONS[verb]}")


def asked_rows(row: Act, outcome: str) -> str:
    """The filter of the review list that shows the proposals of an act with this outcome."""
    return urlencode({"state__exact": ANY, "act": f"{row.pk}:{outcome}"})


def rows_of(row: Act, outcome: str) -> str:
    """The address of these proposals."""
    return f"{reverse('admin:zbsync_proposal_changelist')}?{asked_rows(row, outcome)}"


def links(row: Act, request: HttpRequest) -> list[tuple[str, str]]:
    """Where everything of this act is: what this person may open of it."""
    user, found = request.user, []
    if row.taken and user.has_perm("zbsync.view_proposal"):
        taken = ngettext("%(n)d proposal taken", "%(n)d proposals taken", row.taken) % {"n": row.taken}
        found.append((taken, rows_of(row, ActRow.TAKEN)))
    if row.taken and row.verb == "approve" and user.has_perm("zbsync.view_push"):
        count = Push.objects.filter(act=row.act).count()
        pushes = ngettext("%(n)d push of this act", "%(n)d pushes of this act", count) % {"n": count}
        found.append((pushes, f"{reverse('admin:zbsync_push_changelist')}?act__exact={row.act}"))
    if user.has_perm("zbsync.view_entry"):
        found.append((_("Audit entries"), f"{reverse('admin:zbsync_entry_changelist')}?act__exact={row.act}"))
    return found


def risk_sentences(risks: dict[str, Any]) -> list[str]:
    """Why a second person is wanted, one sentence each."""
    words = {
        "size": _("%(n)d proposals are more than one person may approve at once."),
        "edited": _("%(n)d proposals were edited by hand."),
        "duplicate": _("%(n)d proposals create a customer in spite of possible duplicates."),
    }
    return [words[name] % {"n": count} for name, count in risks.items() if name in words]


def _rate(row: Act, done: int, now: datetime) -> float:
    if row.began_at is None or not done:
        return 0.0
    return done / max(0.1, ((row.ended_at or now) - row.began_at).total_seconds())


def _left(row: Act, done: int, per_second: float) -> str:
    """The time that is left, in words; "" when nobody knows."""
    if row.state not in UNDER_WAY or not per_second or done >= row.total:
        return ""
    seconds = round(timedelta(seconds=(row.total - done) / per_second).total_seconds())
    if seconds < 60:
        return ngettext("about %(n)d second left", "about %(n)d seconds left", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("about %(n)d minute left", "about %(n)d minutes left", minutes) % {"n": minutes}


def _fault(row: Act) -> str:
    if row.fault in SENTENCES:
        return say(Finding(row.fault))
    return _("A batch failed (%(error)s); it is tried again.") % {"error": row.fault} if row.fault else ""
