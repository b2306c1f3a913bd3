"""Whether a verb may touch a proposal now, as one SQL expression.

The confirmation page counts by it and the verb obeys it, so that both always say the same.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When

from zbsync.conf import conf
from zbsync.core.follow.operations import CUSTOMER, WITHDRAWN
from zbsync.core.lifecycle import ProposalEvent, ProposalState, PushState, proposal_sources
from zbsync.models import Binding, MappingState, MatchChoice, Proposal, Push, hands
from zbsync.pipeline.review.decision import NOT_ALLOWED

MOVED = "review.moved"
NOT_READY = "review.not_ready"
HAS_ERRORS = "review.has_errors"
AMBIGUOUS = "review.ambiguous"
PUSH_IS_OPEN = "review.push_open"
ORD_TAKEN = "review.ord_taken"
BOUND = "review.bound"
GONE = "review.gone"
NOT_A_CUSTOMER = "review.not_a_customer"
NOTHING = "review.nothing_to_undo"
SENT = "review.already_sent"
NEWER = "review.newer_proposal"
OWN_WORK = "review.own_work"
"""The person who would approve it edited it."""
SECOND_PERSON = "review.second_person"
"""It may go only as part of an act that a second person confirmed."""
TARGET_GONE = "match.target_gone"
"""The cause of a proposal whose customer the ERP deleted: then even a binding is a person's to replace."""


def with_refusal(
    rows: QuerySet[Proposal], shown_at: datetime | None = None, by: AbstractBaseUser | None = None
) -> QuerySet[Any]:
    """Annotate `refusal`: "" when the proposal may be approved, else the code that says why not; with `by`, whether by
    this person: nobody approves what they edited, unless the desk has one person (`second_person_above` 0).

    `shown_at` is when the person saw the rows; whatever was touched later has moved. So has a contact that is due to
    go through gate and mapping again, or, for what follows its customer, to be looked at by the stage `follow`.
    """
    same_pair = Q(contact=OuterRef("contact"), connection=OuterRef("connection"))
    bound = Binding.objects.filter(same_pair)
    taken = Binding.objects.filter(connection=OuterRef("connection"), ord=OuterRef("target_ord"))
    of_this = {"operation": OuterRef("operation"), "subject": OuterRef("subject")}
    open_push = Push.objects.under_way().filter(same_pair, **of_this)
    customer_moved = (
        ~Q(contact_version=F("contact__version"))
        | ~Q(mapping__state=MappingState.PUBLISHED)
        | Q(contact__proposed_version__lt=F("contact__version"))
    )
    unfollowed = Q(contact__followed_version__lt=F("contact__version"))
    moved = (
        Q(contact__deleted_at__isnull=False)
        | (Q(operation=CUSTOMER) & customer_moved)
        | (~Q(operation=CUSTOMER) & unfollowed)
        | (Q(match_kind=MatchChoice.BOUND) & ~Exists(bound.filter(ord=OuterRef("target_ord"))))
    )
    late = Q(touched_at__gt=shown_at) if shown_at is not None else Q(pk__in=[])
    own = hands.edited_by(by.pk) if by is not None and conf().second_person_above else Q(pk__in=[])
    return rows.annotate(
        refusal=Case(
            When(~Q(state=ProposalState.READY), then=Value(NOT_READY)),
            When(moved | late, then=Value(MOVED)),
            When(~Q(match_kind=MatchChoice.BOUND) & Exists(bound), then=Value(BOUND)),
            When(Q(match_kind=MatchChoice.AMBIGUOUS) | Q(action=""), then=Value(AMBIGUOUS)),
            When(has_errors=True, then=Value(HAS_ERRORS)),
            When(Exists(open_push), then=Value(PUSH_IS_OPEN)),
            When(Exists(taken.exclude(contact=OuterRef("contact"))), then=Value(ORD_TAKEN)),
            When(own, then=Value(OWN_WORK)),
            default=Value(""),
            output_field=CharField(),
        )
    )


def with_reject_refusal(rows: QuerySet[Proposal], shown_at: datetime | None = None) -> QuerySet[Any]:
    """Annotate `refusal` for rejecting, which asks less: the proposal waits for a person and did not move."""
    whens = [When(~Q(state__in=proposal_sources(ProposalEvent.REJECT)), then=Value(NOT_READY))]
    if shown_at is not None:
        whens.append(When(touched_at__gt=shown_at, then=Value(MOVED)))
    return rows.annotate(refusal=Case(*whens, default=Value(""), output_field=CharField()))


def with_create_refusal(rows: QuerySet[Proposal], shown_at: datetime | None = None) -> QuerySet[Any]:
    """Annotate `refusal` for "create anyway": waiting for a person, not moved, and not bound to a customer already."""
    whens = [
        When(~Q(state=ProposalState.READY), then=Value(NOT_READY)),
        When(~Q(operation=CUSTOMER), then=Value(NOT_A_CUSTOMER)),
        When(Q(match_kind=MatchChoice.BOUND) & ~Q(cause=TARGET_GONE), then=Value(BOUND)),
    ]
    if shown_at is not None:
        whens.insert(2, When(touched_at__gt=shown_at, then=Value(MOVED)))
    return rows.annotate(refusal=Case(*whens, default=Value(""), output_field=CharField()))


def with_undo_refusal(rows: QuerySet[Proposal], states: Collection[str]) -> QuerySet[Any]:
    """Annotate `refusal` for taking a decision back, by who may do so for proposals of these `states`; and `push_id`,
    the push that an approval made. What is due again was taken back already, or has moved.
    """
    later = Proposal.objects.filter(
        pk__gt=OuterRef("pk"), **{name: OuterRef(name) for name in ("contact", "connection", "operation", "subject")}
    )
    due = Q(operation=CUSTOMER, contact__proposed_version__lt=F("contact__version")) | Q(cause=WITHDRAWN)
    waits = Q(push__isnull=True) | Q(push__state__in=[PushState.QUEUED, PushState.CANCELLED])
    return rows.annotate(
        push_id=F("push__pk"),
        refusal=Case(
            When(~Q(state__in=[ProposalState.APPROVED, ProposalState.REJECTED]), then=Value(NOTHING)),
            When(~Q(state__in=list(states)), then=Value(NOT_ALLOWED)),
            When(~waits, then=Value(SENT)),
            When(Exists(later), then=Value(NEWER)),
            When(due | Q(push__state=PushState.CANCELLED), then=Value(NOTHING)),
            default=Value(""),
            output_field=CharField(),
        ),
    )
