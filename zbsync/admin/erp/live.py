"""A customer as the ERP has it right now, on the pages of its contact and of its mirror: asked for by a link, never by
opening the page. The pipeline asks; here it is put into words and tables.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zbsync.admin.base import user_of
from zbsync.admin.words import Words
from zbsync.erp.catalogue import OPERATIONS
from zbsync.models import ErpConnection
from zbsync.pipeline import lookup
from zbsync.sentences import say

ASK, PART = "live", "part"
"""Words of the address: `?live=1` asks, `&part=live` answers without the page around it."""

TITLES: dict[str, str | Promise] = {
    "details": _("Details"),
    "contracts": _("Contracts"),
    "persons": _("Contact persons"),
    "follow_ups": _("Latest follow-ups"),
}
COLUMNS = {
    "contracts": ("htid", "title", "dateQD", "moneyall", "hkmoney", "xsry", "spzt"),
    "persons": ("person_name", "job", "mobile", "phone"),
    "follow_ups": ("date", "person", "sort", "intro"),
}
"""What is shown of each list, the most telling first; the exchange has the rest."""

LISTS = {"contracts": "list_contracts", "persons": "list_persons", "follow_ups": "list_follow_ups"}
NUMBERS = frozenset({"moneyall", "hkmoney"})
NO_FACTS = frozenset({"intsort", "ord"})


@dataclass(frozen=True, slots=True)
class Part:
    """One section in words: facts or a table; `problem` is why there is nothing, `evidence` the exchange's page."""

    title: str | Promise
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[tuple[str, bool]] = ()
    rows: Sequence[Sequence[tuple[str, str, bool]]] = ()
    total: int = 0
    others: int = 0
    problem: str = ""
    evidence: str = ""

    @property
    def unshown(self) -> int:
        """Rows the ERP has beyond those that were asked for."""
        return max(self.total - len(self.rows), 0) if self.columns else 0


@dataclass(frozen=True, slots=True)
class Panel:
    """One customer of one ERP. Before anybody asked, `seen` is None."""

    connection: ErpConnection
    ord: int
    several: bool
    seen: lookup.Seen | None = None
    problem: str = ""
    parts: Sequence[Part] = ()


def may(request: HttpRequest) -> bool:
    """Whether this person is offered the link."""
    return request.user.has_perm(lookup.PERMISSION)


def asked(request: HttpRequest) -> bool:
    """Whether the address asks for it."""
    return bool(request.GET.get(ASK))


def panels(request: HttpRequest, customers: Iterable[tuple[ErpConnection, int]]) -> list[Panel]:
    """One for each customer, asked for live when the address says so. Raises PermissionDenied for who may not."""
    pairs = list(customers)
    several = len(pairs) > 1
    if not asked(request):
        return [Panel(connection, ord_, several) for connection, ord_ in pairs] if may(request) else []
    return [_panel(request, connection, ord_, several) for connection, ord_ in pairs]


def fragment(request: HttpRequest, found: Sequence[Panel]) -> HttpResponse | None:
    """The panels alone, when that is what is asked for."""
    if not (asked(request) and request.GET.get(PART) == ASK):
        return None
    return TemplateResponse(request, "zbsync/parts/live.html", {"live": found})


def _panel(request: HttpRequest, connection: ErpConnection, ord_: int, several: bool) -> Panel:
    seen = lookup.look(connection, ord_, user_of(request))
    words = Words(connection)
    wire = request.user.has_perm("zbsync.view_exchange")
    parts = [_part(section, words, wire=wire) for section in seen.sections]
    return Panel(connection, ord_, several, seen, say(seen.problem) if seen.problem else "", parts)


def _part(section: lookup.Section, words: Words, *, wire: bool) -> Part:
    told: dict[str, Any] = {
        "total": section.total,
        "others": section.others,
        "problem": say(section.problem) if section.problem else "",
        "evidence": reverse("admin:zbsync_exchange_change", args=[section.exchange])
        if wire and section.exchange
        else "",
    }
    title = TITLES[section.name]
    if section.name == "details":
        facts = [
            (one["caption"], one["text"] or words.shown(one["id"], one["value"]))
            for one in section.rows
            if one["id"] not in NO_FACTS
        ]
        return Part(title, facts=facts, **told)
    known = OPERATIONS[LISTS[section.name]].answered
    names = [name for name in COLUMNS[section.name] if any(name in row for row in section.rows)]
    captions = {name: known[name].caption if name in known else name for name in names}
    rows = [[(captions[name], row.get(name, ""), name in NUMBERS) for name in names] for row in section.rows]
    return Part(title, columns=[(captions[name], name in NUMBERS) for name in names], rows=rows, **told)
