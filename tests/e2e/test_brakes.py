"""The canary and the breaker on two clusters that are killed: the rest of a batch is neither lost nor sent too early,
and a connection that was paused stays so until something real ends it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.bench import fresh
from tests.e2e.house import ROOT, House, house, until
from tests.management.running.processes import children, of_session

pytestmark = pytest.mark.slow
FIRST = 3
BATCH = """
import json, sys, uuid
import django
django.setup()
from django.db import transaction
from tests.models import make
from zbsync.pipeline import doorbell, outbox
url, count, first = json.loads(sys.argv[1])
connection = make.erp(name="sandbox", base_url=url, lanes=2)
with transaction.atomic():
    act, pushes = uuid.uuid4(), []
    for n in range(1, count + 1):
        values = {"khid": f"WX{n}", "name": f"张示例{n}", "mobile": f"1390000{n:04d}", "sort1": "3,7"}
        contact = make.contact(proposed_version=1, eligible=True)
        proposal = make.proposal(state="approved", contact=contact, connection=connection, payload=values)
        pushes.append(make.push(proposal=proposal, payload=values, khid=values["khid"], act=act))
    if first:
        outbox.hold_back(pushes, uuid.uuid4(), first)
    for push in pushes:
        push.save()
    doorbell.ring()
"""
TOLD = """
import json
import django
django.setup()
from django.db.models import Count, Max, Min
from zbsync.models import Attempt, ErpConnection, Push
first = list(Push.objects.order_by("pk").values_list("pk", flat=True)[:3])
erp = ErpConnection.objects.get()
seen = {
    "states": dict(Push.objects.order_by().values_list("state").annotate(n=Count("id"))),
    "waiting": Push.objects.waiting().count(),
    "first_verified": Push.objects.filter(pk__in=first).aggregate(at=Max("verified_at"))["at"],
    "rest_begun": Attempt.objects.exclude(push__in=first).aggregate(at=Min("started_at"))["at"],
    "attempts": Attempt.objects.count(),
    "cause": erp.pause_cause,
    "paused": erp.paused_at is not None,
    "trial": erp.half_open_since is not None,
}
print(json.dumps(seen, default=str))
"""
SAVE = {"cmdkey": "__sys_dosave"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[House]:
    server = os.environ["DATABASE_URL"] if connection.vendor == "postgresql" else ""
    with house(tmp_path, database=fresh(server, "brakes"), latency_ms=100) as made:
        made.env |= {"ZBSYNC_CANARY_SIZE": str(FIRST), "ZBSYNC_BREAKER_LEAST": "4", "ZBSYNC_BREAKER_HALF_OPEN": "2"}
        yield made


def snippet(desk: House, code: str, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, env=desk.env, check=True, capture_output=True, text=True
    ).stdout


def approve(desk: House, count: int, first: int = 0) -> None:
    """One act of so many creates, of which `first` go first (0: all at once)."""
    snippet(desk, BATCH, json.dumps([desk.sandbox.url, count, first]))


def told(desk: House) -> dict[str, Any]:
    seen: dict[str, Any] = json.loads(snippet(desk, TOLD).splitlines()[-1])
    return seen


def clusters(desk: House) -> list[subprocess.Popen[str]]:
    """Two supervisors with a cluster each, on one database."""
    return [desk.start("worker") for _ in range(2)]


def kill(workers: list[subprocess.Popen[str]]) -> None:
    """Everything of them at once, as when a machine loses power."""
    for worker in workers:
        parts = [process for leader in children(worker.pid) for process in of_session(leader)]
        for process in [*of_session(worker.pid), *parts]:
            os.kill(process, signal.SIGKILL)
        worker.wait()


def made(desk: House) -> list[str]:
    return sorted(one["khid"] for one in desk.sandbox.store.customers())


def test_the_rest_is_neither_lost_nor_sent_before_the_first_few_are_verified(desk: House) -> None:
    approve(desk, 30, FIRST)
    workers = clusters(desk)
    until(lambda: desk.in_state("sending"), 60)
    kill(workers)
    seen = told(desk)
    assert (seen["waiting"], seen["rest_begun"]) == (30 - FIRST, None)

    workers = clusters(desk)
    runs = [desk.start("run", "--until-idle")]  # the timetable, which rings every minute, is not set up here
    until(lambda: desk.in_state("queued") < 30 - FIRST, 240)  # they were let go
    kill([*workers, *runs])
    desk.call("run", "--until-idle")

    until(lambda: desk.in_state("verified") == 30, 60)
    assert made(desk) == sorted(f"WX{n}" for n in range(1, 31))
    seen = told(desk)
    assert seen["waiting"] == 0
    assert seen["rest_begun"] > seen["first_verified"]


def test_the_rest_waits_for_a_person_whoever_dies_when_one_of_the_first_few_failed(desk: House) -> None:
    desk.sandbox.faults.arm([{"name": "refuse", "where": {"khid": "WX1"}, **SAVE}])
    approve(desk, 10, FIRST)
    workers = clusters(desk)
    until(lambda: desk.in_state("sending"), 60)
    kill(workers)
    workers = clusters(desk)
    desk.call("run", "--until-idle")
    kill(workers)
    desk.call("run", "--until-idle")
    seen = told(desk)
    assert (seen["waiting"], seen["rest_begun"]) == (10 - FIRST, None)
    assert len(made(desk)) == FIRST - 1
    assert seen["states"]["verified"] == FIRST - 1


def test_a_breaker_that_tripped_stays_tripped_and_a_person_resets_it(desk: House) -> None:
    desk.env["ZBSYNC_BREAKER_PROBE_S"] = "600"
    desk.sandbox.faults.arm([{"name": "refuse", **SAVE}])
    approve(desk, 40)
    workers = clusters(desk)
    until(lambda: told(desk)["paused"], 60)
    kill(workers)
    desk.sandbox.faults.arm([])
    before = told(desk)
    assert before["cause"].startswith("breaker.")
    assert before["states"]["queued"] + before["states"].get("leased", 0) > 0

    workers = clusters(desk)
    until(lambda: "worker     last beat" in desk.call("status"), 60)
    kill(workers)
    after = told(desk)
    assert (after["paused"], after["attempts"]) == (True, before["attempts"])
    assert made(desk) == []

    assert json.loads(desk.call("resume", "sandbox", "--by", "admin", "--reason", "mended", "--json"))["changed"]
    desk.call("run", "--until-idle")
    seen = told(desk)
    assert (seen["paused"], seen["trial"]) == (False, False)
    assert seen["states"]["verified"] == len(made(desk)) == 40 - seen["states"]["rejected"]


def test_a_trial_that_a_death_broke_off_is_judged_by_the_next_cluster(desk: House) -> None:
    desk.env["ZBSYNC_BREAKER_PROBE_S"] = "1"
    desk.sandbox.faults.arm([{"name": "refuse", **SAVE}])
    approve(desk, 40)
    until(lambda: desk.in_state("queued") == 40, 10)
    workers = clusters(desk)
    until(lambda: told(desk)["paused"], 60)
    desk.sandbox.faults.arm([])
    runs = [desk.start("run", "--until-idle")]
    until(lambda: told(desk)["trial"] or desk.in_state("verified"), 60)
    kill([*workers, *runs])
    desk.call("run", "--until-idle")
    seen = told(desk)
    assert (seen["paused"], seen["trial"]) == (False, False)
    assert set(seen["states"]) == {"verified", "rejected"}
    assert seen["states"]["verified"] == len(made(desk))
