"""What the forms beside the review list keep: a person's columns, and views under a name. GET changes nothing."""

from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zbsync.admin.base import user_of
from zbsync.admin.proposal.columns import tidy
from zbsync.admin.proposal.views import address_of, roles_of
from zbsync.models import ColumnChoice, SavedView

NOT_KEPT = ("view", "p", "e", "_changelist_filters")
"""What stands in an address and is no part of a view."""
NAME_LENGTH, QUERY_LENGTH = 60, 1000


def urls(site: admin.AdminSite) -> list[Any]:
    """The addresses that save and forget."""
    return [
        path("columns/", site.admin_view(columns_view), name="zbsync_proposal_columns"),
        path("views/", site.admin_view(save_view), name="zbsync_proposal_save_view"),
        path("views/<int:pk>/forget/", site.admin_view(forget_view), name="zbsync_proposal_forget_view"),
    ]


@require_POST
def columns_view(request: HttpRequest) -> HttpResponse:
    """Remember which columns this person wants; none means the usual ones again."""
    _may_look(request)
    wanted = _columns(request)
    if wanted:
        ColumnChoice.objects.update_or_create(user_id=user_of(request).pk, defaults={"columns": wanted})
    else:
        ColumnChoice.objects.filter(user=user_of(request).pk).delete()
    return _back(request)


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Give the list as it is a name; one of one's own with that name is replaced."""
    _may_look(request)
    name = request.POST.get("name", "").strip()[:NAME_LENGTH]
    if not name:
        messages.error(request, _("Give the view a name."))
        return _back(request)
    role = next((one for one in roles_of(request) if str(one.pk) == request.POST.get("role")), None)
    row, _made = SavedView.objects.update_or_create(
        owner_id=user_of(request).pk,
        name=name,
        defaults={"query": _query(request), "columns": _columns(request), "role_id": role.pk if role else None},
    )
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": row.name})
    return HttpResponseRedirect(address_of(row))


@require_POST
def forget_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own views away."""
    _may_look(request)
    get_object_or_404(SavedView, pk=pk, owner=user_of(request).pk).delete()
    return _back(request)


def _may_look(request: HttpRequest) -> None:
    if not request.user.has_perm("zbsync.view_proposal"):
        raise PermissionDenied


def _columns(request: HttpRequest) -> list[str]:
    return tidy(request.POST.getlist("column"))


def _query(request: HttpRequest) -> str:
    """The filters of the address that the form came from, without what is no part of a view."""
    pairs = parse_qsl(request.POST.get("query", ""), keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in pairs if name not in NOT_KEPT])
    return kept if len(kept) <= QUERY_LENGTH else ""


def _back(request: HttpRequest) -> HttpResponseRedirect:
    query = request.POST.get("query", "")
    address = reverse("admin:zbsync_proposal_changelist")
    return HttpResponseRedirect(
        f"{address}?{urlencode(parse_qsl(query, keep_blank_values=True))}" if query else address
    )
