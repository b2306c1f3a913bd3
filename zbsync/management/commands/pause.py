"""Stop all calls to an ERP at once, from the keyboard."""

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import BrakeCommand
from zbsync.models import ErpConnection
from zbsync.pipeline import review


class Command(BrakeCommand):
    """`manage.py pause NAME --by USER [--reason TEXT] [--json]`."""

    help = "Stop all calls to an ERP at once."
    changed = "%s is paused: nothing more is sent"
    unchanged = "%s was paused by a person already"

    def act(self, connection: ErpConnection, by: AbstractBaseUser, reason: str) -> bool:
        """Pause."""
        return review.pause(connection, by, reason)
