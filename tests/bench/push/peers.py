"""What one would write without us: the same calls in a task of their own for each customer, tried again when it fails.

`create` is the task, `celery` and `django_q` let eight of it run at once. Neither keeps anything but success and
failure, which is less work than we do.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from tests.bench.push.erp import Erp, Tally, customers
from tests.house.tree import ROOT
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

ROOT_PATH = "/sysa/mobilephone"
ADD = f"{ROOT_PATH}/salesmanage/custom/add.asp"
TRIES = 6
PATIENCE_S = 180.0
BROKER = os.environ.get("ZBSYNC_TEST_REDIS", "redis://127.0.0.1:6379/9")


@cache
def _http() -> httpx.Client:
    return httpx.Client(base_url=os.environ["PEER_URL"], timeout=20, headers={"Content-Type": "application/json"})


@cache
def _session() -> str:
    serial = f"txt:peer{os.getpid()}"
    said = {"user": f"txt:{DEMO_LOGIN}", "password": f"txt:{DEMO_WORD}", "serialnum": serial, "rndcode": ""}
    return str(_post(f"{ROOT_PATH}/login.asp", {"datas": _datas(said)})["header"]["session"])


def _datas(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"id": name, "val": value} for name, value in values.items()]


def _post(path: str, body: dict[str, Any]) -> Any:
    answer = _http().post(path, content=json.dumps(body))
    answer.raise_for_status()
    return answer.json()


def create(values: dict[str, str]) -> int:
    """Reserve an id, save, read back; its id. Raises httpx.HTTPError and ValueError."""
    new = _post(f"{ADD}?intsort=2", {"session": _session(), "datas": _datas({"edit": "", "intsort": "2"})})
    ord_ = int(new["body"]["bill"]["value"])
    body = {"session": _session(), "cmdkey": "__sys_dosave", "datas": _datas({"ord": ord_} | values)}
    said = _post(f"{ADD}?intsort=2", body)["body"]["message"]["text"]
    if "成功" not in said:
        raise ValueError(said)
    shown = _post(f"{ADD}?edit=1", {"session": _session(), "datas": _datas({"edit": "", "intsort": "", "ord": ord_})})
    if int(shown["body"]["bill"]["value"]) != ord_:
        raise ValueError("another customer")
    return ord_


def no_redis() -> str:
    """Why the celery peer cannot run; "" when it can."""
    from redis import Redis
    from redis.exceptions import RedisError

    try:
        Redis.from_url(BROKER, socket_connect_timeout=1).ping()
    except RedisError as error:
        return f"no Redis at {BROKER}, name one in ZBSYNC_TEST_REDIS ({error})"
    return ""


def celery(erp: Erp, count: int, lanes: int, folder: Path) -> Tally:
    """A task with autoretry, eight worker processes, Redis."""
    from tests.bench.push.celery_peer import app, push

    app.control.purge()
    words = ("-A", "tests.bench.push.celery_peer", "worker", f"--concurrency={lanes}", "--loglevel=ERROR")
    command = [sys.executable, "-m", "celery", *words]
    with _running(command, folder / "celery.log", {}):
        while not app.control.ping(timeout=1.0):
            time.sleep(0.1)
        began = time.perf_counter()
        results = [push.delay(values) for values in customers(count)]
        for result in results:
            result.get(propagate=False, timeout=PATIENCE_S)
        return erp.tally(count, began, sum(not result.successful() for result in results))


def django_q(erp: Erp, count: int, lanes: int, folder: Path) -> Tally:
    """One task for each push, eight workers, the database as the queue: Redis would not bring a failed task back."""
    from django.db import connection
    from django_q.models import OrmQ, Success
    from django_q.tasks import async_task

    settings = {"DJANGO_SETTINGS_MODULE": "tests.bench.push.q_settings", "PEER_LANES": str(lanes)}
    done = Success.objects.count()
    with _running([sys.executable, "-m", "django", "qcluster"], folder / "q.log", settings):
        async_task("tests.bench.push.peers.ready")
        _until(lambda: Success.objects.count() > done)
        began = time.perf_counter()
        for values in customers(count):
            async_task("tests.bench.push.peers.create", values, ack_failure=False)
        _until(lambda: not OrmQ.objects.exists())
        failed = count - (Success.objects.count() - done - 1)
        tally = erp.tally(count, began, failed)
    connection.close()
    return tally


def ready() -> None:
    """The cluster is up."""


@contextlib.contextmanager
def _running(command: list[str], log: Path, more: dict[str, str]) -> Iterator[None]:
    """A program for the length of the block, in a session of its own, so that nothing of it is left behind."""
    with log.open("ab") as said:
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | more, stdout=said, stderr=said, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("a peer does not come to its end")
        time.sleep(0.1)
