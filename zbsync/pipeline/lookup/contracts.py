"""All contracts of an ERP, page by page, for the first deals of the customers that contacts are bound to.

Called by the timetable and by the command `survey --contracts`. The list names a customer by name only, which proves
nothing: a bound customer of that name is asked for its own contracts, and only those count. A pass that was cut short
is gone on with at the page where it stood.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zbsync.core.matching import normalise_company
from zbsync.erp.client import ErpClient
from zbsync.erp.commands import Page
from zbsync.erp.config import PAGE_SIZE_MAX
from zbsync.erp.transport import Inner
from zbsync.models import Binding, ErpConnection, ErpRecord
from zbsync.pipeline import bulk, outbox, wiring
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.lookup import first_deal
from zbsync.pipeline.lookup.sections import bare, same_name

Clock = Callable[[], datetime]
Progress = Callable[[int, int | None], None]

EVERY = timedelta(days=1)
"""How old a pass may grow before the timetable begins the next."""

_IN_ORDER = {"_rpt_sort": "ord"}
"""Oldest first: a contract made while we read lands on the last page and moves none."""


@dataclass(slots=True)
class Report:
    """What a pass saw: `pages` and `contracts` read, customers `asked` for their own, and how many first deals were
    `found`. `complete`: it came to the last page; `busy`: somebody else was talking to this ERP, nothing was asked.
    """

    pages: int = 0
    contracts: int = 0
    asked: int = 0
    found: int = 0
    calls: int = 0
    seconds: float = 0.0
    complete: bool = False
    busy: bool = False

    def as_json(self) -> dict[str, Any]:
        """The shape of `survey --contracts --json`."""
        return asdict(self) | {"seconds": round(self.seconds, 3)}


def due(now: datetime) -> list[ErpConnection]:
    """Usable connections whose pass is under way or older than EVERY, and that have bound customers at all."""
    return [
        one
        for one in wiring.usable()
        if (one.contract_pages or one.contracts_at is None or now - one.contracts_at > EVERY)
        and Binding.objects.filter(connection=one).exists()
    ]


def run(
    connection: ErpConnection,
    until: float | None = None,
    *,
    progress: Progress | None = None,
    transport: Inner | None = None,
    clock: Clock = timezone.now,
) -> Report:
    """Read on from where the last pass was cut short, at most until `until` (time.monotonic).

    `progress` hears pages done and in all. Raises wiring.WiringError and the ErpError of the first question that
    failed, with what was read before it kept.
    """
    began, work = time.monotonic(), _Pass(connection, until, progress, clock)
    with wiring.slot(connection) as hold:
        if not hold:
            return Report(busy=True)
        with Lanes(connection, wiring.config_for(connection), transport=transport) as lanes:
            try:
                work.read(lanes, hold)
            finally:
                work.report.seconds = time.monotonic() - began
                wiring.note_logins(connection, lanes.guard.refused, lanes.refusal, first_deal.ACTOR, clock())
    return work.report


class _Pass:
    def __init__(self, connection: ErpConnection, until: float | None, progress: Progress | None, clock: Clock) -> None:
        self.connection, self.until, self.progress, self.clock = connection, until, progress, clock
        self.report = Report()

    def read(self, lanes: Lanes, hold: wiring.Hold) -> None:
        """Page after page; with each the customers it names are settled before the page counts as read."""
        number = self.connection.contract_pages + 1
        while hold.keep() and not self._time_is_up():
            page = next((done.value for done in self._answers(lanes, [(number, partial(_page, number=number))])), None)
            if page is None or not self._settle(lanes, page.rows):
                return
            self.report.pages, self.report.contracts = self.report.pages + 1, self.report.contracts + len(page.rows)
            self.report.complete = number >= page.page_count
            self._remember(0 if self.report.complete else number)
            if self.progress:
                self.progress(number, page.page_count or None)
            if self.report.complete:
                return
            number += 1

    def _settle(self, lanes: Lanes, rows: Sequence[Mapping[str, str]]) -> bool:
        """Ask each bound customer that the rows may be about; False when time was up before all were asked."""
        named: dict[str, datetime] = {}
        for row in rows:
            if day := first_deal.day_of(row.get("dateQD", "")):
                name = bare(row.get("khmc", ""))
                named[name] = min(day, named.get(name, day))
        asked = list(self._meant(named))
        questions = ((record, partial(_contracts, ord_=record.ord, name=record.name)) for record in asked)
        answered = 0
        for done in self._answers(lanes, questions):
            answered += 1
            day = first_deal.signed(done.value, done.tag.name, self.clock())
            if day is not None:
                self.report.found += first_deal.note(self.connection, {done.tag.ord: day}, self.clock())
        self.report.asked += answered
        return answered == len(asked)

    def _meant(self, named: Mapping[str, datetime]) -> Iterator[ErpRecord]:
        """Bound customers of these names, of whom no first deal is known, or a later one; one query."""
        bound = Binding.objects.filter(connection=self.connection, ord=OuterRef("ord"))
        rows = ErpRecord.objects.filter(
            Exists(bound),
            connection=self.connection,
            name_normal__in={normalise_company(name)[:200] for name in named},
            gone_at__isnull=True,
        )
        for row in rows.only("ord", "name", "first_deal_at").order_by("ord"):
            day = named.get(bare(row.name))
            if day is not None and (row.first_deal_at is None or day < row.first_deal_at):
                yield row

    def _answers(self, lanes: Lanes, asked: Any) -> Iterator[Done]:
        """The answers, their evidence kept; the first failure is raised once the others are in."""
        failed: BaseException | None = None
        for answers in lanes.each(asked, self.until):
            said = [exchange for done in answers for exchange in done.exchanges]
            self.report.calls += len(said)
            with transaction.atomic():
                bulk.insert(outbox.exchange_rows(self.connection, said))
            for done in answers:
                if done.error is not None:
                    failed, lanes.closing = failed or done.error, True
                else:
                    yield done
        if failed is not None:
            raise failed

    def _remember(self, pages: int) -> None:
        """Where the next run goes on; 0 = the pass is at its end."""
        self.connection.contract_pages = pages
        if not pages:
            self.connection.contracts_at = self.clock()
        ErpConnection.objects.filter(pk=self.connection.pk).update(
            contract_pages=pages, contracts_at=self.connection.contracts_at
        )

    def _time_is_up(self) -> bool:
        return self.until is not None and time.monotonic() >= self.until


def _page(client: ErpClient, *, number: int) -> Page:
    return client.rows("list_contracts", _IN_ORDER, number, PAGE_SIZE_MAX)


def _contracts(client: ErpClient, *, ord_: int, name: str) -> list[dict[str, str]]:
    """All contracts of one customer; an ERP that shows a page of other customers' only does not know the filter."""
    rows: list[dict[str, str]] = []
    number = 1
    while True:
        page = client.rows("list_contracts", {"datatype": "tel", "ord": str(ord_)}, number, PAGE_SIZE_MAX)
        rows += page.rows
        if number >= page.page_count or not any(same_name(row.get("khmc", ""), name) for row in page.rows):
            return rows
        number += 1
