"""Send failed pushes again, from the keyboard."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import PushCommand, pushes
from zbsync.pipeline import review


class Command(PushCommand):
    """`manage.py requeue (--all | --push ID… | --proposal ID… | --query 'k=v,…') --by USER [--reason T] [--json]`."""

    help = "Send pushes again that were refused, given up or differ."

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> review.Decision:
        """Requeue."""
        return review.requeue(pushes(options), by, options["reason"])
