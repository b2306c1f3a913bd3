"""One request in, one answer (or silence) out: where pages, faults, latency and the journal meet.

Called by the HTTP server in `app` from many threads; knows nothing of sockets.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from weakref import WeakValueDictionary

from zbsync.sandbox import faults, legacy, people, v3
from zbsync.sandbox.control import ROOT, Control
from zbsync.sandbox.documents import Reply
from zbsync.sandbox.faults import Faults, Struck
from zbsync.sandbox.people import goods
from zbsync.sandbox.request import Call, Request, read_call
from zbsync.sandbox.store import Store


class Ending(StrEnum):
    """How an exchange ends on the wire."""

    ANSWER = "answer"
    HANG_UP = "hang_up"
    RESET = "reset"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Sent:
    """What the server is to do with the connection."""

    ending: Ending = Ending.ANSWER
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    content_type: str = "text/html"
    stall_s: float = 0
    """How long to say nothing, unless the caller hangs up before."""
    seq: int = 0


WORK_OVER = 20
"""Calls over which the work of one is averaged."""


class Engine:
    """The pretend ERP without its socket. Latency is slept before each call, in the session's turn, less what the call
    itself will take: who asks for 50 ms is answered after 50 ms.
    """

    def __init__(
        self,
        store: Store,
        *,
        latency_ms: float = 0,
        rules: Any = (),
        seed: int = 0,
        customers: int = 0,
    ) -> None:
        """`customers` sample customers go into a store that has none. Raises BadFault for wrong `rules`."""
        self.store = store
        self.faults = Faults(rules, seed)
        self._latency_s = latency_ms / 1000
        self._work_s = 0.0
        self._seed, self._customers = seed, customers
        self._control = Control(store, self.faults, self._fill)
        self._locks: WeakValueDictionary[str, Any] = WeakValueDictionary()
        self._guard = threading.Lock()
        self._closing = threading.Event()
        self._late: dict[int, tuple[threading.Timer, Call]] = {}
        if store.row("SELECT 1 FROM customer LIMIT 1") is None:
            self._fill(None)

    def _fill(self, count: int | None) -> None:
        known = people.customers(self._seed, self._customers if count is None else count)
        ords = self.store.add_customers(known)
        if self.store.row("SELECT 1 FROM product LIMIT 1") is None:
            sold = [one | {"ord": ord_} for one, ord_ in zip(known, ords, strict=True)]
            self.store.fill_trade(goods.products(), *goods.contracts(self._seed, sold))

    def _answer(self, call: Call, *, keep: bool = True) -> Reply:
        """What the page says, whichever dialect it speaks."""
        answer = v3.answer if call.dialect == "v3" else legacy.answer
        return answer(self.store, call, keep=keep)

    def answer(self, request: Request) -> Sent:
        """Answer one request; sleeps as long as latency and faults want."""
        if request.path.startswith(ROOT):
            reply = self._control.answer(request)
            return Sent(Ending.ANSWER, reply.status, body=reply.encoded(), content_type="application/json")
        call = read_call(request)
        with self._turn(call.session):
            if self._latency_s > self._work_s:
                self._closing.wait(self._latency_s - self._work_s)
            began = time.thread_time()
            sent = self._exchange(call)
            self._work_s += (time.thread_time() - began - self._work_s) / WORK_OVER
            return sent

    def _exchange(self, call: Call) -> Sent:
        struck = self.faults.strike(call)
        names = tuple(struck)
        if "reset_before" in struck:
            self._note(call, Reply(), names, answered=False)
            return Sent(Ending.RESET)
        if (reply := faults.instead(call, struck)) is not None:
            self._note(call, reply, names)
            return Sent(Ending.ANSWER, reply.status, reply.headers, reply.encoded(), _type_of(call, reply))
        if "late_commit" in struck:
            self._postpone(call, names, struck["late_commit"].wait_s)
            return Sent(Ending.HANG_UP)
        sent = self._process(faults.twisted(call, struck), struck)
        if "slow" in struck:
            self._closing.wait(struck["slow"].wait_s)
        return sent

    def _process(self, call: Call, struck: Struck) -> Sent:
        lost, cut, stalled = "reply_lost" in struck, "cut_body" in struck, "stall" in struck
        with self.store.transaction(), faults.meddle(self.store, call, struck):
            reply = self._answer(call, keep="ok_not_stored" not in struck)
            spoilt, body = faults.spoil(reply, struck)
            reply.status = spoilt.status
            seq = self.store.note(call, reply, tuple(struck), answered=not (lost or cut or stalled))
        if lost:
            return Sent(Ending.HANG_UP)
        return Sent(
            Ending.CUT if cut else Ending.ANSWER,
            spoilt.status,
            spoilt.headers,
            body,
            _type_of(call, spoilt),
            stall_s=struck["stall"].wait_s if stalled else 0,
            seq=seq,
        )

    def arrived(self, sent: Sent) -> None:
        """A stalled answer went out after all."""
        self.store.run("UPDATE call SET status = ? WHERE seq = ?", args=(sent.status, sent.seq))

    @property
    def closing(self) -> bool:
        """Whether sleepers should wake up."""
        return self._closing.is_set()

    def _note(self, call: Call, reply: Reply, names: tuple[str, ...], *, answered: bool = True) -> int:
        with self.store.transaction():
            return self.store.note(call, reply, names, answered=answered)

    def _postpone(self, call: Call, names: tuple[str, ...], seconds: float) -> None:
        seq = self._note(call, Reply(effect="pending"), names, answered=False)
        timer = threading.Timer(seconds, self._commit, (seq,))
        timer.daemon = True
        with self._guard:
            self._late[seq] = (timer, call)
        timer.start()

    def _commit(self, seq: int) -> None:
        with self._guard:
            waiting = self._late.pop(seq, None)
        if waiting is not None:
            with self.store.transaction():
                self.store.amend(seq, self._answer(waiting[1]))

    @contextmanager
    def _turn(self, session: str) -> Iterator[None]:
        """One call at a time per session, as the ERP locks it."""
        if not session or not self.store.policy("serial_sessions"):
            yield
            return
        with self._guard:
            lock = self._locks.get(session)
            if lock is None:
                lock = self._locks[session] = threading.Lock()
        with lock:
            yield

    def wake(self) -> None:
        """Cut every sleep short, for a prompt stop."""
        self._closing.set()

    def close(self) -> None:
        """Let everything that was taken in take effect: late commits happen now."""
        self.wake()
        for seq, (timer, _) in list(self._late.items()):
            timer.cancel()
            self._commit(seq)


def _type_of(call: Call, reply: Reply) -> str:
    """The old pages call everything HTML; the flat ones know better."""
    return "application/json; charset=utf-8" if call.dialect == "v3" and reply.document else "text/html"
