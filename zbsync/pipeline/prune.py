"""Prune: exchanges that are older than they are kept go, the oldest first, and what is proved stays proved.

Called by the timetable. Three steps that meet in tables, each of another hour: an entry announces up to which exchange,
with the hash of the seal there; the chain seals the entry; then those rows are deleted, which the database allows for
what was announced and nothing else. The seals stay, so that `audit_verify` walks over the gap and knows it for what it
is. Batches, audit entries and seals are kept for good, and so is what was said of a push that has not come to its end.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.chain import PRUNE
from zbsync.models import Entry, Exchange, Pruning, Push, Seal
from zbsync.pipeline import audit
from zbsync.pipeline.tally import Tally

LOOKED_AT = 50_000
"""Exchanges that one announcement looks at; the next one goes on behind them."""

AT_ONCE = 1_000
"""Exchanges deleted in one transaction."""

GRACE = timedelta(hours=1)
"""So long the announcement was sealed before the first row goes: an export that began without it ends before."""

_ACTOR = audit.Actor.job("prune")
Clock = Callable[[], datetime]


def drain(until: float | None = None, *, clock: Clock = timezone.now) -> Tally:
    """Delete what was announced and sealed, else announce what has grown too old; ends when there is nothing left to
    do now or `until` (time.monotonic) has passed. `seen` counts what was announced, `done` what was deleted.
    """
    began, tally = time.monotonic(), Tally()
    if not conf().keep_exchanges_days:
        return tally
    last = Pruning.objects.order_by("-last_id").first()
    if last is None or not Exchange.objects.filter(pk__lte=last.last_id).exists():
        tally.seen = _announce(clock())
    elif _sealed(last, clock()):
        tally.done = _delete(last.last_id, until)
    tally.seconds = time.monotonic() - began
    return tally


def _announce(now: datetime) -> int:
    """Say, in the chain, which exchanges go; returns how many."""
    reached = _reached(now - timedelta(days=conf().keep_exchanges_days))
    seal = Seal.objects.filter(table="exchange", last_id__lte=reached).order_by("-last_id").first()
    if seal is None or not (count := Exchange.objects.filter(pk__lte=seal.last_id).count()):
        return 0
    act = audit.new_act()
    told = {"last_id": seal.last_id, "hash": seal.hash, "count": count, "days": conf().keep_exchanges_days}
    with transaction.atomic():
        audit.write(act, _ACTOR, PRUNE, [audit.Line("exchange", seal.last_id, after=told)], now=now)
        Pruning.objects.create(last_id=seal.last_id, entry_id=Entry.objects.get(act=act).pk, at=now)
    return count


def _reached(horizon: datetime) -> int:
    """Up to which exchange all are older than `horizon` and of nothing that is under way; 0 when not even the first."""
    open_ = Push.objects.under_way().filter(pk=OuterRef("push"))
    rows = Exchange.objects.annotate(open=Exists(open_)).order_by("pk").values_list("pk", "at", "open")
    old = takewhile(lambda row: row[1] < horizon and not row[2], rows[:LOOKED_AT].iterator())
    return max((pk for pk, _, _ in old), default=0)


def _sealed(pruning: Pruning, now: datetime) -> bool:
    """Whether the announcement has been in the chain for long enough."""
    covering = Seal.objects.filter(table="entry", last_id__gte=pruning.entry_id, first_id__lte=pruning.entry_id)
    return covering.filter(at__lte=now - GRACE).exists()


def _delete(last_id: int, until: float | None) -> int:
    done = 0
    while until is None or time.monotonic() < until:
        ids = list(Exchange.objects.filter(pk__lte=last_id).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        deleted, _ = Exchange.objects.filter(pk__gte=ids[0], pk__lte=ids[-1]).delete()
        done += deleted
    return done
