"""The columns of the review list: what each shows, which a state calls for, and which a person chose instead.

A saved view brings its own columns; without one a person's choice counts, and without that the state's usual ones.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, pgettext_lazy

from zbsync.admin.base import user_of
from zbsync.admin.causes import short
from zbsync.admin.facts import when
from zbsync.admin.proposal import views
from zbsync.admin.render import MATCH_TONES, PROPOSAL_TONES, finding_sentences, state_pill
from zbsync.core.follow.operations import CUSTOMER
from zbsync.models import Action, ColumnChoice, Proposal, ProposalStateChoice
from zbsync.sentences.names import OPERATIONS, called
from zbsync.templatetags.zbsync_ui import pill

ACTION_TONES = {Action.CREATE.value: "ok", Action.UPDATE.value: "info", Action.LINK.value: "mute"}
KINDS = {"unit": gettext_lazy("company"), "individual": gettext_lazy("individual")}

CHOICE: dict[str, str | Promise] = {
    "kind_shown": gettext_lazy("kind"),
    "person": pgettext_lazy("person", "name"),
    "mobile": gettext_lazy("mobile"),
    "wechat_id": gettext_lazy("WeChat id"),
    "k_code": gettext_lazy("K code"),
    "channel": gettext_lazy("channel"),
    "score_shown": gettext_lazy("score"),
    "state_pill": gettext_lazy("state"),
    "match_pill": gettext_lazy("match"),
    "action_pill": gettext_lazy("action"),
    "target_ord": gettext_lazy("ERP id"),
    "why": gettext_lazy("why"),
    "held_because": gettext_lazy("held because"),
    "hub_name": gettext_lazy("hub"),
    "proposed": gettext_lazy("proposed"),
    "decided": pgettext_lazy("time", "decided"),
    "decider": gettext_lazy("decided by"),
}
"""The columns there are, in their order on the page; the customer is always the first."""
NAME = "customer"
WHO = ("kind_shown", "mobile", "channel", "score_shown")
NEEDS = {"hub_name": "hub", "decider": "decided_by"}
"""Columns that are told from another table."""


def usual(state: str, searching: bool) -> list[str]:
    """The columns that a state calls for; "" is the list as it opens."""
    if state == ProposalStateChoice.BLOCKED:
        return [*WHO, "held_because", "proposed"]
    if state == ProposalStateChoice.READY or (not state and not searching):
        return [*WHO, "match_pill", "action_pill", "why", "proposed"]
    return [*WHO, "state_pill", "match_pill", "action_pill", "why", "proposed"]


def tidy(names: Sequence[Any]) -> list[str]:
    """Those that there are, in the order of the page, each once."""
    return [name for name in CHOICE if name in names]


def chosen(request: HttpRequest) -> list[str]:
    """What the view that is asked for, or this person, wants to see; [] when neither says. At most two queries."""
    known = getattr(request, "zb_columns", None)
    if known is None:
        view = views.asked(request)
        own = ColumnChoice.objects.filter(user=user_of(request).pk).first() if view is None else None
        known = tidy(view.columns if view else own.columns if own else [])
        request.zb_columns = known  # type: ignore[attr-defined]  # the list is asked for several times a page
    return list(known)


class Columns:
    """What the columns show, for the admin of proposals."""

    @admin.display(description=gettext_lazy("customer"), ordering="title")
    def customer(self, row: Proposal) -> SafeString:
        """The name; for a company the contact person under it is on the decision screen."""
        return format_html('<span class="zb-name" data-digest="{}">{}</span>', row.digest, row.title or f"#{row.pk}")

    @admin.display(description=gettext_lazy("kind"))
    def kind_shown(self, row: Proposal) -> str:
        """Company or individual."""
        return str(KINDS.get(row.kind, row.kind))

    @admin.display(description=gettext_lazy("score"), ordering="score")
    def score_shown(self, row: Proposal) -> str:
        """Without a fraction that says nothing."""
        return "–" if row.score is None else f"{row.score:g}"

    @admin.display(description=gettext_lazy("state"))
    def state_pill(self, row: Proposal) -> SafeString:
        """Where it stands."""
        return state_pill(row.get_state_display(), row.state, PROPOSAL_TONES)

    @admin.display(description=gettext_lazy("match"))
    def match_pill(self, row: Proposal) -> SafeString:
        """How sure it is that the ERP knows the contact."""
        return state_pill(row.get_match_kind_display(), row.match_kind, MATCH_TONES)

    @admin.display(description=gettext_lazy("action"))
    def action_pill(self, row: Proposal) -> SafeString | str:
        """What approving does; of what follows a customer, what it is."""
        if row.operation != CUSTOMER:
            return pill(called(OPERATIONS, row.operation), "info")
        return state_pill(row.get_action_display(), row.action, ACTION_TONES) if row.action else ""

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: Proposal) -> SafeString | str:
        """What stops it, in a few words."""
        return pill(short(row.cause), "bad" if row.has_errors else "warn") if row.cause else ""

    @admin.display(description=gettext_lazy("held because"))
    def held_because(self, row: Proposal) -> str:
        """Every sentence of the gate, with the actual values."""
        return " ".join(sentence for _tone, _field, sentence in finding_sentences(row.gate_findings))

    @admin.display(description=gettext_lazy("proposed"), ordering="id")
    def proposed(self, row: Proposal) -> str:
        """Short: the year is on the decision screen."""
        return timezone.localtime(row.created_at).strftime("%m-%d %H:%M")

    @admin.display(description=gettext_lazy("hub"))
    def hub_name(self, row: Proposal) -> str:
        """Where the contact came from."""
        return row.hub.name

    @admin.display(description=pgettext_lazy("time", "decided"))
    def decided(self, row: Proposal) -> str:
        """When a person decided."""
        return when(row.decided_at) if row.decided_at else "–"

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, row: Proposal) -> str:
        """Who decided."""
        return row.decided_by.get_username() if row.decided_by else "–"
