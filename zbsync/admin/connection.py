"""Hubs and ERP connections: configuration with history; secrets are names only."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from zbsync.admin.base import DeskAdmin, HistoryAdmin, user_of
from zbsync.admin.failed.brakes import connections, why_paused
from zbsync.admin.freshness import survey_said
from zbsync.conf import secret
from zbsync.models import ErpConnection, HubConnection
from zbsync.pipeline import connect, review, survey
from zbsync.pipeline.audit import Actor
from zbsync.templatetags.zbsync_ui import pill


class OptionsForm(forms.ModelForm[Any]):
    """JSON options must be an object."""

    def clean_options(self) -> Any:
        """Refuse a list or a bare value, with an example of what is meant."""
        options = self.cleaned_data.get("options") or {}
        if not isinstance(options, dict):
            raise forms.ValidationError(_('Options are a JSON object, for example {"sort1": "意向客户/初步接触"}.'))
        return options


@admin.register(HubConnection)
class HubConnectionAdmin(HistoryAdmin, DeskAdmin):
    """Where contacts come from."""

    form = OptionsForm
    list_display = ["name", "kind", "is_active", "watermark", "created_at"]
    list_filter = ["kind", "is_active"]
    readonly_fields = ["watermark", "created_at"]
    list_title = _("Hubs")
    list_subtitle = _("The doors that contacts come through.")


@admin.register(ErpConnection)
class ErpConnectionAdmin(HistoryAdmin, DeskAdmin):
    """The ERP accounts. A connection that paused itself is resumed here, once its cause is mended."""

    form = OptionsForm
    list_display = ["name", "base_url", "dialect", "lanes", "health", "secrets_present", "surveyed_at"]
    readonly_fields = [
        "paused_at",
        "pause_said",
        "probe_after",
        "login_refusals",
        "surveyed_at",
        "survey_now",
        "created_at",
        "secrets_present",
    ]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    actions = ["read_again", "pause", "resume"]
    list_title = _("ERP connections")
    list_subtitle = _("User names and passwords stand in the environment; here are only the names of the variables.")

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """With the button that pauses or resumes it at once."""
        row = kwargs.get("obj")
        lines = [one for one in connections(request.user) if row is not None and one.row.pk == row.pk]
        return super().render_change_form(request, context | {"brakes": lines}, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What waits for review was judged by the settings before these."""
        super().save_related(request, form, formsets, change)
        obj: ErpConnection = form.instance
        if change and (obj.dialect, obj.options) != (form.initial["dialect"], form.initial["options"]):
            connect.judged_anew(obj)

    @admin.display(description=_("health"))
    def health(self, row: ErpConnection) -> SafeString:
        """Paused, inactive or working."""
        if row.paused_at:
            return pill(_("paused"), "bad")
        if row.half_open_since:
            return pill(_("on trial"), "warn")
        return pill(_("working"), "ok") if row.is_active else pill(_("switched off"), "mute")

    @admin.display(description=_("why paused"))
    def pause_said(self, row: ErpConnection) -> str:
        """The cause of the pause, with its mend."""
        return why_paused(row) if row.paused_at else "–"

    @admin.display(description=_("secrets"))
    def secrets_present(self, row: ErpConnection) -> SafeString:
        """Whether the environment has what the two names promise."""
        missing = [name for name in (row.username_env, row.password_env) if name and not secret(name)]
        if missing:
            return pill(_("not set: %(names)s") % {"names": ", ".join(missing)}, "bad")
        return pill(_("set"), "ok")

    @admin.display(description=_("copy of the ERP"))
    def survey_now(self, row: ErpConnection) -> SafeString:
        """How far the survey is, and how old what it read."""
        return survey_said(row)

    @admin.action(description=_("Read the ERP again: options, customers, contact persons"), permissions=["change"])
    def read_again(self, request: HttpRequest, rows: QuerySet[ErpConnection]) -> None:
        """Ask the worker for a survey of the chosen connections."""
        actor = Actor.of(user_of(request))
        for row in rows:
            survey.ask(row, actor, timezone.now())
        text = _("Asked for. The connection's page shows how far it is.")
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Pause: no more calls to this ERP"), permissions=["change"])
    def pause(self, request: HttpRequest, rows: QuerySet[ErpConnection]) -> None:
        """Stop every job that would talk to the chosen connections."""
        done = sum(review.pause(row, user_of(request)) for row in rows)
        text = ngettext("%(n)d connection paused.", "%(n)d connections paused.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)

    @admin.action(description=_("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, rows: QuerySet[ErpConnection]) -> None:
        """Let the jobs talk again."""
        done = sum(review.resume(row, user_of(request)) for row in rows)
        text = ngettext("%(n)d connection resumed.", "%(n)d connections resumed.", done) % {"n": done}
        self.message_user(request, text, messages.SUCCESS if done else messages.WARNING)
