"""What follows a customer, as people keep it: who gets it by score, and how an interaction was held."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from zbsync.models.connection import ErpConnection


class AssignmentRule(models.Model):
    """From this score on a new customer goes to these ERP users in turn, or is open to all.

    `users` are names of the vocabulary `users`; `turn` counts who was given one, in the transaction that proposed it.
    """

    connection = models.ForeignKey(
        ErpConnection, models.CASCADE, related_name="assignment_rules", verbose_name=_("ERP connection")
    )
    min_score = models.FloatField(_("score from"), null=True, blank=True, help_text=_("empty: any score, and none"))
    users = models.JSONField(_("ERP users in turn"), default=list, blank=True)
    open_to_all = models.BooleanField(_("open to all"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    turn = models.PositiveIntegerField(_("turns taken"), default=0, editable=False)
    history = HistoricalRecords(excluded_fields=["turn"])

    class Meta:
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        ordering = ["connection", "position", "id"]

    def __str__(self) -> str:
        return "–" if self.min_score is None else f"≥ {self.min_score:g}"


class FollowUpMethod(models.Model):
    """A word in an interaction's method → name of an option of the vocabulary `follow_up`; the empty word: the rest."""

    keyword = models.CharField(_("word"), max_length=50, blank=True, unique=True)
    option = models.CharField(_("way of follow-up in the ERP"), max_length=200)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("way of follow-up")
        verbose_name_plural = _("ways of follow-up")
        ordering = ["position", "id"]
        constraints = [models.CheckConstraint(condition=~Q(option=""), name="follow_up_method_leads_somewhere")]

    def __str__(self) -> str:
        return f"{self.keyword or '*'} → {self.option}"
