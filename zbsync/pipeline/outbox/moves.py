"""Moving pushes from state to state: the one place where the table of `core.lifecycle` meets the database.

Used by the other modules of the outbox only. `locked` reads rows so that nobody else can move them before the
transaction ends (row locks on PostgreSQL; on SQLite the transaction is IMMEDIATE and so the only writer);
`move` writes the new states with the old ones in the condition, and the audit entries beside them.
"""

import copy
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from zbsync.core import retry
from zbsync.core.follow.operations import CUSTOMER, PERSON
from zbsync.core.lifecycle import PUSH_LEASED, PushEvent, PushState, next_push_state
from zbsync.models import Contact, Push
from zbsync.pipeline import audit, bulk

JOB = audit.Actor.job("push")
"""Who acts when no person does."""

MUTABLE = (
    "state",
    "key",
    "round",
    "ord",
    "khid",
    "person_ord",
    "not_before",
    "attempts_made",
    "lease_token",
    "lease_until",
    "leased_by",
    "looks",
    "cause",
    "message",
    "findings",
    "differences",
    "fault_field",
    "fault",
    "waits",
    "settled_at",
    "verified_at",
)
"""The columns a move may change; the payload and what was approved never do."""

VERSIONS: Mapping[str, F] = {
    "approved_version": F("proposal__contact_version"),
    "present_version": F("contact__version"),
    "followed_version": F("contact__followed_version"),
    "gone_at": F("contact__deleted_at"),
    "paused_at": F("connection__paused_at"),
}
"""What `with_versions` adds."""

TOLD = (PushState.REJECTED, PushState.DEAD, PushState.DRIFTED, PushState.IN_DOUBT)
"""The states whose pushes people see in groups: by cause, field, and the ERP's sentence without what is one customer's.
"""

FELT: Mapping[str, frozenset[PushEvent]] = {
    CUSTOMER: frozenset(
        {
            PushEvent.READ_EQUAL,
            PushEvent.READ_DIFFERENT,
            PushEvent.REJECT,
            PushEvent.GIVE_UP,
            PushEvent.DOUBT,
            PushEvent.LAPSE,
            PushEvent.REQUEUE,
            PushEvent.BURY,
            PushEvent.CANCEL,
        }
    ),
    PERSON: frozenset({PushEvent.READ_EQUAL}),
}
"""Events of a customer's or contact person's push after which the stage `follow` has to look at its contact again."""

MESSAGE_MAX = 1000
CAUSE_MAX = 60


class LostRace(RuntimeError):
    """A row that was read under lock had moved all the same: a bug, and the transaction must go back."""


def locked(ids: Collection[int], states: Iterable[PushState], held: Iterable[Push] = ()) -> dict[int, Push]:
    """Those of `ids` that are in one of `states`, under lock, by id.

    What never changes, the payload among it, is taken from `held` and not read again, if that has all of them.
    """
    known = {push.pk: push for push in held}
    wanted = {str(state) for state in states}
    rows = with_versions(Push.objects.select_for_update(of=("self",))).filter(pk__in=list(ids), state__in=wanted)
    if known.keys() >= set(ids):
        found = [_as_it_is(known[pk], now) for pk, *now in rows.order_by("pk").values_list("pk", *MUTABLE, *VERSIONS)]
    else:
        found = list(rows.order_by("pk"))
    remember(found)
    return {push.pk: push for push in found}


def _as_it_is(held: Push, now: Iterable[Any]) -> Push:
    """The row as it stands now (`MUTABLE`, `VERSIONS`), and what never changes from the copy that somebody holds."""
    push = copy.copy(held)
    push.__dict__.update(zip((*MUTABLE, *VERSIONS), now, strict=True))
    return push


def remember(pushes: Iterable[Push]) -> None:
    """Note what the rows hold as they were read under lock: `save` writes what differs from it."""
    for push in pushes:
        row = push.__dict__
        row.pop("was", None)
        row["was"] = row.copy()


def with_versions(pushes: Any) -> Any:
    """Add the contact's version as approved, as followed and as it is now, for `overtaken` and `held_up`, and the
    connection's pause.
    """
    return pushes.annotate(**VERSIONS)


def overtaken(push: Push) -> bool:
    """Whether the hub changed the contact after the approval; wants a row from `with_versions`.

    What follows a customer rests on less than the whole contact: whether that moved, the stage `follow` says, and until
    it did, the push is `held_up`.
    """
    row: Any = push
    moved = push.operation == CUSTOMER and row.approved_version != row.present_version
    return bool(moved or row.gone_at is not None)


def held_up(push: Push) -> bool:
    """Whether somebody paused the connection meanwhile, or the contact moved and nobody looked yet what that means for
    this push; wants a row from `with_versions`.
    """
    row: Any = push
    unseen = push.operation != CUSTOMER and row.followed_version != row.present_version
    return bool(unseen or row.paused_at is not None)


def move(
    moves: Iterable[tuple[Push, PushEvent]],
    *,
    act: uuid.UUID,
    actor: audit.Actor,
    now: datetime,
    reason: str = "",
) -> None:
    """Lead each locked row along its event and keep whatever else the caller set on it, with one entry per
    row.

    What follows a customer is due to be looked at again when the customer's push came to something. Raises
    IllegalEvent when the table has no such arrow and LostRace when a row is no longer where it was read.
    """
    felt: set[int] = set()
    by_state: dict[str, list[Push]] = defaultdict(list)
    lines: dict[PushEvent, list[audit.Line]] = defaultdict(list)
    for push, event in moves:
        before = push.state
        push.state = str(next_push_state(PushState(before), event))
        if push.state not in PUSH_LEASED:
            push.lease_token = push.lease_until = push.leased_by = None
        push.waits = push.waits and push.state == PushState.QUEUED
        by_state[before].append(push)
        if event in FELT.get(push.operation, ()):
            felt.add(push.contact_id)
        lines[event].append(audit.Line("push", push.pk, push.contact_id, before={"state": before}, after=_after(push)))
    for before, pushes in by_state.items():
        save(pushes, before)
    if felt:
        Contact.objects.filter(pk__in=felt).update(followed_version=0)
    for event, said in lines.items():
        audit.write(act, actor, f"push.{event}", said, now=now, reason=reason)


def save(pushes: list[Push], state: str) -> None:
    """Write what changed back if the rows are still in `state`; raises LostRace when one is not."""
    for push in pushes:
        push.cause = push.cause[:CAUSE_MAX]
        push.message = push.message[:MESSAGE_MAX]
        push.fault_field, push.fault = _fault(push)
    changed = [name for name in MUTABLE if any(_differs(push.__dict__, name) for push in pushes)]
    matched = bulk.update(pushes, changed or ("state",), was={"state": state})
    if matched != len(pushes):
        raise LostRace(f"{len(pushes) - matched} of {len(pushes)} pushes were no longer {state}")
    remember(pushes)


def _differs(row: Mapping[str, Any], name: str) -> bool:
    """Whether the column is not as it was read; unknown where nobody remembers."""
    was = row.get("was")
    return was is None or was[name] != row[name]


def _fault(push: Push) -> tuple[str, str]:
    if push.state not in TOLD:
        return "", ""
    sent = (str(value) for value in push.payload.values())
    return retry.about(push.findings, push.differences), retry.pattern(push.message, sent) if push.message else ""


def _after(push: Push) -> dict[str, Any]:
    facts: dict[str, Any] = {"state": push.state}
    if push.cause:
        facts["cause"] = push.cause
    if push.ord is not None:
        facts["ord"] = push.ord
    if push.attempts_made:
        facts["attempt"] = push.attempts_made
    return facts
