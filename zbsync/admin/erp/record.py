"""The mirror of the ERP's customers and the settled pairs: to be looked at."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.erp import live
from zbsync.admin.render import NOTHING, field_list
from zbsync.admin.words import Words
from zbsync.models import Binding, ErpPerson, ErpRecord


@admin.register(ErpRecord)
class ErpRecordAdmin(ReadOnlyAdmin):
    """What the survey saw."""

    list_display = ["ord", "name", "khid", "mobile", "phone", "weixin", "first_deal_at", "seen_at", "gone_at"]
    list_filter = ["connection", ("gone_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "khid", "mobile", "phone", "weixin", "=ord"]
    search_help_text = _("name, customer number, phone, WeChat id or ERP id")
    exclude = ["values", "numbered"]
    readonly_fields = ["fields_read", "persons"]
    change_form_template = "zbsync/erp_customer.html"
    list_title = _("ERP customers")
    list_subtitle = _("Our mirror of the ERP; matching looks here first.")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The mirror's row, and the customer itself for who asks the ERP."""
        row = self.get_object(request, unquote(object_id)) if self.has_view_permission(request) else None
        if row is None:
            return super().change_view(request, object_id, form_url, extra_context)
        found = live.panels(request, [(row.connection, row.ord)])
        pair = Binding.objects.filter(connection=row.connection_id, ord=row.ord).select_related("contact").first()
        context = {"live": found, "bound_contact": pair.contact if pair else None}
        return live.fragment(request, found) or super().change_view(
            request, object_id, form_url, {**context, **(extra_context or {})}
        )

    @admin.display(description=_("fields"))
    def fields_read(self, row: ErpRecord) -> SafeString:
        """The detail as it was read."""
        return field_list(row.values or {}, Words(row.connection).shown)

    @admin.display(description=_("contact persons"))
    def persons(self, row: ErpRecord) -> SafeString:
        """Theirs, as the list of persons shows them."""
        there = ErpPerson.objects.filter(connection=row.connection_id, customer=row.ord, gone_at__isnull=True)
        told = there.order_by("ord").values_list("name", "mobile", "phone")
        lines = (" · ".join(part for part in person if part) or "–" for person in told)
        return format_html_join("", "<p>{}</p>", ((line,) for line in lines)) or NOTHING


@admin.register(Binding)
class BindingAdmin(ReadOnlyAdmin):
    """Hub contact ↔ ERP customer."""

    list_display = ["contact", "ord", "khid", "connection", "provenance", "bound_by", "bound_at"]
    list_select_related = ["contact", "connection", "bound_by"]
    list_filter = ["connection", "provenance"]
    search_fields = ["=ord", "khid", "contact__source_id", "contact__name", "contact__company"]
    search_help_text = _("ERP id, customer number or contact")
    list_title = _("Bindings")
    list_subtitle = _("Which contact is which ERP customer; one to one.")

    def heading(self, row: Binding) -> str:
        """The contact, and the customer by its name in the mirror: one query, on the pair's own page only."""
        name = (
            ErpRecord.objects.filter(connection=row.connection_id, ord=row.ord).values_list("name", flat=True).first()
        )
        return f"{row.contact} ↔ {' '.join(filter(None, (name, str(row.ord))))}"
