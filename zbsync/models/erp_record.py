"""The mirror of the ERP's customers and their contact persons, so that matching can look here first, and how far the
survey that fills it has got. Written by survey, match and verify.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.models.connection import ErpConnection


class ErpRecord(models.Model):
    """One ERP customer. List columns come from the survey; `khid`, `weixin` and `values` only from its detail, and
    `first_deal_at`, when its earliest contract was signed, from the list of contracts.
    """

    connection = models.ForeignKey(
        ErpConnection, models.CASCADE, related_name="records", verbose_name=_("ERP connection")
    )
    ord = models.BigIntegerField(_("ERP id"))
    name = models.CharField(_("name"), max_length=200, blank=True)
    name_normal = models.CharField(_("normalised name"), max_length=200, blank=True)
    khid = models.CharField(_("customer number"), max_length=100, blank=True)
    mobile = models.CharField(_("mobile digits"), max_length=50, blank=True)
    phone = models.CharField(_("phone digits"), max_length=50, blank=True)
    weixin = models.CharField(_("WeChat id"), max_length=100, blank=True)
    values = models.JSONField(_("fields"), default=dict, blank=True)
    numbered = models.BooleanField(
        _("number like ours"), default=False, help_text="the ERP's own search for our numbers showed it"
    )
    first_deal_at = models.DateTimeField(_("first contract"), null=True, blank=True)
    seen_at = models.DateTimeField(_("seen"))
    detailed_at = models.DateTimeField(_("read in full"), null=True, blank=True)
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("ERP customer")
        verbose_name_plural = _("ERP customers")
        constraints = [models.UniqueConstraint(fields=["connection", "ord"], name="erp_record_once")]
        indexes = [
            # match: exact look-ups by each key, in batches with IN (…)
            models.Index(fields=["connection", "mobile"], name="erp_record_mobile", condition=~Q(mobile="")),
            models.Index(fields=["connection", "phone"], name="erp_record_phone", condition=~Q(phone="")),
            models.Index(fields=["connection", "khid"], name="erp_record_khid", condition=~Q(khid="")),
            models.Index(fields=["connection", "weixin"], name="erp_record_weixin", condition=~Q(weixin="")),
            models.Index(fields=["connection", "name_normal"], name="erp_record_name", condition=~Q(name_normal="")),
            # match: whether a customer with a number like ours was not read in full yet
            models.Index(
                fields=["connection"],
                name="erp_record_numbered",
                condition=Q(numbered=True, detailed_at__isnull=True, gone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.ord)


class ErpPerson(models.Model):
    """One contact person as the ERP's list of persons shows them. `customer` is the ord of the customer they belong to,
    which the mirror may not know (yet).
    """

    connection = models.ForeignKey(
        ErpConnection, models.CASCADE, related_name="persons", verbose_name=_("ERP connection")
    )
    ord = models.BigIntegerField(_("ERP id"))
    customer = models.BigIntegerField(_("customer's ERP id"))
    name = models.CharField(pgettext_lazy("person", "name"), max_length=200, blank=True)
    mobile = models.CharField(_("mobile digits"), max_length=50, blank=True)
    phone = models.CharField(_("phone digits"), max_length=50, blank=True)
    seen_at = models.DateTimeField(_("seen"))
    gone_at = models.DateTimeField(_("gone since"), null=True, blank=True)

    class Meta:
        verbose_name = _("ERP contact person")
        verbose_name_plural = _("ERP contact persons")
        constraints = [models.UniqueConstraint(fields=["connection", "ord"], name="erp_person_once")]
        indexes = [
            # match: exact look-ups by number, in batches with IN (…)
            models.Index(fields=["connection", "mobile"], name="erp_person_mobile", condition=~Q(mobile="")),
            models.Index(fields=["connection", "phone"], name="erp_person_phone", condition=~Q(phone="")),
            # the persons of one customer
            models.Index(fields=["connection", "customer"], name="erp_person_customer"),
        ]

    def __str__(self) -> str:
        return self.name or str(self.ord)


class SurveyPart(models.TextChoices):
    """What a survey reads, in this order; "" is under way with nothing."""

    NONE = "", _("not under way")
    VOCABULARIES = "vocabularies", _("dictionaries")
    CUSTOMERS = "customers", _("customers")
    PERSONS = "persons", _("contact persons")
    NUMBERS = "numbers", _("customers with our numbers")
    RECORDS = "records", _("whole records")


class Survey(models.Model):
    """How far the survey of one connection got, so that one that was cut off is gone on with where it stood.

    Of `part`, the pages up to `pages_done` are kept, each in the transaction that says so. `restless` tells that the
    list grew shorter or that time passed while it was read: what it did not show may only have moved to another page.
    `persons_cause` is why this ERP's contact persons cannot be listed at all, if so.
    `persons_at` and `numbers_at` are since when all persons, and all customers with a number like ours, are known.
    """

    connection = models.OneToOneField(
        ErpConnection, models.CASCADE, related_name="survey", verbose_name=_("ERP connection")
    )
    part = models.CharField(_("part"), max_length=12, choices=SurveyPart, blank=True, default=SurveyPart.NONE)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    touched_at = models.DateTimeField(_("last progress"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    page_size = models.PositiveIntegerField(_("rows a page"), default=0)
    pages_done = models.PositiveIntegerField(_("pages read"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    total = models.PositiveIntegerField(_("rows"), default=0)
    restless = models.BooleanField(_("the list moved"), default=False)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    cause = models.CharField(_("why it stopped"), max_length=60, blank=True)
    persons_at = models.DateTimeField(_("persons known as of"), null=True, blank=True)
    persons_cause = models.CharField(_("why contact persons are not known"), max_length=60, blank=True)
    persons_words = models.CharField(_("the ERP's words"), max_length=500, blank=True)
    numbers_at = models.DateTimeField(_("our numbers known as of"), null=True, blank=True)
    wanted_at = models.DateTimeField(_("asked for"), null=True, blank=True)
    token = models.UUIDField(_("lease"), null=True, blank=True)
    until = models.DateTimeField(_("leased until"), null=True, blank=True)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints = [
            models.CheckConstraint(condition=Q(part__in=SurveyPart.values), name="survey_part_known"),
            models.CheckConstraint(
                condition=Q(part="") | Q(started_at__isnull=False), name="survey_under_way_has_a_start"
            ),
            models.CheckConstraint(
                condition=Q(token__isnull=True, until__isnull=True) | Q(token__isnull=False, until__isnull=False),
                name="survey_lease_all_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connection_id} {self.part}"
