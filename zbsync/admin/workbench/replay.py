"""A past push under a version of the mapping: then and now, field by field. It is only looked at; nothing is sent."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from zbsync.admin.render import caption
from zbsync.core.findings import Finding
from zbsync.models import Mapping, MappingState, Push
from zbsync.models.within import within
from zbsync.pipeline import publish
from zbsync.sentences import say

SEEN = ("zbsync.view_push", "zbsync.view_mapping")


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The push beside what the chosen version, by default the published one, would send."""
    if not all(request.user.has_perm(one) for one in SEEN):
        raise PermissionDenied
    rows = Push.objects.select_related("proposal__mapping", "contact", "connection")
    push = get_object_or_404(within(request.user, rows), pk=pk)
    versions = list(Mapping.objects.order_by("-version"))
    by_number = {str(one.version): one for one in versions}
    published = next((one for one in versions if one.state == MappingState.PUBLISHED), push.proposal.mapping)
    chosen = by_number.get(request.GET.get("version", ""), published)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Replay under another version"),
        "opts": Push._meta,
        "push": push,
        "versions": versions,
        "chosen": chosen,
    }
    try:
        told = publish.replay(push, chosen)
    except publish.NoReplay as error:
        context["problem"] = say(Finding(error.code))
    else:
        context["replay"] = told
        context["lines"] = [(caption(one.target), one) for one in told.fields]
        context["differs"] = sum(one.differs for one in told.fields)
        context["findings"] = [say(finding) for finding in told.findings]
    return TemplateResponse(request, "zbsync/replay.html", context)
