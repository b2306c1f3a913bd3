"""Which roles see whole phone numbers. The administrators keep both rights, or nobody could give them again."""

from collections.abc import Collection

from django.contrib.auth.models import AbstractBaseUser, Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from zbsync.models.contact import PHONE_RIGHTS
from zbsync.pipeline import audit

KEEPS = "administrator"


def give_phones(group: Group, rights: Collection[str], by: AbstractBaseUser) -> bool:
    """Give the role exactly these of `PHONE_RIGHTS`; whether that changed anything. Raises PermissionDenied."""
    actor = audit.permit(by, "auth.change_group")
    if group.name == KEEPS:
        raise PermissionDenied(f"{by.get_username()} may not change the role {group.name}")
    ours = Permission.objects.filter(content_type__app_label="zbsync", codename__in=PHONE_RIGHTS)
    with transaction.atomic():
        had = sorted(ours.filter(group=group).values_list("codename", flat=True))
        wanted = sorted(set(rights) & set(PHONE_RIGHTS))
        if had == wanted:
            return False
        group.permissions.remove(*ours)
        group.permissions.add(*ours.filter(codename__in=wanted))
        line = audit.Line("group", group.pk, before={"phones": had}, after={"phones": wanted})
        audit.write(audit.new_act(), actor, "role.phones", [line], now=timezone.now(), reason=group.name)
    return True
