"""The brake in a person's hand: a connection is paused and resumed at once. Called by the admin and by commands."""

from django.contrib.auth.models import AbstractBaseUser
from django.utils import timezone

from zbsync.models import ErpConnection
from zbsync.pipeline import wiring
from zbsync.pipeline.review.decision import permit


def pause(connection: ErpConnection, by: AbstractBaseUser, reason: str = "") -> bool:
    """Nothing more is sent to this ERP, nor asked, until a person resumes it; False when one had paused it already.

    Raises PermissionDenied.
    """
    actor = permit(by, "change_erpconnection")
    return wiring.pause(connection, wiring.BY_HAND, actor, timezone.now(), reason=reason)


def resume(connection: ErpConnection, by: AbstractBaseUser, reason: str = "") -> bool:
    """All is in order: the jobs go on; False when it was not paused. Raises PermissionDenied."""
    return wiring.resume(connection, permit(by, "change_erpconnection"), timezone.now(), reason)
