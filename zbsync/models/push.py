"""The outbox: one push per approved proposal, its attempts, and every exchange as evidence.

`pipeline.outbox` is the only writer of `Push.state`.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.core.follow.operations import ALL, CUSTOMER, FOR_GOOD, NOT_READABLE
from zbsync.core.lifecycle import PUSH_LEASED, PUSH_OPEN, PushState
from zbsync.models.connection import ErpConnection
from zbsync.models.contact import Contact
from zbsync.models.proposal import Action, Proposal


class PushStateChoice(models.TextChoices):
    """`core.lifecycle.PushState` as shown."""

    QUEUED = PushState.QUEUED.value, _("waiting to be sent")
    LEASED = PushState.LEASED.value, _("taken")
    SENDING = PushState.SENDING.value, _("sending")
    IN_DOUBT = PushState.IN_DOUBT.value, _("in doubt")
    ACCEPTED = PushState.ACCEPTED.value, _("accepted")
    VERIFIED = PushState.VERIFIED.value, _("verified")
    DRIFTED = PushState.DRIFTED.value, _("differs")
    REJECTED = PushState.REJECTED.value, _("refused by the ERP")
    DEAD = PushState.DEAD.value, _("given up")
    CANCELLED = PushState.CANCELLED.value, _("cancelled")
    BURIED = PushState.BURIED.value, _("closed")


UNDER_WAY = Q(state__in=[state.value for state in PUSH_OPEN]) & ~Q(state="accepted", cause=NOT_READABLE)


class PushQuerySet(models.QuerySet["Push"]):
    """Adjectives for pushes."""

    def queued(self) -> "PushQuerySet":
        """Waiting, due or not."""
        return self.filter(state=PushState.QUEUED)

    def accepted(self) -> "PushQuerySet":
        """Claimed by the ERP, not yet read back."""
        return self.filter(state=PushState.ACCEPTED)

    def in_doubt(self) -> "PushQuerySet":
        """Nobody knows yet."""
        return self.filter(state=PushState.IN_DOUBT)

    def sendable(self) -> "PushQuerySet":
        """Queued, and no rest of a batch that waits for its first few."""
        return self.filter(state=PushState.QUEUED, waits=False)

    def waiting(self) -> "PushQuerySet":
        """The rest of a large batch, until the first few of it are in the ERP as approved."""
        return self.filter(state=PushState.QUEUED, waits=True)

    def under_way(self) -> "PushQuerySet":
        """Not at their end. What was accepted and cannot be read back is."""
        return self.filter(UNDER_WAY)

    def failed(self) -> "PushQuerySet":
        """Given back to a person."""
        return self.filter(state__in=[PushState.REJECTED, PushState.DEAD, PushState.DRIFTED])


class Push(models.Model):
    """An approved proposal on its way.

    `payload` is what is to be written ({ERP field: value}); for an update only the fields that change, with `base`
    holding what the ERP had in them when the person approved. `digest` is the approved one. `ord` is the customer,
    whatever is done to it; `subject` and `person_ord` are the proposal's, `labels` the names of the options sent. `act`
    is the act of approval; of a large one, most `waits` until the first few are verified. `fault` and `fault_field` are
    what failures are grouped by.
    """

    proposal = models.OneToOneField(Proposal, models.PROTECT, related_name="push", verbose_name=_("proposal"))
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="pushes", verbose_name=_("contact"))
    connection = models.ForeignKey(
        ErpConnection, models.PROTECT, related_name="pushes", verbose_name=_("ERP connection")
    )
    operation = models.CharField(_("operation"), max_length=40, default=CUSTOMER)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    action = models.CharField(_("action"), max_length=10, choices=Action)
    kind = models.CharField(_("customer kind"), max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=PushStateChoice, default=PushStateChoice.QUEUED)
    payload = models.JSONField(_("payload"), default=dict)
    base = models.JSONField(_("ERP values approved against"), default=dict)
    labels = models.JSONField(_("names of options"), default=dict)
    digest = models.CharField(_("approved digest"), max_length=64)
    key = models.CharField(_("key"), max_length=64, unique=True)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    ord = models.BigIntegerField(_("ERP id"), null=True, blank=True)
    person_ord = models.BigIntegerField(_("ERP id of the person"), null=True, blank=True)
    khid = models.CharField(_("customer number"), max_length=100, blank=True)
    title = models.CharField(_("customer"), max_length=500, blank=True)
    act = models.UUIDField(_("act of approval"), null=True, blank=True)
    waits = models.BooleanField(_("waits for the first of its batch"), default=False)

    not_before = models.DateTimeField(_("not before"))
    attempts_made = models.PositiveSmallIntegerField(pgettext_lazy("count", "attempts"), default=0)
    lease_token = models.UUIDField(_("lease"), null=True, blank=True)
    lease_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    leased_by = models.CharField(_("leased by"), max_length=100, null=True, blank=True)
    looks = models.PositiveSmallIntegerField(_("looks that found nothing"), default=0)

    cause = models.CharField(_("cause"), max_length=60, blank=True)
    message = models.CharField(_("the ERP's words"), max_length=1000, blank=True)
    findings = models.JSONField(_("findings"), default=list)
    differences = models.JSONField(_("differences"), default=list)
    fault_field = models.CharField(_("field that failed"), max_length=50, blank=True)
    fault = models.CharField(_("the ERP's words, without what is one customer's"), max_length=200, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    created_at = models.DateTimeField(pgettext_lazy("time", "approved"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)
    verified_at = models.DateTimeField(pgettext_lazy("time", "verified"), null=True, blank=True)

    objects = PushQuerySet.as_manager()

    class Meta:
        verbose_name = _("push")
        verbose_name_plural = _("pushes")
        permissions = [
            ("requeue_push", "Can requeue pushes"),
            ("bury_push", "Can close pushes"),
            ("cancel_push", "Can cancel pushes"),
            ("settle_push", "Can settle pushes in doubt"),
            ("let_go_push", "Can let the rest of a batch go on"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "connection", "operation", "subject"], condition=UNDER_WAY, name="push_one_open"
            ),
            models.UniqueConstraint(
                fields=["contact", "connection", "operation", "subject"],
                condition=Q(operation__in=FOR_GOOD) & ~Q(subject="") & ~Q(state="cancelled"),
                name="push_once_for_good",
            ),
            models.CheckConstraint(condition=Q(operation__in=ALL), name="push_operation_known"),
            models.CheckConstraint(condition=Q(state__in=PushStateChoice.values), name="push_state_known"),
            models.CheckConstraint(condition=Q(action__in=["create", "update"]), name="push_action_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[state.value for state in PUSH_LEASED],
                    lease_token__isnull=False,
                    lease_until__isnull=False,
                    leased_by__isnull=False,
                )
                | (
                    ~Q(state__in=[state.value for state in PUSH_LEASED])
                    & Q(lease_token__isnull=True, lease_until__isnull=True, leased_by__isnull=True)
                ),
                name="push_lease_all_or_none",
            ),
            models.CheckConstraint(condition=Q(action="create") | Q(ord__isnull=False), name="push_target_named"),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "verified", "drifted"]) | Q(ord__isnull=False),
                name="push_accepted_has_ord",
            ),
            models.CheckConstraint(condition=Q(round__gte=1), name="push_round_from_1"),
            models.CheckConstraint(condition=Q(waits=False) | Q(state="queued"), name="push_waits_only_queued"),
        ]
        indexes = [
            # claim: due rows of a connection, oldest first
            models.Index(
                fields=["connection", "not_before", "id"], name="push_due", condition=Q(state="queued", waits=False)
            ),
            # brakes: batches whose rest waits for the first few
            models.Index(fields=["connection", "act"], name="push_waits", condition=Q(waits=True)),
            # one act: its first few, its page, undo
            models.Index(fields=["connection", "act", "id"], name="push_act", condition=Q(act__isnull=False)),
            # lapse: leases that ran out
            models.Index(fields=["lease_until"], name="push_lapsed", condition=Q(state__in=["leased", "sending"])),
            # verify: accepted, due by not_before
            models.Index(
                fields=["connection", "not_before", "id"],
                name="push_to_verify",
                condition=Q(state="accepted"),
            ),
            # reconcile: in doubt, due by not_before
            models.Index(
                fields=["connection", "not_before", "id"], name="push_in_doubt", condition=Q(state="in_doubt")
            ),
            # taken: which of the ids that the ERP has just handed out are another push's
            models.Index(fields=["connection", "ord"], name="push_ord", condition=Q(ord__isnull=False)),
            # the push list by state and by cause, newest first
            models.Index(fields=["state", "-id"], name="push_state"),
            models.Index(fields=["state", "cause", "-id"], name="push_cause"),
            # the front page: what was verified on one day
            models.Index(fields=["verified_at"], name="push_verified", condition=Q(verified_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title or self.key


class AttemptOutcome(models.TextChoices):
    """What one try came to; `sending` until it is settled."""

    SENDING = "sending", _("sending")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("refused")
    DEFERRED = "deferred", _("not processed")
    IN_DOUBT = "in_doubt", _("in doubt")


class Attempt(models.Model):
    """One try at a push. The row is committed before the first byte goes out."""

    push = models.ForeignKey(Push, models.PROTECT, related_name="attempts", verbose_name=_("push"))
    number = models.PositiveSmallIntegerField(_("number"))
    token = models.UUIDField(_("lease"))
    key = models.CharField(_("key"), max_length=64)
    outcome = models.CharField(_("outcome"), max_length=10, choices=AttemptOutcome, default=AttemptOutcome.SENDING)
    cause = models.CharField(_("cause"), max_length=60, blank=True)
    message = models.CharField(_("the ERP's words"), max_length=1000, blank=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        indexes = [
            # breaker: what became of the attempts of the last minutes
            models.Index(fields=["started_at"], name="attempt_begun"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["push", "number"], name="attempt_number_once"),
            models.UniqueConstraint(fields=["push"], condition=Q(outcome="sending"), name="attempt_one_sending"),
            models.CheckConstraint(condition=Q(outcome__in=AttemptOutcome.values), name="attempt_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome="sending", finished_at__isnull=True)
                | (~Q(outcome="sending") & Q(finished_at__isnull=False, finished_at__gte=F("started_at"))),
                name="attempt_finished_when_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.push_id} #{self.number}"


class Exchange(models.Model):
    """One request and its reply, redacted at birth, never changed afterwards (the database refuses it)."""

    connection = models.ForeignKey(
        ErpConnection, models.PROTECT, related_name="exchanges", verbose_name=_("ERP connection")
    )
    push = models.ForeignKey(
        Push, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("push")
    )
    attempt = models.ForeignKey(
        Attempt, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("attempt")
    )
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("proposal")
    )
    at = models.DateTimeField(_("at"))
    operation = models.CharField(_("operation"), max_length=40)
    method = models.CharField(_("method"), max_length=10)
    url = models.CharField(_("address"), max_length=500)
    request_headers = models.JSONField(_("request headers"), default=dict)
    request_body = models.TextField(_("request"), blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    response_headers = models.JSONField(_("response headers"), default=dict)
    response_body = models.TextField(_("response"), blank=True)
    elapsed_ms = models.FloatField(_("milliseconds"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")

    def __str__(self) -> str:
        return f"{self.operation} {self.at:%Y-%m-%d %H:%M:%S}"
