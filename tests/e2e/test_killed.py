"""A run that is killed, with real processes over real HTTP, ends with every customer made exactly once."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import House, house, until

pytestmark = pytest.mark.slow


def kill(child: Any) -> None:
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def finish(desk: House, count: int) -> None:
    told = json.loads(desk.call("run", "--until-idle", "--json"))
    assert told["idle"] is True
    assert desk.status()["pushes"]["verified"] == count
    customers = [one["khid"] for one in desk.sandbox.store.customers()]
    assert sorted(customers) == sorted(f"WX{n}" for n in range(1, count + 1))


def test_killed_after_the_erp_stored_and_before_it_answered(tmp_path: Path) -> None:
    faults = [{"name": "slow", "seconds": 2.5, "count": 1, "cmdkey": "__sys_dosave"}]
    with house(tmp_path, faults=faults) as desk:
        desk.approve(1)
        first = desk.start("run", "--until-idle")
        until(desk.sandbox.store.customers)
        kill(first)
        assert desk.status()["pushes"]["sending"] == 1
        finish(desk, 1)
        assert len(desk.sandbox.log(cmdkey="__sys_dosave")) == 1, "found by looking, never sent again"


def test_killed_while_the_request_was_on_its_way(tmp_path: Path) -> None:
    with house(tmp_path, latency_ms=700) as desk:
        desk.approve(1)
        first = desk.start("run", "--until-idle")
        until(lambda: desk.in_state("sending"))
        kill(first)
        assert desk.sandbox.log(cmdkey="__sys_dosave") == [], "it was killed before the ERP took the save up"
        finish(desk, 1)


def test_killed_again_and_again_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    with house(tmp_path, latency_ms=60) as desk:
        desk.approve(40)
        for stored in (5, 20):
            child = desk.start("run", "--until-idle")
            until(lambda: len(desk.sandbox.store.customers()) >= stored)  # noqa: B023 - called at once
            kill(child)
        finish(desk, 40)
        saved = [seen.ord for seen in desk.sandbox.store.writes() if seen.effect == "created"]
        assert len(saved) == len(set(saved)) == 40
