"""Which mends are offered for a group: what fits its cause, as far as this person may. No decisions, no writing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.admin.failed.groups import Group
from zbsync.core.retry import RetryClass
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Mapping, MappingRule, Option, ValueMap


@dataclass(frozen=True, slots=True)
class Mend:
    """One thing to do with a whole group. `asks` a value, or a reason that must be given; `tone` of its button."""

    verb: str
    title: str
    help: str
    button: str
    permission: str
    asks: str = ""
    tone: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the rule behind a refusal is changed."""

    label: str
    url: str


HELPS: dict[str, Promise] = {
    "amend": gettext_lazy("A new proposal is made for each with this value; you approve them as usual."),
    "remap": gettext_lazy("After a rule was mended: gate and mapping again, then review as usual."),
    "reopen": gettext_lazy("Each comes back to review as it was, looked up in the ERP anew."),
    "requeue": gettext_lazy("The same once more, when the cause lies in the ERP and is mended there."),
    "bury": gettext_lazy("Nothing more is sent. A newer proposal of the contact is not touched."),
}


def for_group(group: Group, user: Any, options: Iterable[str] = ()) -> list[Mend]:
    """The mends that fit, those first that most likely help; `options` are what the ERP knows for the field."""
    spec = FIELDS.get(group.about)
    fits = [
        group.kind is RetryClass.DATA and spec is not None and spec.changeable,
        group.kind is RetryClass.DATA and group.state == "rejected",
        group.kind in (RetryClass.DATA, RetryClass.DUPLICATE, RetryClass.UNKNOWN),
        True,
        True,
    ]
    offered = zip(_all(group, tuple(options)), fits, strict=True)
    return [mend for mend, fit in offered if fit and user.has_perm(f"zbsync.{mend.permission}")]


def _all(group: Group, options: tuple[str, ...]) -> list[Mend]:
    named, n = group.caption or group.about, group.todo
    told = {name: str(words) for name, words in HELPS.items()}
    return [
        Mend(
            "amend",
            _("Set “%(field)s” in all of them") % {"field": named},
            told["amend"],
            _("Set in %(n)d and propose") % {"n": n},
            "edit_proposal",
            "value",
            options=options,
        ),
        Mend("remap", _("Map them again"), told["remap"], _("Map %(n)d again") % {"n": n}, "edit_proposal"),
        Mend("reopen", _("Review them again"), told["reopen"], _("Propose %(n)d again") % {"n": n}, "edit_proposal"),
        Mend("requeue", _("Send them again"), told["requeue"], _("Send %(n)d again") % {"n": n}, "requeue_push"),
        Mend(
            "bury",
            _("Close them for good"),
            told["bury"],
            _("Close %(n)d") % {"n": n},
            "bury_push",
            "reason",
            "zb-button--bad",
        ),
    ]


def options(found: list[Group]) -> dict[str, list[str]]:
    """Group key -> the names the ERP knows for its field; one query."""
    wanted = {one.key: FIELDS[one.about].vocabulary for one in found if one.about in FIELDS}
    rows = Option.objects.current().filter(vocabulary__name__in={name for name in wanted.values() if name})
    known: dict[tuple[int, str], list[str]] = {}
    for connection_id, name, path in rows.values_list("vocabulary__connection_id", "vocabulary__name", "path"):
        known.setdefault((connection_id, name), []).append(path)
    return {one.key: known.get((one.connection_id, wanted.get(one.key, "")), []) for one in found}


def places(found: list[Group]) -> dict[str, list[Place]]:
    """Group key -> the pages where the rule that made the refused field is changed; three queries."""
    wanted = {one.about for one in found if one.kind is RetryClass.DATA and one.about}
    published = Mapping.objects.filter(state="published").first()
    if published is None or not wanted:
        return {}
    rules: dict[str, list[MappingRule]] = {}
    for rule in MappingRule.objects.filter(mapping=published, target__in=wanted):
        rules.setdefault(rule.target, []).append(rule)
    maps = dict(ValueMap.objects.values_list("name", "pk"))
    told = {name: _places(published, of, maps) for name, of in rules.items()}
    return {one.key: told[one.about] for one in found if one.kind is RetryClass.DATA and one.about in told}


def _places(published: Mapping, rules: list[MappingRule], maps: dict[str, int]) -> list[Place]:
    found = [Place(_("mapping rule"), reverse("admin:zbsync_mapping_change", args=[published.pk]))]
    for rule in rules:
        name = rule.argument.partition(":")[0]
        if rule.transform == "value_map" and name in maps:
            found.append(Place(_("value map %(name)s") % {"name": name}, _change("valuemap", maps[name])))
        elif rule.transform == "source_code":
            found.append(Place(_("source codes"), reverse("admin:zbsync_sourcecode_changelist")))
    return list(dict.fromkeys(found))


def _change(model: str, pk: int) -> str:
    return reverse(f"admin:zbsync_{model}_change", args=[pk])
