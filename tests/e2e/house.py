"""A whole installation in a folder: its own database file and environment, real processes, the sandbox over HTTP."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tests.bench import fresh
from tests.management.running import processes
from tests.management.shell import empty_database
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD
from zbsync.sandbox.store import Store

ROOT = Path(__file__).resolve().parents[2]
CLOCKS = {
    "ZBSYNC_CALL_TIMEOUT_S": "3",
    "ZBSYNC_JOB_TIMEOUT_S": "8",
    "ZBSYNC_LEASE_S": "9",
    "ZBSYNC_REDELIVER_S": "20",
    "ZBSYNC_LOOK_AGAIN_S": "0.5",
    "ZBSYNC_RETRY_BASE_S": "0.3",
    "ZBSYNC_POLL_S": "0.2",
}
SET_UP = """
import json, sys
import django
django.setup()
from django.db import transaction
from tests.models import make
from zbsync.pipeline import doorbell
url, count = json.loads(sys.argv[1])
connection = make.erp(name="sandbox", base_url=url, lanes=2)
with transaction.atomic():
    for n in range(1, count + 1):
        values = {"khid": f"WX{n}", "name": f"张示例{n}", "mobile": f"1390000{n:04d}", "sort1": "3,7"}
        contact = make.contact(proposed_version=1, eligible=True)
        proposal = make.proposal(state="approved", contact=contact, connection=connection, payload=values)
        make.push(proposal=proposal, payload=values, khid=values["khid"])
    doorbell.ring()
"""


class House:
    """One installation; on a SQLite file in its folder unless `database` names another."""

    def __init__(self, folder: Path, sandbox: Sandbox, database: str = "") -> None:
        self.sandbox = sandbox
        self.database = folder / "house.sqlite3"
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("ZBSYNC_", "DATABASE_URL"))},
            **CLOCKS,
            "DATABASE_URL": database or f"sqlite:///{self.database}",
            "DJANGO_SETTINGS_MODULE": "zbsync.settings",
            "ZBSYNC_NO_VENV": "1",
            "ERP_USER": DEMO_LOGIN,
            "ERP_PASSWORD": DEMO_WORD,
        }
        self.children: list[subprocess.Popen[str]] = []
        if database:
            self.call("migrate", "-v0")
        else:
            self.database.write_bytes(empty_database())

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start `manage.py <command>` in a session of its own."""
        child = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.children.append(child)
        return child

    def call(self, *command: str) -> str:
        """Run `manage.py <command>` to its end; what it said on stdout."""
        child = self.start(*command)
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err[-2000:]
        return out

    def approve(self, count: int) -> None:
        """Rows as an approval leaves them: pushes in the queue and a ring."""
        argument = json.dumps([self.sandbox.url, count])
        subprocess.run([sys.executable, "-c", SET_UP, argument], cwd=ROOT, env=self.env, check=True)

    def status(self) -> dict[str, Any]:
        """What `status --json` says."""
        told: dict[str, Any] = json.loads(self.call("status", "--json"))
        return told

    def in_state(self, state: str) -> int:
        """How many pushes are in a state this very moment: `status` takes seconds to start, and states pass."""
        url = self.env["DATABASE_URL"]
        server = url.startswith("postgres")
        asked = f"SELECT count(*) FROM zbsync_push WHERE state = {'%s' if server else '?'}"
        rows: Any = psycopg.connect(url, autocommit=True) if server else sqlite3.connect(self.database)
        with contextlib.closing(rows):
            return int(rows.execute(asked, [state]).fetchone()[0])

    def stop(self) -> None:
        """End what still runs, also the orphans of what was killed: they all know the address of this database."""
        for child in self.children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        for orphan in processes.told("DATABASE_URL", self.env["DATABASE_URL"]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
            for stream in (child.stdout, child.stderr):
                if stream is not None:
                    stream.close()


@contextlib.contextmanager
def house(folder: Path, database: str = "", **sandbox: Any) -> Iterator[House]:
    with running(**sandbox) as erp:
        made = House(folder, erp, database)
        try:
            yield made
        finally:
            made.stop()


def told_by(program: str, what: str, folder: Path) -> str:
    """The last line of `python -m <program> WHAT ERP-URL STORE-FILE FOLDER` in a house of its own, on the kind of
    database that the tests run on; fails with its last words when it failed.
    """
    store = folder / "erp.sqlite3"
    server = os.environ["DATABASE_URL"] if connection.vendor == "postgresql" else ""
    with house(folder, database=fresh(server, f"house_{what}", hasty=True), store=Store(str(store))) as desk:
        done = subprocess.run(
            [sys.executable, "-m", program, what, desk.sandbox.url, str(store), str(folder)],
            cwd=ROOT,
            env=desk.env | {"LOG_LEVEL": "WARNING"},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


def until(holds: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait until something holds, and answer it; fails when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not happen in {seconds:g} s")
