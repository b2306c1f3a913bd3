"""The channels of one connection with their customer source: what is shown of them (to decide, decided, being freed),
and what their form sends. For their own page, and for the workbench beside the rules that read them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zbsync.admin.base import user_of
from zbsync.admin.forms import REASON_LENGTH
from zbsync.core.findings import Finding
from zbsync.models import Contact, ErpConnection, Proposal, SourceCode
from zbsync.pipeline import publish, tables
from zbsync.pipeline.survey import unfit
from zbsync.sentences import say

SEEN = "zbsync.view_sourcecode"
CHANNEL_MAX = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One channel. `lost` says that the ERP no longer has its option; `due` of `freed` contacts still wait to be judged
    again after the last choice; `held` wait for a choice.
    """

    pk: int
    channel: str
    option: str
    met_at: datetime
    lost: bool
    by_default: bool
    held: int
    freed: int
    due: int

    @property
    def open(self) -> bool:
        """Whether a person must choose."""
        return self.lost or not self.option

    @property
    def done(self) -> int:
        """Contacts that were judged again."""
        return max(self.freed - self.due, 0)


class Board:
    """The channels of one connection; five statements, however many."""

    def __init__(self, connection: ErpConnection) -> None:
        self.options = tables.sources(connection)
        known = tables.targets([connection])[0]
        lost, codes = unfit.of_sources(known), SourceCode.objects.filter(connection=connection)
        held, due = _held(connection), _due(code.channel for code in codes)
        self.rows = [
            Row(
                pk=code.pk,
                channel=code.channel,
                option=code.option,
                met_at=code.met_at,
                lost=code.channel in lost,
                by_default=bool(code.option) and code.option == tables.default_source(code.channel, self.options),
                held=held.get(code.channel, 0),
                freed=code.freed,
                due=min(due.get(code.channel, 0), code.freed),
            )
            for code in codes.order_by("channel")
        ]

    @property
    def inbox(self) -> list[Row]:
        """What a person must choose: those that hold somebody first, and of these the ones met last."""
        waiting = (row for row in self.rows if row.open)
        return sorted(waiting, key=lambda row: (row.held > 0, row.met_at, row.pk), reverse=True)

    @property
    def decided(self) -> list[Row]:
        """What has its option, by channel."""
        return [row for row in self.rows if not row.open]

    @property
    def moving(self) -> list[Row]:
        """Channels whose contacts are being judged again."""
        return [row for row in self.rows if row.due]

    @property
    def freed(self) -> int:
        """Contacts of these, in all."""
        return sum(row.freed for row in self.moving)

    @property
    def done(self) -> int:
        """Those that were judged again."""
        return sum(row.done for row in self.moving)

    @property
    def held(self) -> int:
        """Contacts that wait for a choice."""
        return sum(row.held for row in self.inbox)


def _held(connection: ErpConnection) -> dict[str, int]:
    """Contacts that only a choice of an option frees, by channel."""
    rows = Proposal.objects.open().filter(connection=connection, cause__in=unfit.CODES).order_by()
    return dict(rows.values_list("channel").annotate(n=Count("pk")))


def _due(channels: Iterable[str]) -> dict[str, int]:
    """Contacts that wait to be judged again, by channel."""
    rows = Contact.objects.due().filter(channel__in=list(channels)).order_by()
    return dict(rows.values_list("channel").annotate(n=Count("pk")))


def choose(request: HttpRequest, connection: ErpConnection) -> bool:
    """Keep what was chosen in a form of this connection's channels, and tell; whether contacts are judged again.

    What stands as it was shown (`was-…`) is nobody's choice: a colleague's, made meanwhile, stays. Raises
    PermissionDenied.
    """
    sent, wanted = request.POST, {}
    for row in SourceCode.objects.filter(connection=connection):
        if (option := sent.get(f"option-{row.pk}")) is not None and option != sent.get(f"was-{row.pk}"):
            wanted[row.channel] = option
    if channel := sent.get("channel", "").strip()[:CHANNEL_MAX]:
        wanted[channel] = sent.get("option", "")
    try:
        made = publish.choose_sources(connection, wanted, user_of(request), sent.get("reason", "")[:REASON_LENGTH])
    except publish.PublishError as error:
        messages.error(request, say(Finding(error.code)))
        return False
    count = len(made.channels)
    told = ngettext("%(n)d channel was saved.", "%(n)d channels were saved.", count) % {"n": count}
    messages.add_message(
        request, messages.SUCCESS if count else messages.INFO, told if count else _("Nothing was changed.")
    )
    return bool(made.due)
