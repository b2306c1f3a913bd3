"""The front page: what waits for a person, each number a link to exactly those rows; and whether the jobs live.

`queue` are the numbers, `flow` today and the last two weeks, `charts` their pictures, `health` the jobs and whatever
stopped. The site asks for `context`; the page asks again from time to time for the same as a fragment.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from zbsync.admin.dashboard import flow, health, queue
from zbsync.admin.failed import brakes


def context(request: HttpRequest) -> dict[str, Any]:
    """What the front page shows to this person; a constant number of queries."""
    user, now = request.user, timezone.now()
    reviews, pushes = user.has_perm("zbsync.view_proposal"), user.has_perm("zbsync.view_push")
    found: dict[str, Any] = {"groups": [], "failed": [], "alarms": health.alarms(user), "now": now}
    found |= {"connections": brakes.connections(user), "here": reverse("admin:index")}
    if reviews:
        found["groups"] += queue.of_proposals(user)
    if pushes:
        found["groups"] += [queue.of_pushes(user)]
        found["failed"] = queue.failed_by_cause(user)
        found["jobs"] = health.jobs(now)
    if reviews and pushes:
        found |= {"funnel": flow.funnel(user, now), "chart": flow.fortnight(user, now)}
    found["cards"] = [card for group in found["groups"] for card in group.cards]
    return found


setattr(admin.site, "front_page", context)  # noqa: B010  # the site stands a floor lower and cannot import this page
