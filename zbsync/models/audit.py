"""The audit: who did what to which row, before → after, why. Rows outlive what they speak of and never change."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One act on one subject. All entries of one act carry its id; names are codes, prose is made when shown."""

    act = models.UUIDField(_("act"))
    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who"),
    )
    actor_name = models.CharField(_("who"), max_length=150)
    verb = models.CharField(_("what"), max_length=60)
    subject = models.CharField(_("on what"), max_length=30)
    subject_id = models.BigIntegerField(_("on which"), null=True, blank=True)
    contact_id = models.BigIntegerField(_("contact"), null=True, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [models.CheckConstraint(condition=~Q(actor_name=""), name="entry_has_actor")]
        indexes = [
            # one contact's story
            models.Index(fields=["contact_id", "id"], name="entry_contact", condition=Q(contact_id__isnull=False)),
            # all rows of one act
            models.Index(fields=["act"], name="entry_act"),
            # the history of one row
            models.Index(fields=["subject", "subject_id"], name="entry_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject} {self.subject_id}"


class Pruning(models.Model):
    """Exchanges up to `last_id` are older than they are kept: the entry `entry_id` says so, and the database lets them
    be deleted, and no other.
    """

    last_id = models.BigIntegerField(_("to"))
    entry_id = models.BigIntegerField(_("audit entry"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("pruning")
        verbose_name_plural = _("prunings")

    def __str__(self) -> str:
        return f"exchange –{self.last_id}"


class Seal(models.Model):
    """A link of the hash chain over a run of entries or exchanges; each names the hash of the one before."""

    table = models.CharField(_("table"), max_length=10, choices=[("entry", _("entries")), ("exchange", _("exchanges"))])
    first_id = models.BigIntegerField(_("from"))
    last_id = models.BigIntegerField(_("to"))
    count = models.PositiveIntegerField(_("rows"))
    previous = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [models.UniqueConstraint(fields=["table", "first_id"], name="seal_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.first_id}–{self.last_id}"
