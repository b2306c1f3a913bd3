"""What decides a payload: gate settings, mapping versions with their rules, value maps. All of it is editable data."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from zbsync.core.mapping import Policy, Rule, TooLong


class GateSetting(models.Model):
    """One named rule of the gate with its parameters; what the rules are stands in `core.gate.CATALOGUE`."""

    code = models.CharField(_("rule"), max_length=40, unique=True)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("gate rule")
        verbose_name_plural = _("gate rules")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.code


class MappingState(models.TextChoices):
    """Only one version is published; a published version never changes again."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    RETIRED = "retired", _("retired")


class Mapping(models.Model):
    """One version of the rule set."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=MappingState, default=MappingState.DRAFT)
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    published_at = models.DateTimeField(pgettext_lazy("time", "published"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MappingState.values), name="mapping_state_known"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="published"), name="mapping_one_published"),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class PreviewState(models.TextChoices):
    """Where a preview stands."""

    QUEUED = "queued", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class Preview(models.Model):
    """A draft run over the whole mirror, beside the version in force (`base`). Written by `pipeline.publish` alone.

    `counts` are numbers by name: `rewritten` payloads, `rewritten_going` of these that may go, `kind:<change>` and
    `stale:<state>`. `examples` are up to twenty contact ids by kind of change, `stale` the first open proposals that
    would say something else. `last_id` is the last contact that was counted; `digest` names the rules of both versions.
    """

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="previews", verbose_name=_("mapping"))
    base = models.ForeignKey(Mapping, models.CASCADE, null=True, related_name="+", verbose_name=_("compared with"))
    state = models.CharField(_("state"), max_length=10, choices=PreviewState, default=PreviewState.QUEUED)
    digest = models.CharField(_("digest"), max_length=64)
    total = models.PositiveIntegerField(_("contacts"), default=0)
    done = models.PositiveIntegerField(_("contacts done"), default=0)
    last_id = models.BigIntegerField(_("last contact"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    examples = models.JSONField(_("examples"), default=dict)
    stale = models.JSONField(_("proposals that go stale"), default=list)
    error = models.CharField(_("error"), max_length=60, blank=True)
    seconds = models.FloatField(_("seconds of work"), default=0.0)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("preview")
        verbose_name_plural = _("previews")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PreviewState.values), name="preview_state_known"),
            models.UniqueConstraint(
                fields=["mapping"], condition=Q(state__in=["queued", "running"]), name="preview_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mapping_id}: {self.state}"


class AppliesTo(models.TextChoices):
    """For which of the ERP's two kinds of customer a rule speaks."""

    BOTH = "both", _("both")
    UNIT = "unit", _("unit customers")
    INDIVIDUAL = "individual", _("individual customers")


class PolicyChoice(models.TextChoices):
    """`core.mapping.Policy` as shown."""

    ALWAYS = Policy.ALWAYS.value, _("always overwrite")
    IF_EMPTY = Policy.IF_EMPTY.value, _("only if empty in the ERP")
    ON_CREATE = Policy.ON_CREATE.value, _("only when creating")
    APPEND = Policy.APPEND.value, _("append")
    NEVER = Policy.NEVER.value, _("never")


class TooLongChoice(models.TextChoices):
    """`core.mapping.TooLong` as shown."""

    HOLD = TooLong.HOLD.value, _("hold for a person")
    CUT = TooLong.CUT.value, _("cut")
    SPILL = TooLong.SPILL.value, _("cut, the rest goes to the notes")


class MappingRule(models.Model):
    """Source path → transform → target field."""

    mapping = models.ForeignKey(Mapping, models.CASCADE, related_name="rules", verbose_name=_("mapping"))
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    target = models.CharField(_("ERP field"), max_length=50)
    applies_to = models.CharField(_("for"), max_length=10, choices=AppliesTo, default=AppliesTo.BOTH)
    source = models.CharField(_("source"), max_length=200, blank=True)
    transform = models.CharField(_("transform"), max_length=40, default="copy")
    argument = models.CharField(_("argument"), max_length=500, blank=True)
    default = models.CharField(_("default"), max_length=500, blank=True)
    required = models.BooleanField(_("required"), default=False)
    policy = models.CharField(_("overwrite"), max_length=10, choices=PolicyChoice, default=PolicyChoice.ALWAYS)
    too_long = models.CharField(_("when too long"), max_length=5, choices=TooLongChoice, default=TooLongChoice.HOLD)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("mapping rule")
        verbose_name_plural = _("mapping rules")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["mapping", "target", "applies_to"], name="rule_once_per_target"),
            models.CheckConstraint(condition=Q(applies_to__in=AppliesTo.values), name="rule_applies_known"),
            models.CheckConstraint(condition=Q(policy__in=PolicyChoice.values), name="rule_policy_known"),
            models.CheckConstraint(condition=Q(too_long__in=TooLongChoice.values), name="rule_too_long_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"

    def to_rule(self) -> Rule:
        """The pure rule the engine compiles."""
        return Rule(
            target=self.target,
            source=self.source,
            transform=self.transform,
            argument=self.argument,
            default=self.default,
            required=self.required,
            policy=Policy(self.policy),
            too_long=TooLong(self.too_long),
            applies_to=self.applies_to,
            position=self.position,
        )


class ValueMapKind(models.TextChoices):
    """Exact: the value itself. Threshold: the highest bound that is not above the value."""

    EXACT = "exact", _("exact")
    THRESHOLD = "threshold", _("thresholds")


class ValueMap(models.Model):
    """Pairs of values that a rule can name."""

    name = models.SlugField(_("name"), max_length=50, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ValueMapKind, default=ValueMapKind.EXACT)
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("value map")
        verbose_name_plural = _("value maps")
        constraints = [models.CheckConstraint(condition=Q(kind__in=ValueMapKind.values), name="value_map_kind_known")]

    def __str__(self) -> str:
        return self.name


class ValueMapEntry(models.Model):
    """One pair: `key` (a value, or a lower bound) → `value` (usually the name of an ERP option)."""

    value_map = models.ForeignKey(ValueMap, models.CASCADE, related_name="entries", verbose_name=_("value map"))
    key = models.CharField(pgettext_lazy("value map", "from"), max_length=200)
    value = models.CharField(pgettext_lazy("value map", "to"), max_length=200)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("value map entry")
        verbose_name_plural = _("value map entries")
        constraints = [models.UniqueConstraint(fields=["value_map", "key"], name="value_map_key_once")]

    def __str__(self) -> str:
        return f"{self.key} → {self.value}"
