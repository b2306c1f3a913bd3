"""The two ends: where contacts come from, and the ERP. Secrets are names here and values in the environment."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class HubKind(models.TextChoices):
    """How a hub's contacts reach us."""

    FILE = "file", _("file")
    CUSTOMER_HUB = "customer-hub", _("customer hub database")
    OPENAPI = "openapi", _("OpenAPI")
    WEBHOOK = "webhook", _("webhook")


class Dialect(models.TextChoices):
    """The ways of talking to the ERP (fact sheet §2)."""

    LEGACY = "legacy", "legacy"
    OV1 = "ov1", "ov1"
    V3 = "v3", "v3"


class HubConnection(models.Model):
    """A door that contacts come through. `watermark` says how far ingest got."""

    name = models.SlugField(_("name"), max_length=50, unique=True, allow_unicode=True)
    kind = models.CharField(_("kind"), max_length=20, choices=HubKind)
    options = models.JSONField(_("options"), default=dict, blank=True)
    watermark = models.CharField(_("watermark"), max_length=100, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(excluded_fields=["watermark"])

    class Meta:
        verbose_name = _("hub connection")
        verbose_name_plural = _("hub connections")
        constraints = [models.CheckConstraint(condition=Q(kind__in=HubKind.values), name="hub_kind_known")]

    def __str__(self) -> str:
        return self.name


class ErpConnection(models.Model):
    """One ERP account. A pause stops every job that would talk to it.

    A person lifts it; one that the breaker set also ends with a good probe at `probe_after`, and then a few pushes are
    tried first (`half_open_since`).
    """

    name = models.SlugField(_("name"), max_length=50, unique=True, allow_unicode=True)
    base_url = models.URLField(_("address"), max_length=200)
    dialect = models.CharField(_("dialect"), max_length=10, choices=Dialect, default=Dialect.LEGACY)
    username_env = models.CharField(_("variable with the user name"), max_length=100)
    password_env = models.CharField(_("variable with the password"), max_length=100)
    serialnum = models.CharField(
        _("device serial"),
        max_length=40,
        help_text=_("Fixed per installation: the ERP counts failed logins and binds devices by it."),
    )
    lanes = models.PositiveSmallIntegerField(_("lanes"), default=2)
    timeout_s = models.FloatField(_("seconds per call"), default=20.0)
    options = models.JSONField(_("options"), default=dict, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    pause_cause = models.CharField(_("why paused"), max_length=60, blank=True, editable=False)
    pause_params = models.JSONField(_("numbers behind the pause"), default=dict, editable=False)
    probe_after = models.DateTimeField(_("next probe"), null=True, blank=True, editable=False)
    probes = models.PositiveSmallIntegerField(_("probes that failed in a row"), default=0, editable=False)
    half_open_since = models.DateTimeField(_("on trial since"), null=True, blank=True, editable=False)
    resumed_at = models.DateTimeField(_("resumed"), null=True, blank=True, editable=False)
    login_refusals = models.PositiveSmallIntegerField(_("logins refused in a row"), default=0, editable=False)
    surveyed_at = models.DateTimeField(_("last survey"), null=True, blank=True, editable=False)
    contracts_at = models.DateTimeField(_("contracts read"), null=True, blank=True, editable=False)
    contract_pages = models.PositiveIntegerField(
        _("pages of contracts read"),
        default=0,
        editable=False,
        help_text="read of a pass through the contracts that is not at its end",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    history = HistoricalRecords(
        excluded_fields=[
            *("login_refusals", "surveyed_at", "contracts_at", "contract_pages"),
            *("pause_params", "probe_after", "probes", "half_open_since", "resumed_at"),
        ]
    )

    if TYPE_CHECKING:
        objects: models.Manager["ErpConnection"]

    class Meta:
        verbose_name = _("ERP connection")
        verbose_name_plural = _("ERP connections")
        permissions = [
            ("view_live", "Can look a customer up in the ERP"),
            ("view_catalogue", "Can read the catalogue of the ERP's operations"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(dialect__in=Dialect.values), name="erp_dialect_known"),
            models.CheckConstraint(condition=Q(lanes__gte=1) & Q(lanes__lte=64), name="erp_lanes_1_to_64"),
            models.CheckConstraint(condition=Q(timeout_s__gt=0), name="erp_timeout_positive"),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, pause_cause="") | (Q(paused_at__isnull=False) & ~Q(pause_cause="")),
                name="erp_pause_has_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=False) | Q(probe_after__isnull=True), name="erp_probe_only_paused"
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True) | Q(half_open_since__isnull=True), name="erp_half_open_not_paused"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def option(self, name: str, default: Any = "") -> Any:
        """One of the connection's options, or `default`."""
        return self.options.get(name, default)


class Slot(models.Model):
    """Who may talk to an ERP connection in bulk now: one drain at a time, whatever number of clusters there are."""

    connection = models.OneToOneField(
        ErpConnection, models.CASCADE, related_name="slot", verbose_name=_("ERP connection")
    )
    token = models.UUIDField(_("lease"), null=True, blank=True)
    until = models.DateTimeField(_("leased until"), null=True, blank=True)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        constraints = [
            models.CheckConstraint(
                condition=Q(token__isnull=True, until__isnull=True) | Q(token__isnull=False, until__isnull=False),
                name="slot_lease_all_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"{self.connection_id}"
