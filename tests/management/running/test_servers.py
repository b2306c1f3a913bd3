"""`web`, `sandbox` and `worker` as they are deployed: real processes, a real port, real signals."""

import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.management.running.processes import linux, of_session, until
from tests.management.shell import Shell
from zbsync.middleware import POLICY

pytestmark = [pytest.mark.slow, linux]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    try:
        httpx.get(f"{address}/healthz", timeout=30)
    except httpx.TransportError:
        return False
    return True


@contextmanager
def started(shell: Shell, *words: object, **environment: str) -> "Iterator[subprocess.Popen[str]]":
    """A command left running; whatever is left of it at the end is killed."""
    child = shell.start(*words, **environment)
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


@pytest.fixture(scope="module")
def served(new_shell: Callable[..., Shell]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    port = free_port()
    with started(new_shell(LOG_LEVEL="INFO"), "web", "--port", port) as child:
        until(lambda: answers(f"http://127.0.0.1:{port}"))
        yield f"http://127.0.0.1:{port}", child


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/admin/login/", 200, "text/html"),
        ("/admin/", 302, "text/html"),
        ("/healthz", 503, "application/json"),
        ("/static/zbsync/review.css", 200, "text/css"),
        ("/static/admin/js/theme.js", 200, "text/javascript"),
        ("/no/such/page", 404, "text/html"),
    ],
)
def test_it_serves_pages_and_files_under_the_policy(served, path: str, status: int, kind: str) -> None:
    address, _ = served
    answer = httpx.get(address + path, timeout=30)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, kind)
    assert answer.headers["content-security-policy"] == POLICY


def test_a_page_travels_packed(served) -> None:
    address, _ = served
    assert httpx.get(f"{address}/admin/login/", timeout=30).headers["content-encoding"] == "gzip"


def test_a_second_one_on_its_port_is_refused(served, new_shell: Callable[..., Shell]) -> None:
    port = served[0].rpartition(":")[2]
    line = new_shell().refused("web", "--port", port)
    assert f"port {port} of 127.0.0.1 is in use" in line
    assert "choose another --port" in line


def test_its_log_says_what_was_asked_without_what_was_searched(new_shell: Callable[..., Shell]) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with started(new_shell(LOG_LEVEL="INFO"), "web", "--port", port) as child:
        until(lambda: answers(address))
        found = {"q": "13800001234", "name": "王小明"}
        httpx.get(f"{address}/admin/login/", params=found, headers={"Referer": f"{address}/?q=13900005678"}, timeout=30)
        child.terminate()
        out, err = child.communicate(timeout=30)
    assert child.returncode == 0
    assert out == ""
    assert re.search(r'127\.0\.0\.1 "GET /admin/login/" 200 \d+ \d+ms', err)
    for secret in ("1380000", "1390000", "%E7%8E%8B", "王"):
        assert secret not in err


def test_sigterm_leaves_no_process(new_shell: Callable[..., Shell]) -> None:
    port = free_port()
    with started(new_shell(), "web", "--port", port) as child:
        until(lambda: answers(f"http://127.0.0.1:{port}"))
        assert len(of_session(child.pid)) == 3
        child.terminate()
        assert child.wait(30) == 0
        assert of_session(child.pid) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_says_where_it_is_answers_and_stops(new_shell: Callable[..., Shell], how: signal.Signals) -> None:
    with started(new_shell(), "sandbox", "--port", 0, "--latency-ms", 300, "--customers", 3) as child:
        assert child.stdout is not None
        ready, address = child.stdout.readline().rsplit(maxsplit=1)
        assert ready == "sandbox ready"
        assert httpx.get(address, timeout=30).elapsed.total_seconds() > 0.3
        child.send_signal(how)
        assert child.wait(30) == 0


def test_the_sandbox_refuses_a_port_that_is_in_use(new_shell: Callable[..., Shell]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        line = new_shell().refused("sandbox", "--port", holder.getsockname()[1])
    assert "is in use" in line
    assert "choose another --port" in line


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs a Redis of its own to switch on")
def test_a_worker_outlives_a_broker_that_is_away(new_shell: Callable[..., Shell], tmp_path: Path) -> None:
    """First there is no Redis, then there is one: the worker finds it by itself."""
    shell, port = new_shell(ZBSYNC_POLL_S="0.2"), free_port()
    with started(shell, "worker", ZBSYNC_BROKER=f"redis://127.0.0.1:{port}/0") as worker:
        assert worker.stderr is not None
        stderr = worker.stderr
        until(lambda: "database or broker do not answer" in stderr.readline())
        words = ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL) as redis:
            reader = threading.Thread(target=stderr.read)  # a full pipe would stop the worker
            reader.start()
            until(lambda: "worker     last beat" in shell.said("status"), 90)
            worker.terminate()
            assert worker.wait(90) == 0
            redis.terminate()
            reader.join()
    assert of_session(worker.pid) == []
