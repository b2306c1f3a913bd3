"""The celery peer: a task as its manual shows it, tried again by itself with growing waits."""

from typing import Any

import httpx
from celery import Celery

from tests.bench.push.peers import BROKER, TRIES, create

app: Any = Celery("peer", broker=BROKER, backend=BROKER)


@app.task(autoretry_for=(httpx.HTTPError, ValueError), retry_backoff=1, max_retries=TRIES - 1)
def push(values: dict[str, str]) -> int:
    """One customer."""
    return create(values)
