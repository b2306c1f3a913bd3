"""Reveal: somebody who sees phone numbers masked looks at a contact's whole ones, and it is recorded that they did."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.models import Contact
from zbsync.models.within import outside, within
from zbsync.pipeline import audit
from zbsync.pipeline.audit import Line
from zbsync.pipeline.review.decision import NOT_ALLOWED, Decision, permit
from zbsync.pipeline.review.legal import GONE


def reveal(contact_id: int, by: AbstractBaseUser, reason: str = "") -> Decision:
    """Record that `by` is about to be shown the contact's whole numbers; only a page after that may show them.

    Left out: `review.gone`, `not_allowed`. Raises PermissionDenied.
    """
    actor = permit(by, "reveal_phone")
    decision = Decision()
    with transaction.atomic():
        if not within(by, Contact.objects.filter(pk=contact_id)).exists():
            decision.leave(NOT_ALLOWED if outside(by, Contact, [contact_id]) else GONE, contact_id)
            return decision
        line = Line("contact", contact_id, contact_id)
        audit.write(decision.act, actor, "contact.reveal_phone", [line], now=timezone.now(), reason=reason)
    decision.done = 1
    return decision
