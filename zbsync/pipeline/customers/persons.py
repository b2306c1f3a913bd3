"""Their contact persons (`ErpPerson`). A customer's own record tells one person's numbers; those of a second one are
known by the list of persons alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zbsync.core.matching import ErpView
from zbsync.models import ErpConnection, ErpPerson
from zbsync.pipeline import bulk
from zbsync.pipeline.customers.rows import KEYS, Fresh, digits_of, id_of, seen_again, sift

_TOLD = ("customer", "name", "mobile", "phone")


@dataclass(frozen=True, slots=True)
class Row:
    """One person as a list shows them; `customer` is the ord of theirs, numbers are in the ERP's own spelling."""

    ord: int
    customer: int
    name: str
    mobile: str
    phone: str

    @classmethod
    def of(cls, cells: dict[str, str]) -> "Row":
        """From a list page; raises ValueError when the page does not tell whose person it is."""
        ord_, customer = id_of(cells, "ord", "persons"), id_of(cells, "company", "persons")
        return cls(ord_, customer, cells.get("person_name", ""), cells.get("mobile", ""), cells.get("phone", ""))

    def view(self) -> ErpView:
        """As matching sees it: the customer, with a number of theirs."""
        return ErpView(self.customer, mobile=self.mobile, phone=self.phone)


@transaction.atomic
def see(connection: ErpConnection, rows: Collection[Row], now: datetime) -> Fresh:
    """Keep list rows; returns what was not known so."""
    told = {row.ord: (row.customer, row.name[:200], digits_of(row.mobile), digits_of(row.phone)) for row in rows}
    known = ErpPerson.objects.filter(connection=connection)
    fresh, same = sift(known, told, _TOLD)
    written = [(ord_, *told[ord_]) for ord_ in fresh.ords]
    stamp = {"connection": connection.pk, "seen_at": now, "gone_at": None}
    bulk.upsert(ErpPerson, ("ord", *_TOLD), written, stamp, KEYS)
    seen_again(known, same, now)
    return fresh
