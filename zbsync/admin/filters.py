"""Filters that read as questions, with choices that cost nothing: no DISTINCT, no counting.

Used by the lists of proposals and contacts. The parameter names are those of Django's own filters, so that links
such as `?state__exact=ready` go on working.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zbsync.admin.causes import CAUSES
from zbsync.core.follow.operations import ALL
from zbsync.models import (
    GateSetting,
    HubConnection,
    KindChoice,
    ListingChoice,
    MatchChoice,
    Proposal,
    ProposalStateChoice,
    SourceCode,
)
from zbsync.sentences.names import OPERATIONS

ANY = "all"
"""The value that asks for every state, where leaving the parameter out means the usual one."""

Choices = Iterable[tuple[str, Any]]


class Question(admin.SimpleListFilter):
    """A fixed list of answers, each of which narrows by `narrow`."""

    answers: ClassVar[tuple[tuple[str, str | Promise], ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The answers to choose from."""
        return self.answers

    def has_output(self) -> bool:
        """Shown when there is something to choose; and what was chosen counts, even when it is no answer any more."""
        return super().has_output() or self.value() is not None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen answer."""
        value = self.value()
        return queryset if value is None else queryset.filter(self.narrow(value))

    def narrow(self, value: str) -> Q:
        """The condition; by default the parameter is the lookup."""
        return Q(**{self.parameter_name or "": value})


class State(Question):
    """Where the proposal stands: those to review, unless somebody searches or says otherwise."""

    title = _("Which state?")
    parameter_name = "state__exact"
    answers = (*ProposalStateChoice.choices, (ANY, _("all")))

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        by_id = any(name.startswith("id__") for name in request.GET)
        self.usual = ANY if request.GET.get("q") or by_id else str(ProposalStateChoice.READY)

    def value(self) -> str:
        """The state asked for."""
        return super().value() or self.usual

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in that state."""
        return queryset if self.value() == ANY else queryset.filter(state=self.value())

    def choices(self, changelist: ChangeList) -> Any:
        """Every answer; there is no "unset" here."""
        for value, title in self.lookup_choices:
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": self.value() == str(value), "query_string": query, "display": title}


_CAUSES_OF_A_STATE = """
WITH RECURSIVE found(cause) AS (
    SELECT MIN(cause) FROM zbsync_proposal WHERE state = %s
    UNION ALL
    SELECT (SELECT MIN(cause) FROM zbsync_proposal WHERE state = %s AND cause > found.cause)
    FROM found WHERE found.cause IS NOT NULL
) SELECT cause FROM found WHERE cause IS NOT NULL
"""
"""Jumps from cause to cause in the index (state, cause): as many steps as there are causes, however many rows."""


def causes_of(state: str) -> set[str]:
    """The causes that proposals of one state have; "" when some have none."""
    with connection.cursor() as cursor:
        cursor.execute(_CAUSES_OF_A_STATE, [state, state])
        return {cause for (cause,) in cursor.fetchall()}


class Why(Question):
    """What holds or stops a proposal: the causes that its state can have."""

    title = _("Why?")
    parameter_name = "cause__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Only causes that there are: in one state as the index has them, over all states the known ones."""
        state = request.GET.get(State.parameter_name or "") or str(ProposalStateChoice.READY)
        chosen = request.GET.get(self.parameter_name or "", "")
        there = CAUSES.keys() if state == ANY else {*causes_of(state), chosen}
        known = [(code, CAUSES[code]) for code in CAUSES if code in there]
        return [*known, *((code, code) for code in sorted(there - CAUSES.keys()) if code)]


class Operation(Question):
    """What would be done: the customer itself, or one of the things that follow it."""

    title = _("What is to be done?")
    parameter_name = "operation__exact"
    answers = tuple((name, OPERATIONS[name]) for name in ALL)


class Hub(Question):
    """The door the contact came through."""

    title = _("From which hub?")
    parameter_name = "hub__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """A handful of rows."""
        return tuple((str(pk), name) for pk, name in HubConnection.objects.order_by("name").values_list("pk", "name"))

    def narrow(self, value: str) -> Q:
        """By id; what is no number matches nothing."""
        return Q(hub=value) if value.isdecimal() else Q(pk__in=())


class Channel(Question):
    """The channel, from the table of source codes: every channel that was ever met has its row there."""

    title = _("Which channel?")
    parameter_name = "channel__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Each channel once."""
        names = set(SourceCode.objects.order_by().values_list("channel", flat=True))
        return tuple((name, name) for name in sorted(names))


NEAR, NEAR_BY = "near", 5.0
"""The answer that asks for near misses, and how far below the gate's score a near miss may be."""
THRESHOLD = 60.0


def threshold() -> float:
    """The score that the gate asks for."""
    params = GateSetting.objects.filter(code="score").values_list("params", flat=True).first() or {}
    return float(params.get("minimum", THRESHOLD))


def near_misses() -> Q:
    """Held for the score alone or first of all, and only just."""
    needed = threshold()
    return Q(cause="gate.score_low", score__gte=needed - NEAR_BY, score__lt=needed)


class Score(Question):
    """Bands of the score; the near misses are the ones worth a second look."""

    title = _("Which score?")
    parameter_name = "score"
    answers = (
        ("90", "≥ 90"),
        ("75", "75–89"),
        ("60", "60–74"),
        ("55", "55–59"),
        ("0", "< 55"),
        ("none", _("no score")),
    )
    BOUNDS: ClassVar[dict[str, tuple[float | None, float | None]]] = {
        "90": (90, None),
        "75": (75, 90),
        "60": (60, 75),
        "55": (55, 60),
        "0": (None, 55),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The bands, and for proposals what the gate holds by a hair."""
        near = ((NEAR, _("near misses")),) if model_admin.model is Proposal else ()
        return (*self.answers, *near)

    def narrow(self, value: str) -> Q:
        """From the lower bound up to, but without, the upper one."""
        if value == NEAR:
            return near_misses()
        if value not in self.BOUNDS:
            return Q(score__isnull=True)
        low, high = self.BOUNDS[value]
        above = Q() if low is None else Q(score__gte=low)
        return above if high is None else above & Q(score__lt=high)


class OnDay(Question):
    """Which day something happened: today, yesterday, the last seven days, or a date in the address."""

    column: ClassVar[str]
    SPANS: ClassVar[dict[str, tuple[int, int]]] = {"today": (0, 1), "yesterday": (-1, 0), "week": (-6, 1)}
    answers = (("today", _("today")), ("yesterday", _("yesterday")), ("week", _("last 7 days")))

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The usual ones, and the date that was asked for."""
        asked = request.GET.get(self.parameter_name or "", "")
        own = ((asked, asked),) if asked and asked not in self.SPANS and _day(asked) else ()
        return (*self.answers, *own)

    def narrow(self, value: str) -> Q:
        """From midnight to midnight, in the desk's own time; what is no day matches nothing."""
        today, (first, last) = timezone.localdate(), self.SPANS.get(value, (0, 1))
        day = today if value in self.SPANS else _day(value)
        if day is None:
            return Q(pk__in=())
        return Q(**{f"{self.column}__gte": _midnight(day, first), f"{self.column}__lt": _midnight(day, last)})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, later: int) -> datetime:
    return timezone.make_aware(datetime.combine(day + timedelta(days=later), time.min))


class Proposed(OnDay):
    """When the proposal was made."""

    title = _("Proposed when?")
    parameter_name, column = "proposed", "created_at"


class Decided(OnDay):
    """When a person decided."""

    title = _("Decided when?")
    parameter_name, column = "decided", "decided_at"


class Match(Question):
    """How sure it is that the ERP knows the contact."""

    title = _("Known in the ERP?")
    parameter_name = "match_kind__exact"
    answers = tuple((value, label) for value, label in MatchChoice.choices if value)


class CustomerKind(Question):
    """The ERP's two kinds of customer."""

    title = _("What kind?")
    parameter_name = "kind__exact"
    answers = (("unit", _("company")), ("individual", _("individual")))


class HasErrors(Question):
    """Whether something must be mended before it can be approved."""

    title = _("Something to mend?")
    parameter_name = "has_errors__exact"
    answers = (("1", _("yes")), ("0", _("no")))

    def narrow(self, value: str) -> Q:
        """True or false."""
        return Q(has_errors=value == "1")


class Eligible(Question):
    """What the gate said of a contact's present version."""

    title = _("May it go?")
    parameter_name = "eligible__exact"
    answers = (("1", _("eligible")), ("0", _("held back")), ("none", _("not judged yet")))

    def narrow(self, value: str) -> Q:
        """Null is a contact that nobody judged yet."""
        return Q(eligible={"1": True, "0": False}[value]) if value in ("1", "0") else Q(eligible__isnull=True)


class ContactKind(Question):
    """What the contact is."""

    title = _("What kind?")
    parameter_name = "kind__exact"
    answers = tuple(KindChoice.choices)


class Listing(Question):
    """The hub's own judgement."""

    title = _("On which list?")
    parameter_name = "listing__exact"
    answers = tuple((value or "none", label) for value, label in ListingChoice.choices)

    def narrow(self, value: str) -> Q:
        """By list, or on none."""
        return Q(listing="" if value == "none" else value)


class Verified(Question):
    """Whether the hub verified the number."""

    title = _("Phone verified?")
    parameter_name = "phone_verified__exact"
    answers = (("1", _("yes")), ("0", _("no")))

    def narrow(self, value: str) -> Q:
        """True or false."""
        return Q(phone_verified=value == "1")


class Gone(Question):
    """Whether the source still has it."""

    title = _("Gone from the hub?")
    parameter_name = "gone"
    answers = (("0", _("no")), ("1", _("yes")))

    def narrow(self, value: str) -> Q:
        """Tombstoned or not."""
        return Q(deleted_at__isnull=value != "1")
