"""The fields of an ERP customer as the mapping editor offers them: from the catalogue, with this ERP's own options."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zbsync.admin.erp.catalogue import link
from zbsync.admin.words import MANY_OPTIONS
from zbsync.core.payload import INDIVIDUAL, UNIT, FieldSpec
from zbsync.erp.catalogue import ENUMS, FIELDS
from zbsync.models import Option
from zbsync.sentences.names import FIELD_TYPES, KINDS, VOCABULARIES, called

EXAMPLES = 5
"""Options that are named beside a field; the rest is behind its link."""

FIXED = {"sex": "sex", "jf2": "yes"}
"""Fields with a fixed list of the vendor's instead of a dictionary."""


@dataclass(frozen=True, slots=True)
class Target:
    """One field a rule may fill; `options` are the names of the first few, `more` how many there are beside."""

    name: str
    caption: str
    kind: str
    length: int | None
    needed: str
    dictionary: str
    options: tuple[str, ...]
    more: int
    url: str


def choices() -> list[tuple[str, str]]:
    """(field, what it is called with its type and length), in the order of the ERP's form."""
    return [(name, f"{spec.caption} ({name}) · {_limits(spec)}") for name, spec in FIELDS.items()]


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """The same under the kind of customer whose form has them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, words in choices():
        spec = FIELDS[name]
        both = spec.unit and spec.individual
        title = _("every customer") if both else _("unit customers only") if spec.unit else _("individuals only")
        groups.setdefault(title, []).append((name, words))
    return list(groups.items())


def options() -> dict[str, list[str]]:
    """Dictionary → names of its current options over all active connections, each once; one query."""
    found: dict[str, list[str]] = {}
    current = Option.objects.current().filter(vocabulary__connection__is_active=True).order_by("vocabulary__name", "id")
    for name, path in current.values_list("vocabulary__name", "path"):
        found.setdefault(name, []).append(path)
    return {name: list(dict.fromkeys(paths)) for name, paths in found.items()}


def offered(known: Mapping[str, list[str]]) -> list[Target]:
    """All of them, with their options."""
    return [_target(spec, known) for spec in FIELDS.values()]


def suggested(known: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Lists short enough to be suggested while somebody types; longer ones are typed by name."""
    used = {spec.vocabulary for spec in FIELDS.values()} - {""}
    return {name: known[name] for name in sorted(used & known.keys()) if len(known[name]) <= MANY_OPTIONS}


def _target(spec: FieldSpec, known: Mapping[str, list[str]]) -> Target:
    names = known.get(spec.vocabulary, list(ENUMS.get(FIXED.get(spec.name, ""), {})))
    kinds = [called(KINDS, kind) for kind in (UNIT, INDIVIDUAL) if spec.required_for(kind)]
    return Target(
        spec.name,
        spec.caption,
        called(FIELD_TYPES, spec.type),
        spec.max_length,
        "、".join(kinds),
        called(VOCABULARIES, spec.vocabulary) if spec.vocabulary else "",
        tuple(names[:EXAMPLES]),
        max(len(names) - EXAMPLES, 0),
        link(spec.name),
    )


def _limits(spec: FieldSpec) -> str:
    kind = called(FIELD_TYPES, spec.type)
    return f"{kind} ≤ {spec.max_length}" if spec.type == "text" and spec.max_length else kind


class TargetSelect(forms.Select):
    """The choice of a field, with a link to what the catalogue says of the one chosen."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The stock's, and the link once a field is chosen."""
        select = super().render(name, value, attrs, renderer)
        return format_html("{}{}", select, explain(str(value))) if value in FIELDS else select


def explain(target: str) -> SafeString:
    """A small link to the row of this field in the catalogue."""
    words = _("%(field)s in the catalogue of operations") % {"field": FIELDS[target].caption}
    return format_html(' <a class="zb-explain" href="{}" title="{}" aria-label="{}">?</a>', link(target), words, words)
