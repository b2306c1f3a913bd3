"""A proposal: payload + findings + match + difference, waiting for a person. `pipeline.worklist` writes its state."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.core.follow.operations import ALL, CUSTOMER, FOR_GOOD, WITHDRAWN
from zbsync.core.lifecycle import PROPOSAL_OPEN, ProposalState
from zbsync.core.matching import MatchKind
from zbsync.models.connection import ErpConnection, HubConnection
from zbsync.models.contact import Contact
from zbsync.models.sought import SoughtField


class ProposalStateChoice(models.TextChoices):
    """`core.lifecycle.ProposalState` as shown."""

    BLOCKED = ProposalState.BLOCKED.value, _("held")
    MAPPED = ProposalState.MAPPED.value, _("to match")
    READY = ProposalState.READY.value, _("to review")
    APPROVED = ProposalState.APPROVED.value, _("approved")
    REJECTED = ProposalState.REJECTED.value, _("declined")
    SUPERSEDED = ProposalState.SUPERSEDED.value, _("superseded")


class MatchChoice(models.TextChoices):
    """`core.matching.MatchKind` as shown; "" before anybody looked."""

    UNKNOWN = "", _("not looked yet")
    BOUND = MatchKind.BOUND.value, _("bound")
    UNIQUE = MatchKind.UNIQUE.value, _("one match")
    AMBIGUOUS = MatchKind.AMBIGUOUS.value, _("several matches")
    ABSENT = MatchKind.ABSENT.value, _("not in the ERP")


class Action(models.TextChoices):
    """What approving would do."""

    CREATE = "create", _("create")
    UPDATE = "update", _("update")
    LINK = "link", _("link only")


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Adjectives for proposals."""

    def open(self) -> "ProposalQuerySet":
        """Not yet decided."""
        return self.filter(state__in=PROPOSAL_OPEN)

    def blocked(self) -> "ProposalQuerySet":
        """Held by the gate."""
        return self.filter(state=ProposalState.BLOCKED)

    def to_match(self) -> "ProposalQuerySet":
        """The match stage's input."""
        return self.filter(operation=CUSTOMER, state=ProposalState.MAPPED)

    def for_review(self) -> "ProposalQuerySet":
        """Waiting for a person."""
        return self.filter(state=ProposalState.READY)


class Proposal(models.Model):
    """One contact version under one mapping version, for one operation on one ERP connection.

    `subject` is what within the contact it is about: an interaction's source id, a mobile. `target_ord` is always the
    customer; `person_ord` the contact person of the customer that is meant, None for a new one or for none.

    `payload` is {ERP field: value}, frozen except by a person's edit; `fields` says where each value came from
    ([{"target", "value", "label", "source", "transform", "policy", "edited_by"}]); `digest` is what an approval names.
    `changes` is what would be written to the ERP ([core.diff.Change]); `erp_values` the record it was compared with.
    """

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="proposals", verbose_name=_("contact"))
    hub = models.ForeignKey(HubConnection, models.PROTECT, related_name="+", verbose_name=_("hub"))
    connection = models.ForeignKey(
        ErpConnection, models.PROTECT, related_name="proposals", verbose_name=_("ERP connection")
    )
    operation = models.CharField(_("operation"), max_length=40, default=CUSTOMER)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    contact_version = models.PositiveIntegerField(_("contact version"))
    mapping = models.ForeignKey("zbsync.Mapping", models.PROTECT, related_name="+", verbose_name=_("mapping"))
    state = models.CharField(_("state"), max_length=10, choices=ProposalStateChoice)
    kind = models.CharField(_("customer kind"), max_length=10)
    payload = models.JSONField(_("payload"), default=dict)
    fields = models.JSONField(_("origins"), default=list)
    digest = models.CharField(_("digest"), max_length=64)
    gate_findings = models.JSONField(_("gate findings"), default=list)
    findings = models.JSONField(_("findings"), default=list)
    edits = models.JSONField(_("edits"), default=dict)
    has_errors = models.BooleanField(_("has errors"), default=False)
    cause = models.CharField(_("why"), max_length=60, blank=True)

    match_kind = models.CharField(_("match"), max_length=10, choices=MatchChoice, blank=True, default="")
    candidates = models.JSONField(_("candidates"), default=list)
    not_same = models.JSONField(_("judged not the same"), default=list)
    target_ord = models.BigIntegerField(_("ERP id"), null=True, blank=True)
    person_ord = models.BigIntegerField(_("ERP id of the person"), null=True, blank=True)
    target_chosen = models.BooleanField(_("target chosen by a person"), default=False)
    action = models.CharField(_("action"), max_length=10, choices=Action, blank=True, default="")
    erp_values = models.JSONField(_("ERP record seen"), null=True, blank=True)
    changes = models.JSONField(_("changes"), default=list)
    match_error = models.CharField(_("match error"), max_length=60, blank=True)
    match_after = models.DateTimeField(_("match again after"), null=True, blank=True)

    hands = models.TextField(_("hands"), blank=True, default="", db_default="", editable=False)

    # Copies for filters and search, so that a list of a million rows needs no join.
    title = models.CharField(_("customer"), max_length=500, blank=True)
    person = models.CharField(pgettext_lazy("person", "name"), max_length=500, blank=True)
    mobile = models.CharField(_("mobile"), max_length=20, blank=True)
    wechat_id = models.CharField(_("WeChat id"), max_length=200, blank=True)
    k_code = models.CharField(_("K code"), max_length=200, blank=True)
    channel = models.CharField(_("channel"), max_length=100, blank=True)
    score = models.FloatField(_("score"), null=True, blank=True)
    sought = SoughtField(_("what it is found by"), blank=True, default="", editable=False)

    created_at = models.DateTimeField(_("proposed"))
    touched_at = models.DateTimeField(_("last change"), help_text="when what a person would see last changed")
    matched_at = models.DateTimeField(_("matched"), null=True, blank=True)
    decided_at = models.DateTimeField(pgettext_lazy("time", "decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        permissions = [
            ("approve_proposal", "Can approve proposals"),
            ("reject_proposal", "Can reject proposals"),
            ("edit_proposal", "Can edit fields of proposals"),
            ("bind_proposal", "Can bind a proposal to an ERP customer"),
            ("order_proposal", "Can order operations on ERP customers"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "connection", "operation", "subject"],
                condition=Q(state__in=[state.value for state in PROPOSAL_OPEN]),
                name="proposal_one_open",
            ),
            models.UniqueConstraint(
                fields=["contact", "connection", "operation", "subject"],
                condition=Q(operation__in=FOR_GOOD) & ~Q(subject="") & ~Q(state="superseded") & ~Q(cause=WITHDRAWN),
                name="proposal_once_for_good",
            ),
            models.CheckConstraint(condition=Q(operation__in=ALL), name="proposal_operation_known"),
            models.CheckConstraint(condition=Q(state__in=ProposalStateChoice.values), name="proposal_state_known"),
            models.CheckConstraint(condition=Q(match_kind__in=MatchChoice.values), name="proposal_match_known"),
            models.CheckConstraint(condition=Q(kind__in=["unit", "individual"]), name="proposal_kind_known"),
            models.CheckConstraint(condition=Q(action__in=["", *Action.values]), name="proposal_action_known"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "rejected"])
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="proposal_decision_signed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "approved"]) | ~Q(match_kind=""),
                name="proposal_ready_is_matched",
            ),
            models.CheckConstraint(
                condition=~Q(action__in=["update", "link"]) | Q(target_ord__isnull=False),
                name="proposal_target_named",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | (Q(has_errors=False) & ~Q(action="")),
                name="proposal_approved_is_clean",
            ),
        ]
        indexes = [
            # the review list by state, newest first
            models.Index(fields=["state", "-id"], name="proposal_state"),
            # the list filtered by why
            models.Index(fields=["state", "cause", "-id"], name="proposal_cause"),
            # near misses: held for one cause, by score
            models.Index(fields=["cause", "score"], name="proposal_near", condition=Q(state="blocked")),
            # to_match(), by id: what follows customers may wait there by the hundred thousand
            models.Index(fields=["operation", "id"], name="proposal_to_match", condition=Q(state="mapped")),
            # search, routed by shape: digits → mobile, K1234 → K code, otherwise the name's beginning
            models.Index(fields=["mobile"], name="proposal_mobile"),
            models.Index(fields=["title"], name="proposal_title"),
            models.Index(fields=["wechat_id"], name="proposal_wechat"),
            models.Index(fields=["k_code"], name="proposal_k_code"),
            # search for the ERP customer that a proposal aims at
            models.Index(fields=["target_ord"], name="proposal_target", condition=Q(target_ord__isnull=False)),
            # the front page: what was proposed, and what was decided, on one day
            models.Index(fields=["created_at"], name="proposal_created"),
            models.Index(fields=["decided_at"], name="proposal_decided", condition=Q(decided_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title or str(self.pk)
