"""The demo as a person starts it, in a copy of the project: it runs, runs again, and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.house.tree import ROOT
from tests.management.running.processes import linux, until, working_in
from tests.management.shell import surroundings
from zbsync.roles import ROLES

pytestmark = [pytest.mark.slow, linux]

CONTACTS = "40"


class Copy:
    """The project in a folder of its own, with a `var` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("zbsync", "templates"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "manage.py", folder)
        self.environment = surroundings(BROWSER="true")

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start the demo."""
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo", "--contacts", CONTACTS, *words],
            cwd=self.folder,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a demo that ends by itself."""
        child = self.start(*words, **environment)
        out, err = child.communicate(timeout=240)
        return child.returncode, out, err

    def count(self, what: str) -> int:
        """Rows of the demo's database."""
        with sqlite3.connect(self.folder / "var" / "zbsync.sqlite3") as database:
            (number,) = database.execute(f"SELECT COUNT(*) FROM {what}").fetchone()
        database.close()
        return int(number)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    made = Copy(tmp_path_factory.mktemp("copy").resolve())
    yield made
    for process in working_in(made.folder):
        os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def once(copy: Copy) -> tuple[int, str, str]:
    """The first run of all, headless."""
    return copy.run("--once")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def table(text: str) -> dict[tuple[str, str], int]:
    """The demo's table: title and what → count."""
    head, *lines, foot = text.rstrip("\n").splitlines()
    assert set(head) == set(foot) == {"-"}
    cells = [re.split(r" {2,}", line) for line in lines]
    return {(title, what): int(count) for title, what, count in cells}


def test_once_prints_what_happened_and_nothing_else_on_stdout(once: tuple[int, str, str]) -> None:
    code, out, err = once
    assert code == 0, err
    told = table(out)
    assert told["contacts", "in the mirror"] == int(CONTACTS)
    assert told["contacts", "eligible"] > 10
    assert told["pushes", "verified"] > 5
    assert told["proposals", "approved"] >= told["pushes", "verified"]
    assert told["proposals", "blocked"] == sum(n for (title, _), n in told.items() if title == "held back") > 0
    assert told["ERP", "calls"] > told["pushes", "verified"] * 3
    assert not {"queued", "leased", "sending", "in_doubt"} & {what for title, what in told if title == "pushes"}


def test_once_leaves_no_process(copy: Copy, once: tuple[int, str, str]) -> None:
    assert working_in(copy.folder) == {}


def test_a_second_run_goes_on_where_the_first_ended_and_sends_nothing_twice(copy: Copy, once) -> None:
    before = [copy.count(what) for what in ("zbsync_push", "zbsync_contact", "auth_user")]
    code, out, err = copy.run("--once")
    assert code == 0, err
    assert [copy.count(what) for what in ("zbsync_push", "zbsync_contact", "auth_user")] == before
    assert table(out)["pushes", "verified"] == table(once[1])["pushes", "verified"]


def test_the_passwords_are_kept_for_this_user_alone(copy: Copy, once) -> None:
    kept = copy.folder / "var" / "demo-accounts.json"
    assert kept.stat().st_mode & 0o077 == 0
    assert set(json.loads(kept.read_text())) == {f"demo-{role}" for role in ROLES}


def test_the_demo_needs_the_sandbox(copy: Copy) -> None:
    live = {"ZBSYNC_MODE": "live", "SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "sync.example"}
    code, out, err = copy.run("--once", **live)
    assert (code, out) == (2, "")
    assert err == "CommandError: demo runs in sandbox mode only: unset ZBSYNC_MODE\n"


def test_a_port_that_is_in_use_is_told_before_anything_is_done(tmp_path: Path) -> None:
    fresh = Copy(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        code, out, err = fresh.run("--no-browser", "--port", str(holder.getsockname()[1]))
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert "choose another --port" in line
    assert not (tmp_path / "var" / "zbsync.sqlite3").exists()


@pytest.fixture
def running(copy: Copy, once: tuple[int, str, str], port: int) -> Iterator[tuple["subprocess.Popen[str]", str, str]]:
    """A demo that has come up; with its address and what it printed."""
    child = copy.start("--no-browser", "--port", str(port))
    lines = []
    assert child.stdout is not None
    for line in child.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    assert child.poll() is None, child.communicate()[1][-2000:]
    yield child, f"http://127.0.0.1:{port}", "".join(lines)
    child.kill()
    child.communicate()


def test_it_prints_the_address_and_one_account_per_role_that_can_log_in(running) -> None:
    _, address, told = running
    assert f"zbsync is running at {address}/admin/" in told
    accounts = dict(re.findall(r"^  (demo-\w+) +(\S+)$", told, re.MULTILINE))
    assert set(accounts) == {f"demo-{role}" for role in ROLES}
    for name, password in accounts.items():
        with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as visitor:
            visitor.get("/admin/login/")
            form = {"username": name, "password": password, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
            page = visitor.post("/admin/login/?next=/admin/zbsync/contact/", data=form)
            assert (page.status_code, page.url.path) == (200, "/admin/zbsync/contact/"), name


def test_its_worker_works(running) -> None:
    _, address, _ = running
    until(lambda: httpx.get(f"{address}/healthz", timeout=30).status_code == 200, 90)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_however_it_ends_no_process_is_left(copy: Copy, running, how: signal.Signals) -> None:
    child, _, _ = running
    until(lambda: len(working_in(copy.folder)) >= 10, 90)
    names = " ".join(working_in(copy.folder).values())
    for part in ("zbsync.sandbox", "manage.py worker", "qcluster", "gunicorn"):
        assert part in names
    child.send_signal(how)
    assert child.wait(240) == (0 if how in (signal.SIGINT, signal.SIGTERM) else -how)
    until(lambda: working_in(copy.folder) == {}, 240 if how in (signal.SIGKILL, signal.SIGHUP) else 1)


def test_ctrl_c_while_it_still_sets_up_leaves_nothing_either(tmp_path: Path) -> None:
    fresh = Copy(tmp_path)
    child = fresh.start("--once")
    until(lambda: any("zbsync.sandbox" in name for name in working_in(tmp_path).values()))
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=240)
    assert (child.returncode, out) == (1, "")
    assert "it goes on" in err.splitlines()[-1], err
    assert working_in(tmp_path) == {}


def test_a_part_that_dies_ends_the_demo_and_is_named(copy: Copy, running) -> None:
    child, _, _ = running
    for process, name in working_in(copy.folder).items():
        if "manage.py worker" in name:
            os.kill(process, signal.SIGKILL)
    _, err = child.communicate(timeout=240)
    assert child.returncode == 1
    assert "worker stopped by itself" in err.splitlines()[-1]
    until(lambda: working_in(copy.folder) == {}, 240)
