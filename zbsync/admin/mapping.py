"""The rules beside the mapping that stand in lists of their own: the gate and the value maps."""

import re
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
from zbsync.core.gate import CATALOGUE, GateRule, ParamSpec, check_params, settings_of
from zbsync.models import GateSetting, ValueMap, ValueMapEntry
from zbsync.pipeline import publish
from zbsync.pipeline.audit import Actor
from zbsync.sentences import say
from zbsync.sentences.names import called
from zbsync.sentences.rules import GATE_PARAMS, GATE_RULES
from zbsync.templatetags.zbsync_ui import pill


def _raise(findings: list[Finding]) -> None:
    if findings:
        raise forms.ValidationError([say(finding) for finding in findings])


class GateForm(forms.ModelForm[GateSetting]):
    """A rule that is not there yet; it begins with its usual settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            there = set(GateSetting.objects.values_list("code", flat=True))
            rules = [(code, called(GATE_RULES, code)) for code in CATALOGUE if code not in there]
            self.fields["code"] = forms.ChoiceField(label=self.fields["code"].label, choices=rules)


class SettingsForm(forms.ModelForm[GateSetting]):
    """A rule that is there, with a field for each of its settings (`settings_form`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in settings_of(GateRule(self.instance.code, self.instance.params)).items():
            self.initial[name] = "、".join(map(str, value)) if isinstance(value, list) else value

    def clean(self) -> dict[str, Any]:
        """Put the settings together; refuse what the rule cannot use."""
        data = super().clean() or {}
        told = {spec.name: _kept(spec, data[spec.name]) for spec in _asked(self.instance) if spec.name in data}
        _raise(check_params(self.instance.code, told))
        self.instance.params = told
        return data


def settings_form(row: GateSetting) -> type[forms.ModelForm[GateSetting]]:
    """The form of one rule."""
    return type("RuleForm", (SettingsForm,), {spec.name: _field(spec) for spec in _asked(row)})


def _asked(row: GateSetting) -> tuple[ParamSpec, ...]:
    return CATALOGUE[row.code].params if row.code in CATALOGUE else ()


def _field(spec: ParamSpec) -> Any:
    label = called(GATE_PARAMS, spec.name)
    if spec.type == "bool":
        return forms.BooleanField(label=label, required=False)
    if spec.type in ("int", "float"):
        kind: Any = forms.IntegerField if spec.type == "int" else forms.FloatField
        limits = f"{spec.min:g}–{spec.max:g}" if spec.min is not None and spec.max is not None else ""
        return kind(label=label, min_value=spec.min, max_value=spec.max, help_text=limits)
    many = spec.type == "list"
    box = forms.Textarea(attrs={"rows": 4}) if many else forms.TextInput()
    return forms.CharField(label=label, required=False, widget=box, help_text=_("separated by commas") if many else "")


def _kept(spec: ParamSpec, value: Any) -> Any:
    """As the rule keeps it; a number without a fraction is told without one."""
    if spec.type == "list":
        return list(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", value) if word))
    return int(value) if spec.type == "float" and value.is_integer() else value


@admin.register(GateSetting)
class GateSettingAdmin(RulesAdmin, HistoryAdmin):
    """The named rules on whether a contact may go, with their parameters."""

    form = GateForm
    readonly_fields = ["rule", "parameters"]
    json_names = GATE_PARAMS
    list_display = ["rule", "switched", "parameters", "position"]
    list_title = _("Gate")
    list_subtitle = _("A contact goes on only when it passes every rule that is switched on.")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A field for each setting of the rule."""
        if obj:
            kwargs["form"] = settings_form(obj)
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may not change them reads the settings as a sentence; a new rule begins with the usual ones."""
        if obj is None:
            return ["code", "is_enabled", "position"]
        may = request.user.has_perm("zbsync.change_gatesetting")
        return ["rule", "is_enabled", *([spec.name for spec in _asked(obj)] if may else ["parameters"]), "position"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only while one of the rules there are was removed."""
        return super().has_add_permission(request) and GateSetting.objects.count() < len(CATALOGUE)

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
