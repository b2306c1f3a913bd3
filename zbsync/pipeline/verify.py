"""Verify: read accepted pushes back and compare, for "ok" proves nothing. Called by `zbsync.tasks` and `manage.py run`.

What is read is also kept as the local copy of the customer. A read that fails leaves the push accepted, for later.
"""

from datetime import datetime
from typing import Any

from zbsync.core.lifecycle import PushEvent, PushState
from zbsync.erp.client import ErpClient
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import operations
from zbsync.pipeline.looking import Looking
from zbsync.pipeline.tally import Tally


def drain(until: float | None = None, limit: int | None = None, **how: Any) -> Tally:
    """Read back what is due; `how` and the bounds are those of `looking.Looking`."""
    good = frozenset({PushEvent.READ_EQUAL})
    return Looking(PushState.ACCEPTED, _ask, _judge, good, until, limit, **how).drain()


def _ask(connection: ErpConnection, push: Push, client: ErpClient) -> operations.Seen:
    return operations.of(push.operation).read_back(connection, push, client)


def _judge(push: Push, seen: operations.Seen, now: datetime) -> operations.Judgement:
    return operations.of(push.operation).judge_accepted(push, seen, now)
