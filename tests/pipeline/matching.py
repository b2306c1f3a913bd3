"""What the tests of matching share: a connection with a fresh copy, and a few rows said in short."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tests.models import make
from zbsync.models import Contact, ErpRecord, Proposal
from zbsync.pipeline import match, propose

FRESH = timedelta(minutes=5)


def proposed(**given: Any) -> Contact:
    """A contact through gate and mapping."""
    contact = make.contact(**given)
    propose.drain()
    return contact


def matched(contact: Contact) -> Proposal:
    """Its proposal after matching."""
    match.drain()
    return Proposal.objects.filter(contact=contact).latest("pk")


def known(ord_: int, **given: Any) -> ErpRecord:
    """A customer the copy has in full, its values the columns'."""
    values = {"name": given.pop("name", f"客户{ord_}"), **given.pop("values", {})}
    for column, field in (("khid", "khid"), ("weixin", "weixinAcc"), ("mobile", "mobile"), ("phone", "phone")):
        if given.get(column):
            values[field] = given[column]
    given = {"name": values["name"], "detailed_at": timezone.now() - FRESH, **given}
    return make.erp_record(ord_, values=values, **given)


def codes(row: Proposal) -> set[str]:
    return {finding["code"] for finding in row.findings}


def changed(row: Proposal) -> dict[str, str]:
    return {one["target"]: one["after"] for one in row.changes if one["written"]}
