"""Looking in the local copy of the ERP's customers and persons: a constant number of statements, whatever the cases."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from zbsync.conf import conf
from zbsync.core.matching import ErpView, Query
from zbsync.models import ErpConnection, ErpPerson, ErpRecord, Survey
from zbsync.pipeline import customers, tables
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.search import KHID, NAME, NUMBER, PERSON, asked_by

_KEYS: Mapping[str, Callable[[Query], str]] = {
    "khid": lambda query: query.khid,
    "mobile": lambda query: query.mobile,
    "phone": lambda query: query.mobile,
    "weixin": lambda query: query.weixin,
    "name_normal": lambda query: query.company,
}
"""Column of the copy → the key that is compared with it."""

_NUMBERS = ("mobile", "phone")


class Copy:
    """The copy of one connection's customers, and how far it can be trusted: it knows its age.

    `known` are the searches it answers for everybody; `prefix` begins the customer numbers it answers for besides.
    `persons_unread`: the ERP does not list contact persons, so nobody is looked for among them.
    """

    def __init__(self, connection: ErpConnection, now: datetime) -> None:
        self.connection = connection
        self._since = now - timedelta(seconds=conf().mirror_max_age_s)
        self.known: frozenset[str] = frozenset()
        self.prefix = ""
        survey = Survey.objects.filter(connection=connection).first()
        self.persons_unread = survey is not None and bool(survey.persons_cause)
        if not self._fresh(connection.surveyed_at):
            return
        found = {NUMBER, NAME}
        if survey is not None and self._fresh(survey.persons_at):
            found.add(PERSON)
        # A list does not tell the customer number (fact sheet §5): one unread customer may have any.
        if not self._records().filter(detailed_at__isnull=True).exists():
            found.add(KHID)
        elif survey is not None and self._fresh(survey.numbers_at) and not self._unread_numbers():
            self.prefix = tables.number_prefix(connection)
        self.known = frozenset(found)

    def lacks(self, query: Query) -> frozenset[str]:
        """The searches that only the ERP itself can answer."""
        lacking = set(asked_by(query) - self.known)
        if self.persons_unread:
            lacking.discard(PERSON)
        if self.prefix and query.khid.startswith(self.prefix):
            lacking.discard(KHID)
        return frozenset(lacking)

    def look(self, cases: Collection[Case]) -> None:
        """Give each case the customers that share a key with it; seven statements. "Create" asks for nobody."""
        asking = [case for case in cases if not case.decided or case.target is not None]
        for column, key_of in _KEYS.items():
            by_key = _by_key(asking, key_of)
            for record in self._same(self._records(), column, by_key):
                for case in by_key[getattr(record, column)]:
                    self._add(case, record)
        self._look_for_persons([case for case in asking if not case.decided])

    def recall(self, cases: Collection[Case]) -> None:
        """Give each case what the copy has in full of the customers it wants; one statement."""
        wanted: dict[int, list[Case]] = {}
        for case in cases:
            for ord_ in case.wants():
                wanted.setdefault(ord_, []).append(case)
        for record in self._records().filter(ord__among=wanted) if wanted else ():
            for case in wanted[record.ord]:
                self._add(case, record)

    def _look_for_persons(self, cases: Collection[Case]) -> None:
        """Contact persons with the very number: their customers are to be read."""
        by_mobile = _by_key(cases, _KEYS["mobile"])
        known = ErpPerson.objects.filter(connection=self.connection, gone_at__isnull=True)
        for column in _NUMBERS:
            for customer, mobile in self._same(known, column, by_mobile).values_list("customer", column):
                for case in by_mobile[mobile]:
                    case.persons.append(ErpView(customer, mobile=mobile))

    def _add(self, case: Case, record: ErpRecord) -> None:
        """One customer for one case. What was not read in full, or too long ago, is only a hint, and who is
        settled on a customer follows none.
        """
        if record.detailed_at is not None and record.detailed_at >= self._since:
            case.learn(customers.view_of(record), record.values)
        elif not case.decided:
            case.hints.add(record.ord)

    @staticmethod
    def _same(rows: "QuerySet[Any]", column: str, keys: Collection[str]) -> "QuerySet[Any]":
        """Saying that the column is not empty is what lets SQLite use the partial index."""
        return rows.filter(~Q(**{column: ""}), **{f"{column}__among": keys}) if keys else rows.none()

    def _records(self) -> QuerySet[ErpRecord]:
        return ErpRecord.objects.filter(connection=self.connection, gone_at__isnull=True)

    def _unread_numbers(self) -> bool:
        return self._records().filter(numbered=True, detailed_at__isnull=True).exists()

    def _fresh(self, at: datetime | None) -> bool:
        return at is not None and at >= self._since


def _by_key(cases: Collection[Case], key_of: Callable[[Query], str]) -> dict[str, list[Case]]:
    by_key: dict[str, list[Case]] = {}
    for case in cases:
        if key := key_of(case.query):
            by_key.setdefault(key, []).append(case)
    return by_key
