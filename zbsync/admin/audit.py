"""The audit, to be read: entries, exchanges, seals."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import ReadOnlyAdmin
from zbsync.admin.filters import Question
from zbsync.admin.render import NOTHING, body_text, pretty_json
from zbsync.admin.timeline import changes
from zbsync.models import Entry, Exchange, Seal
from zbsync.sentences import tell
from zbsync.sentences.names import OPERATIONS, SUBJECTS, called, who
from zbsync.templatetags.zbsync_ui import pill


class Subject(Question):
    """What an entry is about."""

    title = _("On what?")
    parameter_name = "subject__exact"
    answers = tuple(SUBJECTS.items())


class Asked(Question):
    """What the ERP was asked for."""

    title = _("Which operation?")
    parameter_name = "operation__exact"
    answers = tuple(OPERATIONS.items())


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Who did what, on which, before → after, why."""

    list_display = ["at", "hand", "act_said", "about", "subject_link", "reason", "act_link"]
    list_filter = [Subject, "at"]
    search_fields = ["actor_name__startswith", "verb__startswith", "=act", "=subject_id", "=contact_id"]
    search_help_text = _("who, what, act or number")
    fieldsets = [
        ("", {"fields": ["at", "hand", "act_said", "about", "subject_link", "reason", "changes_read"]}),
        (_("As it is stored"), {"fields": ["before_read", "after_read", "act"], "classes": ["collapse"]}),
    ]
    readonly_fields = ["hand", "act_said", "about", "subject_link", "changes_read", "before_read", "after_read"]
    ordering = ["-id"]
    list_title = _("Audit")
    list_subtitle = _("Every act with its hand, its reason and its effect. Nothing here can be changed.")

    def heading(self, row: Entry) -> str:
        """The act in words."""
        return f"#{row.pk} {self.act_said(row)}"

    @admin.display(description=_("who"), ordering="actor_name")
    def hand(self, row: Entry) -> str:
        """A person, or a job by its name."""
        return who(row.actor_name)

    @admin.display(description=_("what"), ordering="verb")
    def act_said(self, row: Entry) -> str:
        """The act in words."""
        return tell(row.verb)

    @admin.display(description=_("on what"), ordering="subject")
    def about(self, row: Entry) -> str:
        """The kind of row."""
        return called(SUBJECTS, row.subject)

    @admin.display(description=_("on which"))
    def subject_link(self, row: Entry) -> SafeString | str:
        """The contact's story when the entry is about one."""
        if not row.contact_id:
            return str(row.subject_id or "–")
        url = reverse("admin:zbsync_contact_change", args=[row.contact_id])
        return format_html('<a href="{}">{}</a>', url, row.subject_id or row.contact_id)

    @admin.display(description=_("act"), ordering="act")
    def act_link(self, row: Entry) -> SafeString:
        """Its beginning, leading to all that was done in one go."""
        return format_html('<a href="?q={}" title="{}"><code>{}</code></a>', row.act, row.act, str(row.act)[:8])

    @admin.display(description=_("changes"))
    def changes_read(self, row: Entry) -> SafeString:
        """In the words of the story: what it was, what it became."""
        lines = format_html_join(
            "",
            "<dt>{}</dt><dd>{}<ins class='zb-after'>{}</ins></dd>",
            (
                (
                    name or "–",
                    format_html("<del class='zb-before'>{}</del> → ", old) if old else "",
                    new or _("nothing"),
                )
                for name, old, new in changes(row.subject, row.before, row.after)
            ),
        )
        return format_html('<dl class="zb-facts">{}</dl>', lines) if lines else NOTHING

    @admin.display(description=_("before"))
    def before_read(self, row: Entry) -> SafeString:
        """JSON, readable."""
        return pretty_json(row.before)

    @admin.display(description=_("after"))
    def after_read(self, row: Entry) -> SafeString:
        """JSON, readable."""
        return pretty_json(row.after)


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """One request and its reply."""

    list_display = ["at", "asked", "connection", "answer", "elapsed", "push_link", "url"]
    list_select_related = ["connection"]
    list_filter = ["connection", Asked, "status"]
    search_fields = ["=push__id", "=push__ord", "operation__startswith"]
    search_help_text = _("push, ERP id or operation")
    ordering = ["-id"]
    exclude = ["operation", "request_body", "response_body", "request_headers", "response_headers"]
    readonly_fields = ["asked", "request_read", "response_read"]
    list_title = _("Exchanges")
    list_subtitle = _("Everything said to the ERP and heard from it, with secrets blacked out.")

    def heading(self, row: Exchange) -> str:
        """What was asked for, in words."""
        return f"#{row.pk} {self.asked(row)}"

    @admin.display(description=_("operation"), ordering="operation")
    def asked(self, row: Exchange) -> str:
        """What was asked for, in words."""
        return called(OPERATIONS, row.operation)

    @admin.display(description=_("answer"))
    def answer(self, row: Exchange) -> SafeString:
        """The status, or what went wrong instead."""
        if row.error:
            return pill(row.error[:40], "bad")
        return pill(row.status or "–", "ok" if row.status == 200 else "warn")

    @admin.display(description=_("ms"))
    def elapsed(self, row: Exchange) -> str:
        """Milliseconds."""
        return f"{row.elapsed_ms:.0f}"

    @admin.display(description=_("push"))
    def push_link(self, row: Exchange) -> SafeString | str:
        """To the push it belongs to."""
        if not row.push_id:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("admin:zbsync_push_change", args=[row.push_id]), row.push_id)

    @admin.display(description=_("request"))
    def request_read(self, row: Exchange) -> SafeString:
        """Headers and body as sent, redacted."""
        return pretty_json(row.request_headers) + body_text(row.request_body)

    @admin.display(description=_("response"))
    def response_read(self, row: Exchange) -> SafeString:
        """Headers and body as heard, redacted."""
        return pretty_json(row.response_headers) + body_text(row.response_body)


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    """The hash chain."""

    list_display = ["at", "table", "first_id", "last_id", "count", "hash"]
    list_filter = ["table"]
    ordering = ["-id"]
    list_title = _("Seals")

    def heading(self, row: Seal) -> str:
        """What it seals."""
        return f"{row.get_table_display()} {row.first_id}–{row.last_id}"
