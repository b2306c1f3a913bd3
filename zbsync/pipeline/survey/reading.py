"""The parts of a survey: what is asked in each, what of the answers is kept, and what follows when all of it was seen.

Each page is kept in one transaction with how far the survey got. Memory holds a few pages per lane, never the list.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from zbsync.conf import conf
from zbsync.core.matching import ErpView
from zbsync.erp.client import CustomerRecord, ErpClient, Page
from zbsync.erp.errors import Refused, WrongPath
from zbsync.models import ErpConnection, ErpPerson, ErpRecord, Option, SurveyPart
from zbsync.pipeline import audit, bulk, customers, doorbell, outbox, tables, worklist
from zbsync.pipeline.customers import persons
from zbsync.pipeline.lanes import Done, Lanes
from zbsync.pipeline.survey import vocabularies
from zbsync.pipeline.survey.progress import Pages, Progress
from zbsync.pipeline.survey.report import Report, SurveyError

ACTOR = audit.Actor.job("survey")
Heard = Callable[[int, int | None], None]
Asked = Callable[[ErpClient, int], Page]
Rows = Sequence[dict[str, str]]
See = Callable[[Rows], None]
"""What is done with the rows of a list, of one page or of several."""

_IN_ORDER = {"_rpt_sort": "ord"}
"""Oldest first: one added while we read lands on the last page and moves nobody."""


@dataclass
class Reading:
    """One run of a survey of one connection, from where `progress` stands."""

    connection: ErpConnection
    progress: Progress
    report: Report
    until: float | None
    heard: Heard | None
    lanes: Lanes = field(init=False)

    def read(self, lanes: Lanes) -> None:
        """Part by part, until all is read or time is up."""
        self.lanes = lanes
        parts: Mapping[str, Callable[[], bool]] = {
            SurveyPart.VOCABULARIES: self._vocabularies,
            SurveyPart.CUSTOMERS: lambda: self._list(self._customers, self._see, self._close_customers),
            SurveyPart.PERSONS: self._persons_if_listed,
            SurveyPart.NUMBERS: self._numbers_like_ours,
            SurveyPart.RECORDS: self._records,
        }
        while part := self.progress.row.part:
            if not parts[part]():
                return

    # Dictionaries

    def _vocabularies(self) -> bool:
        asked = dict(vocabularies.questions())
        for answers in self._answers(iter(asked.items())):
            for done in answers:
                self._keep_vocabulary(done.tag, done.value)
        if len(self.report.vocabularies) < len(asked):
            return False
        self._reconsider()
        return True

    @transaction.atomic
    def _keep_vocabulary(self, name: str, entries: Sequence[vocabularies.Entry]) -> None:
        of_connection = Option.objects.current().filter(vocabulary__connection=self.connection)
        if not entries and of_connection.filter(vocabulary__name=name).exists():
            raise SurveyError("survey.vocabulary_empty", vocabulary=name)
        self.report.vocabularies[name] = vocabularies.store(self.connection, name, entries, self._now)
        self.progress.keep()

    @transaction.atomic
    def _reconsider(self) -> None:
        """Channels find their options, and contacts that an option held back go through the mapping again."""
        tables.lock_rules()  # before the source codes, as propose does
        coded = tables.add_source_codes(self.connection, tables.seen_channels())
        moved = {name: change for name, change in self.report.vocabularies.items() if change.moved}
        self.progress.leave()
        if not coded and not moved:
            return
        due = worklist.remap(vocabularies.affected(self.connection, moved))
        after = {name: change.as_json() | {"added": change.added} for name, change in moved.items()}
        self._tell("survey.vocabularies", {**after, "due_again": due})
        if due:
            doorbell.ring()

    # Lists, page by page

    def _list(self, ask: Asked, see: See, close: Callable[[], None]) -> bool:
        """Read a list to its end, from behind the last page that was kept. The first page is read in any case: it tells
        how many there are now.
        """
        pages = Pages(self.progress.row.pages_done)
        numbers: Iterable[int] = [1]
        while numbers:
            heard = 0
            for answers in self._answers((number, _page(ask, number)) for number in numbers):
                heard += len(answers)
                self._keep_pages(answers, pages, see)
                self._say()
            if not heard:
                return False
            numbers = self._numbers(pages.done + 1) if pages.done < self.progress.row.pages else ()
        with transaction.atomic():
            close()
            self.progress.keep(counts=self.report.counts)
            self.progress.leave()
        return True

    def _numbers(self, number: int) -> Iterator[int]:
        """Pages never beyond the last that is known of: the ERP may crash there (fact sheet §3)."""
        while number <= self.progress.row.pages:
            yield number
            number += 1

    @transaction.atomic
    def _keep_pages(self, answers: Sequence[Done], pages: Pages, see: See) -> None:
        """The pages that came back together, as one: what a page costs besides its rows is paid once."""
        row, told = self.progress.row, [done.value for done in answers]
        see([cells for page in told for cells in page.rows])
        done = max(pages.keep(one.tag) for one in answers)
        total, restless = row.total, row.restless
        for page in told:
            # A shorter list has moved up: whoever stood at the head of a page may have been passed over.
            restless = restless or page.record_count < total
            total = max(total, page.record_count)
        count = told[-1].page_count
        self.progress.keep(
            pages_done=min(done, count), pages=count, total=total, restless=restless, counts=self.report.counts
        )

    def _say(self) -> None:
        row = self.progress.row
        if self.heard:
            self.heard(min(row.pages_done * row.page_size, row.total), row.total or None)

    def _missed(self, views: Iterable[ErpView]) -> None:
        """Proposals to review that look like a customer that is new to us are matched again."""
        if worklist.rematch(customers.missed_by(self.connection, views)):
            doorbell.ring()

    def _count(self, what: str, rows: "QuerySet[Any]") -> None:
        """A list was read to its end: count who was seen, and mark who was not as gone, unless that proves nothing.

        Raises SurveyError when the list was empty though we know of somebody.
        """
        total, known = self.progress.row.total, rows.filter(gone_at__isnull=True)
        if not total and known.exists():
            raise SurveyError("survey.list_empty", known=known.count())
        seen = rows.filter(seen_at__gte=self.progress.started).count()
        self.report.add(what, seen=seen - self.report.of(what, "seen"))
        if not self.progress.row.restless and seen >= total:
            gone = known.filter(seen_at__lt=self.progress.started).update(gone_at=self._now)
            self.report.add(what, gone=gone)

    # Customers

    def _customers(self, client: ErpClient, page: int) -> Page:
        return client.customers(_IN_ORDER, page, self.progress.row.page_size)

    def _see(self, cells: Rows) -> None:
        rows = [customers.Row.of(one) for one in cells]
        fresh = customers.see(self.connection, rows, self._now)
        self.report.add("customers", new=len(fresh.new), changed=len(fresh.changed))
        self._missed(row.view() for row in rows if row.ord in fresh.new or row.ord in fresh.changed)

    def _close_customers(self) -> None:
        self._count("customers", ErpRecord.objects.filter(connection=self.connection))
        ErpConnection.objects.filter(pk=self.connection.pk).update(surveyed_at=self.progress.started)
        self.connection.surveyed_at = self.progress.started
        self._tell("survey.customers", self.report.as_json()["customers"])

    # Their contact persons

    def _persons_if_listed(self) -> bool:
        """An ERP that lists no contact persons, or not to this account, is read without them, and that is told."""
        try:
            return self._list(self._persons, self._see_persons, self._close_persons)
        except (Refused, WrongPath) as error:
            self.lanes.closing = False
            with transaction.atomic():
                words = error.message[:500]
                self.progress.keep(persons_cause=error.code, persons_words=words, persons_at=None)
                self.progress.leave()
                self.report.unread["persons"] = {"code": error.code, "sentence": words}
                self._tell("survey.persons_unread", {"cause": error.code, "sentence": words})
            return True

    def _persons(self, client: ErpClient, page: int) -> Page:
        return client.persons(_IN_ORDER, page, self.progress.row.page_size)

    def _see_persons(self, cells: Rows) -> None:
        rows = [persons.Row.of(one) for one in cells]
        fresh = persons.see(self.connection, rows, self._now)
        self.report.add("persons", new=len(fresh.new), changed=len(fresh.changed))
        self._missed(row.view() for row in rows if row.ord in fresh.new or row.ord in fresh.changed)

    def _close_persons(self) -> None:
        self._count("persons", ErpPerson.objects.filter(connection=self.connection))
        self.progress.keep(persons_at=self.progress.started, persons_cause="", persons_words="")
        self.report.complete = True
        self._tell("survey.persons", self.report.as_json()["persons"])

    # Customers with a number like ours, which a list does not tell but can be searched by

    def _numbers_like_ours(self) -> bool:
        prefix, size = tables.number_prefix(self.connection), self.progress.row.page_size
        filters = {**_IN_ORDER, "khid": prefix}

        def ask(client: ErpClient, page: int) -> Page:
            return client.customers(filters, page, size)

        def see(cells: Rows) -> None:
            rows = [customers.Row.of(one) for one in cells]
            customers.see(self.connection, rows, self._now)
            customers.numbered(self.connection, [row.ord for row in rows], prefix)

        def close() -> None:
            self.progress.keep(numbers_at=self.progress.started)

        if prefix:
            return self._list(ask, see, close)
        self.progress.leave()
        return True

    # Whole records

    def _records(self) -> bool:
        """As many whole records as the budget allows; those the list did not show first, for they may be gone."""
        left = conf().detail_budget - self.report.of("customers", "detailed")
        wanted = list(self._unread().values_list("ord", flat=True)[: max(left, 0)])
        read = 0
        for answers in self._answers((ord_, partial(_read, ord_=ord_)) for ord_ in wanted):
            self._keep_records(answers)
            read += len(answers)
        if read < len(wanted):
            return False
        with transaction.atomic():
            self.progress.leave()
            self.progress.keep(finished_at=self._now)
        return True

    def _unread(self) -> "QuerySet[ErpRecord]":
        """Who was not in the list; then who may have a number like ours; then who was never read, or longest ago."""
        stale = self._now - timedelta(seconds=conf().mirror_max_age_s)
        unseen = Q(seen_at__lt=self.progress.started)
        unread = Q(detailed_at__isnull=True)
        first = Case(When(unseen, then=Value(0)), When(unread & Q(numbered=True), then=Value(1)), default=Value(2))
        known = ErpRecord.objects.filter(connection=self.connection, gone_at__isnull=True)
        wanted = known.filter(unseen | unread | Q(detailed_at__lt=stale))
        return wanted.order_by(first, F("detailed_at").asc(nulls_first=True), "-ord")

    @transaction.atomic
    def _keep_records(self, answers: Sequence[Done]) -> None:
        found = [done.value for done in answers if done.value is not None and done.value.saved]
        there = {record.ord for record in found}
        gone = customers.gone(self.connection, [one.tag for one in answers if one.tag not in there], self._now)
        customers.keep(self.connection, found, self._now)
        self.report.add("customers", detailed=len(found), gone=gone)
        self._missed(customers.view_of_record(record) for record in found)
        self.progress.keep(counts=self.report.counts)

    # What all parts share

    @property
    def _now(self) -> datetime:
        return self.progress.clock()

    def _answers(self, asked: Iterator[tuple[Any, Callable[[ErpClient], Any]]]) -> Iterator[list[Done]]:
        """The answers, their evidence kept; the first failure is raised once the others are in."""
        failed: BaseException | None = None
        for answers in self.lanes.each(asked, self.until):
            said = [exchange for done in answers for exchange in done.exchanges]
            self.report.calls += len(said)
            with transaction.atomic():
                bulk.insert(outbox.exchange_rows(self.connection, said))
            for done in answers:
                if done.error is not None:
                    failed, self.lanes.closing = failed or done.error, True
            if good := [done for done in answers if done.error is None]:
                yield good
        if failed is not None:
            raise failed

    def _tell(self, verb: str, after: dict[str, Any]) -> None:
        line = audit.Line("erpconnection", self.connection.pk, after=after)
        audit.write(audit.new_act(), ACTOR, verb, [line], now=self._now)


def _page(ask: Asked, number: int) -> Callable[[ErpClient], Page]:
    return lambda client: ask(client, number)


def _read(client: ErpClient, ord_: int) -> CustomerRecord | None:
    return client.read(ord_)
