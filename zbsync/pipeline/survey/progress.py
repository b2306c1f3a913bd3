"""How far a survey got, in the database: whoever is cut off is gone on for, and two never read the same at once.

Used by the survey only. Whoever takes the row (`Survey`) has it: a run that held it before, dead or alive, keeps
nothing more, for every page is kept in one transaction with a compare-and-swap of the row. The lease is for the
timetable, which leaves a survey alone that somebody is at.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from zbsync.conf import conf
from zbsync.models import ErpConnection, Survey, SurveyPart
from zbsync.pipeline.survey.report import SurveyError

Clock = Callable[[], datetime]
PARTS = [part for part in SurveyPart.values if part]
"""In the order they are read."""


class Progress:
    """A survey in our hands. `row` is what the database has of it; `resumed` says that it goes on with another's."""

    def __init__(self, row: Survey, clock: Clock, *, resumed: bool) -> None:
        self.row, self.clock, self.resumed = row, clock, resumed

    @classmethod
    def take(cls, connection: ErpConnection, page_size: int, clock: Clock) -> "Progress":
        """Go on with the survey that was cut off, or start anew when none was, or one so long ago that what it saw is
        too old, or with pages of another size.
        """
        token, now = uuid.uuid4(), clock()
        with transaction.atomic():
            Survey.objects.bulk_create([Survey(connection=connection)], ignore_conflicts=True)
            Survey.objects.filter(connection=connection).update(token=token, until=_until(now), wanted_at=None)
            row = Survey.objects.get(connection=connection)
            progress = cls(row, clock, resumed=_goes_on(row, page_size, now))
            if progress.resumed:
                progress.keep(cause="", restless=True)
            else:
                progress.enter(PARTS[0], started_at=now, finished_at=None, page_size=page_size, counts={}, cause="")
        return progress

    @property
    def started(self) -> datetime:
        """When the survey began that this run may only go on with."""
        assert self.row.started_at is not None  # noqa: S101 - a survey in hand has begun
        return self.row.started_at

    def keep(self, **values: Any) -> None:
        """Store columns of the row, and hold on to it. Raises SurveyError when it was taken over meanwhile."""
        now = self.clock()
        values |= {"touched_at": now, "until": _until(now)}
        if not Survey.objects.filter(pk=self.row.pk, token=self.row.token).update(**values):
            raise SurveyError("survey.taken_over", connection=self.row.connection.name)
        for name, value in values.items():
            setattr(self.row, name, value)

    def enter(self, part: str, **values: Any) -> None:
        """Begin with the first page of a part."""
        self.keep(**{"part": part, "pages_done": 0, "pages": 0, "total": 0, "restless": False, **values})

    def leave(self) -> None:
        """Go on to the part behind this one; "" behind the last."""
        later = PARTS[PARTS.index(self.row.part) + 1 :]
        self.enter(later[0] if later else SurveyPart.NONE.value)

    def let_go(self, cause: str, *, anew: bool = False) -> None:
        """Free the row for whoever goes on; `anew` when what was read so far is not to be gone on with."""
        mine = Survey.objects.filter(pk=self.row.pk, token=self.row.token)
        start = {"part": SurveyPart.NONE.value} if anew else {}
        mine.update(token=None, until=None, cause=cause[:60], **start)


class Pages:
    """Which pages of a part are kept: lanes answer out of order, and only an unbroken row of pages is gone on from."""

    def __init__(self, done: int) -> None:
        self.done = done
        self._ahead: set[int] = set()

    def keep(self, number: int) -> int:
        """Page `number` is kept; returns up to where all are."""
        if number > self.done:
            self._ahead.add(number)
        while self.done + 1 in self._ahead:
            self.done += 1
            self._ahead.discard(self.done)
        return self.done


def _goes_on(row: Survey, page_size: int, now: datetime) -> bool:
    if not row.part or row.started_at is None or row.page_size != page_size:
        return False
    return row.started_at > now - timedelta(seconds=conf().mirror_max_age_s)


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=conf().lease_s)
