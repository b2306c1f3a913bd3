"""The ERP's operations, as the client says them: the page reads the very table that the client reads.

It shows what there is and asks the ERP nothing. What a dictionary holds is counted in one query for the whole page.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zbsync.erp.catalogue import ANSWER, ENUMS, FIELDS, OPERATIONS, Operation, Param
from zbsync.models import Vocabulary
from zbsync.sentences.names import ANSWERS, FIELD_TYPES, MARKS, VOCABULARIES, called
from zbsync.sentences.names import OPERATIONS as SAID

PERMISSION = "zbsync.view_catalogue"
PAGE = "zbsync_catalogue"
TONES = {"R": "ok", "V": "info", "S": "warn", "G": "warn"}

GROUPS: tuple[tuple[str, str | Promise, Callable[[Operation], bool]], ...] = (
    ("customers", gettext_lazy("Customers"), lambda one: one.family == "customer"),
    ("persons", gettext_lazy("Contact persons"), lambda one: one.family == "person"),
    ("follow-ups", gettext_lazy("Follow-ups"), lambda one: one.family == "act" and "follow_up" in one.name),
    ("assignment", gettext_lazy("Assignment"), lambda one: one.family == "act" and "follow_up" not in one.name),
    ("lookups", gettext_lazy("Look-ups"), lambda one: one.family == "lookup"),
    ("dictionaries", gettext_lazy("Dictionaries"), lambda one: one.family == "dictionary"),
    ("session", gettext_lazy("Session"), lambda one: one.family == "session"),
)
"""Anchor, heading, and which operations stand under it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the codes of a field come from: a fixed list (`pairs`), or a dictionary of this ERP (`url`, `count`)."""

    caption: str
    pairs: tuple[tuple[str, str], ...] = ()
    url: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation; `kind` and `when` in words, `source` None for what is typed freely."""

    anchor: str
    param: Param
    kind: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One operation. `said` are the fields shown of those it is asked with, `heard` of those it answers; `all` counts
    both before a search left some out.
    """

    operation: Operation
    title: str
    answer: str
    mark: str
    tone: str
    paths: tuple[tuple[str, str], ...]
    said: tuple[Field, ...]
    heard: tuple[Field, ...]
    all: int
    open: bool

    @property
    def hidden(self) -> int:
        """Fields that a search left out."""
        return self.all - len(self.said) - len(self.heard)


def page(request: HttpRequest) -> HttpResponse:
    """All operations, or those that fit what is looked for."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    sought = request.GET.get("q", "").strip()
    found = list(_found(sought, request.GET.get("open", ""), sources()))
    groups = [(code, title, [one for one in found if fits(one.operation)]) for code, title, fits in GROUPS]
    context = {
        **admin.site.each_context(request),
        "title": _("ERP operations"),
        "sought": sought,
        "groups": [group for group in groups if group[2]],
        "operations": len(found),
        "fields": sum(len(one.said) + len(one.heard) for one in found),
        "marks": [(TONES[code], words) for code, words in MARKS.items()],
    }
    return TemplateResponse(request, "zbsync/catalogue.html", context)


def link(target: str) -> str:
    """The address of the row of a customer's field."""
    operation = "save_unit" if FIELDS[target].unit else "save_individual"
    return f"{reverse(f'admin:{PAGE}')}?open={operation}#{operation}.{target}"


def sources() -> Mapping[str, Source]:
    """Where codes come from, by the name of the fixed list or of the dictionary; one query."""
    current = Count("options", filter=Q(options__retired_at__isnull=True))
    rows = Vocabulary.objects.annotate(now=current).order_by("-connection_id").values_list("name", "pk", "now")
    surveyed = {name: (pk, count) for name, pk, count in rows}  # the first connection stands for the others
    found = {name: Source(name, tuple((code, label) for label, code in known.items())) for name, known in ENUMS.items()}
    for name in VOCABULARIES:
        pk, count = surveyed.get(name, (None, None))
        url = reverse("admin:zbsync_vocabulary_change", args=[pk]) if pk else ""
        found[name] = Source(called(VOCABULARIES, name), url=url, count=count)
    return found


def _found(sought: str, opened: str, known: Mapping[str, Source]) -> Iterator[Shown]:
    """What fits: an operation by its own words with all its fields, else by its fields with those that fit."""
    words = sought.casefold()
    for operation in OPERATIONS.values():
        addresses = operation.paths.values() if "/" in words or "." in words else ()
        title = called(SAID, operation.name)
        whole = _fits(words, operation.name, operation.caption, title, operation.cmdkey, *addresses)
        kept = (
            operation.fields if whole else tuple(one for one in operation.fields if _fits(words, one.name, one.caption))
        )
        if whole or kept:
            yield _shown(operation, kept, known, open_=bool(words and not whole) or operation.name == opened)


def _fits(words: str, *texts: str) -> bool:
    return any(words in text.casefold() for text in texts)


def _shown(operation: Operation, kept: tuple[Param, ...], known: Mapping[str, Source], *, open_: bool) -> Shown:
    fields = [_field(operation, one, known) for one in kept]
    return Shown(
        operation,
        called(SAID, operation.name),
        called(ANSWERS, operation.answer),
        called(MARKS, operation.mark),
        TONES[operation.mark],
        tuple(operation.paths.items()),
        tuple(one for one in fields if one.param.direction != ANSWER),
        tuple(one for one in fields if one.param.direction == ANSWER),
        len(operation.fields),
        open_,
    )


def _field(operation: Operation, param: Param, known: Mapping[str, Source]) -> Field:
    prefix = "" if param.direction != ANSWER or param.name not in operation.asked else "answer."
    source = known.get(param.vocabulary) or known.get(param.enum)
    return Field(f"{operation.name}.{prefix}{param.name}", param, called(FIELD_TYPES, param.type), source)


getattr(admin.site, "views")[PAGE] = ("zbsync/catalogue/", page)  # noqa: B009  # the site cannot import this page
