"""Take decisions back from the keyboard, as long as nothing was sent."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.core.lifecycle import PushState
from zbsync.management.base import bad_input
from zbsync.management.verbs import VerbCommand, proposals
from zbsync.models import Proposal
from zbsync.pipeline import review


class Command(VerbCommand):
    """`manage.py undo (--act ACT | --all | --proposal ID… | --query 'k=v,…') --by USER [--reason TEXT] [--json]`.

    `--all` means every approval whose push still waits; a rejection is named by act, id or `state=rejected`.
    """

    help = "Take back approvals that were not sent yet, and rejections."

    def add_rows(self, which: Any) -> None:
        """A whole act too."""
        super().add_rows(which)
        which.add_argument("--act", help="everything one act decided")

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Undo."""
        if options["act"]:
            try:
                act = uuid.UUID(options["act"])
            except ValueError:
                raise bad_input(f"--act {options['act']}: not the id of an act; approve prints it") from None
            return review.undo(act, by, options["reason"])
        waiting = Proposal.objects.filter(push__state=PushState.QUEUED)
        return review.undo(proposals(options, waiting), by, options["reason"])
