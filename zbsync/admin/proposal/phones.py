"""Whole phone numbers on a page: who sees them anyway, who may ask for them, and the page that shows them this once.

Everybody else's pages are masked on their way out (`middleware.MaskedPhones`).
"""

from django.http import HttpRequest

from zbsync.admin.base import user_of
from zbsync.models import Contact
from zbsync.pipeline import review


def offered(request: HttpRequest, contact: Contact) -> str:
    """What to offer beside a contact's numbers: "" nothing, "ask" the button, "shown" that they are whole now."""
    if getattr(request, "zb_revealed", False):
        return "shown"
    asks = request.user.has_perm("zbsync.reveal_phone") and not request.user.has_perm("zbsync.view_full_phone")
    return "ask" if asks and (contact.phone or contact.mobile) else ""


def asked(request: HttpRequest) -> bool:
    """Whether the button was pressed."""
    return request.method == "POST" and "reveal" in request.POST


def show(request: HttpRequest, contact: Contact) -> None:
    """Record it, then let this one page show them. Raises PermissionDenied."""
    if review.reveal(contact.pk, user_of(request), request.POST.get("reason", "")).done:
        request.zb_revealed = True  # type: ignore[attr-defined]  # read by the middleware when the page is made
