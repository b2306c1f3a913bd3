"""What came in before it was understood: an uploaded file, a webhook delivery. Kept raw first, read later."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.models.connection import HubConnection


class UploadState(models.TextChoices):
    """Where an uploaded file stands. Nothing is stored from it before `queued`, which a person says."""

    STAGED = "staged", _("previewing")
    QUEUED = "queued", _("waiting")
    RUNNING = "running", pgettext_lazy("upload", "running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    DISCARDED = "discarded", _("discarded")


class Upload(models.Model):
    """One file of contacts: its preview, its progress, its result."""

    hub = models.ForeignKey(HubConnection, models.PROTECT, related_name="uploads", verbose_name=_("hub"))
    name = models.CharField(_("file"), max_length=255)
    file = models.FileField(_("stored file"), upload_to="uploads/", max_length=255)
    digest = models.CharField(_("digest"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=UploadState, default=UploadState.STAGED)
    counts = models.JSONField(
        _("counts"), default=dict, blank=True, help_text='{"new", "changed", "same", "stale", "bad"}'
    )
    preview = models.JSONField(_("preview"), default=dict, blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    bad_rows = models.FileField(_("bad rows"), upload_to="uploads/", max_length=255, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("uploaded by")
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("contact upload")
        verbose_name_plural = _("contact uploads")
        constraints = [models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state_known")]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One webhook call, kept raw before anything else. The same body twice is one delivery."""

    hub = models.ForeignKey(HubConnection, models.PROTECT, related_name="deliveries", verbose_name=_("hub"))
    digest = models.CharField(_("digest"), max_length=64)
    body = models.TextField(_("body"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)
    ingested_at = models.DateTimeField(_("ingested"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["hub", "digest"], name="delivery_once")]
        # due(): deliveries not yet read
        indexes = [models.Index(fields=["id"], name="delivery_due", condition=Q(ingested_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.hub_id}/{self.digest[:12]}"
