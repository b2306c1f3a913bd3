"""Ways of narrowing the review list that no question offers: links lead to exactly the rows of an act.

`left_out=approve:review.bound` are those that a verb would leave out for that reason now, or as of a moment
(`:2026-03-01T08:00:00+00:00`); `act=7:taken` are the rows of act 7 with that outcome, `act=7` all of them.
"""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from zbsync.admin.filters import Question
from zbsync.admin.forms import moment
from zbsync.models import Act, ActRow
from zbsync.pipeline.review.preview import PERMISSIONS, judged


class Quiet(Question):
    """Narrows when the address says so; shown only then, with the one answer that it is."""

    answers: ClassVar[tuple[tuple[str, Any], ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What was asked for."""
        asked = request.GET.get(self.parameter_name or "", "")
        return [(asked, self.words(asked))] if asked else []

    def words(self, asked: str) -> str:
        """How that is called."""
        raise NotImplementedError


class LeftOut(Quiet):
    """What a verb would leave out, for one reason."""

    title = _("Left out?")
    parameter_name = "left_out"

    def words(self, asked: str) -> str:
        """The verb's own reason."""
        return str(_("for one reason"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Judged as the verb judges, among the rows that the address names; what names no verb matches nothing."""
        value = self.value()
        if value is None:
            return queryset
        verb, _colon, rest = value.partition(":")
        code, _colon, shown = rest.partition(":")
        if verb not in PERMISSIONS or not code:
            return queryset.none()
        ids = [int(one) for one in request.GET.get("id__in", "").split(",") if one.isdecimal()]
        chosen = queryset.filter(pk__in=ids) if ids else queryset
        return judged(chosen, verb, moment(shown)).filter(refusal=code)


class OfAct(Quiet):
    """The rows of an act on many, by outcome."""

    title = _("Of which act?")
    parameter_name = "act"

    def words(self, asked: str) -> str:
        """The act's name."""
        pk = asked.partition(":")[0]
        return Act.objects.filter(pk=int(pk)).values_list("name", flat=True).first() or pk if pk.isdecimal() else asked

    def narrow(self, value: str) -> Q:
        """By the act's own record; what is no number matches nothing."""
        pk, _colon, outcome = value.partition(":")
        if not pk.isdecimal():
            return Q(pk__in=())
        rows = ActRow.objects.filter(act=int(pk))
        return Q(pk__in=(rows.filter(outcome=outcome) if outcome else rows).values("proposal"))
