"""The few pages that are no part of the admin. `/healthz` is asked by load balancers, containers and monitors."""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zbsync.conf import conf
from zbsync.models import Heartbeat

WORKER = "worker"


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 only when the database answers and a worker has beaten within the longest time it may need to be restarted.

    `{"database": bool, "worker_age_s": seconds | null}`; no names and no counts, for it asks for no password.
    """
    try:
        beaten = Heartbeat.objects.filter(name=WORKER).values_list("at", flat=True).first()
    except DatabaseError:
        return JsonResponse({"database": False, "worker_age_s": None}, status=503)
    age = None if beaten is None else timezone.now() - beaten
    fresh = age is not None and age < timedelta(seconds=2 * conf().job_timeout_s)
    seconds = None if age is None else round(age.total_seconds(), 1)
    return JsonResponse({"database": True, "worker_age_s": seconds}, status=200 if fresh else 503)
