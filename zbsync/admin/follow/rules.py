"""Who gets a new customer by score, and how an interaction is called in the ERP: two tables people keep."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import HistoryAdmin, user_of
from zbsync.admin.rules import REASON_LENGTH, RulesAdmin
from zbsync.core.findings import Finding
from zbsync.models import AssignmentRule, FollowUpMethod, Option
from zbsync.pipeline import publish
from zbsync.pipeline.audit import Actor
from zbsync.sentences import say
from zbsync.templatetags.zbsync_ui import pill


class FollowRulesAdmin(HistoryAdmin, RulesAdmin):
    """A table of this page: a change lets what is not decided yet be worked out anew."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and look again at what follows every customer."""
        super().save_model(request, obj, form, change)  # type: ignore[no-untyped-call]
        self._reconsider(request, str(obj))

    def _reconsider(self, request: HttpRequest, names: str) -> None:
        reason = f"{self.opts.verbose_name} {names}"
        publish.follow_again(Actor.of(user_of(request)), reason=reason[:REASON_LENGTH])


def _options(vocabulary: str, known: list[str]) -> list[tuple[str, str]]:
    """What the ERPs have, and what stands in the row already."""
    paths = Option.objects.current().filter(vocabulary__name=vocabulary).values_list("path", flat=True).distinct()
    return [(path, path) for path in dict.fromkeys([*known, *sorted(paths)]) if path]


class AssignmentForm(forms.ModelForm[AssignmentRule]):
    """Offers the users that were surveyed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "users" in self.fields:
            self.fields["users"] = forms.MultipleChoiceField(
                label=_("ERP users in turn"),
                choices=_options("users", list(self.instance.users)),
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text=_("They get new customers one after the other, in this order."),
            )

    def clean(self) -> dict[str, Any]:
        """Open to all, or to some."""
        data = super().clean() or {}
        if data.get("open_to_all") and data.get("users"):
            self.add_error("users", _("A rule is open to all or names users, not both."))
        return data


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(FollowRulesAdmin):
    """From this score on: these users in turn, or everybody."""

    form = AssignmentForm
    list_display = ["scored", "who", "connection", "position"]
    list_filter = ["connection"]
    list_select_related = ["connection"]
    list_title = _("Assignment rules")
    list_subtitle = _("Who gets a customer newly made in the ERP; the first rule whose score is reached counts.")

    def heading(self, row: AssignmentRule) -> str:
        """By its score."""
        return self.scored(row)

    @admin.display(description=_("score from"), ordering="min_score")
    def scored(self, row: AssignmentRule) -> str:
        """The least score, or any."""
        return str(_("any score")) if row.min_score is None else f"{row.min_score:g}"

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """A list nobody filled says so above its form."""
        row = kwargs.get("obj")
        if row is not None and not row.users and not row.open_to_all and request.method == "GET":
            self.message_user(request, say(Finding("mapping.no_users", params={"rule": str(row)})), messages.WARNING)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("goes to"))
    def who(self, row: AssignmentRule) -> str | SafeString:
        """The users, everybody, or a pill that calls for a decision."""
        if row.open_to_all:
            return str(_("open to all"))
        return "、".join(row.users) or pill(_("to be decided"), "warn")


class MethodForm(forms.ModelForm[FollowUpMethod]):
    """Offers the ways that were surveyed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "option" in self.fields:
            choices = _options("follow_up", [self.instance.option])
            self.fields["option"] = forms.ChoiceField(label=_("way of follow-up in the ERP"), choices=choices)


@admin.register(FollowUpMethod)
class FollowUpMethodAdmin(FollowRulesAdmin):
    """A word in an interaction's method → the ERP's way of follow-up."""

    form = MethodForm
    list_display = ["said", "option", "position"]
    list_title = _("Ways of follow-up")
    list_subtitle = _("The first word that occurs in an interaction's method says how it was held.")

    def heading(self, row: FollowUpMethod) -> str:
        """By its word."""
        return self.said(row)

    @admin.display(description=_("word"), ordering="keyword")
    def said(self, row: FollowUpMethod) -> str:
        """The word, or what stands for all others."""
        return row.keyword or str(_("all others"))
