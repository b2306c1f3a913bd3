"""Undo an act: an act of its own, on the rows that the first one took."""

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from zbsync.models import Act, ActRow, ActVerb, Proposal
from zbsync.models.act import ENDED
from zbsync.pipeline.review.acts.asking import Wish, ask
from zbsync.pipeline.review.decision import permit
from zbsync.pipeline.review.preview import PERMISSIONS

UNDOES: dict[str, ActVerb] = {ActVerb.APPROVE: ActVerb.UNDO_APPROVE, ActVerb.REJECT: ActVerb.UNDO_REJECT}
"""What takes an act back; one that only chose ("create anyway") has decided nothing yet."""


def undoing(act: Act) -> ActVerb | None:
    """The verb that would take this act back; None while it runs, and when nothing of it can be taken back."""
    return UNDOES.get(act.verb) if act.state in ENDED and act.taken else None


def taken(act: Act) -> QuerySet[Proposal]:
    """What the act decided."""
    return Proposal.objects.filter(pk__in=ActRow.objects.filter(act=act, outcome=ActRow.TAKEN).values("proposal"))


def undo_act(act: Act, by: AbstractBaseUser, wish: Wish) -> Act | None:
    """Take back what the act decided, as far as that is still possible; answers the act that does it, which tells what
    it left out and why. None when there is nothing to take back. Raises PermissionDenied.
    """
    verb = undoing(act)
    permit(by, PERMISSIONS[verb or act.verb])
    return ask(taken(act), verb, by, wish) if verb else None
