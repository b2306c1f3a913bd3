"""Which contacts a person may see and decide on: without a row all, else those that one of the rows describes.

`models.within` reads it; `pipeline.access` writes it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zbsync.models.connection import HubConnection


class Scope(models.Model):
    """Contacts of this hub (any hub when empty) that have this owner (any owner when empty)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scopes", verbose_name=_("user"))
    hub = models.ForeignKey(
        HubConnection, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("hub")
    )
    owner = models.CharField(_("owner"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=Q(hub__isnull=False) | ~Q(owner=""), name="scope_limits_something"),
            models.UniqueConstraint(fields=["user", "hub", "owner"], name="scope_once"),
            models.UniqueConstraint(fields=["user", "owner"], condition=Q(hub=None), name="scope_once_of_any_hub"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.hub_id or '*'} {self.owner or '*'}"
