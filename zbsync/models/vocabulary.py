"""The ERP's dictionaries as the survey found them, and the table hub channel → `ly` option."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from zbsync.models.connection import ErpConnection


class Vocabulary(models.Model):
    """One ERP dictionary (ly, jz, trade, stage, area, follow_up, users) of one connection."""

    connection = models.ForeignKey(
        ErpConnection, models.CASCADE, related_name="vocabularies", verbose_name=_("ERP connection")
    )
    name = models.CharField(_("name"), max_length=20)
    surveyed_at = models.DateTimeField(_("surveyed"), null=True, blank=True)

    class Meta:
        verbose_name = _("vocabulary")
        verbose_name_plural = _("vocabularies")
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="vocabulary_once")]

    def __str__(self) -> str:
        return self.name


class OptionQuerySet(models.QuerySet["Option"]):
    """Adjectives for options."""

    def current(self) -> "OptionQuerySet":
        """Which the ERP still has."""
        return self.filter(retired_at__isnull=True)


class Option(models.Model):
    """One entry. `path` joins the labels from the root with "/"; `code` goes on the wire ("3,7" for a stage)."""

    vocabulary = models.ForeignKey(Vocabulary, models.CASCADE, related_name="options", verbose_name=_("vocabulary"))
    code = models.CharField(_("code"), max_length=100)
    label = models.CharField(_("name"), max_length=200)
    path = models.CharField(_("path"), max_length=500)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    objects = OptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        constraints = [models.UniqueConstraint(fields=["vocabulary", "code"], name="option_once")]

    def __str__(self) -> str:
        return self.path


class SourceCode(models.Model):
    """Hub channel → name of a `ly` option. An empty option is a channel that a person must still decide."""

    connection = models.ForeignKey(
        ErpConnection, models.CASCADE, related_name="source_codes", verbose_name=_("ERP connection")
    )
    channel = models.CharField(_("hub channel"), max_length=100)
    option = models.CharField(_("customer source in the ERP"), max_length=200, blank=True)
    met_at = models.DateTimeField(_("first met"), default=timezone.now, editable=False)
    freed = models.PositiveIntegerField(
        _("contacts judged again"),
        default=0,
        editable=False,
        help_text="by the last choice: progress counts down from it",
    )
    history = HistoricalRecords(excluded_fields=["met_at", "freed"])

    class Meta:
        verbose_name = _("source code")
        verbose_name_plural = _("source codes")
        constraints = [
            models.UniqueConstraint(fields=["connection", "channel"], name="source_code_once"),
            models.CheckConstraint(condition=~Q(channel=""), name="source_code_has_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} → {self.option or '?'}"
