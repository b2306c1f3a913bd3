"""The list of acts, and the page of one: shown on GET, and on POST one verb of `review.acts` is asked."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.filters import Question
from zbsync.admin.proposal.acts import undo, verbs
from zbsync.admin.proposal.acts.told import told
from zbsync.admin.render import ACT_TONES, state_pill
from zbsync.models import Act, ActState, ActVerb


class State(Question):
    """Where the act stands."""

    title = _("Which state?")
    parameter_name = "state__exact"
    answers = tuple(ActState.choices)


class What(Question):
    """What was done to many."""

    title = _("What was done?")
    parameter_name = "verb__exact"
    answers = tuple(ActVerb.choices)


@admin.register(Act)
class ActAdmin(ReadOnlyAdmin):
    """Acts on many, the latest first. The page of each asks, `pipeline.review.acts` acts."""

    list_display = ["named", "verb", "state_now", "total", "taken", "left_out", "asked_by", "asked_at", "confirmed_by"]
    list_display_links = None
    list_select_related = ["asked_by", "confirmed_by"]
    list_filter = [State, What]
    search_fields = ["name", "=act", "=asked_by__username"]
    search_help_text = _("name, id or who asked")
    ordering = ["-id"]
    list_title = _("Acts on many")
    list_subtitle = _("Decisions on many proposals at once: what was asked, who confirmed it, and what came of it.")

    @admin.display(description=_("name"), ordering="name")
    def named(self, row: Act) -> SafeString:
        """Its name, which leads to its page."""
        return format_html('<a href="{}">{}</a>', reverse("admin:zbsync_act_change", args=[row.pk]), row.name)

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, row: Act) -> SafeString:
        """As a pill."""
        return state_pill(row.get_state_display(), row.state, ACT_TONES)

    def get_urls(self) -> list[Any]:
        """With the page that asks before an act is taken back."""
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", view, name="zbsync_act_undo"), *super().get_urls()]

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What taking the act back would do, and on POST the verb."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return undo.respond(self.admin_site.each_context(request) | {"opts": self.opts}, request, pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of one act; what moves on it is also given alone, for the page that refreshes itself."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = (
            Act.objects.select_related("asked_by", "confirmed_by", "cancelled_by").filter(pk=_number(object_id)).first()
        )
        if row is None:
            raise Http404
        if request.method == "POST":
            return HttpResponseRedirect(verbs.ask(request, row))
        context = {"act": row, "told": told(row, request)}
        if request.GET.get("part") == "live":
            return TemplateResponse(request, "zbsync/parts/act.html", context)
        page = {**self.admin_site.each_context(request), "opts": self.opts, "title": row.name, **context}
        return TemplateResponse(request, "zbsync/act.html", page)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
