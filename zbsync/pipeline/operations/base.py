"""What an operation is, for dispatch, verify and reconcile: how it is said, looked for and judged.

Implemented by the other modules of this package, one family each. `reserve`, `send`, `look` and `read_back` run in a
lane and touch no database; the judgements run with the thread that keeps, and write nothing themselves.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from zbsync.conf import conf
from zbsync.core.diff import Difference
from zbsync.core.lifecycle import PushEvent
from zbsync.core.outcome import Deferred, InDoubt, Outcome
from zbsync.erp.client import Allocated, ErpClient, FormRecord, outcome_of
from zbsync.erp.commands import CustomerRecord
from zbsync.erp.errors import ErpError, LoginRefused, UnknownAnswer
from zbsync.models import Attempt, ErpConnection, Push

R = TypeVar("R")
Clock = Callable[[], datetime]
Judgement = tuple[PushEvent | None, dict[str, Any]]
"""What a look means for its push: the event (None: it stays where it is), and the columns to set."""

NOT_STORED = "not_stored"
"""Cause: the ERP said "ok" and has nothing of it."""

DIFFERENT = "read_different"
"""Cause: the ERP has it, with other values than we sent."""

LOOKS = 2
"""How often, and apart, the ERP must show nothing before the push is free to be sent again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look showed: the record of a customer or of another form, None when the ERP has none of it.

    `holds` says of what has no record whether the ERP shows it done, `words` what it shows instead; None: it cannot
    be seen there.
    """

    customer: CustomerRecord | None = None
    form: FormRecord | None = None
    holds: bool | None = None
    words: str = ""


class Operation(Protocol):
    """One family of operations."""

    def wants_id(self, push: Push) -> bool:
        """Whether an id has to be reserved, if the ERP hands any out, before this push can be sent."""

    def reserve(self, client: ErpClient, push: Push) -> Allocated | None:
        """In a lane: a fresh id; None where the ERP hands out none."""

    def send(self, client: ErpClient, attempt: Attempt, clock: Clock) -> Outcome:
        """In a lane: say it once, unless what the ERP has says that it must not, or need not, be said.

        Raises LoginRefused; everything else is an outcome.
        """

    def look(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: what the ERP has of a push in doubt."""

    def read_back(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: what the ERP has of an accepted push."""

    def judge_accepted(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """What was read back, against what was sent."""

    def judge_doubt(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """What one look says. Only what we sent proves that it arrived; only nothing, seen twice, that it did not."""


def id_in(row: Mapping[str, str], column: str = "ord") -> int:
    """The id a list row tells. Raises UnknownAnswer when it tells none."""
    text = row.get(column, "").replace(",", "").strip()
    if not text.isdecimal():
        raise UnknownAnswer(f"{column}: {text!r} in a list")
    return int(text)


def spare_s(push: Push, now: datetime) -> float:
    """Seconds for which a call may still be begun so that its answer comes inside the lease; below 0: none."""
    left = (push.lease_until - now).total_seconds() if push.lease_until is not None else 0.0
    return left - conf().call_timeout_s


def nothing_said(error: ErpError, kind: str) -> Outcome:
    """The outcome of a question that failed before the save: a refusal stands, everything else is "later"."""
    outcome = outcome_of(error, kind)
    if isinstance(outcome, InDoubt):
        return Deferred(outcome.cause, None, outcome.message)
    return outcome


def asked(ask: Callable[[], R], kind: str) -> tuple[R | None, Outcome | None]:
    """In a lane, before anything is said: what the ERP has, or the outcome when asking failed. Raises LoginRefused."""
    try:
        return ask(), None
    except LoginRefused:
        raise
    except ErpError as error:
        return None, nothing_said(error, kind)


def act(client: ErpClient, push: Push, clock: Clock, said: str, ord_: int | None, fields: Mapping[str, str]) -> Outcome:
    """In a lane: say it, unless the lease would end before the answer. Raises LoginRefused."""
    spare = spare_s(push, clock())
    if spare < 0:
        return Deferred("lease_short")
    return client.act(said, ord_, fields, start_by=time.monotonic() + spare)


def verified(now: datetime, **values: Any) -> Judgement:
    """It was read back as it was sent."""
    return PushEvent.READ_EQUAL, {"verified_at": now, "differences": [], "cause": "", **values}


def different(cause: str, differences: Iterable[Difference]) -> Judgement:
    """It was read back, and is something else."""
    return PushEvent.READ_DIFFERENT, {"cause": cause, "differences": [one.as_json() for one in differences]}


def found(now: datetime) -> Judgement:
    """It is there: accepted, and due to be read back."""
    return PushEvent.FOUND, {"cause": "", "looks": 0, "not_before": now, "settled_at": now}


def absent(push: Push, now: datetime) -> Judgement:
    """It is not there: one look more, apart from this one, or free to be sent again."""
    looks = push.looks + 1
    if looks < LOOKS:
        return None, {"looks": looks, "not_before": now + timedelta(seconds=conf().look_again_s)}
    return PushEvent.PROVED_ABSENT, {"looks": 0, "not_before": now, "cause": "proved_absent"}
