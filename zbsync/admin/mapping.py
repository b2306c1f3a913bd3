"""The rules beside the mapping that stand in lists of their own: the gate and the value maps."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import HistoryAdmin, NamedCells, user_of
from zbsync.admin.render import plain
from zbsync.admin.rules import RulesAdmin, unfit_options
from zbsync.core.findings import Finding
from zbsync.core.gate import CATALOGUE, check_params
from zbsync.models import GateSetting, ValueMap, ValueMapEntry
from zbsync.pipeline import publish
from zbsync.pipeline.audit import Actor
from zbsync.sentences import say
from zbsync.sentences.names import called
from zbsync.sentences.rules import GATE_PARAMS, GATE_RULES, expects
from zbsync.templatetags.zbsync_ui import pill


def _raise(findings: list[Finding]) -> None:
    if findings:
        raise forms.ValidationError([say(finding) for finding in findings])


class GateForm(forms.ModelForm[GateSetting]):
    """Parameters are checked against the rule's own declaration, which stands beside them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            rules = [(code, called(GATE_RULES, code)) for code in CATALOGUE]
            self.fields["code"] = forms.ChoiceField(label=self.fields["code"].label, choices=rules)
        if "params" in self.fields and self.instance.code in CATALOGUE:
            specs = CATALOGUE[self.instance.code].params
            known = (
                _("%(name)s: %(value)s")
                % {"name": spec.name, "value": f"{called(GATE_PARAMS, spec.name)}, {expects(spec.expects)}"}
                for spec in specs
            )
            self.fields["params"].help_text = " · ".join(known)

    def clean(self) -> dict[str, Any]:
        """Refuse a parameter the rule does not know or cannot use."""
        data = super().clean() or {}
        code = data.get("code") or self.instance.code
        if code and code not in CATALOGUE:
            self.add_error("code", _("Known rules: %(codes)s") % {"codes": ", ".join(CATALOGUE)})
        elif code:
            _raise(check_params(code, data.get("params") or {}))
        return data


@admin.register(GateSetting)
class GateSettingAdmin(RulesAdmin, HistoryAdmin):
    """The named rules on whether a contact may go, with their parameters."""

    form = GateForm
    json_names = GATE_PARAMS
    list_display = ["rule", "switched", "parameters", "position"]
    list_title = _("Gate")
    list_subtitle = _("A contact goes on only when it passes every rule that is switched on.")

    def heading(self, row: GateSetting) -> str:
        """What people call it."""
        return self.rule(row)

    @admin.display(description=_("rule"), ordering="position")
    def rule(self, row: GateSetting) -> str:
        """What people call it."""
        return called(GATE_RULES, row.code)

    @admin.display(description=_("state"))
    def switched(self, row: GateSetting) -> SafeString:
        """On or off."""
        return pill(_("on"), "ok") if row.is_enabled else pill(_("off"), "mute")

    @admin.display(description=_("parameters"))
    def parameters(self, row: GateSetting) -> str:
        """Each setting with its value."""
        return plain(row.params, names=GATE_PARAMS)

    def save_model(self, request: HttpRequest, obj: GateSetting, form: Any, change: bool) -> None:
        """Save, and judge every contact again."""
        super().save_model(request, obj, form, change)  # type: ignore[no-untyped-call]
        publish.reconsider(Actor.of(user_of(request)), reason=f"{_('gate rule')} {called(GATE_RULES, obj.code)}")


class EntryInline(admin.TabularInline[ValueMapEntry, ValueMap]):
    """The pairs."""

    model = ValueMapEntry
    formset = NamedCells
    extra = 1


@admin.register(ValueMap)
class ValueMapAdmin(RulesAdmin):
    """Pairs of values, or thresholds."""

    list_display = ["name", "kind", "note", "fits"]
    inlines = [EntryInline]
    change_form_template = "zbsync/value_map.html"
    list_title = _("Value maps")
    list_subtitle = _("Score to value grade, words to options: kept by the people who know.")

    @admin.display(description=_("options in the ERP"))
    def fits(self, row: ValueMap) -> SafeString:
        """Whether every ERP has what the pairs lead to."""
        lacking = len(unfit_options(value_map=row.name))
        return pill(_("%(n)d gone") % {"n": lacking}, "bad") if lacking else pill(_("all there"), "ok")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        """With what its pairs lead to in vain."""
        row = self.get_object(request, object_id)
        found = {"zb_findings": unfit_options(value_map=row.name) if row else []}
        return super().change_view(request, object_id, form_url, {**found, **(extra_context or {})})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the pairs, and map every contact again."""
        super().save_related(request, form, formsets, change)
        publish.reconsider(Actor.of(user_of(request)), reason=f"{_('value map')} {form.instance.name}")
