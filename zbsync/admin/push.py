"""The outbox as people see it: to be read, with the legal verbs (requeue, close, cancel) of `pipeline.review`."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from zbsync.admin import filters
from zbsync.admin.base import ReadOnlyAdmin, user_of
from zbsync.admin.failed.page import failed_view
from zbsync.admin.render import PUSH_TONES, caption, field_list, finding_list, state_pill
from zbsync.admin.words import Words
from zbsync.core.findings import Finding
from zbsync.models import Attempt, Exchange, Push
from zbsync.pipeline import following, review
from zbsync.sentences import say
from zbsync.sentences.names import KINDS, OPERATIONS, called
from zbsync.templatetags.zbsync_ui import pill


def said_of(cause: str, message: str) -> str:
    """A cause in business words, which may quote what the ERP said; "–" for none."""
    return say(Finding(cause, params={"sentence": message})) if cause else "–"


class AttemptInline(admin.TabularInline[Attempt, Push]):
    """Every try."""

    model = Attempt
    fields = ["number", "outcome", "why", "message", "started_at", "finished_at"]
    readonly_fields = ["number", "outcome", "why", "message", "started_at", "finished_at"]
    can_delete = False
    max_num = 0
    extra = 0

    @admin.display(description=_("why"))
    def why(self, row: Attempt) -> str:
        """The cause in words; the ERP's own sentence stands in the next column too."""
        return said_of(row.cause, row.message)


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin):
    """Approved proposals on their way, with what became of them."""

    list_display = [
        "title_shown",
        "state_now",
        "operation_shown",
        "action",
        "ord",
        "khid",
        "why",
        "attempts_made",
        "created_at",
        "by",
    ]
    list_select_related = ["approved_by"]
    list_filter = ["state", filters.Operation, "action", "connection"]
    search_fields = ["title", "khid", "=ord", "=proposal__mobile", "message"]
    search_help_text = _("customer, customer number, ERP id, mobile or the ERP's words")
    ordering = ["-id"]
    inlines = [AttemptInline]
    actions = ["requeue", "bury", "cancel"]
    list_title = _("Pushes")
    list_subtitle = _("What was approved and what became of it at the ERP.")
    fieldsets = [
        (None, {"fields": ["title", "state_now", "why", "message", "findings_read", "differences_read"]}),
        (
            _("What is sent"),
            {
                "fields": [
                    "operation_shown",
                    "action",
                    "kind_shown",
                    "payload_read",
                    "base_read",
                    "digest",
                    "key",
                    "round",
                    "mapped_by",
                ]
            },
        ),
        (
            _("At the ERP"),
            {"fields": ["connection", "ord", "khid", "attempts_made", "looks", "exchange_links"]},
        ),
        (
            _("When"),
            {"fields": ["approved_by", "created_at", "not_before", "settled_at", "verified_at", "story"]},
        ),
    ]
    readonly_fields = [
        "operation_shown",
        "state_now",
        "kind_shown",
        "why",
        "findings_read",
        "differences_read",
        "payload_read",
        "base_read",
        "exchange_links",
        "mapped_by",
        "story",
    ]

    @admin.display(description=_("customer"), ordering="title")
    def title_shown(self, row: Push) -> str:
        """The customer's name."""
        return row.title or row.key

    @admin.display(description=_("state"), ordering="state")
    def state_now(self, row: Push) -> SafeString:
        """As a pill."""
        return state_pill(row.get_state_display(), row.state, PUSH_TONES)

    @admin.display(description=_("operation"), ordering="operation")
    def operation_shown(self, row: Push) -> str:
        """What is done."""
        return called(OPERATIONS, row.operation)

    @admin.display(description=_("customer kind"))
    def kind_shown(self, row: Push) -> str:
        """The ERP's kind of customer."""
        return called(KINDS, row.kind)

    @admin.display(description=_("why"))
    def why(self, row: Push) -> str:
        """The cause in business words, and the ERP's own sentence; nothing while all is well."""
        if PUSH_TONES[row.state] not in {"warn", "bad"}:
            return "–"
        words = said_of(row.cause, row.message)
        return words if row.message in words else f"{words} {row.message}"

    @admin.display(description=_("approved by"))
    def by(self, row: Push) -> str:
        """Whose decision it was."""
        return row.approved_by.get_username()

    @admin.display(description=_("findings"))
    def findings_read(self, row: Push) -> SafeString:
        """By field."""
        return finding_list(row.findings)

    @admin.display(description=_("differences"))
    def differences_read(self, row: Push) -> SafeString:
        """Sent against read back."""
        if not row.differences:
            return pill(_("none"), "mute")
        return format_html_join(
            "",
            '<div><b>{}</b> <del class="zb-before">{}</del> → <ins class="zb-after">{}</ins></div>',
            ((caption(item.get("target", "")), item.get("sent", ""), item.get("read", "")) for item in row.differences),
        )

    @admin.display(description=_("payload"))
    def payload_read(self, row: Push) -> SafeString:
        """The approved fields."""
        return _fields(row, row.payload)

    @admin.display(description=_("approved against"))
    def base_read(self, row: Push) -> SafeString:
        """What the ERP had when the person approved."""
        return _fields(row, row.base)

    @admin.display(description=_("exchanges"))
    def exchange_links(self, row: Push) -> SafeString:
        """Every request made for this push."""
        rows = Exchange.objects.filter(push=row).only("id", "operation", "at", "status", "error").order_by("id")[:100]
        links = (
            (
                reverse("admin:zbsync_exchange_change", args=[item.pk]),
                called(OPERATIONS, item.operation),
                item.status or item.error,
            )
            for item in rows
        )
        return format_html_join(" ", '<a class="zb-pill zb-pill--info" href="{}">{} · {}</a>', links) or pill("–")

    @admin.display(description=_("mapping"))
    def mapped_by(self, row: Push) -> SafeString:
        """The version it was made by, and the way to what another one would send."""
        url = reverse("admin:zbsync_mapping_replay", args=[row.pk])
        return format_html('v{} · <a href="{}">{}</a>', row.proposal.mapping.version, url, _("under another version"))

    @admin.display(description=_("story"))
    def story(self, row: Push) -> SafeString:
        """To the contact's page."""
        url = reverse("admin:zbsync_contact_change", args=[row.contact_id])
        return format_html('<a href="{}">{}</a>', url, _("the contact's whole story"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Exchanges for who may read them."""
        sets = super().get_fieldsets(request, obj)
        if request.user.has_perm("zbsync.view_exchange"):
            return sets
        return [
            (name, {**told, "fields": [one for one in told["fields"] if one != "exchange_links"]})
            for name, told in sets
        ]

    def get_urls(self) -> list[Any]:
        """The desk of failures beside the stock pages."""
        return [
            path("failed/", self.admin_site.admin_view(failed_view), name="zbsync_push_failed"),
            *super().get_urls(),
        ]

    def has_requeue_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.requeue_push")

    def has_bury_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.bury_push")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Asked by Django for the action of that name."""
        return request.user.has_perm("zbsync.cancel_push")

    @admin.action(description=_("Send again (new key)"), permissions=["requeue"])
    def requeue(self, request: HttpRequest, rows: QuerySet[Push]) -> None:
        """Refused, dead or differing pushes go back to the queue."""
        self._act(request, rows, review.requeue)

    @admin.action(description=_("Close for good"), permissions=["bury"])
    def bury(self, request: HttpRequest, rows: QuerySet[Push]) -> None:
        """Refused, dead, differing or doubtful pushes are closed by a person."""
        self._act(request, rows, review.bury)

    @admin.action(description=_("Cancel before sending"), permissions=["cancel"])
    def cancel(self, request: HttpRequest, rows: QuerySet[Push]) -> None:
        """Pushes that wait, or were taken but not begun, are withdrawn."""
        self._act(request, rows, review.cancel)

    def _act(self, request: HttpRequest, rows: QuerySet[Push], verb: Callable[..., Any]) -> None:
        decision = verb(rows, user_of(request), reason=str(_("from the list of pushes")))
        if decision.done:
            text = ngettext("%(n)d push changed.", "%(n)d pushes changed.", decision.done) % {"n": decision.done}
            self.message_user(request, text, messages.SUCCESS)
        for code, count in decision.left_out.items():
            self.message_user(request, f"{count}: {say(Finding(code))}", messages.WARNING)


def _fields(row: Push, values: dict[str, str]) -> SafeString:
    """Fields of a push by the captions and the options of its operation."""
    words = Words(row.connection, following.specs(row.operation, row.kind))
    return field_list(values, words.shown, words.caption)
