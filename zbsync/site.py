"""The admin site. It stands outside `zbsync.admin`: inside, importing it would register nothing, silently."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zbsync.conf import conf
from zbsync.sentences.names import ROLES, called


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the menu: a changelist of `model` ("app.model" in lower case) and the query that narrows it, or, with
    `model` empty, the page of our own that `view` names, for those who have the permission `needs`.
    """

    label: str | Promise
    icon: str
    model: str
    query: str = ""
    view: str = ""
    needs: str = ""


MENU: tuple[tuple[str | Promise, tuple[Page, ...]], ...] = (
    (
        _("Review"),
        (
            Page(_("To review"), "review", "zbsync.proposal", "state__exact=ready"),
            Page(_("Held back"), "held", "zbsync.proposal", "state__exact=blocked"),
            Page(_("Why not"), "gate", "", view="zbsync_proposal_held", needs="zbsync.view_proposal"),
            Page(_("Acts on many"), "review", "zbsync.act"),
            Page(_("Pushes"), "push", "zbsync.push"),
            Page(_("Failed and in doubt"), "doubt", "", view="zbsync_push_failed", needs="zbsync.view_push"),
        ),
    ),
    (
        _("Data"),
        (
            Page(_("Contacts"), "contact", "zbsync.contact"),
            Page(_("Import"), "upload", "zbsync.upload"),
            Page(_("ERP customers"), "erp", "zbsync.erprecord"),
            Page(_("Bindings"), "link", "zbsync.binding"),
        ),
    ),
    (
        _("Rules"),
        (
            Page(_("Gate"), "gate", "zbsync.gatesetting"),
            Page(_("Mapping"), "mapping", "zbsync.mapping"),
            Page(_("Value maps"), "code", "zbsync.valuemap"),
            Page(_("Source codes"), "book", "zbsync.sourcecode"),
            Page(_("Unmapped values"), "held", "", view="zbsync_mapping_unmapped", needs="zbsync.view_mapping"),
            Page(_("Vocabularies"), "book", "zbsync.vocabulary"),
            Page(_("ERP operations"), "wire", "", view="zbsync_catalogue", needs="zbsync.view_catalogue"),
            Page(_("Assignment rules"), "user", "zbsync.assignmentrule"),
            Page(_("Ways of follow-up"), "code", "zbsync.followupmethod"),
        ),
    ),
    (
        _("System"),
        (
            Page(_("Audit"), "audit", "zbsync.entry"),
            Page(_("Exchanges"), "wire", "zbsync.exchange"),
            Page(_("ERP connections"), "plug", "zbsync.erpconnection"),
            Page(_("Hubs"), "plug", "zbsync.hubconnection"),
            Page(_("Users"), "user", "auth.user"),
            Page(_("Roles"), "user", "auth.group"),
        ),
    ),
)


class ReviewSite(admin.AdminSite):
    """Django's admin under our own name, with a menu by task instead of by table."""

    site_header = _("zbsync review desk")
    site_title = _("zbsync")
    index_title = _("Work queue")
    enable_nav_sidebar = False
    empty_value_display = "–"
    front_page: Callable[[HttpRequest], dict[str, Any]] | None = None
    views: ClassVar[dict[str, tuple[str, Callable[[HttpRequest], HttpResponse]]]] = {}
    """Pages of our own that show no one table: name → route and view, put here by `admin`."""

    def get_urls(self) -> list[Any]:
        """The stock's, after our own."""
        own = [path(route, self.admin_view(view), name=name) for name, (route, view) in self.views.items()]
        return [*own, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The work queue instead of a list of tables."""
        desk = self.front_page(request) if self.front_page else {}
        if request.GET.get("part") == "front":  # the page asks for itself again, without what stands around it
            return TemplateResponse(request, "zbsync/parts/front.html", {"desk": desk})
        return super().index(request, {"desk": desk, **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page knows besides the stock's own: the menu, the mode, the user's roles."""
        context = super().each_context(request)
        if context["has_permission"]:
            context["zb_nav"] = self._menu(request)
            context["zb_roles"] = self._roles(request)
        context["zb_live"] = conf().live
        return context

    def _menu(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The sections with the pages this user may see; the one being looked at is `current`."""
        seen = {
            f"{model._meta.app_label}.{model._meta.model_name}"
            for model, model_admin in self._registry.items()
            if model_admin.has_view_permission(request)
        }
        home = {"label": self.index_title, "icon": "home", "url": reverse(f"{self.name}:index")}
        home["current"] = request.path == home["url"]
        sections: list[dict[str, Any]] = [{"title": "", "items": [home]}]
        for title, pages in MENU:
            items = [
                self._item(request, page)
                for page in pages
                if page.model in seen or (page.view and request.user.has_perm(page.needs))
            ]
            if items:
                sections.append({"title": title, "items": items})
        _mark_current(request, sections)
        return sections

    def _item(self, request: HttpRequest, page: Page) -> dict[str, Any]:
        name = page.view or f"{page.model.replace('.', '_')}_changelist"
        try:
            address = reverse(f"{self.name}:{name}")
        except NoReverseMatch:
            address = reverse(f"{self.name}:index")
        url = f"{address}?{page.query}" if page.query else address
        return {
            "label": page.label,
            "icon": page.icon,
            "url": url,
            "path": address,
            "query": page.query,
            "current": False,
        }

    def _roles(self, request: HttpRequest) -> str:
        """The names of the user's groups, or "administrator" for a superuser."""
        user = request.user
        if getattr(user, "is_superuser", False):
            return called(ROLES, "administrator")
        names = user.groups.values_list("name", flat=True)
        return "、".join(called(ROLES, one) for one in names)


def _mark_current(request: HttpRequest, sections: list[dict[str, Any]]) -> None:
    """Mark the page whose path and query fit best; at most one."""
    best: dict[str, Any] | None = None
    for section in sections:
        for item in section["items"]:
            path, query = item.get("path", ""), item.get("query", "")
            if not path or not request.path.startswith(path):
                continue
            fits = query in request.META.get("QUERY_STRING", "") if query else True
            closer = best is None or (len(path), len(query)) > (len(best["path"]), len(best["query"]))
            if fits and closer:
                best = item
    if best:
        best["current"] = True
