"""A first deal is seen: keep its day, tell the audit, and make the contact due again.

Shared by the look-up of one customer and by the pass through all contracts.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zbsync.models import Binding, ErpConnection, ErpRecord
from zbsync.pipeline import audit, customers, doorbell, tables, worklist
from zbsync.pipeline.lookup.sections import same_name

ACTOR = audit.Actor.job("lookup")
_DAY = re.compile(r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")


def signed(rows: Iterable[Mapping[str, str]], name: str, now: datetime) -> datetime | None:
    """When the earliest contract of the customer of this name was signed; None = there is none that says.

    A row counts only when it names this very customer: the ERP's filters are not to be trusted with a date that makes
    contacts move. A contract to be signed in future is no deal yet.
    """
    days = [day_of(row.get("dateQD", "")) for row in rows if name and same_name(row.get("khmc", ""), name)]
    return min((day for day in days if day is not None and day <= now), default=None)


def day_of(text: str) -> datetime | None:
    """The start of the day a text begins with, in the installation's time zone; None when it is none."""
    found = _DAY.match(text)
    if found is None:
        return None
    try:
        day = date(*map(int, found.groups()))
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time()))


def _shown(day: datetime | None) -> str | None:
    return timezone.localtime(day).date().isoformat() if day else None


def note(connection: ErpConnection, found: Mapping[int, datetime], now: datetime) -> int:
    """Keep the first deals of these customers (by id) where they are news; returns for how many they were.

    The contact bound to one is due again, unless its hub has told a first deal of its own.
    """
    known = ErpRecord.objects.filter(connection=connection, ord__in=list(found)).values_list("ord", "first_deal_at")
    news = {ord_: found[ord_] for ord_, before in known if before is None or found[ord_] < before}
    if not news:
        return 0
    with transaction.atomic():
        tables.lock_rules()
        moved = customers.deals.keep(connection, news)
        bound = Binding.objects.filter(connection=connection, ord__in=[row.ord for row in moved])
        contacts = dict(bound.values_list("ord", "contact_id"))
        lines = [
            audit.Line(
                "erprecord",
                row.pk,
                contacts.get(row.ord),
                before={"first_deal_at": _shown(before)},
                after={"first_deal_at": _shown(row.first_deal_at), "ord": row.ord},
            )
            for row, before in moved.items()
        ]
        audit.write(audit.new_act(), ACTOR, "customer.first_deal", lines, now=now)
        due = worklist.remap(Q(pk__in=list(contacts.values()), first_deal_at__isnull=True))
    if due:
        doorbell.ring()
    return len(moved)
