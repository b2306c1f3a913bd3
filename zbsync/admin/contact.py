"""Hub contacts: the list, and one contact's page, which is its whole story.

Only ingest writes contacts; here they are read. The story comes from `pipeline.story`.
"""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin import filters, search
from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.erp import live
from zbsync.admin.facts import TONES, contact_facts, when
from zbsync.admin.order import page
from zbsync.admin.proposal import phones
from zbsync.admin.proposal.decision import Said, sheet
from zbsync.admin.render import PROPOSAL_TONES, PUSH_TONES, state_pill
from zbsync.admin.timeline import steps
from zbsync.models import Binding, Contact
from zbsync.models.within import within
from zbsync.pipeline import customers, story
from zbsync.templatetags.zbsync_ui import pill

HEAVY = ("notes", "remark", "summary", "extra", "address")
VERDICTS = {
    "eligible": ("ok", gettext_lazy("may go to the ERP")),
    "blocked": ("warn", gettext_lazy("held back by the gate")),
    "unknown": ("mute", gettext_lazy("not judged yet")),
    "gone": ("mute", gettext_lazy("gone from the hub")),
}


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """The mirror of the hubs."""

    list_display = [
        "who",
        "kind",
        "mobile",
        "verified",
        "channel",
        "score_shown",
        "list_pill",
        "may_go",
        "hub",
        "changed",
    ]
    list_select_related = ["hub"]
    list_filter = [
        filters.Eligible, filters.ContactKind, filters.Channel, filters.Score, filters.Listing, filters.Verified,
        filters.Hub, filters.Gone,
    ]  # fmt: skip
    search_fields = ["name"]
    search_help_text = gettext_lazy("name, mobile, WeChat id, source id, ERP id")
    ordering = ["-id"]
    sortable_by = ["who", "changed"]
    list_title = gettext_lazy("Contacts")
    list_subtitle = gettext_lazy("Our mirror of the hubs. Open one to read its whole story.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Contact]:
        """Without the long texts; the contact's page reads them."""
        rows: QuerySet[Contact] = super().get_queryset(request)
        return rows.defer(*HEAVY)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Routed by the shape of what is looked for."""
        return (queryset.filter(search.contacts(search_term)) if search_term.strip() else queryset), False

    @admin.display(description=gettext_lazy("contact"), ordering="name")
    def who(self, row: Contact) -> SafeString:
        """The company, or the person."""
        return format_html('<span class="zb-name">{}</span>', str(row))

    @admin.display(description=gettext_lazy("phone verified"))
    def verified(self, row: Contact) -> SafeString:
        """Whether the hub verified the number."""
        return pill(_("yes"), "ok") if row.phone_verified else pill(_("no"), "warn")

    @admin.display(description=gettext_lazy("score"))
    def score_shown(self, row: Contact) -> str:
        """Without a fraction that says nothing."""
        return "–" if row.score is None else f"{row.score:g}"

    @admin.display(description=gettext_lazy("list"))
    def list_pill(self, row: Contact) -> SafeString | str:
        """White, gray or black."""
        return pill(row.get_listing_display(), TONES.get(row.listing, "mute")) if row.listing else ""

    @admin.display(description=gettext_lazy("gate"))
    def may_go(self, row: Contact) -> SafeString:
        """What the gate said of the present version."""
        if row.deleted_at:
            return pill(_("gone"), "mute")
        if row.eligible is None:
            return pill(_("not judged yet"), "mute")
        return pill(_("eligible"), "ok") if row.eligible else pill(_("held back"), "warn")

    @admin.display(description=gettext_lazy("changed here"), ordering="changed_at")
    def changed(self, row: Contact) -> str:
        """When its present version came in."""
        return when(row.changed_at)

    def get_urls(self) -> list[Any]:
        """The page for ordering something beside the stock ones."""
        view = self.admin_site.admin_view(partial(page.respond, self.admin_site))
        return [path("<str:object_id>/order/", view, name="zbsync_contact_order"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The story."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = unquote(object_id)
        rows = within(request.user, Contact.objects.select_related("hub"))
        contact = rows.filter(pk=int(key)).first() if key.isdecimal() else None
        if contact is None:
            raise Http404(_("There is no contact %(id)s.") % {"id": key})
        if phones.asked(request):
            phones.show(request, contact)
        bound = Binding.objects.filter(contact=contact).select_related("connection").order_by("pk")
        found = live.panels(request, [(one.connection, one.ord) for one in bound])
        if alone := live.fragment(request, found):
            return alone
        context = {**self.admin_site.each_context(request), "opts": self.model._meta, **_told(request, contact)}
        return TemplateResponse(request, "zbsync/story.html", {**context, "live": found})


def _told(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    """What the page shows; a part that a role may not see is left out of it."""
    told = story.of(contact)
    tone, words = VERDICTS[told.verdict]
    user = request.user
    reads_proposals, reads_pushes = user.has_perm("zbsync.view_proposal"), user.has_perm("zbsync.view_push")
    return {
        "title": str(contact),
        "contact": contact,
        "facts": contact_facts(contact, customers.deals.of_contacts([contact.pk]).get(contact.pk)),
        "phones": phones.offered(request, contact),
        "verdict": words,
        "verdict_tone": tone,
        "findings": [Said.of(one) for one in (*told.gate_findings, *told.findings)],
        "sheet": sheet(told.proposal) if told.proposal and reads_proposals else None,
        "proposals": [
            (row, state_pill(row.get_state_display(), row.state, PROPOSAL_TONES)) for row in reversed(told.proposals)
        ]
        if reads_proposals
        else [],
        "pushes": [(row, state_pill(row.get_state_display(), row.state, PUSH_TONES)) for row in reversed(told.pushes)]
        if reads_pushes
        else [],
        "bindings": told.bindings,
        "may_order": bool(told.bindings) and user.has_perm("zbsync.order_proposal"),
        "steps": steps(told.timeline(), wire=user.has_perm("zbsync.view_exchange")),
    }
