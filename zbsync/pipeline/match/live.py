"""Looking in the ERP itself: searches for what the local copy cannot answer, then whole records, over lanes.

The thread that matches runs this; only the questions go to the lanes. No more questions are put than there are
lanes, so that time being up costs one call. A question that failed is an error of its case, never "absent".
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from zbsync.conf import conf
from zbsync.erp.client import CustomerRecord, ErpClient
from zbsync.erp.errors import ErpError, LoginRefused
from zbsync.erp.exchange import Exchange
from zbsync.pipeline import customers
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.local import Copy
from zbsync.pipeline.match.search import Hits, Unclear, asked_by, searches

Tag = Case | int
"""Whose answer it is: a case's search, or the record of a customer that any number of cases wait for."""


def needed(case: Case, copy: Copy) -> frozenset[str]:
    """The searches the local copy cannot answer; none for who is decided on, all where the ERP told of somebody."""
    if case.decided:
        return frozenset()
    return asked_by(case.query) if case.told else copy.lacks(case.query)


class Look:
    """One round of looking. `read` are the customers read (None = deleted), `said` every exchange with its case.

    `error` is what a lane raised that no case can bear; `run` raises it after the evidence is at hand.
    """

    def __init__(self, lanes: Lanes, copy: Copy, until: float | None) -> None:
        self.read: dict[int, CustomerRecord | None] = {}
        self.said: list[tuple[Case, Exchange]] = []
        self._lanes, self._copy, self._until = lanes, copy, until
        self._asking: deque[tuple[Tag, Callable[[ErpClient], Any]]] = deque()
        self._searching: dict[int, int] = {}
        self._waiting: dict[int, list[Case]] = {}

    def run(self, cases: Sequence[Case]) -> None:
        """Look for all cases. Those still `open` afterwards were not finished: time was up, or no login."""
        todo = deque(cases)
        for case in cases:
            case.open = True
        while True:
            while not self._must_stop() and self._lanes.pending < self._lanes.size and (self._asking or todo):
                if self._asking:
                    self._lanes.submit(*self._asking.popleft())
                else:
                    self._begin(todo.popleft())
            if not self._lanes.pending:
                return
            self._take(self._lanes.collect(conf().call_timeout_s))

    def _must_stop(self) -> bool:
        return self._lanes.refusal is not None or (self._until is not None and time.monotonic() >= self._until)

    def _begin(self, case: Case) -> None:
        asked = searches(case.query, needed(case, self._copy))
        self._searching[case.row.pk] = len(asked)
        self._asking.extend((case, search) for search in asked)
        if not asked:
            self._read_for(case)

    def _take(self, answers: Sequence[Done]) -> None:
        """What came back: first all searches, so that one statement tells which hits the copy knows in full."""
        found = [done for done in answers if isinstance(done.tag, Case)]
        for done in found:
            self._take_hits(done.tag, done)
        ended = [done.tag for done in found if not self._searching[done.tag.row.pk] and not done.tag.error]
        self._copy.recall([case for case in ended if case.open])
        for case in ended:
            self._read_for(case)
        for done in answers:
            if isinstance(done.tag, int):
                self._take_record(done.tag, done)

    def _take_hits(self, case: Case, done: Done) -> None:
        self.said.extend((case, exchange) for exchange in done.exchanges)
        if self._failed([case], done):
            return
        hits: Hits = done.value
        case.hints |= hits.ords
        case.persons.extend(hits.persons)
        self._searching[case.row.pk] -= 1

    def _read_for(self, case: Case) -> None:
        """Ask for every customer the case wants, unless somebody else in this round did."""
        for ord_ in case.wants():
            if ord_ in self.read:
                self._give(case, ord_, self.read[ord_])
            elif ord_ in self._waiting:
                self._waiting[ord_].append(case)
            else:
                self._waiting[ord_] = [case]
                # Reads go first: a case that is nearly done is done before the next one begins.
                self._asking.appendleft((ord_, partial(_read, ord_=ord_)))
        case.open = bool(case.wants())

    def _take_record(self, ord_: int, done: Done) -> None:
        waiting = self._waiting.pop(ord_)
        self.said.extend((waiting[0], exchange) for exchange in done.exchanges)
        if self._failed(waiting, done):
            return
        self.read[ord_] = done.value
        for case in waiting:
            self._give(case, ord_, done.value)
            case.open = not case.error and bool(case.wants())

    def _give(self, case: Case, ord_: int, record: CustomerRecord | None) -> None:
        if record is None:
            case.gone.add(ord_)
        else:
            case.learn(customers.view_of_record(record), customers.values_of(record))

    def _failed(self, cases: Sequence[Case], done: Done) -> bool:
        """Tell the cases of an error. A refused login is none of theirs: they stay open, for a later round."""
        if done.error is None:
            return False
        if isinstance(done.error, LoginRefused):
            return True
        if not isinstance(done.error, ErpError | Unclear):
            raise done.error
        for case in cases:
            case.error, case.open = done.error.code, False
        return True


def _read(client: ErpClient, ord_: int) -> CustomerRecord | None:
    """The customer, None when it is deleted or only a reserved id."""
    record = client.read(ord_)
    return record if record is not None and record.saved else None
