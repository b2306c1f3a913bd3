"""What a person may see, as `Scope` says it. `within` narrows any queryset whose rows are about contacts.

The one place that knows: the admin asks it for every list, page and count, and the verbs of the pipeline for every row
that they are given.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from zbsync.models.audit import Entry
from zbsync.models.binding import Binding
from zbsync.models.contact import Contact, Interaction
from zbsync.models.erp_record import ErpRecord
from zbsync.models.intake import Delivery, Upload
from zbsync.models.proposal import Proposal
from zbsync.models.push import Attempt, Exchange, Push
from zbsync.models.scope import Scope

Limits = tuple[tuple[int | None, str], ...]
Anybody = AbstractBaseUser | AnonymousUser
M = TypeVar("M", bound=models.Model)


def limits_of(user: Anybody) -> Limits:
    """The person's rows as (hub id, owner), () for no limit; one query, remembered with the user as rights are.

    Who is above all roles is limited by none.
    """
    if user.pk is None or getattr(user, "is_superuser", False):
        return ()
    known: Limits | None = getattr(user, "_zb_limits", None)
    if known is None:
        known = tuple(Scope.objects.filter(user=user.pk).order_by("pk").values_list("hub_id", "owner"))
        user._zb_limits = known  # type: ignore[union-attr]
    return known


def within(user: Anybody, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows that the person may see; all of them without limits, or when they are about no contact."""
    limits, narrow = limits_of(user), _NARROW.get(rows.model)
    return rows.filter(narrow(limits, user)) if limits and narrow else rows


def outside(user: Anybody, model: type[models.Model], ids: Iterable[int]) -> set[int]:
    """Those of the ids that are there and that the person may not see; no query without limits."""
    if not limits_of(user):
        return set()
    there = model._default_manager.filter(pk__in=set(ids))
    return set(there.values_list("pk", flat=True)) - set(within(user, there).values_list("pk", flat=True))


def may_use(user: Anybody, hub_id: int) -> bool:
    """Whether contacts may be brought in through this hub: to who may see all that comes of it."""
    limits = limits_of(user)
    return not limits or (hub_id, "") in limits


def owns(user: Anybody, connection_id: int, ord_: int) -> bool:
    """Whether ERP customer `ord_` is bound to no contact that the person may not see; no query without limits."""
    if not limits_of(user):
        return True
    bound = Binding.objects.filter(connection=connection_id, ord=ord_)
    return not bound.exists() or within(user, bound).exists()


def _along(path: str, hub: str = "") -> Callable[[Limits, Anybody], Q]:
    """By the contact at the end of `path`; `hub` where the row knows the hub itself."""

    def narrow(limits: Limits, user: Anybody) -> Q:
        found = Q(pk__in=())
        for hub_id, owner in limits:
            wanted = {hub or f"{path}hub": hub_id} if hub_id is not None else {}
            found |= Q(**wanted, **({f"{path}owner": owner} if owner else {}))
        return found

    return narrow


def _entries(limits: Limits, user: Anybody) -> Q:
    """What is about a contact, by that; what is about none stays."""
    mine = Contact.objects.filter(_along("")(limits, user), pk=OuterRef("contact_id"))
    return Q(contact_id__isnull=True) | Q(Exists(mine))


def _customers(limits: Limits, user: Anybody) -> Q:
    """ERP customers are everybody's, but for those bound to a contact of somebody else."""
    bound = Binding.objects.filter(connection=OuterRef("connection"), ord=OuterRef("ord"))
    return ~Q(Exists(bound.exclude(_along("contact__")(limits, user))))


def _exchanges(limits: Limits, user: Anybody) -> Q:
    """What was said for a push or a proposal; a look at a list of the ERP's is about many and nobody's."""
    return _along("push__contact__")(limits, user) | _along("proposal__contact__")(limits, user)


def _intake(limits: Limits, user: Anybody) -> Q:
    return Q(hub__in=[hub_id for hub_id, owner in limits if not owner])


def _uploads(limits: Limits, user: Anybody) -> Q:
    """Of the hubs that the person sees all of, and their own."""
    return _intake(limits, user) | Q(uploaded_by=user.pk)


_NARROW: dict[type[models.Model], Callable[[Limits, Anybody], Q]] = {
    Contact: _along(""),
    Interaction: _along("contact__"),
    Proposal: _along("contact__", hub="hub"),
    Push: _along("contact__"),
    Attempt: _along("push__contact__"),
    Binding: _along("contact__"),
    Exchange: _exchanges,
    Entry: _entries,
    ErpRecord: _customers,
    Upload: _uploads,
    Delivery: _intake,
}
"""How each table's rows are narrowed. What is not here (rules, connections, vocabularies) is about no contact."""
