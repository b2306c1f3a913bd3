"""Bad weather and kills together: real processes, faults from a seed, `kill -9` at times from the same seed."""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import House, house

pytestmark = pytest.mark.slow

PUSHES = 25
FAULTS = (
    {"name": "reply_lost", "probability": 0.1},
    {"name": "html_500_after_store", "probability": 0.05, "cmdkey": "__sys_dosave"},
    {"name": "session_kill", "probability": 0.03},
    {"name": "unavailable", "probability": 0.02, "seconds": 1},
    {"name": "slow", "probability": 0.03, "seconds": 4, "count": 2},
    {"name": "empty_body", "probability": 0.05},
)


@pytest.mark.parametrize("seed", [11, 12])
def test_killed_in_bad_weather_each_customer_is_made_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with house(tmp_path, latency_ms=30, faults=list(FAULTS)) as desk:
        desk.approve(PUSHES)
        for _ in range(3):
            child = desk.start("run", "--until-idle")
            time.sleep(chance.uniform(1.5, 4.0))
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        desk.sandbox.faults.arm([])
        told = finish(desk)
        assert told["idle"] is True
        customers = [one["khid"] for one in desk.sandbox.store.customers()]
        assert sorted(customers) == sorted(f"WX{n}" for n in range(1, PUSHES + 1))
        created = [seen.ord for seen in desk.sandbox.store.writes() if seen.effect == "created"]
        assert len(created) == len(set(created)) == PUSHES
        states = {state: count for state, count in desk.status()["pushes"].items() if count}
        assert states == {"verified": PUSHES}, states


def finish(desk: House) -> dict[str, Any]:
    """In fine weather: until nothing is due. Leases of the killed are waited for."""
    told: dict[str, Any] = {"idle": False}
    for _ in range(3):
        told = json.loads(desk.call("run", "--until-idle", "--json"))
        if told["idle"]:
            break
    return told
