"""SQLite under the demo's load: a worker, pages read and written, imports and approvals at once, and nobody is told
that the database is locked.
"""

import json
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from django.db import connection

from tests.e2e.house import House, house, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite locks a whole database"),
]
SECONDS, ROWS = 8.0, 60
WORD = "not-a-secret"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
LISTS = ("proposal", "push", "contact", "entry")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def contacts(path: Path, first: int, summary: str) -> Path:
    """A file of the hub with `ROWS` contacts."""
    rows = [
        {"source_id": f"w{n}", "name": f"张示例{n}", "phone": f"139{n:08d}", "phone_verified": True, "score": 90}
        | {"channel": "微信", "wechat_id": f"wx_w{n}", "summary": summary}
        for n in range(first, first + ROWS)
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    return path


class Load:
    """What several people and programs do at once, until the time is over; `done` counts by what it was."""

    def __init__(self, desk: House, folder: Path, address: str) -> None:
        self.desk, self.folder, self.address = desk, folder, address
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.end = time.monotonic() + SECONDS

    def run(self, *acts: Callable[[int], None]) -> None:
        threads = [threading.Thread(target=self._again, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _again(self, act: Callable[[int], None]) -> None:
        turn = 0
        while time.monotonic() < self.end or not turn:
            try:
                act(turn)
                self.done[act.__name__] += 1
            except (AssertionError, httpx.HTTPError) as error:
                self.wrong.append(f"{act.__name__}: {error}")
            turn += 1

    def tell_new(self, turn: int) -> None:
        file = contacts(self.folder / f"new{turn}.jsonl", turn * ROWS, "想要报价")
        self.desk.call("import_contacts", str(file), "--hub", "wechat")

    def tell_again(self, turn: int) -> None:
        file = contacts(self.folder / f"again{turn}.jsonl", 0, f"第{turn}次说起")
        self.desk.call("import_contacts", str(file), "--hub", "wechat")

    def approve(self, turn: int) -> None:
        self.desk.call("approve", "--all", "--by", "admin")

    def browse(self, turn: int) -> None:
        """Sign in, which writes, and read every list."""
        with httpx.Client(base_url=self.address, timeout=60, follow_redirects=True) as client:
            found = TOKEN.search(client.get("/admin/login/").text)
            assert found is not None
            form = {"username": "admin", "password": WORD, "csrfmiddlewaretoken": found[1], "next": "/admin/"}
            pages = [client.post("/admin/login/", data=form, headers={"Referer": self.address})]
            pages += [client.get(f"/admin/zbsync/{name}/") for name in LISTS]
            assert [page.status_code for page in pages] == [200] * 5
            assert "csrfmiddlewaretoken" in pages[-1].text, "nobody is signed in"


def test_nobody_is_told_that_the_database_is_locked(tmp_path: Path) -> None:
    with house(tmp_path, latency_ms=20) as desk:
        desk.env |= {"ZBSYNC_ADMIN_PASSWORD": WORD, "LOG_LEVEL": "WARNING", "ZBSYNC_SECOND_PERSON_ABOVE": "0"}
        desk.call("bootstrap", "--admin", "admin")
        desk.call("connect_hub", "wechat", "--kind", "file")
        secrets = ("--username-env", "ERP_USER", "--password-env", "ERP_PASSWORD")
        sort = ("--option", "sort1=3,7")
        desk.call("connect_erp", "erp", "--base-url", desk.sandbox.url, "--dialect", "legacy", *secrets, *sort)
        desk.call("survey", "erp")
        port = free_port()
        programs = [desk.start("worker"), desk.start("web", "--port", str(port))]
        address = f"http://127.0.0.1:{port}"
        until(lambda: answers(address), 60)

        load = Load(desk, tmp_path, address)
        load.run(load.tell_new, load.tell_again, load.approve, load.browse, load.browse)
        status = desk.status()

        said = []
        for program in programs:
            program.send_signal(signal.SIGTERM)
            said += [text for text in program.communicate(timeout=60) if text]
    assert load.wrong == []
    assert status["contacts"]["total"] >= ROWS
    assert sum(status["proposals"].values()) > 0, "the worker was at work"
    assert set(load.done) == {"tell_new", "tell_again", "approve", "browse"}
    assert "locked" not in "".join(said), "".join(said)[-3000:]


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/admin/login/", timeout=30).status_code == 200
    except httpx.TransportError:
        return False
