"""What went through: today as a funnel, and the last two weeks day by day.

Today is counted afresh by index; the days before cannot change any more and are remembered for a while.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Model, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from zbsync.admin.dashboard.charts import Bars, bars
from zbsync.admin.dashboard.queue import rows_of
from zbsync.models import Proposal, Push
from zbsync.models.within import limits_of, within

DAYS = 14
REMEMBER_S = 600
SERIES = ("proposed", "approved", "verified")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the funnel; `share` in percent of the widest."""

    label: str
    count: int
    url: str
    share: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart: a number with its link for each of the series."""

    label: str
    cells: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """The picture, and the same as a table."""

    names: list[str]
    days: list[Day]
    picture: Bars


def funnel(user: Any, now: datetime) -> list[Stage]:
    """Today, from the proposal to what stands verified in the ERP: four queries."""
    today = timezone.localdate(now)
    began = _midnight(today)
    proposals, pushes = within(user, Proposal.objects.all()), within(user, Push.objects.all())
    decided = proposals.filter(decided_at__gte=began)
    counted = [
        (_("new proposals"), proposals.filter(created_at__gte=began).count(), _proposed(today)),
        (_("decided"), decided.count(), rows_of("proposal", state__exact="all", decided=today.isoformat())),
        (_("approved"), decided.filter(state="approved").count(), _approved(today)),
        (_("verified in the ERP"), pushes.filter(verified_at__gte=began).count(), _verified(today)),
    ]
    widest = max(1, *(count for _label, count, _url in counted))
    return [Stage(label, count, url, round(100 * count / widest)) for label, count, url in counted]


def fortnight(user: Any, now: datetime) -> Chart:
    """Fourteen days, today the last. What is remembered is remembered for those who see the same."""
    today = timezone.localdate(now)
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    key = f"zbsync.flow.{today}.{_mark(user)}"
    past = cache.get_or_set(key, lambda: _counts(user, days[0], today), REMEMBER_S) or {}
    counted = {**past, **_counts(user, today, today + timedelta(days=1))}
    names = [_("new proposals"), _("approved"), _("verified in the ERP")]
    shown = [
        Day(
            date_format(day, "m-d"),
            [
                (counted.get(("proposed", day), 0), _proposed(day)),
                (counted.get(("approved", day), 0), _approved(day)),
                (counted.get(("verified", day), 0), _verified(day)),
            ],
        )
        for day in days
    ]
    return Chart(names, shown, bars([[count for count, _url in day.cells] for day in shown]))


def _mark(user: Any) -> str:
    """The same for those who may see the same; an owner's name is no part of a key."""
    limits = sorted(limits_of(user), key=str)
    return hashlib.sha256(repr(limits).encode()).hexdigest()[:16] if limits else "all"


def _counts(user: Any, first: date, until: date) -> dict[tuple[str, date], int]:
    """How many of each series fall on each day of [first, until): three queries."""
    span = (_midnight(first), _midnight(until))
    series: dict[str, tuple[QuerySet[Any, Any], str]] = {
        "proposed": (within(user, Proposal.objects.all()), "created_at"),
        "approved": (within(user, Proposal.objects.filter(state="approved")), "decided_at"),
        "verified": (within(user, Push.objects.all()), "verified_at"),
    }
    return {(name, day): count for name, (rows, column) in series.items() for day, count in _by_day(rows, column, span)}


def _by_day(rows: QuerySet[Model, Model], column: str, span: tuple[datetime, datetime]) -> list[tuple[date, int]]:
    there = rows.filter(**{f"{column}__gte": span[0], f"{column}__lt": span[1]}).order_by()
    return list(there.values_list(TruncDate(column)).annotate(n=Count("pk")))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _proposed(day: date) -> str:
    return rows_of("proposal", state__exact="all", proposed=day.isoformat())


def _approved(day: date) -> str:
    return rows_of("proposal", state__exact="approved", decided=day.isoformat())


def _verified(day: date) -> str:
    began = _midnight(day)
    return rows_of("push", verified_at__gte=began.isoformat(), verified_at__lt=(began + timedelta(days=1)).isoformat())
