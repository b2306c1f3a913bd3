"""The ERP's dictionaries, as surveyed, and the table hub channel → customer source (`sources`)."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.vocabulary.sources import SourceCodeAdmin
from zbsync.models import Option, Vocabulary
from zbsync.sentences.names import VOCABULARIES, both

__all__ = ["SourceCodeAdmin", "VocabularyAdmin"]


class OptionInline(admin.TabularInline[Option, Vocabulary]):
    """The entries, to be read."""

    model = Option
    fields = ["code", "label", "path", "retired_at"]
    readonly_fields = ["code", "label", "path", "retired_at"]
    can_delete = False
    max_num = 0
    extra = 0


@admin.register(Vocabulary)
class VocabularyAdmin(ReadOnlyAdmin):
    """One dictionary with its entries. Only a survey changes it."""

    list_display = ["called", "connection", "options_now", "options_retired", "surveyed_at"]
    fields = ["called", "connection", "surveyed_at"]
    readonly_fields = ["called"]
    list_filter = ["connection"]
    inlines = [OptionInline]
    list_title = _("Vocabularies")
    list_subtitle = _("The ERP's own dictionaries, read by the survey. Codes are never typed by hand.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vocabulary]:
        """With both counts in the same query."""
        rows: QuerySet[Vocabulary] = super().get_queryset(request)
        return rows.annotate(
            now=Count("options", filter=Q(options__retired_at__isnull=True)),
            retired=Count("options", filter=Q(options__retired_at__isnull=False)),
        )

    def heading(self, row: Vocabulary) -> str:
        """What people call it."""
        return self.called(row)

    @admin.display(description=_("name"), ordering="name")
    def called(self, row: Vocabulary) -> str:
        """What people call it, with the ERP's own word."""
        return both(VOCABULARIES, row.name)

    @admin.display(description=_("entries"))
    def options_now(self, row: Any) -> int:
        """Which the ERP still has."""
        return int(row.now)

    @admin.display(description=_("retired"))
    def options_retired(self, row: Any) -> int:
        """Which it no longer has."""
        return int(row.retired)
