"""The versions of the mapping: the list, the page of each, and the verbs draft, publish, go back."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from zbsync.admin.base import DeskAdmin, user_of
from zbsync.admin.erp import catalogue
from zbsync.admin.forms import REASON_LENGTH
from zbsync.admin.rules import unfit_options
from zbsync.admin.workbench import compare, draft, files, preview, replay, unmapped
from zbsync.core.findings import Finding
from zbsync.core.mapping import COLUMNS, MappingError
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Entry, Mapping, MappingState, PreviewState
from zbsync.pipeline import publish, tables
from zbsync.sentences import say, tell
from zbsync.templatetags.zbsync_ui import pill

TONES = {"draft": "warn", "published": "ok", "retired": "mute"}
PAST = 50
"""Entries of the audit that a version's page shows."""


@admin.register(Mapping)
class MappingAdmin(DeskAdmin):
    """The versions of the rule set."""

    list_display = ["version", "state_now", "rule_count", "note", "created_at", "published_at", "published_by"]
    list_select_related = ["published_by"]
    fields = ["note"]
    actions = ["copy_to_draft"]
    list_title = _("Mapping")
    list_subtitle = _("One version is published. To change it, copy it to a draft, edit, preview, publish.")
    change_list_template = "zbsync/versions.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mapping]:
        """With the number of rules in the same query."""
        rows: QuerySet[Mapping] = super().get_queryset(request)
        return rows.annotate(rule_total=Count("rules"))

    @admin.display(description=_("state"))
    def state_now(self, row: Mapping) -> SafeString:
        """As a pill."""
        return pill(row.get_state_display(), TONES[row.state])

    @admin.display(description=_("rules"))
    def rule_count(self, row: Any) -> int:
        """How many it has."""
        return int(row.rule_total)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A version begins as a copy."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Mapping | None = None) -> bool:
        """Only a draft nobody used."""
        return super().has_delete_permission(request, obj) and obj is not None and obj.state == MappingState.DRAFT

    def get_urls(self) -> list[Any]:
        """Our pages and verbs before the stock's."""
        wrap = self.admin_site.admin_view
        own: list[tuple[str, Callable[..., HttpResponse], str]] = [
            ("compare/", self.compare_view, "compare"),
            ("import/", self.import_view, "import"),
            ("unmapped/", self.unmapped_view, "unmapped"),
            ("replay/<int:pk>/", replay.page, "replay"),
            ("<int:pk>/maps/", self.maps_view, "maps"),
            ("<int:pk>/export.<str:kind>", self.export_view, "export"),
            ("<int:pk>/draft/", require_POST(self.draft_view), "draft"),
            ("<int:pk>/preview/", self.preview_view, "preview"),
            ("<int:pk>/publish/", self.publish_view, "publish"),
        ]
        return [*(path(route, wrap(view), name=f"zbsync_mapping_{name}") for route, view, name in own),
                *super().get_urls()]  # fmt: skip

    def context(self, request: HttpRequest, row: Mapping | None = None, title: str = "") -> dict[str, Any]:
        """What every page of the workbench knows."""
        own = {
            "opts": self.opts,
            "row": row,
            "title": title or (self.heading(row) if row else ""),
            "may_change": self.has_change_permission(request),
            "pill": self.state_now(row) if row else "",
        }
        return {**self.admin_site.each_context(request), **own}

    def heading(self, row: Mapping) -> str:
        """What people call a version."""
        named = _("Draft v%(n)d") if row.state == MappingState.DRAFT else _("Version v%(n)d")
        return str(named) % {"n": row.version}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A draft is edited by who may; anything else is read."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        editable = row.state == MappingState.DRAFT and self.has_change_permission(request, row)
        if request.method == "POST" and not editable:
            raise PermissionDenied
        context = self.context(request, row)
        return draft.respond(context, request, row) if editable else self._read(request, row, context)

    def _read(self, request: HttpRequest, row: Mapping, context: dict[str, Any]) -> HttpResponse:
        rules = tables.read_rules(row)
        linked = request.user.has_perm(catalogue.PERMISSION)
        lines = [
            {
                "rule": rule,
                "url": catalogue.link(rule.target) if linked and rule.target in FIELDS else "",
                **{name: compare.words(rule, name) for name in COLUMNS},
            }
            for rule in rules
        ]
        shown = {**context, "lines": lines, "zb_findings": unfit_options(row), "past": self._past(row)}
        return TemplateResponse(request, "zbsync/version.html", shown)

    def _past(self, row: Mapping) -> list[tuple[Entry, str]]:
        """What was done to a version, the latest first."""
        entries = Entry.objects.filter(subject="mapping", subject_id=row.pk).order_by("-pk")[:PAST]
        return [(entry, tell(entry.verb)) for entry in entries]

    def compare_view(self, request: HttpRequest) -> HttpResponse:
        """Two versions, rule by rule."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return compare.respond(self.context(request), request)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """A file becomes a draft."""
        return files.respond(self.context(request), request)

    def unmapped_view(self, request: HttpRequest) -> HttpResponse:
        """Values that no rule knows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return unmapped.respond(self.context(request), request)

    def maps_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The value maps of a version, with their pairs."""
        row = get_object_or_404(Mapping, pk=pk)
        return unmapped.maps_of(self.context(request, row), request, row)

    def export_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        """A version as a file."""
        row = get_object_or_404(Mapping, pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        if kind not in ("json", "xlsx"):
            raise Http404
        return files.export(row, kind)

    def draft_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new draft from any version: the next change, or the way back."""
        row = get_object_or_404(Mapping, pk=pk)
        made = publish.draft(row, user_of(request), str(_("copy of v%(version)d") % {"version": row.version}))
        self.message_user(request, _("Draft made. Edit its rules, then publish it."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:zbsync_mapping_change", args=[made.pk]))

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A draft over the whole mirror."""
        row = get_object_or_404(Mapping, pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return preview.respond(self.context(request, row), request, row)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """First what it would change, then, with a reason, the verb."""
        row = get_object_or_404(Mapping, pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        reason = request.POST.get("reason", "").strip()[:REASON_LENGTH]
        errors = [] if request.method != "POST" or reason else [str(_("Say why."))]
        if request.method == "POST" and not errors:
            errors = self._publish(request, row, reason)
            if not errors:
                self.message_user(request, _("Published. Contacts are being mapped again."), messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:zbsync_mapping_change", args=[row.pk]))
        published = Mapping.objects.filter(state=MappingState.PUBLISHED).first()
        shown = {
            **self.context(request, row),
            "published": published,
            "changes": compare.differences(published, row) if published else [],
            "errors": errors,
            "reason": reason,
            "step": _("Publish"),
            **self._previewed(row),
        }
        return TemplateResponse(request, "zbsync/publish.html", shown)

    def _previewed(self, row: Mapping) -> dict[str, Any]:
        """The numbers of a finished preview that still holds."""
        made = publish.preview_of(row)
        done = made is not None and made.state == PreviewState.DONE and publish.preview_stands(made)
        return {"preview": made, **preview.figures(made)} if made is not None and done else {"preview": None}

    def _publish(self, request: HttpRequest, row: Mapping, reason: str) -> list[str]:
        """Ask for it; returns why not, [] when it is published."""
        try:
            publish.publish(row, user_of(request), reason)
        except publish.PublishError as error:
            return [say(Finding(error.code))]
        except MappingError as error:
            return [say(finding) for finding in error.findings]
        return []

    @admin.action(description=_("Copy to a new draft"), permissions=["change"])
    def copy_to_draft(self, request: HttpRequest, rows: QuerySet[Mapping]) -> None:
        """The next version, as a draft with the same rules."""
        for row in rows:
            publish.draft(row, user_of(request), str(_("copy of v%(version)d") % {"version": row.version}))
        self.message_user(request, _("Draft made. Edit its rules, then publish it."), messages.SUCCESS)
