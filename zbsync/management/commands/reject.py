"""Decline proposals from the keyboard."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import VerbCommand, proposals
from zbsync.models import Proposal
from zbsync.pipeline import review


class Command(VerbCommand):
    """`manage.py reject (--all | --proposal ID… | --query 'k=v,…') --by USER [--reason TEXT] [--json]`."""

    help = "Decline proposals that wait for review."

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Decline."""
        return review.reject(proposals(options, Proposal.objects.for_review()), by, reason=options["reason"])
