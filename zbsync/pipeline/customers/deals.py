"""First deals: when the earliest contract of a customer was signed, for contacts whose hub does not say it.

The day stands at the customer it belongs to, not at the contact: what the hub tells is the hub's, so no import writes
over it and none makes the contact look changed. Written by `lookup`, read by propose and by the contact's page.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F, OuterRef, Subquery

from zbsync.models import Binding, ErpConnection, ErpRecord
from zbsync.pipeline import bulk


def keep(connection: ErpConnection, signed: Mapping[int, datetime]) -> dict[ErpRecord, datetime | None]:
    """Keep the earliest day of each customer of the mirror: record → what was known before. To be called in a
    transaction.
    """
    rows = ErpRecord.objects.filter(connection=connection, ord__in=list(signed)).order_by("ord").select_for_update()
    moved: dict[ErpRecord, datetime | None] = {}
    for row in rows:
        if row.first_deal_at is None or signed[row.ord] < row.first_deal_at:
            moved[row], row.first_deal_at = row.first_deal_at, signed[row.ord]
    bulk.update(list(moved), ("first_deal_at",))
    return moved


def of_contacts(contact_ids: Collection[int]) -> dict[int, datetime]:
    """Contact → first deal of the customer it is bound to, the earliest of several ERPs; one query."""
    record = ErpRecord.objects.filter(connection=OuterRef("connection"), ord=OuterRef("ord"))
    bound = Binding.objects.filter(contact__in=list(contact_ids))
    rows = bound.annotate(deal=Subquery(record.values("first_deal_at")[:1])).filter(deal__isnull=False)
    return dict(rows.order_by(F("deal").desc()).values_list("contact_id", "deal"))
