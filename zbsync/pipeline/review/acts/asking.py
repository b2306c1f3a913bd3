"""Ask for an act: freeze its rows as they are, and see whether one person is enough."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import SystemRandom
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.utils import timezone

from zbsync.conf import conf
from zbsync.models import Act, ActRow, ActState, ActVerb, Proposal
from zbsync.pipeline import audit, bulk, doorbell
from zbsync.pipeline.audit import Line
from zbsync.pipeline.review.acts.running import step
from zbsync.pipeline.review.decision import BATCH, permit
from zbsync.pipeline.review.preview import HANDS, PERMISSIONS, judged, risks

SAMPLE = 5
"""So many rows, or all of a smaller act, a second person opens before they can confirm."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person says of an act: its name, why, and the filter it was asked for (an address's query)."""

    name: str
    reason: str = ""
    query: str = ""


def ask(
    rows: Iterable[int] | QuerySet[Proposal],
    verb: str,
    by: AbstractBaseUser,
    wish: Wish,
    *,
    digests: Mapping[int, str] | None = None,
    shown_at: datetime | None = None,
) -> Act:
    """Put down an act on these rows and, when nobody else is wanted and it is no more than a batch, carry it out.

    `digests` and `shown_at` say what was shown, as for `review.approve`: what moved since is left out when it runs.
    Approving what is large, was edited or is created anyway waits for a second person. Raises PermissionDenied.
    """
    actor = permit(by, PERMISSIONS[verb])
    chosen = rows if isinstance(rows, QuerySet) else Proposal.objects.filter(pk__in=set(rows))
    with transaction.atomic():
        now = timezone.now()
        found = risks_of(chosen, verb, shown_at)
        act = Act.objects.create(
            name=wish.name.strip()[:100] or str(ActVerb(verb).label),
            verb=verb,
            reason=wish.reason[:500],
            query=wish.query[:2000],
            state=ActState.WAITING if found else ActState.QUEUED,
            wants_second=bool(found),
            risks=found,
            asked_by_id=by.pk,
            asked_at=now,
        )
        act.total = _freeze(act, chosen, digests, shown_at)
        act.sample = _sample(act) if found else []
        act.save(update_fields=["total", "sample"])
        after = {"name": act.name, "verb": verb, "rows": act.total, "risks": found}
        audit.write(act.act, actor, "act.ask", [Line("act", act.pk, after=after)], now=now, reason=act.reason)
        later = act.state == ActState.QUEUED and act.total > BATCH
        if later:
            doorbell.ring()
    if act.state == ActState.QUEUED and not later:
        step(act.pk)
        act.refresh_from_db()
    return act


def risks_of(rows: QuerySet[Proposal], verb: str, shown_at: datetime | None = None) -> dict[str, int]:
    """Why approving these wants a second person, with the number of rows: `size` of them in all, `edited`,
    `duplicate` (created in spite of candidates). {} = it wants none; one query.
    """
    if verb != ActVerb.APPROVE or not conf().second_person_above:
        return {}
    going = judged(rows.order_by(), verb, shown_at).filter(refusal="")
    return risks(verb, going.aggregate(size=Count("pk"), **HANDS))


def _freeze(act: Act, rows: QuerySet[Proposal], digests: Mapping[int, str] | None, shown_at: datetime | None) -> int:
    """Keep each row with the digest that was shown, "" for what moved since; returns how many. One statement."""
    if digests is not None:
        told = rows.order_by("pk").values_list("pk", "touched_at")
        kept = [
            ActRow(act=act, proposal_id=pk, digest="" if shown_at and at > shown_at else digests.get(pk, ""))
            for pk, at in told
        ]
        bulk.insert(kept)
        return len(kept)
    late = Q(touched_at__gt=shown_at) if shown_at is not None else Q(pk__in=[])
    seen = Case(When(late, then=Value("")), default=F("digest"))
    plain: QuerySet[Any] = rows.order_by().annotate(of=Value(act.pk), seen=seen, nothing=Value(""))
    try:
        sql, params = plain.values_list("of", "pk", "seen", "nothing").query.sql_with_params()
    except EmptyResultSet:  # a filter that nothing can match has no statement
        return 0
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, ("act_id", "proposal_id", "digest", "outcome")))
    with connection.cursor() as cursor:
        # Names come from our own model, the SELECT from the ORM with its parameters apart.
        cursor.execute(f"INSERT INTO {quote(ActRow._meta.db_table)} ({names}) {sql}", params)
    return ActRow.objects.filter(act=act).count()


def _sample(act: Act) -> list[int]:
    """Random rows of an act, those that somebody had a hand in first, up to all but two of them.

    The others by their place, a statement each along the index: to shuffle them all takes a second.
    """
    rows, drawn = ActRow.objects.filter(act=act, outcome="").order_by("proposal"), []
    if act.risks.keys() - {"size"}:
        handled = Proposal.objects.filter(pk__in=rows.order_by().values("proposal")).exclude(hands="")
        drawn = list(handled.order_by("?").values_list("pk", flat=True)[: SAMPLE - 2])
    places = SystemRandom().sample(range(act.total), min(act.total, SAMPLE + len(drawn)))
    picked = (rows.values_list("proposal", flat=True)[place] for place in places)
    others = [row_id for row_id in picked if row_id not in drawn]
    return sorted([*drawn, *others[: SAMPLE - len(drawn)]])
