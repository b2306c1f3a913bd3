"""Customers with contracts and follow-ups in a sandbox, bound to contacts, for everything that looks them up."""

from typing import Any

from tests.models import make
from tests.pipeline.pushing import Desk
from zbsync.models import Binding, Contact, ErpRecord

REPLIES = "/sysa/mobilephone/systemmanage/replylist.asp"


def customer(erp: Desk, name: str = "示例商贸有限公司", **values: str) -> int:
    """A unit customer of the ERP that the mirror knows; its id."""
    given = {"name": name, "intsort": "1", "person_name": "王小明", "mobile": "13800000001", "ly": "171", **values}
    (ord_,) = erp.sandbox.store.add_customers([given])
    make.erp_record(ord_, connection=erp.connection, name=name, name_normal=name)
    return int(ord_)


def bound(erp: Desk, ord_: int, **contact: Any) -> Contact:
    """A contact that is bound to it and has been proposed."""
    made = make.contact(**{"proposed_version": 1, "eligible": True, **contact})
    make.binding(made, ord_, connection=erp.connection)
    return made


def contract(erp: Desk, ord_: int, day: str, number: int = 1, **values: str) -> None:
    """A contract of a customer, signed on that day."""
    store = erp.sandbox.store
    row = {
        "ord": str(ord_ * 100 + number), "company": str(ord_), "htid": f"HT{number:03d}", "title": f"示例合同{number}",
        "moneyall": "12500.5", "dateQD": day, **values,
    }  # fmt: skip
    names = ", ".join(row)
    store.run(f"INSERT INTO contract ({names}) VALUES ({', '.join('?' * len(row))})", args=tuple(row.values()))


def first_deal(ord_: int) -> str:
    """The day the mirror has; "" when it has none."""
    day = ErpRecord.objects.get(ord=ord_).first_deal_at
    return f"{day:%Y-%m-%d %H:%M}" if day else ""


def ord_of(contact: Contact) -> int:
    return Binding.objects.get(contact=contact).ord
