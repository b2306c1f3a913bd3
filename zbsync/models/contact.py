"""The mirror: our copy of each hub contact, with a version and a digest. Written by `pipeline.ingest` only."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.core.records import ContactRecord, InteractionRecord, Kind, Listing
from zbsync.models.connection import HubConnection

PHONE_RIGHTS = ("reveal_phone", "view_full_phone")
"""The permissions by which somebody sees whole phone numbers: of one contact, recorded; of all."""


class KindChoice(models.TextChoices):
    """`core.records.Kind` as shown."""

    COMPANY = Kind.COMPANY.value, _("company")
    INDIVIDUAL = Kind.INDIVIDUAL.value, _("individual")


class ListingChoice(models.TextChoices):
    """`core.records.Listing` as shown."""

    WHITE = Listing.WHITE.value, _("white list")
    GRAY = Listing.GRAY.value, _("gray list")
    BLACK = Listing.BLACK.value, _("black list")
    NONE = Listing.NONE.value, _("no list")


class ContactQuerySet(models.QuerySet["Contact"]):
    """Adjectives for contacts."""

    def due(self) -> "ContactQuerySet":
        """Whose present version has not been through gate and mapping."""
        return self.filter(proposed_version__lt=F("version"))

    def to_follow(self) -> "ContactQuerySet":
        """Through gate and mapping, and not looked at since for what follows their customers."""
        return self.filter(followed_version__lt=F("proposed_version"))

    def present(self) -> "ContactQuerySet":
        """Not gone at the source."""
        return self.filter(deleted_at__isnull=True)


class Contact(models.Model):
    """One hub contact as it stands at the source. `version` grows by one with every change of `digest`."""

    hub = models.ForeignKey(HubConnection, models.PROTECT, related_name="contacts", verbose_name=_("hub"))
    source_id = models.CharField(_("source id"), max_length=200)
    version = models.PositiveIntegerField(_("version"), default=1)
    digest = models.CharField(_("digest"), max_length=64)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=500, blank=True)
    phone = models.CharField(_("phone"), max_length=100, blank=True)
    mobile = models.CharField(_("mobile digits"), max_length=20, blank=True)
    phone_verified = models.BooleanField(_("phone verified"), default=False)
    wechat_id = models.CharField(_("WeChat id"), max_length=200, blank=True)
    company = models.CharField(_("company"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=KindChoice, default=KindChoice.INDIVIDUAL)
    address = models.CharField(_("address"), max_length=1000, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    channel = models.CharField(_("channel"), max_length=100, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    remark = models.CharField(_("remark"), max_length=1000, blank=True)
    k_code = models.CharField(_("K code"), max_length=200, blank=True)
    confidence = models.IntegerField(_("confidence"), null=True, blank=True)
    listing = models.CharField(_("list"), max_length=5, choices=ListingChoice, blank=True, default="")
    score = models.FloatField(_("score"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    owner = models.CharField(_("owner"), max_length=200, blank=True)
    first_deal_at = models.DateTimeField(_("first deal"), null=True, blank=True)
    source_updated_at = models.DateTimeField(_("changed at the source"), null=True, blank=True)
    extra = models.JSONField(_("other fields"), default=dict, blank=True)
    deleted_at = models.DateTimeField(_("gone since"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed here"))
    proposed_version = models.PositiveIntegerField(_("version proposed"), default=0)
    followed_version = models.PositiveIntegerField(_("version followed"), default=0, db_default=0)
    eligible = models.BooleanField(_("eligible"), null=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [
            ("view_full_phone", "Can see whole phone numbers"),
            ("reveal_phone", "Can look at a contact's whole phone numbers, which is recorded"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["hub", "source_id"], name="contact_once_per_hub"),
            models.CheckConstraint(condition=~Q(source_id=""), name="contact_has_source_id"),
            models.CheckConstraint(condition=Q(version__gte=1), name="contact_version_from_1"),
            models.CheckConstraint(condition=Q(kind__in=KindChoice.values), name="contact_kind_known"),
            models.CheckConstraint(condition=Q(listing__in=ListingChoice.values), name="contact_listing_known"),
            models.CheckConstraint(condition=Q(proposed_version__lte=F("version")), name="contact_proposed_not_ahead"),
            models.CheckConstraint(condition=Q(followed_version__lte=F("version")), name="contact_followed_not_ahead"),
        ]
        indexes = [
            # due(): the propose stage's input
            models.Index(fields=["id"], name="contact_due", condition=Q(proposed_version__lt=F("version"))),
            # to_follow(): the follow stage's input
            models.Index(
                fields=["id"], name="contact_to_follow", condition=Q(followed_version__lt=F("proposed_version"))
            ),
            # two contacts with one mobile; search by number
            models.Index(fields=["mobile"], name="contact_mobile", condition=~Q(mobile="")),
            # search by name
            models.Index(fields=["name"], name="contact_name"),
        ]

    def __str__(self) -> str:
        return self.company or self.name or self.source_id

    def to_record(
        self, interactions: tuple[InteractionRecord, ...] = (), first_deal_at: datetime | None = None
    ) -> ContactRecord:
        """The neutral record that gate and mapping read. Interactions, and the first deal as the ERP has it, which
        counts while the hub tells none, are loaded by the caller, per batch.
        """
        return ContactRecord(
            source_id=self.source_id,
            name=self.name,
            phone=self.phone,
            mobile=self.mobile,
            phone_verified=self.phone_verified,
            wechat_id=self.wechat_id,
            company=self.company,
            kind=Kind(self.kind),
            address=self.address,
            email=self.email,
            channel=self.channel,
            notes=self.notes,
            remark=self.remark,
            k_code=self.k_code,
            confidence=self.confidence,
            listing=Listing(self.listing),
            score=self.score,
            summary=self.summary,
            owner=self.owner,
            first_deal_at=self.first_deal_at or first_deal_at,
            updated_at=self.source_updated_at,
            deleted=self.deleted_at is not None,
            extra=self.extra,
            interactions=interactions,
        )


class Interaction(models.Model):
    """One thing said or done with a contact at the hub."""

    contact = models.ForeignKey(Contact, models.CASCADE, related_name="interactions", verbose_name=_("contact"))
    source_id = models.CharField(_("source id"), max_length=200)
    at = models.DateTimeField(_("at"), null=True, blank=True)
    method = models.CharField(_("method"), max_length=100, blank=True)
    content = models.TextField(_("content"), blank=True)

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [models.UniqueConstraint(fields=["contact", "source_id"], name="interaction_once")]

    def __str__(self) -> str:
        return self.source_id
