"""The forms of a draft: one per rule, each error at the field where it is mended. They keep nothing themselves."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from zbsync.admin.erp import targets
from zbsync.core.mapping import COLUMNS, Rule
from zbsync.core.transforms import TRANSFORMS
from zbsync.erp.catalogue import FIELDS
from zbsync.models import MappingRule
from zbsync.pipeline import publish
from zbsync.sentences import say
from zbsync.sentences.rules import TRANSFORMS as EXPLAINED
from zbsync.sentences.rules import transform as transform_name

PREFIX = "rules"
MAIN = ("target", "source", "transform", "argument", "default")
REST = ("applies_to", "policy", "too_long", "required", "position")


class RuleForm(forms.ModelForm[MappingRule]):
    """Offers what there is: sources of the hub, fields of the ERP, transforms with their help."""

    class Meta:
        model = MappingRule
        fields = COLUMNS
        widgets = {
            "source": forms.TextInput(attrs={"list": "zb-sources", "autocomplete": "off"}),
            "argument": forms.TextInput(attrs={"autocomplete": "off"}),
            "default": forms.TextInput(attrs={"autocomplete": "off"}),
            "position": forms.NumberInput(attrs={"min": 0, "max": 32767}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, f"{transform_name(name)} ({name})") for name in TRANSFORMS]
        label = self.fields["target"].label
        choices: list[Any] = [("", _("— choose a field —")), *targets.grouped()]
        self.fields["target"] = forms.ChoiceField(label=label, choices=choices, widget=targets.TargetSelect)
        label = self.fields["transform"].label
        self.fields["transform"] = forms.ChoiceField(
            label=label, choices=known, initial=self.fields["transform"].initial
        )
        self.fields["position"].required = False
        self.fields["position"].initial = None
        spec = FIELDS.get(self.now("target"))
        for field in ("argument", "default"):
            if spec and spec.vocabulary:
                self.fields[field].widget.attrs["list"] = f"zb-options-{spec.vocabulary}"
        for name, given in self.fields.items():
            given.widget.attrs["aria-describedby"] = f"err-{self.prefix}-{name}"

    def now(self, name: str) -> str:
        """What stands in a field: what was typed, or what is stored."""
        given = self.data.get(self.add_prefix(name)) if self.is_bound else self.get_initial_for_field(
            self.fields[name], name)  # fmt: skip
        return str(given or "")

    @property
    def help(self) -> tuple[str, str]:
        """What the chosen transform does, and what its argument is ("" = it takes none)."""
        does, takes = EXPLAINED.get(self.now("transform"), ("", ""))
        return str(does), str(takes)

    @property
    def rule(self) -> Rule | None:
        """The rule as typed; None when a field is no value at all, or nothing was typed."""
        if not self.is_bound:
            return Rule(**{name: self.initial[name] for name in COLUMNS}) if self.initial.get("target") else None
        if not self.has_changed() or self.cleaned_data.get("DELETE") or not self.instance.target:
            return None
        try:
            return self.instance.to_rule()
        except ValueError:
            return None

    @property
    def main(self) -> list[Any]:
        """The fields every rule is read by."""
        return [self[name] for name in MAIN]

    @property
    def rest(self) -> list[Any]:
        """The others, and the box that removes the rule."""
        return [self[name] for name in (*REST, "DELETE") if name in self.fields]


class RuleForms(BaseFormSet):  # type: ignore[type-arg]
    """All rules of a draft. What does not compile is said at its field."""

    def rules(self) -> list[Rule]:
        """The rules that are to be kept, in their order; those given no place, or the same, as they stand."""
        kept = [form.rule for form in self.forms if form.rule is not None]
        return sorted(kept, key=lambda rule: rule.position or 32767)

    def clean(self) -> None:
        """Show every rule that cannot work, with its mend."""
        placed = [(form, form.rule) for form in self.forms if not form.errors and form.rule is not None]
        ordered = sorted(placed, key=lambda pair: pair[1].position or 32767)
        for place, found in publish.faults([rule for _form, rule in ordered]).items():
            for column, finding in found:
                ordered[place][0].add_error(column, say(finding))


_Forms = formset_factory(RuleForm, formset=RuleForms, extra=1, can_delete=True, max_num=200, absolute_max=400)


def rule_forms(rules: Sequence[Rule], data: Any = None) -> RuleForms:
    """The forms of these rules, with what was typed when `data` is given."""
    initial = [{name: getattr(rule, name) for name in COLUMNS} for rule in rules]
    return cast(RuleForms, _Forms(data, prefix=PREFIX, initial=initial if data is None else None))
