"""Why not, and what would it take: what the gate holds by reason, with the actual values, and what another setting of
a rule would let through. `pipeline.review.what_if` answers; nothing is stored.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from zbsync.admin.base import user_of
from zbsync.admin.causes import short
from zbsync.admin.filters import NEAR, NEAR_BY, near_misses, threshold
from zbsync.admin.render import finding_sentences
from zbsync.core.gate import CATALOGUE
from zbsync.core.records import JSONValue
from zbsync.models import Proposal
from zbsync.models.within import within
from zbsync.pipeline.review.what_if import Moved, offered, settings_now, what_if
from zbsync.sentences import say
from zbsync.sentences.names import called
from zbsync.sentences.rules import GATE_PARAMS, GATE_RULES

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Contacts that one finding holds first of all: `share` of all held in percent, the newest as examples."""

    label: str
    count: int
    share: str
    url: str
    examples: list[tuple[str, str, str]]
    """Name, address of its screen, what the gate says of it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One setting of a rule, with the form that asks for another value."""

    code: str
    name: str
    rule: str
    setting: str
    now: JSONValue
    whether: bool
    """Whether it is a yes or no: then there is one other value."""
    least: float | None
    most: float | None


def url(site: admin.AdminSite) -> Any:
    """Its address."""
    return path("held/", site.admin_view(page), name="zbsync_proposal_held")


def page(request: HttpRequest) -> HttpResponse:
    """The page; a question stands in its address."""
    if not request.user.has_perm("zbsync.view_proposal"):
        raise PermissionDenied
    held = within(request.user, Proposal.objects.blocked())
    found = reasons(held)
    asks = [_ask(*one) for one in offered(settings_now())]
    near = held.filter(near_misses())
    context = {
        **admin.site.each_context(request),
        "title": _("Why not, and what would it take"),
        "reasons": found,
        "held": sum(one.count for one in found),
        "near": near.count(),
        "near_url": _listed(score=NEAR),
        "near_from": f"{threshold() - NEAR_BY:g}",
        "near_to": f"{threshold():g}",
        "asks": asks,
        "gate_url": reverse("admin:zbsync_gatesetting_changelist") if _may_see_gate(request) else "",
        "may_change": request.user.has_perm("zbsync.change_gatesetting"),
        **_answered(request, asks),
    }
    return TemplateResponse(request, "zbsync/held.html", context)


def reasons(held: QuerySet[Proposal]) -> list[Reason]:
    """By the first finding, the most frequent first; one query and one for each finding there is."""
    counted = list(held.order_by().values_list("cause").annotate(n=Count("pk")))
    total = sum(count for _cause, count in counted)
    return [
        Reason(short(cause), count, share(count, total), _listed(cause__exact=cause), _examples(held, cause))
        for cause, count in sorted(counted, key=lambda one: (-one[1], one[0]))
    ]


def share(count: int, total: int) -> str:
    """In percent; what is there is not rounded away, and what is not all is not rounded up to it."""
    percent = 100 * count / total
    if percent < 1:
        return "<1"
    return ">99" if 99 < percent < 100 else f"{percent:.0f}"


def _examples(held: QuerySet[Proposal], cause: str) -> list[tuple[str, str, str]]:
    rows = held.filter(cause=cause).order_by("-pk").only("title", "gate_findings")[:EXAMPLES]
    return [
        (row.title or f"#{row.pk}", _screen(row.pk), " ".join(said[2] for said in finding_sentences(row.gate_findings)))
        for row in rows
    ]


def _listed(**asked: str) -> str:
    query = urlencode({"state__exact": "blocked", **asked})
    return f"{reverse('admin:zbsync_proposal_changelist')}?{query}"


def _screen(pk: int) -> str:
    return reverse("admin:zbsync_proposal_change", args=[pk])


def _may_see_gate(request: HttpRequest) -> bool:
    return request.user.has_perm("zbsync.view_gatesetting")


def _ask(code: str, name: str, now: JSONValue) -> Ask:
    spec = next(one for one in CATALOGUE[code].params if one.name == name)
    words = called(GATE_RULES, code), called(GATE_PARAMS, name)
    return Ask(code, name, *words, now, spec.type == "bool", spec.min, spec.max)


def _answered(request: HttpRequest, asks: list[Ask]) -> dict[str, Any]:
    """What the address asks, and the answer; {} when it asks for nothing."""
    wanted = request.GET.get("ask", "")
    ask = next((one for one in asks if f"{one.code}.{one.name}" == wanted), None)
    if ask is None:
        return {}
    typed = request.GET.get("value", "").strip()
    try:
        value = _value(ask, typed)
        answer = what_if(ask.code, ask.name, value, user_of(request))
    except ValueError:
        limits = f"{ask.least:g}–{ask.most:g}" if ask.least is not None and ask.most is not None else ""
        return {"asked": ask, "typed": typed, "wrong": _("Give a number %(limits)s.") % {"limits": limits}}
    told = {"asked": ask, "typed": typed, "answer": answer, "said": _said(ask, value)}
    return told | ({"moved": [_row(one) for one in answer.moved]} if answer else {})


def _value(ask: Ask, typed: str) -> JSONValue:
    """Raises ValueError when it is no number."""
    if ask.whether:
        return not ask.now
    return int(typed) if isinstance(ask.now, int) and ask.name == "min_length" else float(typed)


def _said(ask: Ask, value: JSONValue) -> str:
    """The supposition in words."""
    if ask.whether:
        shown = _("yes") if value else _("no")
    else:
        shown = f"{value:g}" if isinstance(value, int | float) else str(value)
    return _("If “%(setting)s” were %(value)s:") % {"setting": ask.setting, "value": shown}


def _row(one: Moved) -> tuple[str, str, str]:
    """Name, address of the contact's story, and what the gate says."""
    address = reverse("admin:zbsync_contact_change", args=[one.contact_id])
    return one.title, address, " ".join(map(say, one.findings))
