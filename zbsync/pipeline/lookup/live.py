"""One customer, asked for by a person who looks at its page: details, contracts, persons, follow-ups.

Called by the admin in a request. It has one lane and, in all, the time of one call; whatever the ERP does, the answer
is a `Seen` that says so. It keeps what was said on the wire, and what it saw for a minute, so that a page that is
opened twice asks once. That minute is spent in this process's memory (`django.core.cache`): what a customer's page
says need not lie in another table, and two web processes that both ask do no harm.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.findings import Finding
from zbsync.erp import errors
from zbsync.erp.client import ErpClient
from zbsync.erp.exchange import Exchange
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection, ErpRecord
from zbsync.models.within import owns
from zbsync.pipeline import audit, outbox, wiring
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.lookup import first_deal
from zbsync.pipeline.lookup.sections import ABSENT, QUESTIONS, Section, name_of

PERMISSION = "zbsync.view_live"
KEPT_S = 60
"""Seconds for which an answer is shown again instead of asking."""

PATIENCE_S = 1.5
"""Seconds to wait for a turn while somebody else talks to the ERP."""

SHARE = 4
"""A question may take this part of the time there is in all."""

_GIVE_UP = (errors.NotSent, errors.LostReply, errors.LoginFailed, errors.LoginRefused, errors.Later, errors.WrongPath)
"""After these the next question would fare no better."""

_SAID = {
    "erp.lost_reply": "lookup.no_answer",
    "erp.not_sent": "lookup.no_connection",
    "erp.server_fault": "lookup.broken",
    "erp.script_error": "lookup.broken",
    "erp.empty_answer": "lookup.broken",
    "erp.unknown_answer": "lookup.broken",
    "erp.refused": "lookup.refused",
}
"""Codes whose sentence is about a write, and what a reader is told instead."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the ERP said at `at`; `problem` is why it said no more; `kept`: an answer of the last minute once more."""

    at: datetime
    sections: tuple[Section, ...] = ()
    problem: Finding | None = None
    kept: bool = False


def look(
    connection: ErpConnection,
    ord_: int,
    by: AbstractBaseUser,
    *,
    transport: Inner | None = None,
    clock: Callable[[], datetime] = timezone.now,
) -> Seen:
    """What the ERP says of customer `ord_` now, or said within the last minute.

    Raises PermissionDenied; nothing that the ERP, the network or the settings do is raised.
    """
    _permit(by, connection, ord_)
    key = f"zbsync.live.{connection.pk}.{ord_}"
    kept: Seen | None = cache.get(key)
    if kept is not None:
        return replace(kept, kept=True)
    began = time.monotonic()
    if problem := _closed(connection):
        return Seen(clock(), problem=problem)
    with _turn(connection) as hold:
        if not hold:
            return Seen(clock(), problem=Finding("lookup.busy", params={"connection": connection.name}))
        try:
            seen = _Look(connection, ord_, began, clock).run(transport)
        except wiring.WiringError as error:
            return Seen(clock(), problem=Finding(error.code, params=error.params))
    if seen.problem is None:
        cache.set(key, seen, KEPT_S)
    return seen


def _permit(by: AbstractBaseUser, connection: ErpConnection, ord_: int) -> None:
    audit.permit(by, PERMISSION)
    if not owns(by, connection.pk, ord_):
        raise PermissionDenied(f"customer {ord_} lies outside the limits of {by.get_username()}")


def _closed(connection: ErpConnection) -> Finding | None:
    """Why nobody may talk to this ERP now."""
    if connection.paused_at is not None:
        return Finding(f"pause.{connection.pause_cause}", params=connection.pause_params)
    return None if connection.is_active else Finding("lookup.off", params={"connection": connection.name})


@contextmanager
def _turn(connection: ErpConnection) -> Iterator[wiring.Hold]:
    """The connection's slot; when it is taken, a moment's patience. Yields a false hold when it stays taken."""
    until = time.monotonic() + PATIENCE_S
    while True:
        with wiring.slot(connection) as hold:
            if hold or time.monotonic() >= until:
                yield hold
                return
        time.sleep(0.1)


class _Look:
    """One round of questions, one after the other."""

    def __init__(self, connection: ErpConnection, ord_: int, began: float, clock: Callable[[], datetime]) -> None:
        self.connection, self.ord, self.clock = connection, ord_, clock
        in_all = min(connection.timeout_s, conf().call_timeout_s)
        self.until, self.step = began + in_all, in_all / SHARE
        self.problem: Finding | None = None
        record = ErpRecord.objects.filter(connection=connection, ord=ord_).only("name").first()
        self.name = record.name if record else ""

    def run(self, transport: Inner | None) -> Seen:
        """Ask, keep the evidence, note a first deal. Raises wiring.WiringError."""
        config = replace(wiring.config_for(self.connection), timeout_s=self.step)
        with Lanes(self.connection, config, size=1, transport=transport) as lanes:
            try:
                said = list(self._answers(lanes))
            finally:
                wiring.note_logins(self.connection, lanes.guard.refused, lanes.refusal, first_deal.ACTOR, self.clock())
        sections = self._keep(said)
        for one in sections:
            if one.name == "contracts" and one.total <= len(one.rows):  # of more, the first is not among those shown
                self._note_deal(one)
        return Seen(self.clock(), tuple(sections), self.problem)

    def _note_deal(self, contracts: Section) -> None:
        if day := first_deal.signed(contracts.rows, self.name, self.clock()):
            first_deal.note(self.connection, {self.ord: day}, self.clock())

    def _answers(self, lanes: Lanes) -> Iterator[tuple[Section | None, list[Exchange]]]:
        """Section by section, with what was said for it; ends early when there is no use in going on.

        A question may take three steps, for it may have to log in anew: it is not begun with less left.
        """
        for name, (operation, ask) in QUESTIONS.items():
            if name != "details" and time.monotonic() + 3 * self.step > self.until:
                self.problem = Finding("lookup.out_of_time")
                return
            lanes.submit(name, partial(_asked, operation=operation, ask=ask, ord_=self.ord, name=self.name))
            (done,) = _collected(lanes)
            section = self._read(name, done)
            yield section, done.exchanges
            if self.problem or (section and section.problem and section.problem.code == ABSENT):
                return

    def _read(self, name: str, done: Done) -> Section | None:
        """What an answer is shown as; None = nothing to show of it."""
        if done.error is None:
            section: Section | None = done.value
            if section is not None and name == "details":
                self.name = name_of(section) or self.name
            return section
        if not isinstance(done.error, errors.ErpError):
            raise done.error
        problem = problem_of(done.error, self.step)
        if isinstance(done.error, _GIVE_UP):
            self.problem = problem
            return None
        return Section(name, problem=problem)

    def _keep(self, said: list[tuple[Section | None, list[Exchange]]]) -> list[Section]:
        """Store the evidence; returns the sections, each with the exchange it was read from."""
        sections: list[Section] = []
        with transaction.atomic():
            for section, exchanges in said:
                rows = outbox.exchange_rows(self.connection, exchanges)
                for row in rows:
                    row.save()
                if section is not None:
                    sections.append(replace(section, exchange=rows[-1].pk if rows else None))
        return sections


def _asked(client: ErpClient, *, operation: str, ask: Any, ord_: int, name: str) -> Section | None:
    """In the lane: the section, None where this connection has no way to ask for it."""
    if operation not in client.capabilities.operations:
        return None
    section: Section = ask(client, ord_, name)
    return section


def _collected(lanes: Lanes) -> list[Done]:
    found: list[Done] = []
    while lanes.pending:
        found += lanes.collect(1.0)
    return found


def problem_of(error: errors.ErpError, seconds: float) -> Finding:
    """What a reader is told of a question that failed; `seconds` is how long it could have waited."""
    code = _SAID.get(error.code, error.code)
    return Finding(code, params={"sentence": error.message, "seconds": round(seconds, 1)})
