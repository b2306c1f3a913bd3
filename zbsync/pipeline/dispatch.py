"""Dispatch: carry approved pushes to the ERP, each exactly once. Called by `zbsync.tasks` and by `manage.py run`.

One thread, the coordinator, does everything with the database: claim, reserve an id, mark sending, settle, each in a
transaction of its own and many pushes at a time. Between "mark sending" and "settle" there is silence in the database
while the lanes talk. Whatever dies, dies between two commits: a push that was only leased is free again when its lease
runs out, one that was being sent is in doubt, and `reconcile` looks.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import DatabaseError
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.lifecycle import PushEvent
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome
from zbsync.erp.client import Allocated
from zbsync.erp.errors import ErpError, LoginRefused
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import operations, outbox, wiring
from zbsync.pipeline.lanes import AHEAD, Done, Lanes
from zbsync.pipeline.tally import Tally

HOLDER = "dispatch"
SHUT = frozenset({"not_sent", "unavailable", "too_many_requests", "login_failed"})
"""Causes that are the ERP's and not the push's: whoever knocks next will hear the same."""

CLAIM_AGAIN_S = 0.5
"""Seconds until the next look for due pushes after one that found too few."""

PAUSE_AGAIN_S = 0.2
"""Seconds until the next look whether somebody paused the connection: so soon a pause is obeyed."""

WATCH_AGAIN_S = 1.0
"""Seconds between two judgements of the breaker while something fails."""

CALM = 2
"""Times as much is handed to the lanes while all goes well: each transaction then carries twice as many pushes."""

PAUSED = "paused"
"""Why a push was given back: its connection was paused before it was said."""

Clock = Callable[[], datetime]
Progress = Callable[[int, int | None], None]


def drain(
    until: float | None = None,
    limit: int | None = None,
    *,
    connection: ErpConnection | None = None,
    progress: Progress | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Tally:
    """Send what is due, of one connection or of all usable ones, until nothing is due, `limit` pushes were taken up, or
    `until` (time.monotonic) has passed; what is under way by then is finished.

    A connection whose slot somebody else holds is passed over. Raises wiring.WiringError.
    """
    tally = Tally()
    with wiring.each_usable(connection) as rounds:
        for one in rounds:
            began = time.monotonic()
            with rounds.trying(), wiring.slot(one) as hold:
                if hold and Push.objects.sendable().filter(connection=one, not_before__lte=clock()).exists():
                    tally.add(_drain(hold, until, limit, progress, transport, clock))
            tally.seconds += time.monotonic() - began
    return tally


def _drain(
    hold: wiring.Hold,
    until: float | None,
    limit: int | None,
    progress: Progress | None,
    transport: Inner | None,
    clock: Clock,
) -> Tally:
    if wiring.watch(hold.connection, clock()):
        return Tally()
    with Lanes(hold.connection, wiring.config_for(hold.connection), transport=transport) as lanes:
        run = _Run(hold, lanes, until, limit, clock, progress)
        try:
            run.go()
        finally:
            wiring.note_logins(hold.connection, lanes.guard.refused, lanes.refusal, outbox.JOB, timezone.now())
    return run.tally


@dataclass
class _Run:
    """One drain of one connection: what the coordinator holds in its hands.

    `waiting` are leased pushes without an id, `ready` leased ones that may be sent; `asking` and `sending` count what
    the lanes are at. No more pushes are in `sending` than the lanes will soon say, so that a crash leaves few doubts:
    half of what may be `ahead` of each lane. That is little until all that came back was good, for a door that is shut
    costs whatever was about to knock a try.
    """

    hold: wiring.Hold
    lanes: Lanes
    until: float | None
    limit: int | None
    clock: Clock
    progress: Progress | None
    waiting: deque[Push] = field(default_factory=deque)
    ready: deque[Push] = field(default_factory=deque)
    asking: int = 0
    sending: int = 0
    ahead: int = AHEAD
    shut: str = ""
    later: datetime | None = None
    claim_at: float = 0.0
    pause_at: float = 0.0
    watch_at: float = 0.0
    unjudged: int = 0
    bug: BaseException | None = None
    unkept: list[Done] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)

    def go(self) -> None:
        """Work until the hands are empty; then give back what was taken and not sent."""
        try:
            self._work()
        except (DatabaseError, outbox.LostRace, ValueError, KeyboardInterrupt):
            self._break_off()
            raise
        outbox.release([*self.waiting, *self.ready], self.clock(), cause=self.shut)
        if self.later is not None:
            outbox.postpone(self.hold.connection, self.later)
        if self.bug is not None:
            raise self.bug

    def _work(self) -> None:
        while True:
            self._claim()
            self._ask()
            self._turn()
            if not self.lanes.pending:
                return
            self._hear(self.lanes.gather(PAUSE_AGAIN_S))
            self._turn()
            self._obey()

    def _break_off(self) -> None:
        """Stopped by Ctrl-C or by an error: what is being said is heard to its end, and all that was heard is written
        down, one by one now, so that an answer that cannot be kept is the only one left in doubt.
        """
        heard = [*self.unkept, *self.lanes.stop()]
        for done in heard:
            with contextlib.suppress(DatabaseError, ValueError):
                self.unkept = [done]
                self._turn(may_send=False)
        with contextlib.suppress(DatabaseError):
            outbox.release([*self.waiting, *self.ready], self.clock())

    def _obey(self) -> None:
        """A pause takes effect between two sends: what was not begun to be said comes back unsaid."""
        if time.monotonic() < self.pause_at or self.shut == PAUSED:
            return
        self.pause_at = time.monotonic() + PAUSE_AGAIN_S
        if not wiring.may_send(self.hold.connection):
            self.shut = PAUSED
            self.lanes.drop()

    def _open(self) -> bool:
        if self.until is not None and time.monotonic() >= self.until:
            self.shut = self.shut or "out_of_time"
        if not self.hold.keep():
            self.shut = self.shut or "slot_lost"
        return not self.shut

    def _claim(self) -> None:
        held = len(self.waiting) + len(self.ready) + self.asking + self.sending
        room = self.lanes.size * self.ahead * 2 - held
        if self.limit is not None:
            room = min(room, self.limit - self.tally.seen)
        if (few := wiring.half_open_room(self.hold.connection)) is not None:
            room = min(room, few - (held - self.sending))
        plenty = held > self.lanes.size * self.ahead
        if room <= 0 or plenty or time.monotonic() < self.claim_at or not self._open():
            return
        pushes = outbox.claim(self.hold.connection, room, self.clock(), holder=HOLDER)
        if len(pushes) < room:
            self.claim_at = time.monotonic() + CLAIM_AGAIN_S
        self.tally.seen += len(pushes)
        for push in pushes:
            wants_id = operations.of(push.operation).wants_id(push)
            (self.waiting if wants_id else self.ready).append(push)

    def _ask(self) -> None:
        """Have ids allocated for the next ones, but not for more than can be sent soon."""
        most = self.lanes.size * self.ahead // 2
        while self.waiting and self.asking < most and len(self.ready) < most and self._open():
            push = self.waiting.popleft()
            self.lanes.submit((push, None), partial(operations.of(push.operation).reserve, push=push))
            self.asking += 1

    def _hear(self, heard: list[Done]) -> None:
        self.unkept = heard
        for done in heard:
            _, attempt = done.tag
            self.asking -= attempt is None
            self.sending -= attempt is not None

    def _turn(self, *, may_send: bool = True) -> None:
        """Write down all that came back and mark what is said next, in one transaction; then say it.

        After a failure, and on trial, nothing is said before the breaker has judged: that is for the next turn.
        """
        handed: list[outbox.Reserved] = []
        said: list[outbox.Said] = []
        for done in self.unkept:
            push, attempt = done.tag
            if isinstance(done.value, Allocated):
                handed.append(outbox.Reserved(push, done.value.ord, done.value.khid, done.exchanges))
            elif _is_prepared(done):
                self.ready.append(push)
            else:
                counts = not isinstance(done.error, LoginRefused | CancelledError)
                said.append(outbox.Said(push, self._outcome(done), done.exchanges, attempt, counts))
        self.unkept = [done for done in self.unkept if isinstance(done.value, Allocated) or not _is_prepared(done)]
        if handed:
            handed, refused = self._sort_out(handed)
            said += refused
        good = all(isinstance(one.outcome, Accepted) for one in said)
        self.ahead = AHEAD * CALM if good and said else self.ahead if good else AHEAD
        calm = may_send and good
        calm = calm and not (said and self.hold.connection.half_open_since is not None)
        room = self.lanes.size * self.ahead // 2 - self.sending if self.ready or handed else 0
        room = room if room > 0 and calm and self._open() else 0
        if not said and not handed and not room:
            return
        connection, ready = self.hold.connection, list(self.ready)
        kept = outbox.patiently(lambda: outbox.cycle(connection, said, handed, ready, room, self.clock()))
        self.unkept, self.ready = [], deque(kept.left)
        for attempt in kept.attempts:
            self.lanes.submit((attempt.push, attempt), partial(operations.send, attempt=attempt, clock=self.clock))
            self.sending += 1
        if said:
            self._count(kept.moved)

    def _sort_out(self, handed: list[outbox.Reserved]) -> tuple[list[outbox.Reserved], list[outbox.Said]]:
        """The ids that may be kept, and what is to be said of the pushes whose id is somebody's already."""
        twice = outbox.patiently(lambda: outbox.handed_twice(self.hold.connection, handed))
        refused = [one for one in handed if one.push.pk in twice]
        return (
            [one for one in handed if one.push.pk not in twice],
            [outbox.Said(one.push, Deferred(outbox.TAKEN), one.exchanges) for one in refused],
        )

    def _outcome(self, done: Done) -> Outcome:
        """The outcome of a try. A bug in a lane tells nothing about the ERP: doubt, if anything may have been said."""
        push, attempt = done.tag
        if done.error is None:
            outcome: Outcome = done.value
        elif isinstance(done.error, CancelledError):
            return Deferred(PAUSED if self.shut == PAUSED else "not_sent")
        elif isinstance(done.error, ErpError):
            outcome = operations.nothing_said(done.error, push.kind)
            if isinstance(done.error, LoginRefused):
                self.shut = outcome.cause if isinstance(outcome, Deferred) else done.error.code
        else:
            self.shut, self.bug = "bug", self.bug or done.error
            return Deferred("bug") if attempt is None else InDoubt("bug")
        if isinstance(outcome, Deferred) and outcome.cause in SHUT:
            self.shut = outcome.cause
            wait = max(conf().retry_base_s, outcome.after_s or 0.0)
            self.later = self.clock() + timedelta(seconds=wait)
        return outcome

    def _count(self, moved: dict[PushEvent, int]) -> None:
        good = moved.get(PushEvent.ACCEPT, 0) + moved.get(PushEvent.FOUND, 0)
        self.tally.done += good
        self.tally.failed += sum(moved.values()) - good
        if self.progress is not None:
            self.progress(self.tally.done + self.tally.failed, None)
        self._judge(sum(moved.values()) - good)

    def _judge(self, failed: int) -> None:
        """Let the breaker judge: always on trial, else soon after something failed, at once after much did."""
        self.unjudged += failed
        much = self.unjudged * 2 >= conf().breaker_least
        soon = self.unjudged and time.monotonic() >= self.watch_at
        if much or soon or self.hold.connection.half_open_since is not None:
            self.unjudged, self.watch_at = 0, time.monotonic() + WATCH_AGAIN_S
            if wiring.watch(self.hold.connection, self.clock()):
                self.pause_at = 0.0


def _is_prepared(done: Done) -> bool:
    """Whether a push was asked an id for, and may be sent: with the id, or without one where the ERP hands out none."""
    _, attempt = done.tag
    return attempt is None and done.error is None
