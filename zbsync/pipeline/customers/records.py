"""The customers themselves (`ErpRecord`). A list row tells name and numbers; only the detail tells `khid`, WeChat id
and every field. A batch is one look and one upsert.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models import Q

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.matching import ErpView, normalise_company
from zbsync.core.phones import comparable
from zbsync.erp.commands import CustomerRecord
from zbsync.models import ErpConnection, ErpRecord, MatchChoice, Proposal
from zbsync.pipeline import bulk
from zbsync.pipeline.customers.rows import KEYS, Fresh, digits_of, id_of, seen_again, sift

UNIT_MARK = "person_name"
"""A field every unit customer's form has and no individual's (fact sheet §4.2)."""

_TOLD = ("name", "mobile", "phone")
"""What a list tells; a customer of whom it tells the same as before is only seen again."""

_COLUMNS = ("ord", *_TOLD, "name_normal")
_UNREAD: Mapping[str, Any] = {"detailed_at": None, "khid": "", "weixin": "", "values": {}, "numbered": False}
"""What only a detail tells: for a customer that is new, and nothing to write over what is known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One customer as a list shows it; numbers in the ERP's own spelling."""

    ord: int
    name: str
    mobile: str
    phone: str

    @classmethod
    def of(cls, cells: dict[str, str]) -> "Row":
        """From a list page; raises ValueError when the page tells no id."""
        ord_ = id_of(cells, "ord", "customers")
        return cls(ord_, cells.get("name", ""), cells.get("mobile", ""), cells.get("phone", ""))

    def view(self) -> ErpView:
        """As matching sees it."""
        return ErpView(self.ord, self.name, mobile=self.mobile, phone=self.phone)


@transaction.atomic
def see(connection: ErpConnection, rows: Collection[Row], now: datetime) -> Fresh:
    """Keep list rows; returns what was not known so. What changed in the list is due to be read in full again."""
    told = {row.ord: (row.name[:200], digits_of(row.mobile), digits_of(row.phone)) for row in rows}
    known = ErpRecord.objects.filter(connection=connection)
    fresh, same = sift(known, told, _TOLD)
    names = {row.ord: row.name for row in rows}
    written = [(ord_, *told[ord_], normalise_company(names[ord_])[:200]) for ord_ in fresh.ords]
    stamp = {"connection": connection.pk, "seen_at": now, "gone_at": None, **_UNREAD}
    bulk.upsert(ErpRecord, _COLUMNS, written, stamp, KEYS, keep=_UNREAD.keys() - {"detailed_at"})
    seen_again(known, same, now)
    return fresh


def numbered(connection: ErpConnection, ords: Collection[int], prefix: str) -> None:
    """The ERP's own search for `prefix` showed these customers. One that was read without such a number is to be read
    again, once: the number came later.
    """
    met = ErpRecord.objects.filter(connection=connection, ord__among=frozenset(ords), numbered=False)
    met.exclude(khid__contains=prefix).update(numbered=True, detailed_at=None)
    met.update(numbered=True)


def keep(connection: ErpConnection, records: Iterable[CustomerRecord], now: datetime) -> None:
    """Keep customers read in full."""
    stamp = {"connection": connection.pk, "seen_at": now, "detailed_at": now, "gone_at": None, "numbered": False}
    as_json = ErpRecord._meta.get_field("values").get_db_prep_save
    told = {one.ord: values_of(one) for one in records}
    rows = [(*_columns(ord_, values), as_json(values, database)) for ord_, values in sorted(told.items())]
    bulk.upsert(ErpRecord, (*_COLUMNS, "khid", "weixin", "values"), rows, stamp, KEYS, keep={"numbered"})


def _columns(ord_: int, values: Mapping[str, str]) -> tuple[Any, ...]:
    name, weixin = values.get("name", ""), values.get("weixinAcc", "")
    numbers = digits_of(values.get("mobile", "")), digits_of(values.get("phone", ""))
    khid = values.get("khid", "").strip()[:100]
    return ord_, name[:200], *numbers, normalise_company(name)[:200], khid, weixin.strip()[:100]


def gone(connection: ErpConnection, ords: Collection[int], now: datetime) -> int:
    """Mark customers that the ERP says are not there; returns how many were thought to be."""
    known = ErpRecord.objects.filter(connection=connection, ord__among=frozenset(ords), gone_at__isnull=True)
    return known.update(gone_at=now) if ords else 0


def missed_by(connection: ErpConnection, views: Iterable[ErpView]) -> list[int]:
    """Proposals to review that did not see one of these customers, though it has their mobile or WeChat id: it is new.

    Whoever is bound, or was given a target by a person, is settled.
    """
    by_number: dict[str, set[int]] = {}
    by_weixin: dict[str, set[int]] = {}
    for view in views:
        for digits in {comparable(view.mobile), comparable(view.phone)} - {""}:
            by_number.setdefault(digits, set()).add(view.ord)
        if weixin := view.weixin.strip():
            by_weixin.setdefault(weixin, set()).add(view.ord)
    same = Q(mobile__among=by_number) | Q(wechat_id__among=by_weixin)
    if not by_number and not by_weixin:
        return []
    of_customers = Proposal.objects.for_review().filter(operation=CUSTOMER)
    rows = of_customers.filter(same, connection=connection, target_chosen=False)
    waiting = rows.exclude(match_kind=MatchChoice.BOUND)
    return [
        pk
        for pk, mobile, weixin, candidates, not_same in waiting.values_list(
            "pk", "mobile", "wechat_id", "candidates", "not_same"
        )
        if (by_number.get(mobile, set()) | by_weixin.get(weixin, set()))
        - {*not_same, *(one["ord"] for one in candidates)}
    ]


def view_of(record: ErpRecord) -> ErpView:
    """The stored customer as matching sees it."""
    return ErpView(record.ord, record.name, record.khid, record.mobile, record.phone, record.weixin)


def view_of_record(record: CustomerRecord) -> ErpView:
    """The customer as the ERP just told it."""
    values = record.values
    return ErpView(
        record.ord,
        values.get("name", ""),
        values.get("khid", ""),
        values.get("mobile", ""),
        values.get("phone", ""),
        values.get("weixinAcc", ""),
    )


def values_of(record: CustomerRecord) -> dict[str, str]:
    """The fields that say something. An empty contact name stays: that the form has it says "unit customer"."""
    return {name: value for name, value in record.values.items() if value or name == UNIT_MARK}
