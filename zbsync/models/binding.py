"""Settled pairs hub contact ↔ ERP customer, one to one."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from zbsync.models.connection import ErpConnection
from zbsync.models.contact import Contact


class Provenance(models.TextChoices):
    """Who said that the two are one: a person, or the ERP's own answer to our push."""

    PERSON = "person", _("a person")
    SETTLE = "settle", _("the ERP's answer")


class Binding(models.Model):
    """One pair. Written by `pipeline.review` (a person) or by settle."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="bindings", verbose_name=_("contact"))
    connection = models.ForeignKey(
        ErpConnection, models.PROTECT, related_name="bindings", verbose_name=_("ERP connection")
    )
    ord = models.BigIntegerField(_("ERP id"))
    khid = models.CharField(_("customer number"), max_length=100, blank=True)
    provenance = models.CharField(_("said by"), max_length=10, choices=Provenance)
    bound_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    bound_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("binding")
        verbose_name_plural = _("bindings")
        constraints = [
            models.UniqueConstraint(fields=["contact", "connection"], name="binding_once_per_contact"),
            models.UniqueConstraint(fields=["connection", "ord"], name="binding_once_per_ord"),
            models.CheckConstraint(condition=Q(provenance__in=Provenance.values), name="binding_provenance_known"),
            models.CheckConstraint(
                condition=~Q(provenance="person") | Q(bound_by__isnull=False), name="binding_person_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} ↔ {self.ord}"
