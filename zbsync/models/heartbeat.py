"""The pulse of background jobs: what health pages and `/healthz` read."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Heartbeat(models.Model):
    """When something last showed that it lives (`worker`, `dispatch:<connection>`…)."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    at = models.DateTimeField(_("at"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
