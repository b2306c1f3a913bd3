"""The page that asks before an act is taken back: how many will be, how many cannot and why; then the verb."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.base import user_of
from zbsync.admin.forms import REASON_LENGTH
from zbsync.admin.proposal.acts.told import asked_rows, rows_of
from zbsync.core.findings import Finding
from zbsync.models import Act, ActRow
from zbsync.pipeline import review
from zbsync.sentences import say

EFFECTS = {
    "undo_approve": gettext_lazy("approvals taken back; nothing of them is sent, and their contacts are judged again"),
    "undo_reject": gettext_lazy("declined proposals taken back; their contacts are judged again"),
}


def respond(context: dict[str, Any], request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks, POST acts and leads to the act that takes the other back. Raises Http404 and PermissionDenied."""
    row = get_object_or_404(Act, pk=pk)
    if request.method == "POST":
        return _undo(request, row)
    verb = review.acts.undoing(row)
    if verb is None:
        return _nothing(request, row)
    found = review.preview(review.acts.taken(row), verb, user_of(request))
    left_out = [
        (count, say(Finding(code)), f"{rows_of(row, ActRow.TAKEN)}&{urlencode({'left_out': f'{verb}:{code}'})}")
        for code, count in sorted(found.left_out.items())
    ]
    page = {
        **context,
        "title": _("Undo “%(name)s”") % {"name": row.name},
        "preview": found,
        "will": [(count, EFFECTS[name]) for name, count in found.will.items()]
        or [(0, gettext_lazy("Nothing of it can be taken back any more."))],
        "left_out": left_out,
        "left_total": sum(found.left_out.values()),
        "act": row,
        "back": _page_of(row),
        "max_length": REASON_LENGTH,
    }
    return TemplateResponse(request, "zbsync/act_undo.html", page)


def _undo(request: HttpRequest, row: Act) -> HttpResponse:
    name, reason = _("Undo: %(name)s") % {"name": row.name}, request.POST.get("reason", "").strip()[:REASON_LENGTH]
    wish = review.acts.Wish(name, reason, asked_rows(row, ActRow.TAKEN))
    made = review.acts.undo_act(row, user_of(request), wish)
    return HttpResponseRedirect(_page_of(made)) if made else _nothing(request, row)


def _nothing(request: HttpRequest, row: Act) -> HttpResponse:
    messages.error(request, say(Finding("act.nothing_to_undo")))
    return HttpResponseRedirect(_page_of(row))


def _page_of(row: Act) -> str:
    return reverse("admin:zbsync_act_change", args=[row.pk])
