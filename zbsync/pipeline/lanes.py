"""Lanes: threads that talk to one ERP connection, each with its own client, session and one call at a time.

Used by match, survey, dispatch, verify and reconcile. A lane never touches the database: the thread that
opened the lanes submits questions, collects what came back and does all the keeping. It knows nothing of
pushes.
"""

import queue
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from zbsync.erp.client import ErpClient, ErpConfig, LoginGuard
from zbsync.erp.errors import CaptchaDemanded, LoginRefused
from zbsync.erp.exchange import Exchange
from zbsync.erp.transport import Inner
from zbsync.models import ErpConnection

PARKED_S = 600.0
"""Seconds for which a process keeps a session that nobody uses: a login for every drain would wear the
account out.
"""

AHEAD = 4
"""Questions per lane that are under way or waiting: while the caller keeps what came back, no lane stands idle."""

SWITCH_S = 0.001
"""Seconds after which a thread that computes lets others go on, a fifth of the interpreter's own: a lane whose answer
has come would otherwise wait that long for the thread that keeps the last ones, at every call.
"""

LINGER_S = 0.2
"""Seconds to wait for more answers while the lanes are busy anyway."""


@dataclass(frozen=True, slots=True)
class Done:
    """What one question came to: `value`, or the `error` it raised; `exchanges` are all it said on the wire."""

    tag: Any
    value: Any
    error: BaseException | None
    exchanges: list[Exchange]


class _Lane:
    """One client and where its exchanges go now."""

    def __init__(self, config: ErpConfig, guard: LoginGuard, transport: Inner | None) -> None:
        self.sink: list[Exchange] = []
        self.client = ErpClient(config, guard, self._record, transport=transport)

    def _record(self, exchange: Exchange) -> None:
        self.sink.append(exchange)


@dataclass(slots=True)
class _Parked:
    config: ErpConfig
    guard: LoginGuard
    lanes: list[_Lane]
    since: float


_parked: dict[int, _Parked] = {}
_parking = threading.Lock()


class Lanes:
    """A context manager around `size` threads, as many as the connection says unless `size` does.

    Leaving it waits for the calls under way, drops the questions not yet asked, and keeps the sessions for
    the next user in this process. `guard` counts refused logins over all lanes.
    """

    def __init__(
        self,
        connection: ErpConnection,
        config: ErpConfig,
        *,
        size: int | None = None,
        transport: Inner | None = None,
    ) -> None:
        self.connection = connection
        self.size = size or connection.lanes
        self.pending = 0
        self.closing = False
        self._config = config
        self._transport = transport
        self._done: queue.SimpleQueue[tuple[Any, Future[Any], list[Exchange]]] = queue.SimpleQueue()
        parked = self._take()
        self.guard = parked.guard if parked else LoginGuard(refused=connection.login_refusals)
        self.guard.refused = connection.login_refusals
        self._free = parked.lanes if parked else []
        self._own = threading.local()
        self._lanes: list[_Lane] = []
        self._opening = threading.Lock()
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix=f"lane-{connection.pk}")
        self.refusal: LoginRefused | None = None

    def __enter__(self) -> Self:
        sys.setswitchinterval(SWITCH_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        lanes = self._lanes + self._free
        if self._transport is None and kind is None:
            self._park(lanes)
        else:
            for lane in lanes:
                lane.client.close()

    def submit(self, tag: Any, ask: Callable[[ErpClient], Any]) -> None:
        """Put a question; `tag` comes back with its answer. Questions are asked in this order."""
        sink: list[Exchange] = []
        self.pending += 1
        future = self._threads.submit(self._work, ask, sink)
        future.add_done_callback(partial(self._finished, tag, sink))

    def collect(self, timeout_s: float | None) -> list[Done]:
        """Wait for the first answer, then take all that are there; [] when none came in `timeout_s` seconds (None: the
        calls' own clocks end the wait).
        """
        found: list[Done] = []
        while self.pending:
            try:
                tag, future, sink = self._done.get_nowait() if found else self._done.get(timeout=timeout_s)
            except queue.Empty:
                break
            self.pending -= 1
            error = CancelledError() if future.cancelled() else future.exception()
            if isinstance(error, LoginRefused) and not isinstance(self.refusal, CaptchaDemanded):
                self.refusal = error
            found.append(Done(tag, None if error else future.result(), error, sink))
        return found

    def stop(self) -> list[Done]:
        """Ask nothing more and wait for the calls under way; a question that was not asked has a CancelledError."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        return self.collect(0.0)

    def drop(self) -> None:
        """Let go of what was not begun: each such question comes back with a CancelledError. Nothing is asked after."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def each(
        self,
        work: Iterable[tuple[Any, Callable[[ErpClient], Any]]],
        until: float | None = None,
        ahead: int = AHEAD,
    ) -> Iterator[list[Done]]:
        """Keep all lanes busy with `work` and yield what comes back, many at a time, never an empty list; `ahead` are
        the questions for each lane that may be under way or waiting.

        `work` is drawn by the caller's thread, no faster than the lanes need it, and no further once `until`
        (time.monotonic) has passed or `closing` was set; what was asked by then still comes back.
        """
        source = iter(work)
        more = True
        while more or self.pending:
            while more and self.pending < self.size * ahead:
                if self.closing or (until is not None and time.monotonic() >= until):
                    more = False
                    break
                try:
                    self.submit(*next(source))
                except StopIteration:
                    more = False
            if done := self.gather():
                yield done

    def gather(self, timeout_s: float = 1.0) -> list[Done]:
        """`collect`, and as long as no lane will soon stand idle, a moment longer: fewer, fuller batches."""
        done = self.collect(timeout_s)
        until = time.monotonic() + LINGER_S
        while done and self.pending > self.size * 1.5 and (left := until - time.monotonic()) > 0:
            done += self.collect(left)
        return done

    def _finished(self, tag: Any, sink: list[Exchange], future: "Future[Any]") -> None:
        self._done.put((tag, future, sink))

    def _work(self, ask: Callable[[ErpClient], Any], sink: list[Exchange]) -> Any:
        lane: _Lane | None = getattr(self._own, "lane", None)
        if lane is None:
            lane = self._own.lane = self._open()
        lane.sink = sink
        return ask(lane.client)

    def _open(self) -> _Lane:
        with self._opening:
            lane = self._free.pop() if self._free else _Lane(self._config, self.guard, self._transport)
            self._lanes.append(lane)
            return lane

    def _take(self) -> _Parked | None:
        """The sessions an earlier user of this process left, if they are fresh and of these very settings."""
        if self._transport is not None:
            return None
        with _parking:
            parked = _parked.pop(self.connection.pk, None)
        if parked is None or (parked.config == self._config and time.monotonic() - parked.since < PARKED_S):
            return parked
        for lane in parked.lanes:
            lane.client.close()
        return None

    def _park(self, lanes: list[_Lane]) -> None:
        with _parking:
            older = _parked.get(self.connection.pk)
            _parked[self.connection.pk] = _Parked(self._config, self.guard, lanes, time.monotonic())
        for lane in older.lanes if older else []:
            lane.client.close()


def forget_sessions() -> None:
    """Close the parked sessions of this process: after a change of account, and between tests."""
    with _parking:
        left = [lane for parked in _parked.values() for lane in parked.lanes]
        _parked.clear()
    for lane in left:
        lane.client.close()
