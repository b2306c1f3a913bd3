"""An act on many proposals: what was asked, by whom, for exactly which rows as they were; how far it has got.

Written by `pipeline.review.acts` only. Its audit entries, and the pushes of an approval, carry its id (`act`).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zbsync.models.proposal import Proposal


class ActVerb(models.TextChoices):
    """The verbs that go for many at once."""

    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Decline")
    CREATE_ANYWAY = "create_anyway", _("Create anyway")
    UNDO_APPROVE = "undo_approve", _("Take approvals back")
    UNDO_REJECT = "undo_reject", _("Take back what was declined")


class ActState(models.TextChoices):
    """Where an act stands; the last two are final."""

    WAITING = "waiting", _("waits for a second person")
    QUEUED = "queued", _("waiting to begin")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("called off")


ENDED = (ActState.DONE, ActState.CANCELLED)
UNDER_WAY = (ActState.QUEUED, ActState.RUNNING)
"""What a job takes up."""


class Act(models.Model):
    """One act. `query` is the filter it was asked for (the address of the list); `risks` says why it wants a second
    person ({"size", "edited", "duplicate"}: numbers of rows); `sample` are the ids of the
    proposals that this person has to open first. `taken` and `left_out` grow with every batch.
    """

    act = models.UUIDField(_("act"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    verb = models.CharField(_("what"), max_length=20, choices=ActVerb)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    query = models.CharField(_("filter"), max_length=2000, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ActState)
    wants_second = models.BooleanField(_("wants a second person"), default=False)
    risks = models.JSONField(_("why a second person"), default=dict)
    sample = models.JSONField(_("sample"), default=list)
    total = models.PositiveIntegerField(_("rows"), default=0)
    taken = models.PositiveIntegerField(pgettext_lazy("rows", "done"), default=0)
    left_out = models.PositiveIntegerField(_("left out"), default=0)
    fault = models.CharField(_("error"), max_length=60, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("confirmed by"),
    )  # fmt: skip
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    began_at = models.DateTimeField(_("began"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("called off by"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("act on many")
        verbose_name_plural = _("acts on many")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ActState.values), name="act_state_known"),
            models.CheckConstraint(condition=Q(verb__in=ActVerb.values), name="act_verb_known"),
            models.CheckConstraint(condition=~Q(confirmed_by=models.F("asked_by")), name="act_two_persons"),
            models.CheckConstraint(
                condition=Q(wants_second=False) | Q(confirmed_by__isnull=False) | Q(state__in=["waiting", "cancelled"]),
                name="act_risk_is_confirmed",
            ),
        ]
        indexes = [
            # the next act for a job, and how many wait for a second person
            models.Index(fields=["state", "id"], name="act_state"),
        ]

    def __str__(self) -> str:
        return self.name


class ActRow(models.Model):
    """One proposal of an act with the digest it had then; `outcome` is "" while it waits, `taken`, or why it was left
    out.
    """

    TAKEN = "taken"

    # Both without the database's own check: a hundred thousand rows are put down in one request, and looking up each
    # proposal again takes three times as long as that. One statement reads them from the proposals, and neither these
    # nor acts are ever deleted.
    act = models.ForeignKey(
        Act, models.CASCADE, related_name="rows", db_index=False, db_constraint=False, verbose_name=_("act")
    )
    proposal = models.ForeignKey(
        Proposal, models.PROTECT, related_name="+", db_index=False, db_constraint=False, verbose_name=_("proposal")
    )
    digest = models.CharField(_("digest"), max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("row of an act")
        verbose_name_plural = _("rows of acts")
        constraints = [models.UniqueConstraint(fields=["proposal", "act"], name="act_row_once")]
        indexes = [
            # the next batch, what was left out by reason, and exactly those rows in the list
            models.Index(fields=["act", "outcome", "proposal"], name="act_row_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.act_id}/{self.proposal_id}"
