"""Saved views of the review list: a name for filters and columns, its owner's alone or shared with a role.

A view is a link: its filters stand in the address as if they had been clicked, and `view` names the columns.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from zbsync.admin.base import user_of
from zbsync.admin.filters import Question
from zbsync.models import SavedView
from zbsync.sentences.names import ROLES, called

MANY = 30
"""So many views are offered; who has more has lost count."""


class View(Question):
    """Lets `view` stand in the address; it narrows nothing by itself and is no question."""

    title = ""
    parameter_name = "view"
    answers: ClassVar[tuple[tuple[str, Any], ...]] = ()

    def has_output(self) -> bool:
        """Never shown."""
        return False


def visible(request: HttpRequest) -> QuerySet[SavedView]:
    """One's own views, and those shared with a role one has."""
    user = user_of(request)
    return SavedView.objects.filter(Q(owner=user.pk) | Q(role__user=user.pk)).distinct()


def asked(request: HttpRequest) -> SavedView | None:
    """The view that the address names; None when it names none that this person may see."""
    named = request.GET.get("view", "")
    return visible(request).filter(pk=int(named)).first() if named.isdecimal() else None


def address_of(row: SavedView) -> str:
    """Where a view is seen."""
    address = reverse("admin:zbsync_proposal_changelist")
    return f"{address}?{row.query}&view={row.pk}" if row.query else f"{address}?view={row.pk}"


def offered(request: HttpRequest) -> list[dict[str, Any]]:
    """The views to choose from, each with its address; one query."""
    mine, now = user_of(request).pk, request.GET.get("view", "")
    return [
        {
            "id": row.pk,
            "name": row.name,
            "url": address_of(row),
            "role": called(ROLES, row.role.name) if row.role else "",
            "mine": row.owner_id == mine,
            "current": str(row.pk) == now,
        }
        for row in visible(request).select_related("role")[:MANY]
    ]


@dataclass(frozen=True, slots=True)
class Role:
    """A group as people know it."""

    pk: int
    label: str


def roles_of(request: HttpRequest) -> list[Role]:
    """With whom this person may share."""
    user: Any = user_of(request)
    rows = Group.objects.all() if user.is_superuser else user.groups.all()
    return [Role(pk, called(ROLES, name)) for pk, name in rows.order_by("name").values_list("pk", "name")]
