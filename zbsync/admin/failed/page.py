"""The desk of failures: one page, read with GET, acted on with POST. It asks; `pipeline.review` acts."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from zbsync.admin.failed import brakes, mends
from zbsync.admin.failed.acts import act
from zbsync.admin.failed.groups import doubts, groups
from zbsync.models import Push
from zbsync.models.within import within


def failed_view(request: HttpRequest) -> HttpResponse:
    """The page, or what a person chose on it (or on the front page, which sends its buttons here)."""
    if not request.user.has_perm("zbsync.view_push"):
        raise PermissionDenied
    if request.method == "POST":
        act(request, request.POST)
        return HttpResponseRedirect(_back_to(request))
    return TemplateResponse(request, "zbsync/failed.html", {**admin.site.each_context(request), **_shown(request.user)})


def _shown(user: Any) -> dict[str, Any]:
    wires = user.has_perm("zbsync.view_exchange")
    found = groups(user, wires=wires)
    places = mends.places(found) if user.has_perm("zbsync.view_mapping") else {}
    known = mends.options(found)
    return {
        "title": _("Failed and in doubt"),
        "held": brakes.held(user),
        "connections": brakes.connections(user),
        "groups": [(one, mends.for_group(one, user, known[one.key]), places.get(one.key, [])) for one in found],
        "doubts": doubts(user, wires=wires),
        "doubts_total": within(user, Push.objects.in_doubt()).count(),
        "may_settle": user.has_perm("zbsync.settle_push"),
        "may_bury": user.has_perm("zbsync.bury_push"),
        "may_let_go": user.has_perm("zbsync.let_go_push"),
        "may_cancel": user.has_perm("zbsync.cancel_push"),
        "back": brakes.page(),
        "match_desk": reverse("admin:zbsync_proposal_changelist") + "?state__exact=ready",
    }


def _back_to(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else brakes.page()
