"""How much the sandbox carries: calls a second at a latency, and how far its lists reach before they cost anything.

The measures of others stand on it: `push` and `survey` count what the sandbox answers, so it must never be the
slow one. Server and callers are separate processes, as there.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.sandbox.caller import ADD, LIST, PERSONS, REFRESH, SAVE, datas, unit

Report = Callable[[str], object]

CONNECTIONS, LATENCY_MS, SECONDS = 16, 50, 10.0
CUSTOMERS, PAGE = 100_000, 500
NEEDED = 300
"""Calls a second; at 50 ms sixteen connections cannot have more than 320."""


def run(report: Report) -> None:
    """Measure with as many sample customers as a large installation has."""
    with _served() as (process, address):
        lane = _Lane(address)
        for name, path, filters in _lists():
            report(f"sandbox: {name:<16} {_over(lane, path, filters):6.1f} ms over the latency")
        started, cpu = time.monotonic(), _cpu_s(process.pid)
        calls = _hammer(address)
        took, spent = time.monotonic() - started, _cpu_s(process.pid) - cpu
        limit = CONNECTIONS * 1000 / LATENCY_MS if LATENCY_MS else 0
        share = f", {calls / took / limit:.0%} of the limit" if limit else ""
        report(
            f"sandbox: {calls / took:.0f} calls a second on {CONNECTIONS} connections at {LATENCY_MS} ms{share}"
            f" ({NEEDED} needed), {1000 * spent / calls:.2f} ms of CPU a call, {_memory_mb(process.pid):.0f} MB"
        )


@contextmanager
def _served() -> Iterator[tuple[subprocess.Popen[str], str]]:
    words = ["--port=0", f"--latency-ms={LATENCY_MS}", f"--customers={CUSTOMERS}"]
    command = [sys.executable, "-m", "zbsync.sandbox", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().split("//")[1].strip()
        finally:
            process.terminate()


def _lists() -> list[tuple[str, str, dict[str, Any]]]:
    last = max(1, CUSTOMERS // PAGE)
    return [
        ("first page", LIST, {"pagesize": PAGE}),
        ("last page", LIST, {"pagesize": PAGE, "pageindex": last}),
        ("last of persons", PERSONS, {"pagesize": PAGE, "pageindex": last}),
        ("by number", LIST, {"khid": "WXu900001"}),
        ("by name", LIST, {"name": "有限公司", "pagesize": 20}),
        ("by mobile", PERSONS, {"mobile": "13900001230"}),
        ("quick search", LIST, {"searchKey": "13900001230"}),
        ("of a customer", PERSONS, {"company": 1300}),
    ]


class _Lane:
    """One connection and its session."""

    def __init__(self, address: str) -> None:
        self._wire = http.client.HTTPConnection(address, timeout=60)
        fields = {"user": "txt:demo", "password": "txt:demo-pass", "serialnum": "txt:bench", "rndcode": ""}
        self._session = self.post("/webapi/v3/ov1/login", {"datas": datas(fields)})["header"]["session"]

    def post(self, path: str, body: dict[str, Any]) -> Any:
        self._wire.request("POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        return json.loads(self._wire.getresponse().read())

    def call(self, path: str, command: str = "", /, **fields: Any) -> Any:
        return self.post(path, {"session": self._session, "cmdkey": command, "datas": datas(fields)})


def _over(lane: _Lane, path: str, filters: dict[str, Any]) -> float:
    """Milliseconds beyond the latency, the best of five."""
    took = []
    for _ in range(5):
        started = time.perf_counter()
        lane.call(path, REFRESH, **filters)
        took.append(1000 * (time.perf_counter() - started) - LATENCY_MS)
    return min(took)


def _hammer(address: str) -> int:
    """Allocate, save, read back, on every connection until the time is up; how many calls that was."""
    counted = [0] * CONNECTIONS
    until = time.monotonic() + SECONDS

    def work(place: int) -> None:
        lane = _Lane(address)
        while time.monotonic() < until:
            ord_ = int(lane.call(f"{ADD}?intsort=1")["body"]["bill"]["value"])
            lane.call(f"{ADD}?intsort=1", SAVE, **unit(ord=ord_, khid=f"WXb{ord_}", mobile=f"137{ord_:08d}"))
            lane.call(f"{ADD}?edit=1", ord=ord_)
            counted[place] += 3

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counted)


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / 100


def _memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
