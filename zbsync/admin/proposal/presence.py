"""Who else has a decision screen open. The page tells it while it is open; nothing is decided by it.

A row lives for a minute after the page was last heard of, so a closed laptop leaves nobody sitting there.
"""

from datetime import datetime, timedelta

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from zbsync.admin.base import user_of
from zbsync.models import Presence, Proposal

LIFE = timedelta(seconds=60)
NAMED = 3
"""So many people are named; more are a crowd anyway."""


def heard(request: HttpRequest, row: Proposal) -> JsonResponse:
    """This person is here, or leaves; answers with who else is: {"others": sentence, "" when nobody}."""
    user_id, now = user_of(request).pk, timezone.now()
    Presence.objects.filter(at__lt=now - LIFE).delete()
    if request.POST.get("leaving"):
        Presence.objects.filter(proposal=row, user=user_id).delete()
    else:
        Presence.objects.update_or_create(proposal=row, user_id=user_id, defaults={"at": now})
    return JsonResponse({"others": others(row, user_id, now)})


def others(row: Proposal, user_id: int, now: datetime) -> str:
    """Who else looks at this proposal, as a sentence; one query."""
    here = Presence.objects.filter(proposal=row, at__gte=now - LIFE).exclude(user=user_id)
    names = here.order_by("at").values_list("user__username", flat=True)[:NAMED]
    joined = "、".join(names)
    return _("%(names)s is looking at this too") % {"names": joined} if joined else ""
