"""The ERP of the push bench, in a process of its own, so that its work does not slow the lanes; and what it saw."""

import contextlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from tests.house.tree import ROOT

PAGES = "/sysa"
"""Every page of the interface but the login: replies of reads get lost as well as those of saves."""


@dataclass(frozen=True)
class Tally:
    """What a system came to: `unknown` are the pushes of which it cannot say whether they arrived."""

    pushes: int
    seconds: float
    doubled: int
    lost: int
    unknown: int
    calls: float = 0.0
    cpu_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Pushes a second, until the last one was settled."""
        return self.pushes / self.seconds


@dataclass
class Erp:
    """A sandbox that loses replies."""

    url: str

    @classmethod
    @contextlib.contextmanager
    def started(cls, latency_ms: float, loss: float) -> "Iterator[Erp]":
        """Serve until the block ends. It checks for no duplicates: that is the caller's to keep."""
        faults = json.dumps([{"name": "reply_lost", "probability": loss, "path": PAGES}] if loss else [])
        words = ("--port=0", f"--latency-ms={latency_ms}", "--customers=0", f"--faults={faults}")
        command = [sys.executable, "-m", "zbsync.sandbox", *words]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            try:
                erp = cls(re.sub(r"^sandbox ready ", "", child.stdout.readline().strip()))
                httpx.post(f"{erp.url}/__sandbox__/policies", json={"duplicates": {}}).raise_for_status()
                yield erp
            finally:
                child.terminate()

    def tally(self, pushes: int, began: float, unknown: int, cpu_ms: float = 0.0) -> Tally:
        """Everything is settled now: count on this side."""
        seconds = time.perf_counter() - began
        seen = httpx.get(f"{self.url}/__sandbox__/log", timeout=60).json()["calls"]
        made = [call["khid"] for call in seen if call["effect"] == "created"]
        calls = sum(PAGES in call["path"] for call in seen) / pushes
        return Tally(pushes, seconds, len(made) - len(set(made)), pushes - len(set(made)), unknown, calls, cpu_ms)


def customers(count: int) -> Iterator[dict[str, str]]:
    """What is to be said of each."""
    for number in range(count):
        yield {
            "khid": f"WX{number}",
            "name": f"张示例{number}",
            "mobile": f"139{number:08d}",
            "weixinAcc": f"wx_{number}",
            "sort1": "3,7",
            "ly": "171",
            "intro": "问过价格，约了下周见面。",
        }
