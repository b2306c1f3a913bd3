"""Source codes: hub channel → customer source (ly), chosen from what this ERP really has.

Channels nobody decided stand first, with how many contacts each holds. Choosing frees them all at once; how far that
has got is shown on a page of its own, which reloads itself and has no form that a reload could empty.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import HistoryAdmin, user_of
from zbsync.admin.channels import SEEN, Board, choose
from zbsync.admin.rules import RulesAdmin
from zbsync.models import ErpConnection, SourceCode
from zbsync.pipeline import publish, tables
from zbsync.pipeline.audit import Actor

RELOAD_S = "3"


class SourceCodeForm(forms.ModelForm[SourceCode]):
    """Offers the options that were really surveyed from this row's ERP."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = tables.sources(self.instance.connection) if self.instance.pk else []
        names = list(dict.fromkeys([*known, self.instance.option]))
        choices = [("", _("— a person must choose —")), *((name, name) for name in names if name)]
        if "option" in self.fields:
            self.fields["option"] = forms.ChoiceField(
                label=_("customer source in the ERP"), choices=choices, required=False
            )


@admin.register(SourceCode)
class SourceCodeAdmin(RulesAdmin, HistoryAdmin):
    """Hub channel → customer source (ly)."""

    form = SourceCodeForm
    list_display = ["channel", "option", "connection"]
    readonly_fields = ["connection", "channel"]
    list_title = _("Source codes")
    list_subtitle = _("Which customer source (ly) a contact of each hub channel gets.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A channel is added on the page of all of them."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """All channels of one connection on one page; a POST with choices keeps them."""
        if not request.user.has_perm(SEEN):
            raise PermissionDenied
        if request.method == "POST" and "action" in request.POST:
            stock: HttpResponse = super().changelist_view(request, extra_context)
            return stock
        connections = list(ErpConnection.objects.filter(is_active=True).order_by("name"))
        chosen = request.POST.get("connection") or request.GET.get("connection", "")
        named = [one for one in connections if str(one.pk) == chosen]
        waiting = [one for one in connections if one.source_codes.filter(option="").exists()] if not named else []
        connection = next(iter([*named, *waiting, *connections]), None)
        if request.method == "POST" and connection is not None:
            return self._choose(request, connection)
        return self._page(request, connections, connection)

    def _page(
        self, request: HttpRequest, connections: list[ErpConnection], connection: ErpConnection | None
    ) -> HttpResponse:
        board = Board(connection) if connection else None
        watching = bool(board and "watch" in request.GET and board.moving)
        context = {
            **self.admin_site.each_context(request),
            "title": self.list_title,
            "list_subtitle": self.list_subtitle,
            "opts": self.opts,
            "connections": connections,
            "connection": connection,
            "board": board,
            "watching": watching,
            "may_choose": request.user.has_perm(publish.SOURCES),
        }
        response = TemplateResponse(request, "zbsync/sources.html", context)
        if watching:
            response.headers["Refresh"] = RELOAD_S  # every browser obeys it, with and without JavaScript
        return response

    def _choose(self, request: HttpRequest, connection: ErpConnection) -> HttpResponse:
        return self._back(connection, watch=choose(request, connection))

    def _back(self, connection: ErpConnection, *, watch: bool = False) -> HttpResponseRedirect:
        url = reverse("admin:zbsync_sourcecode_changelist")
        return HttpResponseRedirect(f"{url}?connection={connection.pk}{'&watch=1' if watch else ''}")

    def save_model(self, request: HttpRequest, obj: SourceCode, form: Any, change: bool) -> None:
        """One channel from its own page: kept as from the page of all."""
        publish.choose_sources(obj.connection, {obj.channel: obj.option}, user_of(request))

    def _reconsider(self, request: HttpRequest, names: str) -> None:
        publish.reconsider(Actor.of(user_of(request)), reason=f"{_('source code')} {names}"[:500])
