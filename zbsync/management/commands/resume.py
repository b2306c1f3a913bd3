"""Let the jobs talk to a paused ERP again, from the keyboard."""

from django.contrib.auth.models import AbstractBaseUser

from zbsync.management.verbs import BrakeCommand
from zbsync.models import ErpConnection
from zbsync.pipeline import review


class Command(BrakeCommand):
    """`manage.py resume NAME --by USER [--reason TEXT] [--json]`."""

    help = "Let the jobs talk to a paused ERP again."
    changed = "%s goes on"
    unchanged = "%s was not paused"

    def act(self, connection: ErpConnection, by: AbstractBaseUser, reason: str) -> bool:
        """Resume."""
        return review.resume(connection, by, reason)
