"""Approve proposals from the keyboard: what the bulk action does, with the same permissions and checks."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import VerbCommand, proposals
from zbsync.models import Proposal
from zbsync.pipeline import review


class Command(VerbCommand):
    """`manage.py approve (--all | --proposal ID… | --query 'k=v,…') --by USER [--reason TEXT] [--json]`."""

    help = "Approve proposals that wait for review."

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Approve."""
        return review.approve(proposals(options, Proposal.objects.for_review()), by, reason=options["reason"])
