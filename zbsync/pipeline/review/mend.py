"""The verbs on what failed: fix once, propose all with this cause again. A person approves what comes of it, as ever.

What was approved is never changed: each failed push gets a new proposal, and is closed when that one's push succeeds.
"""

from collections.abc import Iterable
from functools import cache

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from zbsync.core.follow.operations import CUSTOMER
from zbsync.models import Proposal, Push
from zbsync.pipeline import doorbell, tables, worklist
from zbsync.pipeline.review.decision import Decision, decide, permit
from zbsync.pipeline.review.edit import change_field
from zbsync.pipeline.review.legal import MOVED

NOT_FAILED = "review.push_not_failed"
"""The push did not fail, or somebody dealt with it meanwhile."""


def reopen(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Put failed pushes before a person again, each as a new proposal that is matched afresh.

    Left out: `review.push_not_failed`, `moved` (the contact or a rule changed, or a newer proposal is there already).
    Raises PermissionDenied.
    """
    actor = permit(by, "edit_proposal")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        made = worklist.reopen(_failed(ids), decision.act, actor, timezone.now(), reason=reason)
        return _left(ids, made)

    return _ring(decide(decision, rows, work, by, Push))


def amend(rows: Iterable[int] | QuerySet[Push], field: str, value: str, reason: str, by: AbstractBaseUser) -> Decision:
    """The same with one field set to `value` in all of them ("" takes it out; an option may be named by its label).

    Left out besides: `review.unknown_field`, `bad_value` (with `findings`, of the first), and all of them with
    `reason_missing`. Raises PermissionDenied.
    """
    actor = permit(by, "edit_proposal")
    decision, now = Decision(), timezone.now()
    target = cache(lambda connection: tables.targets([connection])[0])
    wrong: dict[int, str] = {}

    def change(row: Proposal) -> bool:
        code, found = change_field(row, field, value.strip(), reason, actor, target(row.connection), now)
        decision.findings = decision.findings or found
        if code:
            wrong[row.contact_id] = code
        return not code

    def work(ids: list[int]) -> dict[int, str]:
        if not reason.strip():
            return dict.fromkeys(ids, "review.reason_missing")
        made = worklist.reopen(_failed(ids), decision.act, actor, now, reason=reason, change=change)
        contacts = dict(Push.objects.filter(pk__in=ids).values_list("pk", "contact_id"))
        return _left(ids, made) | {pk: wrong[of] for pk, of in contacts.items() if of in wrong and pk not in made}

    return _ring(decide(decision, rows, work, by, Push))


def remap(rows: Iterable[int] | QuerySet[Push], by: AbstractBaseUser, reason: str = "") -> Decision:
    """Send the contacts of failed pushes through gate and mapping again, after a rule was mended.

    Left out: `review.push_not_failed`. Raises PermissionDenied.
    """
    actor = permit(by, "edit_proposal")
    decision = Decision()

    def work(ids: list[int]) -> dict[int, str]:
        tables.lock_rules()
        found = dict(_failed(ids).values_list("pk", "contact_id"))
        worklist.remap(Q(pk__in=set(found.values())), declined=True)
        worklist.tell_remapped(found, decision.act, actor, timezone.now(), reason)
        return {row_id: NOT_FAILED for row_id in ids if row_id not in found}

    return _ring(decide(decision, rows, work, by, Push))


def _failed(ids: list[int]) -> QuerySet[Push]:
    """What follows a customer is not proposed again like this: it is sent again as it is, or closed."""
    return Push.objects.failed().filter(pk__in=ids, operation=CUSTOMER)


def _left(ids: list[int], made: set[int]) -> dict[int, str]:
    failed = set(_failed(ids).values_list("pk", flat=True))
    return {row_id: MOVED if row_id in failed else NOT_FAILED for row_id in ids if row_id not in made}


def _ring(decision: Decision) -> Decision:
    if decision.done:
        doorbell.ring()
    return decision
