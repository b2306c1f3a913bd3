"""Which contacts a person may see: an administrator says it, for others only."""

from collections.abc import Iterable

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from zbsync.models import HubConnection, Scope
from zbsync.pipeline import audit

Limit = tuple[HubConnection | None, str]


def limit(user: User, wanted: Iterable[Limit], by: AbstractBaseUser) -> bool:
    """Limit the person to contacts of these hubs and owners (None, "": any); none: no limit. Whether it changed.

    Raises PermissionDenied, also for one's own limits, which only a superuser may change.
    """
    actor = audit.permit(by, "auth.change_user")
    if user.pk == by.pk and not getattr(by, "is_superuser", False):
        raise PermissionDenied(f"{by.get_username()} may not change the limits of {user.get_username()}")
    pairs = list(dict.fromkeys((hub, owner.strip()) for hub, owner in wanted if hub or owner.strip()))
    with transaction.atomic():
        rows = Scope.objects.filter(user=user)
        had = [_told(row.hub, row.owner) for row in rows.select_related("hub").order_by("pk")]
        told = [_told(hub, owner) for hub, owner in pairs]
        if sorted(map(str, had)) == sorted(map(str, told)):
            return False
        rows.delete()
        Scope.objects.bulk_create([Scope(user=user, hub=hub, owner=owner) for hub, owner in pairs])
        line = audit.Line("user", user.pk, before={"limits": had}, after={"limits": told})
        now, name = timezone.now(), user.get_username()
        audit.write(audit.new_act(), actor, "user.limit", [line], now=now, reason=name)
    return True


def _told(hub: HubConnection | None, owner: str) -> dict[str, str]:
    return {"hub": hub.name if hub else "", "owner": owner}
