"""Connections that are paused, and batches whose rest is held: what the alarms say and the buttons that go with them.

The front page includes both parts; `dashboard.health` asks `held_alarms` with its other providers.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from zbsync.conf import conf
from zbsync.core.brakes.canary import BAD
from zbsync.core.findings import Finding
from zbsync.models import Entry, ErpConnection, Push
from zbsync.models.within import limits_of, within
from zbsync.pipeline import outbox
from zbsync.sentences import say


@dataclass(frozen=True, slots=True)
class Line:
    """One connection as it stands; `verb` is what its button does, "" when this person has none."""

    row: ErpConnection
    state: str
    tone: str
    why: str
    verb: str
    button: str


def connections(user: Any) -> list[Line]:
    """Every active connection with the button that fits; one query. Nobody who may not see them gets a line."""
    if not user.has_perm("zbsync.view_erpconnection"):
        return []
    may = user.has_perm("zbsync.change_erpconnection")
    return [_line(row, may) for row in ErpConnection.objects.filter(is_active=True).order_by("name")]


def _line(row: ErpConnection, may: bool) -> Line:
    if row.paused_at is not None:
        return Line(row, _("paused"), "bad", why_paused(row), "resume" if may else "", _("Resume"))
    verb, button = ("pause" if may else ""), _("Pause")
    if row.half_open_since is not None:
        return Line(row, _("on trial"), "warn", _("The probe was good; a few pushes go first."), verb, button)
    return Line(row, _("working"), "ok", "", verb, button)


def why_paused(row: ErpConnection) -> str:
    """The cause of a pause in words, with its numbers."""
    return say(Finding(f"pause.{row.pause_cause}", params=row.pause_params))


@dataclass(frozen=True, slots=True)
class Held:
    """The rest of an act of approval that waits because one of its first few failed."""

    connection: ErpConnection
    batch: uuid.UUID
    waiting: int
    sent: int
    bad: list[tuple[Push, str]]
    by: str
    since: datetime | None

    @property
    def sentence(self) -> str:
        """What happened, in one line."""
        told = {"n": self.waiting, "who": self.by, "why": self.bad[0][1] if self.bad else ""}
        return _("%(n)d pushes that %(who)s approved wait, for one of the first did not arrive: %(why)s") % told


def held(user: Any) -> list[Held]:
    """Batches that only a person can let go on, without those of which this one may not see all; three queries for
    each, and there are few.
    """
    found = []
    for row in ErpConnection.objects.filter(is_active=True).order_by("name"):
        for batch in outbox.held(row):
            if hides(user, row, batch):
                continue
            first = outbox.first_few(row, batch, conf().canary_size)
            bad = [(push, _why(push)) for push in first if push.state in BAD]
            if bad:
                waiting = outbox.waiting_of(row, batch).aggregate(n=Count("id"))["n"]
                act = Entry.objects.filter(act=batch).order_by("id").values_list("actor_name", "at").first()
                by, since = act or ("", None)
                found.append(Held(row, batch, waiting, len(first), bad, by, since))
    return found


def hides(user: Any, connection: ErpConnection, batch: uuid.UUID) -> bool:
    """Whether the batch has a push that the person may not see; no query without limits."""
    rows = Push.objects.filter(connection=connection, act=batch)
    return bool(limits_of(user)) and within(user, rows).count() < rows.count()


def _why(push: Push) -> str:
    words = say(Finding(push.cause, push.fault_field, params={"sentence": push.message})) if push.cause else ""
    return words or push.get_state_display()


def page() -> str:
    """The address of the desk of failures."""
    return reverse("admin:zbsync_push_failed")
