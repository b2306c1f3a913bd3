"""Looking at pushes in the ERP: what verify and reconcile share. Each of them only says what a look means.

Asks what the ERP has of each push, keeps a customer it was shown as the local copy, and has the outbox carry out the
verdicts, many in one transaction. It sends nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core import retry
from zbsync.core.lifecycle import PushEvent, PushState
from zbsync.erp.client import ErpClient
from zbsync.erp.commands import CustomerRecord
from zbsync.erp.errors import ErpError, LoginRefused, Reached
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import customers, outbox, wiring
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.tally import Tally

Clock = Callable[[], datetime]
Progress = Callable[[int, int | None], None]


class Shown(Protocol):
    """What one look showed, as far as it is kept: the customer, None when it showed none."""

    @property
    def customer(self) -> CustomerRecord | None:
        """The customer's whole form."""


SHORT = 8
"""Looks for each lane that may be under way: answers are short, and the more are kept at once, the less it costs."""

Ask = Callable[[ErpConnection, Push, ErpClient], Shown]
"""In a lane: what the ERP has of one push."""

Judge = Callable[[Push, Any, datetime], tuple[PushEvent | None, dict[str, Any]]]
"""What an answer of `Ask` says about its push: the event, and the columns to set."""


@dataclass
class Looking:
    """One round of looks at the pushes in `state` that are due, of one connection or of all usable ones.

    Ends when nothing is due, `limit` pushes were looked at or `until` (time.monotonic) has passed. `good` are the
    events that count as done. A look that fails is no answer: the push stays and is due again later; an accepted one
    says why, and ever later.
    """

    state: PushState
    ask: Ask
    judge: Judge
    good: frozenset[PushEvent]
    until: float | None = None
    limit: int | None = None
    connection: ErpConnection | None = None
    progress: Progress | None = None
    transport: Inner | None = None
    clock: Clock = timezone.now
    tally: Tally = field(default_factory=Tally)

    def drain(self) -> Tally:
        """Look. A connection whose slot somebody else holds is passed over; raises wiring.WiringError."""
        with wiring.each_usable(self.connection) as rounds:
            for one in rounds:
                began = time.monotonic()
                with rounds.trying(), wiring.slot(one) as hold:
                    if hold and self._due(one).exists():
                        self._look_at(one, hold)
                self.tally.seconds += time.monotonic() - began
        return self.tally

    def _due(self, connection: ErpConnection) -> Any:
        waiting = Push.objects.filter(state=self.state, connection=connection, not_before__lte=self.clock())
        return waiting.filter(connection__paused_at__isnull=True).exclude(cause__in=outbox.FOR_A_PERSON)

    def _look_at(self, connection: ErpConnection, hold: wiring.Hold) -> None:
        bug: BaseException | None = None
        with Lanes(connection, wiring.config_for(connection), transport=self.transport) as lanes:
            try:
                for answers in lanes.each(self._questions(connection, lanes.size), self.until, SHORT):
                    lanes.closing = lanes.closing or not hold.keep()
                    for done in answers:
                        if isinstance(done.error, ErpError):
                            lanes.closing = lanes.closing or done.error.reached is Reached.NO
                        elif done.error is not None:
                            lanes.closing, bug = True, bug or done.error
                    self._keep(connection, answers)
            finally:
                wiring.note_logins(connection, lanes.guard.refused, lanes.refusal, outbox.JOB, self.clock())
        if bug is not None:
            raise bug

    def _questions(self, connection: ErpConnection, lanes: int) -> Iterator[tuple[Push, Callable[[ErpClient], Shown]]]:
        """What is due, read for twice as many as are asked at once: the lanes stand idle while it is read."""
        last = 0
        while rows := list(self._due(connection).filter(pk__gt=last).order_by("pk")[: lanes * SHORT * 2]):
            for push in rows:
                if self.limit is not None and self.tally.seen >= self.limit:
                    return
                last = push.pk
                self.tally.seen += 1
                yield push, partial(self.ask, connection, push)

    def _keep(self, connection: ErpConnection, answers: Iterable[Done]) -> None:
        """Carry out what the answers mean, and keep the records, in one transaction."""
        now = self.clock()
        heard = [done for done in answers if done.error is None or isinstance(done.error, ErpError)]
        verdicts = [self._verdict(done, now) for done in heard]
        shown = [done.value.customer for done in heard if done.value is not None]
        records = [record for record in shown if record is not None and record.saved]
        with transaction.atomic():
            moved = outbox.judge(connection, self.state, verdicts, now)
            customers.keep(connection, records, now)
        good = sum(count for event, count in moved.items() if event in self.good)
        self.tally.done += good
        self.tally.failed += len(verdicts) - good
        if self.progress is not None:
            self.progress(self.tally.done + self.tally.failed, None)

    def _verdict(self, done: Done, now: datetime) -> outbox.Verdict:
        push: Push = done.tag
        if isinstance(done.error, LoginRefused):
            return outbox.Verdict(push, None, {}, done.exchanges)
        if isinstance(done.error, ErpError):
            return outbox.Verdict(push, None, self._later(push, done.error, now), done.exchanges)
        event, values = self.judge(push, done.value, now)
        return outbox.Verdict(push, event, values, done.exchanges)

    def _later(self, push: Push, error: ErpError, now: datetime) -> dict[str, Any]:
        """When to look again. In doubt only looks that found nothing count, and the cause is that of the doubt."""
        base_s = conf().retry_base_s
        if self.state is not PushState.ACCEPTED:
            return {"not_before": now + timedelta(seconds=base_s)}
        looks = push.looks + 1
        due = retry.next_try(looks, now, base_s=base_s, max_attempts=looks + 1, jitter=0.0)
        return {"not_before": due, "looks": looks, "cause": error.cause}
