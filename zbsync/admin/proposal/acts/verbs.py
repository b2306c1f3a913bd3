"""What the buttons of an act's page send: open a row of the sample, confirm, call off."""

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from zbsync.admin.base import user_of
from zbsync.core.findings import Finding
from zbsync.models import Act
from zbsync.pipeline.review import acts
from zbsync.sentences import say


def ask(request: HttpRequest, row: Act) -> str:
    """Ask the verb, tell, and answer where to go then. Raises Http404 and PermissionDenied."""
    verb, by = request.POST.get("verb", ""), user_of(request)
    reason = request.POST.get("reason", "").strip()[:500]
    here = reverse("admin:zbsync_act_change", args=[row.pk])
    if verb == "look":
        wanted = request.POST.get("proposal", "")
        if not (wanted.isdecimal() and acts.look(row, int(wanted), by)):
            raise Http404
        words = _("This is one of the sample of “%(name)s”.") % {"name": row.name}
        messages.info(request, format_html('{} <a href="{}">{}</a>', words, here, _("Back to the act")))
        return reverse("admin:zbsync_proposal_change", args=[wanted])
    if verb == "confirm":
        _say(request, acts.confirm(row, by, reason), _("Confirmed. Jobs carry it out now."))
    elif verb == "cancel":
        _say(request, acts.cancel(row, by, reason), _("Called off. What was done already stays done."))
    else:
        raise Http404
    return here


def _say(request: HttpRequest, code: str, success: str) -> None:
    if code:
        messages.error(request, say(Finding(code)))
    else:
        messages.success(request, success)
