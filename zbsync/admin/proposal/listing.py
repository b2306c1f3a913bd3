"""The list of proposals: what waits for a person, found and filtered, with the acts on many at the top."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin import filters, search
from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.forms import REJECT_REASONS
from zbsync.admin.proposal import bulk, columns, held, narrow, saving, screen, views
from zbsync.models import Proposal, ProposalStateChoice

HEAVY = (
    "payload", "fields", "edits", "candidates", "not_same", "erp_values", "changes", "findings", "gate_findings",
    "sought",
)  # fmt: skip
"""What no row of a list shows; each is read only where it is shown."""

TITLES = {
    ProposalStateChoice.READY.value: (
        gettext_lazy("To review"),
        gettext_lazy("Open one to decide, or tick several and decide for all of them at once."),
    ),
    ProposalStateChoice.BLOCKED.value: (
        gettext_lazy("Held back"),
        gettext_lazy("These contacts did not pass the gate. When the hub changes one, it is judged again."),
    ),
}


class ProposalList(ChangeList):
    """Reads only the columns that are shown. The state is a row of tabs; the other filters are questions below it."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """The rows of this page's filters, without what is heavy."""
        rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        asked = [spec for spec in self.filter_specs if not isinstance(spec, filters.State)]
        self.has_active_filters = any(isinstance(spec, filters.Question) and spec.value() is not None for spec in asked)
        names = [name for spec in asked for name in spec.expected_parameters() if name]
        self.clear_all_filters_qs = self.get_query_string(remove=names)
        shows_findings = "held_because" in self.list_display
        return rows.defer(*(name for name in HEAVY if not (name == "gate_findings" and shows_findings)))


@admin.register(Proposal)
class ProposalAdmin(columns.Columns, ReadOnlyAdmin):
    """What people decide on. The list asks, `pipeline.review` acts."""

    list_filter = [
        filters.State, filters.Operation, filters.Why, filters.Match, filters.Score, filters.Channel,
        filters.CustomerKind, filters.HasErrors, filters.Hub, filters.Proposed, filters.Decided, views.View,
        narrow.LeftOut, narrow.OfAct,
    ]  # fmt: skip
    search_fields = ["title"]
    search_help_text = gettext_lazy("name or its pinyin initials, mobile, WeChat id, K code, ERP id")
    ordering = ["-id"]
    sortable_by = ["customer", "score_shown", "proposed"]
    actions = ["approve", "reject", "create_anyway"]

    def get_urls(self) -> list[Any]:
        """The stock addresses; a proposal is neither added nor deleted by hand."""
        stock = [url for url in super().get_urls() if not str(url.name).endswith(("_add", "_delete"))]
        return [*saving.urls(self.admin_site), held.url(self.admin_site), *stock]

    # ------------------------------------------------------------------ the list
    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Our own, which reads less."""
        return ProposalList

    def get_list_display(self, request: HttpRequest) -> list[str | Callable[[Any], str | bool]]:
        """The columns that were chosen, else those that this state calls for."""
        state = request.GET.get(filters.State.parameter_name or "", "")
        usual = columns.usual(state, searching=bool(request.GET.get("q")))
        return [columns.NAME, *(columns.chosen(request) or usual)]

    def get_list_select_related(self, request: HttpRequest) -> list[str] | bool:
        """Only what a chosen column is told from."""
        return [table for name, table in columns.NEEDS.items() if name in columns.chosen(request)] or False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Routed by the shape of what is looked for."""
        return (queryset.filter(search.proposals(search_term)) if search_term.strip() else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, and when it was shown: what moves after that moment is not decided from here."""
        state = request.GET.get(filters.State.parameter_name or "") or (
            "" if request.GET.get("q") else ProposalStateChoice.READY.value
        )
        shown = self.get_list_display(request)
        title, subtitle = TITLES.get(state, (_("Proposals"), ""))
        may = [verb for verb in ("approve", "reject") if request.user.has_perm(f"zbsync.{verb}_proposal")]
        context = {
            "title": title,
            "list_title": title,
            "list_subtitle": subtitle if may or state == ProposalStateChoice.BLOCKED else "",
            "zb_shown_at": timezone.now().isoformat(),
            "zb_may": may,
            "reject_reasons": REJECT_REASONS,
            "zb_columns": [(name, label, name in shown) for name, label in columns.CHOICE.items()],
            "zb_views": views.offered(request),
            "zb_roles_to_share": views.roles_of(request),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    # ------------------------------------------------------------------ acts
    def has_approve_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.approve_proposal")

    def has_reject_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.reject_proposal")

    def has_bind_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.bind_proposal")

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., str], str, str] | None]:
        """None where the state of the list leaves nothing to decide."""
        state = request.GET.get(filters.State.parameter_name or "", "")
        final = ("blocked", "approved", "rejected", "superseded")
        return {} if state in final else super().get_actions(request)

    @admin.action(description=gettext_lazy("Approve"), permissions=["approve"])
    def approve(self, request: HttpRequest, rows: QuerySet[Proposal]) -> HttpResponse | None:
        """Confirm, then approve."""
        return bulk.answer(self, request, rows, "approve")

    @admin.action(description=gettext_lazy("Decline"), permissions=["reject"])
    def reject(self, request: HttpRequest, rows: QuerySet[Proposal]) -> HttpResponse | None:
        """Confirm, then decline, with a reason."""
        return bulk.answer(self, request, rows, "reject")

    @admin.action(description=gettext_lazy("Create anyway"), permissions=["bind"])
    def create_anyway(self, request: HttpRequest, rows: QuerySet[Proposal]) -> HttpResponse | None:
        """Confirm, then make new customers of them in spite of their candidates."""
        return bulk.answer(self, request, rows, "create_anyway")

    # ------------------------------------------------------------------ one
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The decision screen."""
        return screen.respond(self, request, object_id)
