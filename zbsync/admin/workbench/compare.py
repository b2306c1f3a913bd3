"""Two versions side by side, rule by rule; also what publishing a draft would change."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from zbsync.admin.render import caption
from zbsync.core.mapping import COLUMNS, Rule, RuleChange, compare_rules
from zbsync.models import AppliesTo, Mapping, MappingRule, MappingState, PolicyChoice, TooLongChoice
from zbsync.pipeline import tables
from zbsync.sentences.names import hub_field
from zbsync.sentences.rules import transform as transform_name


@dataclass(frozen=True, slots=True)
class Shown:
    """One rule that differs: what became of it (`new`, `gone`, `changed`), and its columns before, after."""

    change: str
    title: str
    code: str
    cells: list[tuple[str, str, str]]


def respond(context: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The page; without a choice the published version beside the newest other one."""
    versions = list(Mapping.objects.order_by("-version"))
    if not versions:
        raise Http404
    by_number = {str(one.version): one for one in versions}
    published = next((one for one in versions if one.state == MappingState.PUBLISHED), versions[-1])
    before = by_number.get(request.GET.get("before", ""), published)
    other = next((one for one in versions if one.pk != before.pk), before)
    after = by_number.get(request.GET.get("after", ""), other)
    changes = differences(before, after)
    shown = {
        **context,
        "title": _("Compare versions"),
        "versions": versions,
        "before": before,
        "after": after,
        "changes": changes,
        "same": after.rules.count() - sum(one.change != "gone" for one in changes),
    }
    return TemplateResponse(request, "zbsync/compare.html", shown)


def differences(before: Mapping, after: Mapping) -> list[Shown]:
    """What differs between two versions, in words."""
    found = compare_rules(tables.read_rules(before), tables.read_rules(after))
    return [_shown(one) for one in found]


def words(rule: Rule, column: str) -> str:
    """One column of a rule as people read it."""
    value = getattr(rule, column)
    if column == "required":
        return _("yes") if value else _("no")
    choices: dict[str, Any] = {"policy": PolicyChoice, "too_long": TooLongChoice, "applies_to": AppliesTo}
    if column in choices:
        return str(dict(choices[column].choices).get(str(value), value))
    named = {"source": hub_field, "transform": transform_name, "target": caption}
    return str(named[column](value)) if column in named and value else str(value)


def column_name(column: str) -> str:
    """What the editor calls a column."""
    return str(MappingRule._meta.get_field(column).verbose_name)  # type: ignore[union-attr]


def _shown(one: RuleChange) -> Shown:
    change = "new" if one.before is None else "gone" if one.after is None else "changed"
    columns = one.columns or [name for name in COLUMNS[3:] if getattr(one.rule, name) not in ("", False)]
    cells = [
        (column_name(name), words(one.before, name) if one.before else "", words(one.after, name) if one.after else "")
        for name in columns
    ]
    title = caption(one.rule.target)
    if one.rule.applies_to != "both":
        title = f"{title} · {words(one.rule, 'applies_to')}"
    return Shown(change, title, one.rule.target, cells)
