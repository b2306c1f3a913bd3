"""Close failed pushes for good, from the keyboard."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import PushCommand, pushes
from zbsync.pipeline import review


class Command(PushCommand):
    """`manage.py bury (--all | --push ID… | --proposal ID… | --query 'k=v,…') --by USER [--reason TEXT] [--json]`."""

    help = "Close pushes for good that failed or cannot be settled."

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Bury."""
        return review.bury(pushes(options), by, options["reason"])
