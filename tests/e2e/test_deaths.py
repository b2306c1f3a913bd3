"""A worker that is asked to stop, a machine that restarts, a disk that is full, a server that throws everybody out."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.bench import fresh
from tests.e2e.house import CLOCKS, ROOT, House, house, until
from tests.management.running.processes import children, of_session

pytestmark = pytest.mark.slow
FULL = """
import sys
import django
django.setup()
from django.core.management import execute_from_command_line
from django.db.backends.signals import connection_created
def no_room(connection, **_):
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + 6}")
connection_created.connect(no_room)
execute_from_command_line(["manage.py", "run", "--until-idle"])
"""


def arrived_once(desk: House, count: int) -> None:
    until(lambda: desk.in_state("verified") == count, 90)
    customers = [one["khid"] for one in desk.sandbox.store.customers()]
    assert sorted(customers) == sorted(f"WX{n}" for n in range(1, count + 1))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[House]:
    server = os.environ["DATABASE_URL"] if connection.vendor == "postgresql" else ""
    with house(tmp_path, database=fresh(server, "deaths"), latency_ms=150) as made:
        yield made


def test_asked_to_stop_it_finishes_what_it_says_and_leaves_no_lease_behind(desk: House) -> None:
    desk.approve(60)
    worker = desk.start("worker")
    until(lambda: desk.in_state("sending"), 60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(float(CLOCKS["ZBSYNC_LEASE_S"]) + 6) == 0
    assert (desk.in_state("sending"), desk.in_state("leased")) == (0, 0)
    assert desk.in_state("in_doubt") == 0
    assert desk.in_state("queued") > 0, "it stopped in the middle of the work"
    desk.call("run", "--until-idle")
    arrived_once(desk, 60)


def test_a_machine_that_restarts_goes_on_where_it_was(desk: House) -> None:
    desk.approve(30)
    workers = [desk.start("worker") for _ in range(2)]
    until(lambda: desk.in_state("sending"), 60)
    for worker in workers:
        for process in [*of_session(worker.pid), *clusters_of(worker.pid)]:
            os.kill(process, signal.SIGKILL)
        worker.wait()
    assert desk.in_state("sending") + desk.in_state("leased") > 0, "it died with something in its hands"
    desk.start("worker")
    desk.call("run", "--until-idle")  # the timetable, which rings every minute, is not set up here
    arrived_once(desk, 30)


def clusters_of(supervisor: int) -> list[int]:
    """What a supervisor started, in sessions of their own."""
    return [process for leader in children(supervisor) for process in of_session(leader)]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only a file fills a disk of ours")
def test_a_full_disk_is_told_and_with_room_again_everything_goes_on(desk: House) -> None:
    desk.approve(25)
    done = subprocess.run(
        [sys.executable, "-c", FULL], cwd=ROOT, env=desk.env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 1
    assert "disk is full; make room on the disk of the database and run this again" in done.stderr.splitlines()[-1]
    assert desk.in_state("verified") < 25
    desk.call("run", "--until-idle")
    arrived_once(desk, 25)


@pytest.mark.postgres
def test_a_server_that_throws_everybody_out_costs_no_worker_and_no_push(desk: House) -> None:
    desk.approve(30)
    worker = desk.start("worker")
    for _ in range(3):
        until(lambda: desk.in_state("sending"), 60)
        with psycopg.connect(desk.env["DATABASE_URL"], autocommit=True) as rows:
            others = "datname = current_database() AND pid <> pg_backend_pid()"
            rows.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
    desk.call("run", "--until-idle")
    arrived_once(desk, 30)
    assert worker.poll() is None
