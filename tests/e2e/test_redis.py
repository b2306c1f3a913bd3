"""The doorbell through Redis: at most once, after the commit, and never a reason to lose what was committed."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.e2e.house import House, house, until

URL = os.environ.get("ZBSYNC_TEST_REDIS", "redis://127.0.0.1:6379/9")


def reachable() -> bool:
    try:
        return bool(Redis.from_url(URL, socket_connect_timeout=1).ping())
    except RedisError:
        return False


pytestmark = [pytest.mark.slow, pytest.mark.skipif(not reachable(), reason="needs a Redis (ZBSYNC_TEST_REDIS)")]


def rung(desk: House) -> None:
    desk.env["ZBSYNC_BROKER"] = URL
    for key in Redis.from_url(URL).scan_iter("django_q:*"):
        Redis.from_url(URL).delete(key)


def test_a_ring_through_redis_wakes_the_worker(tmp_path: Path) -> None:
    with house(tmp_path) as desk:
        rung(desk)
        worker = desk.start("worker")
        until(lambda: "worker     last beat" in desk.call("status"), 60)
        began = time.monotonic()
        desk.approve(3)
        until(lambda: desk.in_state("verified") == 3, 40)
        assert time.monotonic() - began < 40, "woken by the ring, not by the minute"
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(40) == 0


def test_a_ring_that_redis_does_not_take_loses_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as desk, socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
        nobody.close()
        desk.env["ZBSYNC_BROKER"] = f"redis://127.0.0.1:{port}/0"
        desk.approve(2)
        assert desk.status()["pushes"]["queued"] == 2
        desk.call("run", "--until-idle")
        assert desk.in_state("verified") == 2
