"""When the outbox wants somebody next: what a drain rings for and what `run --until-idle` waits for."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.follow.operations import CUSTOMER, NOT_READABLE
from zbsync.core.lifecycle import PUSH_LEASED, PushState
from zbsync.models import ErpConnection, Proposal, Push

OTHER_RECORD = "in_doubt.other_record"
NO_ID = "in_doubt.no_id"
APPEND_ONLY = "in_doubt.append_only"
"""The ERP only appends, and shows nothing of it: a second one could not be taken back."""

UNSEEN = "in_doubt.not_readable"
"""What was asked for leaves nothing to be looked at."""

FOR_A_PERSON = (OTHER_RECORD, NO_ID, APPEND_ONLY, UNSEEN, NOT_READABLE)
"""Causes of a push that looking again will not lead on."""

WAITING = (PushState.QUEUED, PushState.ACCEPTED, PushState.IN_DOUBT)


def next_due(
    connections: Iterable[ErpConnection], states: Collection[PushState] = (*WAITING, *PUSH_LEASED)
) -> datetime | None:
    """The earliest time at which a push in one of `states` can go on without a person; None = never.

    In the past when something is due now. A lease counts with its end. One short statement for each state that waits:
    a single one over all of them would read every push there ever was.
    """
    owners = list(connections)
    times = [_waiting(owners, state) for state in WAITING if state in states]
    if leased := [str(state) for state in PUSH_LEASED if state in states]:
        # Few are leased at any time; by connection the database would read all that were ever sent.
        ends = Min("lease_until", filter=Q(connection__in=owners))
        times.append(Push.objects.filter(state__in=leased).aggregate(due=ends)["due"])
    return min((time for time in times if time is not None), default=None)


def rests_on_young_match(now: datetime) -> Q:
    """All but creates whose match is older than the copy of the ERP's customers may be: the ERP may have theirs by now.

    One that was looked at again after its approval is good for a lease, however young a match must be. A question
    apart, not a join: so the database still takes the due pushes in their order from their index.
    """
    since, lease = now - timedelta(seconds=conf().mirror_max_age_s), now - timedelta(seconds=conf().lease_s)
    again = Q(matched_at__gt=OuterRef("created_at"), matched_at__gte=lease)
    young = Proposal.objects.filter(Q(matched_at__gte=since) | again, pk=OuterRef("proposal_id"))
    return ~Q(operation=CUSTOMER, action="create") | Q(Exists(young))


def outdated(connection: ErpConnection, now: datetime) -> QuerySet[Push]:
    """Queued creates of a connection that want another look before they may be sent, oldest first."""
    waiting = Push.objects.sendable().filter(connection=connection, not_before__lte=now)
    return waiting.exclude(rests_on_young_match(now)).order_by("not_before", "pk")


def next_look(connections: Iterable[ErpConnection]) -> datetime | None:
    """The earliest time at which one of them may be looked at."""
    queued = Push.objects.sendable().filter(connection__in=list(connections))
    waiting = queued.exclude(rests_on_young_match(timezone.now()))
    due: datetime | None = waiting.aggregate(due=Min("not_before"))["due"]
    return due


def _waiting(owners: Collection[ErpConnection], state: PushState) -> datetime | None:
    waiting = Push.objects.filter(connection__in=owners, state=str(state))
    if state is PushState.QUEUED:
        waiting = waiting.filter(waits=False)
        waiting = waiting.filter(rests_on_young_match(timezone.now()))
    else:
        waiting = waiting.exclude(cause__in=FOR_A_PERSON)
    due: datetime | None = waiting.aggregate(due=Min("not_before"))["due"]
    return due
