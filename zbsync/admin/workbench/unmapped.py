"""The inbox of values that no rule knows, and what the rules of a version look up, edited in place: the pairs of value
maps, and the source codes of each connection.

All ask `pipeline.publish`. What is kept here is in force at once, and whoever it concerns goes through it again: value
maps and source codes are no part of a version, and the pages say so.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zbsync.admin import channels
from zbsync.admin.base import user_of
from zbsync.admin.render import caption
from zbsync.core.findings import Finding
from zbsync.core.redact import unmask
from zbsync.models import ErpConnection, Mapping, ValueMap
from zbsync.pipeline import publish, tables
from zbsync.sentences import say
from zbsync.sentences.names import VOCABULARIES, called

MAPS = "zbsync.change_valuemap"
BLANKS = 2
"""Empty pairs under those there are."""
SEEN = "zbsync.view_valuemap"


@dataclass(slots=True)
class Board:
    """One value map on the page: its pairs as (key, value), what is wrong by position, the digest that was shown."""

    pk: int
    name: str
    kind: str
    threshold: bool
    digest: str
    pairs: list[tuple[str, str]]
    wrong: dict[int, list[str]] = field(default_factory=dict)
    told: str = ""

    @property
    def lines(self) -> list[tuple[int, str, str, list[str]]]:
        """(position, key, value, what is wrong), the empty ones last."""
        pairs = [*self.pairs, *[("", "")] * BLANKS]
        return [(at, key, value, self.wrong.get(at, [])) for at, (key, value) in enumerate(pairs, start=1)]


def respond(context: dict[str, Any], request: HttpRequest) -> HttpResponse:
    """The inbox; a POST gives the chosen values their pairs."""
    if request.method == "POST":
        return _decide(request)
    found = publish.inbox(user_of(request))
    groups: dict[str, list[Any]] = {}
    for row in found.of(publish.NO_PAIR):
        groups.setdefault(row.place, []).append(row)
    kinds = dict(ValueMap.objects.filter(name__in=groups).values_list("name", "pk"))
    shown = {
        **context,
        "title": _("Unmapped values"),
        "maps": [
            (name, kinds.get(name), name in found.exact, found.offered.get(name, []), rows)
            for name, rows in groups.items()
        ],
        "channels": found.of(publish.NO_CHANNEL),
        "options": [
            (row, caption(row.target), called(VOCABULARIES, row.place), row.code == "mapping.option_retired")
            for row in found.of(*publish.OPTIONS)
        ],
        "missing": found.of(publish.NO_MAP),
        "empty": not found.rows,
        "capped": found.capped,
        "may_map": request.user.has_perm(MAPS),
    }
    return TemplateResponse(request, "zbsync/unmapped.html", shown)


def _decide(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("map", "")
    pairs = zip(request.POST.getlist("key"), request.POST.getlist("value"), strict=False)
    wanted = {key: value.strip() for key, value in pairs if value.strip()}
    try:
        kept = publish.add_pairs(name, wanted, user_of(request), request.POST.get("reason", "")[:500])
    except publish.PublishError as error:
        messages.error(request, say(Finding(error.code)))
    except publish.PairsWrong as error:
        for finding in error.findings:
            messages.error(request, say(finding))
    else:
        said = ngettext("%(n)d value was given its pair.", "%(n)d values were given their pairs.", kept) % {"n": kept}
        messages.success(request, said if kept else _("Nothing was chosen."))
    return HttpResponseRedirect(reverse("admin:zbsync_mapping_unmapped"))


def maps_of(context: dict[str, Any], request: HttpRequest, row: Mapping) -> HttpResponse:
    """What the rules of a version look up; a POST keeps the pairs of one value map, or the channels of a connection."""
    if not request.user.has_perm(SEEN):
        raise PermissionDenied
    boards, connections = _boards(row), _connections(request, row)
    if request.method == "POST" and _keep(request, boards, connections):
        return HttpResponseRedirect(reverse("admin:zbsync_mapping_maps", args=[row.pk]))
    shown = {
        **context,
        "step": _("Value maps and source codes"),
        "boards": boards,
        "may_map": request.user.has_perm(MAPS),
        "sources": [(one, channels.Board(one)) for one in connections],
        "may_choose": request.user.has_perm(publish.SOURCES),
    }
    return TemplateResponse(request, "zbsync/mapping_maps.html", shown)


def _connections(request: HttpRequest, row: Mapping) -> list[ErpConnection]:
    """Those whose source codes a rule of this version reads, when the person may see them."""
    reads = any(rule.transform == "source_code" for rule in tables.read_rules(row))
    seen = reads and request.user.has_perm(channels.SEEN)
    return list(ErpConnection.objects.filter(is_active=True).order_by("name")) if seen else []


def _keep(request: HttpRequest, boards: list[Board], connections: list[ErpConnection]) -> bool:
    """Whether what was sent is done with and told; else its board says why not."""
    if "connection" in request.POST:
        chosen = next((one for one in connections if str(one.pk) == request.POST["connection"]), None)
        if chosen is None:
            raise PermissionDenied
        channels.choose(request, chosen)
        return True
    kept = _keep_pairs(request, boards)
    if kept is not None:
        said = ngettext("%(n)d pair changed.", "%(n)d pairs changed.", kept) % {"n": kept}
        messages.success(request, f"{said} {_('Every contact is judged again.')}" if kept else _("Nothing changed."))
    return kept is not None


def _boards(row: Mapping) -> list[Board]:
    document = publish.document_of(row)
    known = {one.name: one for one in ValueMap.objects.filter(name__in=[one.name for one in document.value_maps])}
    return [
        Board(known[one.name].pk, one.name, str(known[one.name].get_kind_display()), one.kind == "threshold",
              publish.map_digest(one), list(one.pairs))
        for one in document.value_maps
    ]  # fmt: skip


def _keep_pairs(request: HttpRequest, boards: list[Board]) -> int | None:
    """How many pairs changed; None when they cannot be kept, and then their board says why and shows what was typed."""
    chosen = next((one for one in boards if one.name == request.POST.get("map", "")), None)
    if chosen is None:
        messages.error(request, say(Finding("publish.no_such_map")))
        return 0
    known = " ".join(f"{key} {value}" for key, value in chosen.pairs)
    typed = [(unmask(key, known), unmask(value, known)) for key, value in _pairs(request.POST)]
    seen, reason = request.POST.get("seen", ""), request.POST.get("reason", "")[:500]
    try:
        return publish.keep_pairs(chosen.name, typed, user_of(request), seen=seen, reason=reason)
    except publish.PublishError as error:
        chosen.told = say(Finding(error.code))
    except publish.PairsWrong as error:
        chosen.pairs, chosen.told = typed, _("Nothing was kept. Each pair says what is wrong.")
        for finding in error.findings:
            chosen.wrong.setdefault(int(finding.params["position"]), []).append(say(finding))
    return None


def _pairs(data: QueryDict) -> list[tuple[str, str]]:
    """The pairs as typed; one without anything on either side is none. The lowest bound has nothing on its left."""
    both = zip(data.getlist("key"), data.getlist("value"), strict=False)
    return [(key.strip(), value.strip()) for key, value in both if key.strip() or value.strip()]
