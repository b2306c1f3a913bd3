"""What people do to an act: a second one looks at its sample and confirms it; anybody who may decide calls it off."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.models import Act, ActState, Entry, Proposal
from zbsync.models.act import ENDED as OVER
from zbsync.models.within import outside
from zbsync.pipeline import audit, doorbell
from zbsync.pipeline.audit import Actor, Line
from zbsync.pipeline.review.decision import permit
from zbsync.pipeline.review.preview import PERMISSIONS

LOOK = "act.look"
OWN, UNSEEN, NOT_WAITING, ENDED = "act.own", "act.unseen", "act.not_waiting", "act.ended"
"""Why a verb on an act is refused."""


def look(act: Act, proposal_id: int, by: AbstractBaseUser) -> bool:
    """Note that this person opens a row of the sample. False: it is none, they may not see it, or the act does not
    wait. Raises PermissionDenied.
    """
    actor = permit(by, PERMISSIONS[act.verb])
    unseen = act.state != ActState.WAITING or proposal_id not in act.sample
    if unseen or outside(by, Proposal, [proposal_id]):
        return False
    with transaction.atomic():
        if proposal_id not in opened(act, by):
            audit.write(act.act, actor, LOOK, [Line("proposal", proposal_id)], now=timezone.now())
    return True


def opened(act: Act, by: AbstractBaseUser) -> set[int]:
    """The rows of the sample that this person opened; one query."""
    seen = Entry.objects.filter(act=act.act, verb=LOOK, actor_id=by.pk).values_list("subject_id", flat=True)
    return {pk for pk in seen if pk is not None} & set(act.sample)


def refusal(act: Act, by: AbstractBaseUser) -> str:
    """Why this person may not confirm the act now; "" when they may."""
    if act.state != ActState.WAITING:
        return NOT_WAITING
    if act.asked_by_id == by.pk:
        return OWN
    return UNSEEN if set(act.sample) - opened(act, by) else ""


def confirm(act: Act, by: AbstractBaseUser, reason: str = "") -> str:
    """The second person says yes: the act goes, and they are its approver. Rows they edited themselves are left out.

    Returns `act.own`, `act.unseen` or `act.not_waiting`; "" when it is done. Raises PermissionDenied.
    """
    actor = permit(by, PERMISSIONS[act.verb])
    with transaction.atomic():
        row = Act.objects.select_for_update().get(pk=act.pk)
        if code := refusal(row, by):
            return code
        row.state, row.confirmed_by_id, row.confirmed_at = ActState.QUEUED, by.pk, timezone.now()
        row.save(update_fields=["state", "confirmed_by", "confirmed_at"])
        _write(row, actor, "act.confirm", reason)
        doorbell.ring()
    act.refresh_from_db()
    return ""


def cancel(act: Act, by: AbstractBaseUser, reason: str = "") -> str:
    """Call the act off: at once when it has not begun, else after the batch in hand; what is done stays done.

    Returns `act.ended` when there is nothing to call off, else "". Raises PermissionDenied.
    """
    actor = permit(by, PERMISSIONS[act.verb])
    with transaction.atomic():
        row = Act.objects.select_for_update().get(pk=act.pk)
        if row.state in OVER or row.cancelled_by_id is not None:
            return ENDED
        row.cancelled_by_id = by.pk
        if row.state != ActState.RUNNING:
            row.state, row.ended_at = ActState.CANCELLED, timezone.now()
        row.save(update_fields=["state", "cancelled_by", "ended_at"])
        _write(row, actor, "act.cancel", reason)
        doorbell.ring()
    act.refresh_from_db()
    return ""


def _write(row: Act, actor: Actor, verb: str, reason: str) -> None:
    line = Line("act", row.pk, after={"name": row.name, "state": row.state})
    audit.write(row.act, actor, verb, [line], now=timezone.now(), reason=reason)
