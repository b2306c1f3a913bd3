"""The worker: django-q2's cluster under supervision.

The cluster can hang for good (when an idle worker is killed, the dead process keeps the lock of the queue) and its main
process can end with code 0 and leave orphans that work on unguarded. So it runs in a session of its own; a probe goes
through its whole path every few seconds; when no answer comes, or when the main process ends however it ends, the whole
group is killed and started again. Nothing is lost by that: a task is only a ring, the truth is in the tables.
"""

import contextlib
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone
from django_q.models import OrmQ, Task
from django_q.tasks import async_task
from redis.exceptions import RedisError

from zbsync.conf import conf
from zbsync.management import base
from zbsync.management.processes import DIE_WITH_PARENT
from zbsync.models import Heartbeat

logger = logging.getLogger(__name__)

PROBE = "zbsync.tasks.probe"
BEAT = "worker"
PROBE_EVERY_S = 5.0
PATIENCE_S = (15.0, 60.0)
"""At least and at most so long may a probe take: a drain may hold every worker for as long as a job may last."""

START_S = 20.0
"""Seconds more for the first answer of a cluster: a busy machine needs them to start one."""

LOOK_S = 0.25
AWAY = (DatabaseError, RedisError)
"""Database or broker do not answer: no fault of the cluster, so it is not started again for that."""


class Command(base.Command):
    """`manage.py worker`."""

    help = "Run the background worker: django-q2 under our supervisor. SIGTERM drains."

    def add_arguments(self, parser: CommandParser) -> None:
        """How long a probe may take."""
        default = min(max(conf().job_timeout_s, PATIENCE_S[0]), PATIENCE_S[1])
        parser.add_argument(
            "--patience",
            type=float,
            default=default,
            metavar="S",
            help=f"seconds a probe may take (default {default:g})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Supervise until SIGTERM or Ctrl-C."""
        supervisor = Supervisor(patience_s=options["patience"])
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: supervisor.stop())
        supervisor.run()


class Supervisor:
    """Keeps one cluster alive. `start` is the seam: it begins a process that leads a session of its own.

    `patience_s`: how long a probe may take; `start_s`: how much longer the first one of a cluster may.
    """

    def __init__(
        self,
        *,
        patience_s: float,
        start_s: float = START_S,
        start: "Callable[[], subprocess.Popen[bytes]] | None" = None,
    ) -> None:
        self.patience_s = patience_s
        self.start_s = start_s
        self.stopping = threading.Event()
        self.hurried = threading.Event()
        self.restarts = 0
        self._start = start or start_cluster
        self._probe = ""
        self._asked = 0.0
        self._heard = 0.0

    def stop(self) -> None:
        """Asked once, the cluster finishes what it has in hand; asked again, it ends at once."""
        if self.stopping.is_set():
            self.hurried.set()
        self.stopping.set()

    def run(self) -> None:
        """Start, watch, restart; ends when `stopping` is set, with no process left behind."""
        while not self.stopping.is_set():
            main = self._start()
            began = time.monotonic()
            self._probe, self._asked, self._heard = "", -math.inf, began + self.start_s
            logger.info("cluster started, process %s", main.pid)
            try:
                why = self._watch(main)
            finally:
                self._end(main)
            if why:
                self.restarts += 1
                logger.error("cluster %s after %.0f s: starting it again", why, time.monotonic() - began)
                self.stopping.wait(1.0)

    def _watch(self, main: "subprocess.Popen[bytes]") -> str:
        """Why the cluster must be started again; "" when it was asked to stop."""
        while not self.stopping.wait(LOOK_S):
            if main.poll() is not None:
                return f"ended with code {main.returncode}"
            try:
                self._ask()
            except AWAY as error:
                logger.warning("database or broker do not answer: %s", type(error).__name__)
                close_old_connections()
                self._heard = max(self._heard, time.monotonic())
                self.stopping.wait(1.0)
            if time.monotonic() - self._heard > self.patience_s:
                return f"did not answer for {self.patience_s:.0f} s"
        return ""

    def _ask(self) -> None:
        """Send a probe, or look whether the one that is under way has come through worker and monitor."""
        close_old_connections()
        now = time.monotonic()
        if not self._probe:
            if now - self._asked >= PROBE_EVERY_S:
                self._probe = async_task(PROBE, save=True, task_name=f"probe-{os.getpid()}")
                self._asked = now
            return
        answered = Task.objects.filter(pk=self._probe, success=True)
        if answered.exists():
            answered.delete()
            self._probe, self._heard = "", now
            Heartbeat.objects.update_or_create(
                name=BEAT, defaults={"at": timezone.now(), "note": f"restarts {self.restarts}"}
            )

    def _end(self, main: "subprocess.Popen[bytes]") -> None:
        """Let the cluster finish its jobs when we are stopping, then leave nothing of its group alive."""
        if self.stopping.is_set() and main.poll() is None:
            main.terminate()
            until = time.monotonic() + conf().job_timeout_s + PROBE_EVERY_S
            while main.poll() is None and time.monotonic() < until and not self.hurried.wait(LOOK_S):
                pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(main.pid, signal.SIGKILL)
        main.wait()
        with contextlib.suppress(DatabaseError):
            _forget_probes()


def _forget_probes() -> None:
    """Probes of a cluster that is gone would only make work for the next one."""
    for queued in OrmQ.objects.all():
        if queued.func() == PROBE:
            queued.delete()


def start_cluster() -> "subprocess.Popen[bytes]":
    """The cluster, leading its own session; told to stop should we die, and killed should it not."""
    patience_s = conf().job_timeout_s + PROBE_EVERY_S
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "zbsync.management.qcluster", str(os.getpid()), f"{patience_s:g}"],
        cwd=settings.ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=DIE_WITH_PARENT,  # noqa: PLW1509 - no thread has started
    )
