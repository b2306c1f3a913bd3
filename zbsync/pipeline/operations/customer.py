"""A customer, created or changed: the operation all others wait for.

Where the ERP hands out ids, one is reserved before anything is sent under it, so that a second save is a change of the
same customer and what stands under the id afterwards is the answer to every doubt. Where it does not, the customer
number is: the customer with exactly ours is the one we made, and doubt without a number of ours is for a person.
"""

import time
from collections.abc import Mapping
from datetime import datetime

from zbsync.core.diff import Difference, compare
from zbsync.core.findings import Finding
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.core.payload import KINDS
from zbsync.erp.catalogue import fields_for
from zbsync.erp.client import Allocated, Door, ErpClient
from zbsync.erp.commands import CustomerRecord, overlay
from zbsync.erp.errors import ErpError, UnknownAnswer
from zbsync.models import Attempt, ErpConnection, Push
from zbsync.pipeline import outbox
from zbsync.pipeline.judgement import door
from zbsync.pipeline.operations.base import (
    DIFFERENT,
    NOT_STORED,
    Clock,
    Judgement,
    Seen,
    absent,
    asked,
    different,
    found,
    id_in,
    spare_s,
    verified,
)

PAGES_MAX = 5
"""Pages of hits beyond which a number says too little."""

IDENTITY = ("khid", "name")
"""By these a customer under our id is ours even where other fields differ; verify then tells the difference."""


class Customer:
    """`customer.save`."""

    def wants_id(self, push: Push) -> bool:
        """A create has none yet."""
        return push.ord is None

    def reserve(self, client: ErpClient, push: Push) -> Allocated | None:
        """In a lane: a fresh id; each call burns one. None where the ERP hands out none."""
        return client.allocate(push.kind) if client.capabilities.reserves_ids else None

    def send(self, client: ErpClient, attempt: Attempt, clock: Clock) -> Outcome:
        """In a lane: save it. Whatever may be there already is read first: an update's customer, or an earlier try."""
        push = attempt.push
        fields: dict[str, str] = dict(push.payload)
        labels: dict[str, str] = dict(push.labels)
        kind, ord_, record = push.kind, push.ord, None
        if push.action == "update" or attempt.number > 1:
            record, failed = asked(lambda: _standing(client, push), push.kind)
            if verdict := failed or _before_saying(push, record):
                return verdict
        if record is not None and record.saved:
            ord_, kind = record.ord, record.kind if record.kind in KINDS else kind
            fields = overlay(record, fields)
            labels = _names_that_stay(record, fields) | labels
        elif not client.capabilities.reserves_ids:
            ord_ = None  # one that was reserved by another door means nothing to this one
        if push.khid and push.action == "create":
            fields.setdefault("khid", push.khid)
        creates = push.action == "create" and (record is None or not record.saved)
        if lost := _not_carried(push, client.door(kind, creates=creates or ord_ is None)):
            return Rejected("refused", "not sent", lost)
        spare = spare_s(push, clock())
        if spare < 0:
            return Deferred("lease_short")
        start_by = time.monotonic() + spare
        outcome = client.save(kind, ord_, fields, labels=labels, creates=creates, start_by=start_by)
        return _with_id(client, push, outcome) if isinstance(outcome, Accepted) else outcome

    def look(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: the customer's form under the push's id, or with the number we gave it."""
        return Seen(_standing(client, push))

    def read_back(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: the form; with the option `verify` = `list` only if the ERP's list shows the customer as well.

        Drafts and what a strange build files away have a form and stand in no list. A list that answers with others
        has ignored the filter and proves nothing: UnknownAnswer.
        """
        seen = self.look(connection, push, client)
        if seen.customer is None or not seen.customer.saved or connection.option("verify") != "list":
            return seen
        shown = {row.get("ord") for row in client.customers({"telord": str(push.ord)}).rows}
        if shown and str(push.ord) not in shown:
            raise UnknownAnswer(f"the list was asked for {push.ord} and shows others")
        return seen if shown else Seen()

    def judge_accepted(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """What was read back, against what was sent."""
        record = seen.customer
        if record is None or not record.saved:
            return different(NOT_STORED, (Difference(target, value, "") for target, value in push.payload.items()))
        if differences := compare(push.payload, record.values, fields_for(push.kind)):
            return different(DIFFERENT, differences)
        conflict = any(finding["code"] == outbox.CONFLICT for finding in push.findings)
        return verified(now, cause=outbox.CONFLICT if conflict else "")

    def judge_doubt(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """What stands under the push's id, or has our number, is the answer."""
        if push.ord is None and not number_of(push):
            return None, {"cause": outbox.NO_ID}
        record = seen.customer
        if record is not None and record.saved:
            if _is_ours(push, record):
                event, values = found(now)
                return event, values | {"ord": record.ord}
            if not _is_untouched(push, record):
                return None, {"cause": outbox.OTHER_RECORD}
        return absent(push, now)


def _names_that_stay(record: CustomerRecord, fields: Mapping[str, str]) -> dict[str, str]:
    """The names the form shows, of the options that keep their value: any other name is the old one. Of an area it
    shows the last name alone, and the way from the top is wanted.
    """
    shown = record.labels.items()
    return {name: label for name, label in shown if name != "area" and fields.get(name) == record.values.get(name)}


def _not_carried(push: Push, way: Door) -> tuple[Finding, ...]:
    """What was approved and has no place at this door: the connection was given another one since."""
    lost = [(target, value) for target, value in push.payload.items() if value and target not in way.carries]
    return tuple(door.not_carried(target, value, way) for target, value in lost)


def number_of(push: Push) -> str:
    """The customer number we gave it; "" when it has none of ours."""
    return str(push.payload.get("khid", "")) if push.action == "create" else ""


def _standing(client: ErpClient, push: Push) -> CustomerRecord | None:
    """The customer as it stands: under its id, else by our number, else nobody."""
    if push.ord is not None:
        return client.read(push.ord)
    return _by_number(client, number_of(push))


def _by_number(client: ErpClient, khid: str) -> CustomerRecord | None:
    """The customer with exactly this number. The list finds what contains it, and does not show it."""
    if not khid:
        return None
    for page in range(1, PAGES_MAX + 1):
        listed = client.customers({"khid": khid}, page)
        for row in listed.rows:
            record = client.read(id_in(row))
            if record is not None and record.values.get("khid", "").strip() == khid:
                return record
        if page >= listed.page_count or not listed.rows:
            return None
    raise UnknownAnswer(f"too many customers have a number like {khid}")


def _with_id(client: ErpClient, push: Push, said: Accepted) -> Outcome:
    """An answer that names no id is a doubt, unless the customer with our number is there."""
    if said.ord is not None:
        return said
    try:
        record = _by_number(client, number_of(push))
    except ErpError as error:
        return InDoubt(error.cause, said.message)
    if record is None or not record.saved:
        return InDoubt("not_found" if number_of(push) else outbox.NO_ID, said.message)
    return Accepted(record.ord, said.message)


def _before_saying(push: Push, record: CustomerRecord | None) -> Outcome | None:
    """What the ERP's record decides before anything is said; None = go on.

    It is gone; it changed since the approval in a field that would be written; or it holds what we want already. An id
    reserved for a create shows nothing, or even "deleted", until it is saved under: that is what it is sent for.
    """
    if record is None or not record.saved:
        if push.action == "create":
            return None
        return Rejected(outbox.GONE, findings=(Finding("push.erp_gone", params={"ord": push.ord}),))
    specs = fields_for(push.kind)
    left = compare(push.payload, record.values, specs)
    if not left:
        return Accepted(record.ord)
    if push.action == "update":
        base = {one.target: push.base.get(one.target, "") for one in left}
        moved = {one.target for one in compare(base, record.values, specs)}
        findings = tuple(
            Finding("push.erp_moved", one.target, params={"then": base[one.target], "now": one.read})
            for one in left
            if one.target in moved
        )
        if findings:
            return Rejected("erp_moved", findings=findings)
    return None


def _is_ours(push: Push, record: CustomerRecord) -> bool:
    """Whether the record holds what was sent: every field of it, or for a create the fields that name it."""
    specs = fields_for(push.kind)
    if not compare(push.payload, record.values, specs):
        return True
    named = {target: push.payload[target] for target in IDENTITY if push.payload.get(target)}
    return push.action == "create" and len(named) == len(IDENTITY) and not compare(named, record.values, specs)


def _is_untouched(push: Push, record: CustomerRecord) -> bool:
    """Whether an update did not arrive: the record still has what it had when the update was approved."""
    if push.action != "update":
        return False
    base = {target: push.base.get(target, "") for target in push.payload}
    return not compare(base, record.values, fields_for(push.kind))
