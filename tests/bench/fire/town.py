"""One installation under fire: its database and broker, two workers, a web server and the people, as real processes.

Used by the other modules of `fire`. What dies is started again, as systemd would; every start writes to the same log.
"""

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from redis import Redis

from tests.house.tree import ROOT
from tests.management.running.processes import children, of_session
from tests.management.shell import surroundings
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

CLOCKS = {
    "ZBSYNC_CALL_TIMEOUT_S": "2",
    "ZBSYNC_JOB_TIMEOUT_S": "8",
    "ZBSYNC_LEASE_S": "10",
    "ZBSYNC_REDELIVER_S": "20",
    "ZBSYNC_LOOK_AGAIN_S": "1",
    "ZBSYNC_RETRY_BASE_S": "0.5",
    "ZBSYNC_POLL_S": "0.2",
    "ZBSYNC_SECOND_PERSON_ABOVE": "0",
}
LEASE_S = float(CLOCKS["ZBSYNC_LEASE_S"])
DRAINED_S = float(CLOCKS["ZBSYNC_JOB_TIMEOUT_S"]) + 15.0
"""A worker that was asked to stop ends its cluster after a job and a probe (5 s) at the latest; the rest is for a busy
machine, which takes seconds to end a process.
"""

WORD = "fire-drill"
HUB, ERP = "hub", "sandbox"


@dataclass
class Town:
    """The installation; `folder` holds logs, contact files and, on SQLite, the database."""

    folder: Path
    database: str
    broker: str
    seed: int
    seconds: float
    url: str
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    starts: int = 0

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.environment = surroundings(
            **CLOCKS,
            DATABASE_URL=self.database,
            ZBSYNC_BROKER=self.broker,
            ERP_USER=DEMO_LOGIN,
            ERP_PASSWORD=DEMO_WORD,
            LOG_LEVEL="WARNING",
        )

    @property
    def postgres(self) -> bool:
        """Whether the database is a server."""
        return self.database.startswith("postgres")

    def found(self) -> None:
        """A fresh database with roles, rules, hub and ERP connection, dictionaries and a reviewer."""
        self._empty()
        self.call("bootstrap", "--admin", "fire", ZBSYNC_ADMIN_PASSWORD=WORD)
        self.call("connect_hub", HUB, "--kind", "file")
        account = ("--username-env", "ERP_USER", "--password-env", "ERP_PASSWORD", "--lanes", "4")
        stage = ("--option", "sort1=意向客户/初步接触")
        self.call("connect_erp", ERP, "--base-url", self.url, "--dialect", "legacy", *account, *stage)
        self.call("survey", ERP)

    def _empty(self) -> None:
        if self.broker.startswith("redis"):
            queue = Redis.from_url(self.broker)
            for key in queue.scan_iter("django_q:*"):
                queue.delete(key)
        if self.postgres:
            server, _, name = self.database.rpartition("/")
            with psycopg.connect(f"{server}/postgres", autocommit=True) as rows:
                rows.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                rows.execute(f'CREATE DATABASE "{name}"')

    def call(self, *words: str, **more: str) -> str:
        """Run `manage.py` to its end; what it said. Raises AssertionError when it failed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode == 0, (
            f"{words[0]} ended with {done.returncode}: {done.stdout[-500:]} {done.stderr[-2000:]}"
        )
        return done.stdout

    def start(self, name: str) -> None:
        """Start `worker-1`, `worker-2`, `web` or `people` in a session of its own, unless it runs."""
        if name in self.running and self.running[name].poll() is None:
            return
        self.starts += 1
        commands: dict[str, tuple[Any, ...]] = {
            "web": ("manage.py", "web", "--port", self.port),
            "people": ("-m", "tests.bench.fire.people", self.folder, self.seed * 1000 + self.starts, self.port),
        }
        command = commands.get(name, ("manage.py", "worker", "--patience", "10"))
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *map(str, command)],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def cluster(self, worker: str) -> list[int]:
        """The processes of the cluster under a worker, its main process first; [] while there is none."""
        parent = self.running[worker].pid
        mains = [child for child in children(parent) if os.getsid(child) == child]
        return of_session(mains[0]) if mains else []

    def kill(self, process: int, how: int = signal.SIGKILL) -> bool:
        """Send a signal; False when it was gone already."""
        try:
            os.kill(process, how)
        except ProcessLookupError:
            return False
        return True

    def wait_for_silence(self, seconds: float) -> bool:
        """Until a push is being said to the ERP; False when none was in so long."""
        end = time.monotonic() + seconds
        asked = "SELECT count(*) FROM zbsync_push WHERE state = 'sending'"
        with contextlib.closing(self._look()) as rows:
            while time.monotonic() < end:
                if rows.execute(asked).fetchone()[0]:
                    return True
                time.sleep(0.02)
        return False

    def _look(self) -> Any:
        if self.postgres:
            return psycopg.connect(self.database, autocommit=True)
        return sqlite3.connect(self.database.removeprefix("sqlite:///"), timeout=20)

    def all_processes(self) -> list[int]:
        """Everything of the installation that lives."""
        found = [one.pid for one in self.running.values() if one.poll() is None]
        for name in list(self.running):
            found += of_session(self.running[name].pid)
            if name.startswith("worker"):
                found += self.cluster(name)
        return list(dict.fromkeys(found))

    def stop(self) -> None:
        """End everything, each by its own id."""
        for process in self.all_processes():
            self.kill(process)
        for child in self.running.values():
            child.wait()

    def cut_database(self, share: float, chance: Any) -> int:
        """Terminate so many of the server's connections to our database; how many there were."""
        server, _, name = self.database.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as rows:
            found = rows.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [name]).fetchall()
            chosen = [pid for (pid,) in found if chance.random() < share]
            for pid in chosen:
                rows.execute("SELECT pg_terminate_backend(%s)", [pid])
        return len(chosen)


def wait_for(child: "subprocess.Popen[bytes]", seconds: float) -> int | None:
    """The code it ended with; None when it did not in time."""
    end = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < end:
        time.sleep(0.05)
    return child.poll()
