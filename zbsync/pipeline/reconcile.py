"""Reconcile: find the truth by looking, never by remembering. Called by `zbsync.tasks` and by `manage.py run`.

First it ends the leases that ran out. Then it looks at every push in doubt, each in the way of its operation: for a
customer the ERP handed out the id before anything was said, so what stands under that id now is the answer. It sends
nothing.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from zbsync.core.lifecycle import PushEvent, PushState
from zbsync.erp.client import ErpClient
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import operations, outbox
from zbsync.pipeline.looking import Looking
from zbsync.pipeline.tally import Tally


def drain(until: float | None = None, limit: int | None = None, **how: Any) -> Tally:
    """End leases and look at what is in doubt and due; `how` and the bounds are those of `looking.Looking`.

    Leases end whatever connection they belong to, a paused one included: that needs no ERP.
    """
    lapsed = outbox.lapse(how.get("clock", timezone.now)())
    good = frozenset({PushEvent.FOUND, PushEvent.PROVED_ABSENT})
    tally = Looking(PushState.IN_DOUBT, _ask, _judge, good, until, limit, **how).drain()
    tally.seen += lapsed
    tally.done += lapsed
    return tally


def _ask(connection: ErpConnection, push: Push, client: ErpClient) -> operations.Seen:
    return operations.of(push.operation).look(connection, push, client)


def _judge(push: Push, seen: operations.Seen, now: datetime) -> operations.Judgement:
    return operations.of(push.operation).judge_doubt(push, seen, now)
