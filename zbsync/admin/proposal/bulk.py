"""Many at once: first a page that says what will happen, then the pipeline's verb, then what came of it.

Django calls its actions twice: without `confirmed` the answer is the confirmation page, with it the verb is asked.
Ticked rows carry their digests and the moment the list was shown; "all that match" carries the filter (it stands in
the address) and the moment it was counted. Whatever moved since is left out by the verb and told. What one person may
not do alone, and what is more than a batch, is told on the page of its act.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from zbsync.admin.base import DeskAdmin, user_of
from zbsync.admin.filters import ANY
from zbsync.admin.forms import ReasonForm, digests_of, shown_at
from zbsync.admin.proposal.acts.told import reasons, risk_sentences
from zbsync.core.findings import Finding
from zbsync.models import Act, ActState, Proposal
from zbsync.pipeline import review
from zbsync.sentences import say
from zbsync.sentences.names import OPERATIONS, called


@dataclass(frozen=True, slots=True)
class Verb:
    """How a bulk act is spoken of; `effect` maps what happens to words with a number."""

    title: str | Promise
    button: Any
    done: Any
    tone: str
    reason_needed: bool = False


VERBS = {
    "approve": Verb(
        gettext_lazy("Approve"),
        ngettext_lazy("Approve %(n)d", "Approve %(n)d", "n"),
        ngettext_lazy("%(n)d proposal approved.", "%(n)d proposals approved.", "n"),
        "",
    ),
    "reject": Verb(
        gettext_lazy("Decline"),
        ngettext_lazy("Decline %(n)d", "Decline %(n)d", "n"),
        ngettext_lazy("%(n)d proposal declined.", "%(n)d proposals declined.", "n"),
        "zb-button--bad",
        reason_needed=True,
    ),
    "create_anyway": Verb(
        gettext_lazy("Create anyway"),
        ngettext_lazy("Create %(n)d as new", "Create %(n)d as new", "n"),
        ngettext_lazy(
            "%(n)d proposal will create a new customer. Approve it next.",
            "%(n)d proposals will create new customers. Approve them next.",
            "n",
        ),
        "",
    ),
}

ASK = ngettext_lazy("Ask a second person for %(n)d", "Ask a second person for %(n)d", "n")
"""The button when one person is not enough."""

EFFECTS = {
    "create": gettext_lazy("new customers in the ERP"),
    "update": gettext_lazy("customers changed in the ERP"),
    "link": gettext_lazy("only linked, nothing written"),
    "reject": gettext_lazy("declined until the hub changes them"),
}


def answer(model_admin: DeskAdmin, request: HttpRequest, rows: QuerySet[Proposal], verb: str) -> HttpResponse | None:
    """The confirmation page; after it the act: carried out at once it is told on the list (None), else on its page."""
    form = ReasonForm(request.POST if "confirmed" in request.POST else None, needed=VERBS[verb].reason_needed)
    if not form.is_valid():
        return _confirm(model_admin, request, rows, verb, form)
    act = _ask(request, rows, verb, form.cleaned_data["reason"])
    if act.state != ActState.DONE:
        return HttpResponseRedirect(page_of(act))
    _tell(model_admin, request, act)
    return None


def page_of(act: Act) -> str:
    """The address of an act's page."""
    return reverse("admin:zbsync_act_change", args=[act.pk])


def _confirm(
    model_admin: DeskAdmin, request: HttpRequest, rows: QuerySet[Proposal], verb: str, form: ReasonForm
) -> HttpResponse:
    """What will happen, before it does. Nothing is changed."""
    every = _every(request)
    seen = None if every else shown_at(request.POST)
    found = review.preview(rows, verb, user_of(request), seen)
    digests = {} if every else dict(rows.values_list("pk", "digest"))
    spoken = VERBS[verb]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": spoken.button % {"n": found.total} if found.total else spoken.title,
        "verb": verb,
        "spoken": spoken,
        "button": (ASK if found.risks else spoken.button) % {"n": found.total},
        "preview": found,
        "will": [(count, EFFECTS.get(name) or called(OPERATIONS, name)) for name, count in sorted(found.will.items())],
        "left_out": [
            (count, say(Finding(code)), _those(request, rows, f"{verb}:{code}", seen))
            for code, count in sorted(found.left_out.items())
        ],
        "left_total": sum(found.left_out.values()),
        "risks": risk_sentences(found.risks),
        "name": request.POST.get("name", ""),
        "every": every,
        "picked": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[: 1 if every else None],
        "digests": [f"{row_id}:{digest}" for row_id, digest in digests.items()],
        "shown_at": found.shown_at.isoformat(),
        "form": form,
        "back": request.get_full_path(),
    }
    return TemplateResponse(request, "zbsync/confirm.html", context)


def _every(request: HttpRequest) -> bool:
    """Whether all that match are meant, and not the ticked ones."""
    return request.POST.get("select_across", "0") != "0"


def _those(request: HttpRequest, rows: QuerySet[Proposal], reason: str, seen: datetime | None) -> str:
    """The address of the chosen rows that would be left out for one reason."""
    value = f"{reason}:{seen.isoformat()}" if seen else reason
    if _every(request):
        asked = request.GET.copy()
        asked.pop("p", None)
        asked["left_out"] = value
        return f"{request.path}?{asked.urlencode()}"
    ids = ",".join(str(pk) for pk in rows.values_list("pk", flat=True))
    return f"{request.path}?{urlencode({'state__exact': ANY, 'id__in': ids, 'left_out': value})}"


def _ask(request: HttpRequest, rows: QuerySet[Proposal], verb: str, reason: str) -> Act:
    digests = None if _every(request) else digests_of(request.POST)
    wish = review.acts.Wish(request.POST.get("name", ""), reason, request.GET.urlencode())
    seen = shown_at(request.POST)
    return review.acts.ask(rows, verb, user_of(request), wish, digests=digests, shown_at=seen)


def _tell(model_admin: DeskAdmin, request: HttpRequest, act: Act) -> None:
    """How many were done, how many left out, why, and where they are."""
    if act.taken:
        said = VERBS[act.verb].done % {"n": act.taken}
        text = format_html('{} <a href="{}">{}</a>', said, page_of(act), _("This act"))
        model_admin.message_user(request, text, messages.SUCCESS)
    for reason in reasons(act):
        counted = _("Left out: %(n)d.") % {"n": reason.count}
        text = format_html('{} {} <a href="{}">{}</a>', counted, reason.sentence, reason.url, _("Look"))
        model_admin.message_user(request, text, messages.WARNING)
    if not act.total:
        model_admin.message_user(request, _("Nothing was left to decide."), messages.INFO)
