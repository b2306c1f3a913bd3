"""A contact person of a company's customer, added or changed.

The ERP names no id for a new one, so a person is found by customer and mobile, compared exactly; whoever is there
already is never added again.
"""

from collections.abc import Mapping
from datetime import datetime

from zbsync.core.diff import Difference, compare
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import PERSON
from zbsync.core.outcome import Accepted, Outcome, Rejected
from zbsync.core.payload import FieldSpec
from zbsync.core.phones import comparable
from zbsync.erp.client import Allocated, ErpClient, FormRecord
from zbsync.erp.errors import UnknownAnswer
from zbsync.models import Attempt, ErpConnection, Push
from zbsync.pipeline import following, outbox
from zbsync.pipeline.operations.base import (
    DIFFERENT,
    NOT_STORED,
    Clock,
    Judgement,
    Seen,
    absent,
    act,
    asked,
    different,
    found,
    id_in,
    verified,
)

PAGES_MAX = 20
"""Pages of one customer's persons beyond which the ERP has not listened to the filter."""

IDENTITY = ("company", "mobile", "person_name")
"""By these a person is the one we added even where other fields differ; verify then tells the difference."""


def find_person(client: ErpClient, *, company: int, mobile: str) -> FormRecord | None:
    """In a lane: the customer's person with exactly this mobile, the first that was made; None when there is none."""
    hits: set[int] = set()
    for page in range(1, PAGES_MAX + 1):
        listed = client.persons({"company": str(company)}, page)
        for row in listed.rows:
            theirs = id_in(row, "company") if row.get("company") else company
            if theirs == company and mobile in (comparable(row.get("mobile", "")), comparable(row.get("phone", ""))):
                hits.add(id_in(row))
        if page >= listed.page_count or not listed.rows:
            break
    else:
        raise UnknownAnswer(f"too many persons were listed for customer {company}")
    for ord_ in sorted(hits):
        record = client.form("read_person", ord_)
        if record is not None and record.values.get("company", str(company)).replace(",", "") == str(company):
            return record
    return None


class Person:
    """`person.save`."""

    def wants_id(self, push: Push) -> bool:
        """Never: the ERP hands out none."""
        return False

    def reserve(self, client: ErpClient, push: Push) -> Allocated | None:
        """Nothing to reserve."""
        return None

    def send(self, client: ErpClient, attempt: Attempt, clock: Clock) -> Outcome:
        """In a lane: look who is there, then add, or post the whole form with what changes."""
        push = attempt.push
        record, failed = asked(lambda: _standing(client, push), following.SAID[PERSON])
        if verdict := failed or _before_saying(push, record):
            return verdict
        fields = dict(push.payload)
        if record is not None:
            whole = {known.id: known.value for known in record.form if known.post and known.id != "ord"}
            specs = _specs(push)
            fields = {name: value for name, value in {**whole, **fields}.items() if name in specs}
        return act(client, push, clock, following.SAID[PERSON], push.person_ord, fields)

    def look(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: the person as the ERP has it."""
        return Seen(form=_standing(client, push))

    read_back = look

    def judge_accepted(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """Every field that was sent."""
        if seen.form is None:
            return different(NOT_STORED, (Difference(target, value, "") for target, value in push.payload.items()))
        if differences := compare(push.payload, seen.form.values, _specs(push)):
            return different(DIFFERENT, differences)
        return verified(now, person_ord=seen.form.ord)

    def judge_doubt(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """Who has the mobile among the customer's persons is the answer."""
        record = seen.form
        if record is None:
            return absent(push, now)
        if _is_ours(push, record):
            return found(now)
        base = {target: push.base.get(target, "") for target in push.payload}
        if push.person_ord is not None and not compare(base, record.values, _specs(push)):
            return absent(push, now)
        return None, {"cause": outbox.OTHER_RECORD}


def _standing(client: ErpClient, push: Push) -> FormRecord | None:
    if push.person_ord is not None:
        return client.form("read_person", push.person_ord)
    return find_person(client, company=push.ord or 0, mobile=push.subject)


def _specs(push: Push) -> Mapping[str, FieldSpec]:
    return following.specs(PERSON, push.kind)


def _is_ours(push: Push, record: FormRecord) -> bool:
    if not compare(push.payload, record.values, _specs(push)):
        return True
    named = {target: push.payload[target] for target in IDENTITY if target in push.payload}
    return push.person_ord is None and len(named) == len(IDENTITY) and not compare(named, record.values, _specs(push))


def _before_saying(push: Push, record: FormRecord | None) -> Outcome | None:
    """What the ERP's person decides before anything is said: it is gone, is there already, or changed since."""
    if record is None:
        if push.person_ord is None:
            return None
        return Rejected(outbox.GONE, findings=(Finding("push.person_gone", params={"ord": push.person_ord}),))
    left = compare(push.payload, record.values, _specs(push))
    if not left:
        return Accepted(push.ord)
    findings = tuple(
        Finding("push.erp_moved", one.target, params={"then": push.base.get(one.target, ""), "now": one.read})
        for one in left
        if one.read.strip() != push.base.get(one.target, "").strip()
    )
    if push.person_ord is None or findings:
        return Rejected("erp_moved", findings=findings)
    return None
