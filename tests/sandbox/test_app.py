"""The program: its command line, its sockets, how it stops, and how much it carries."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.caller import LIST, REFRESH, Caller, exchange_raw
from zbsync.sandbox.app import Sandbox, main, running, serve
from zbsync.sandbox.faults import BadFault
from zbsync.sandbox.store import Store


@contextmanager
def program(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    command = [sys.executable, "-m", "zbsync.sandbox", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("sandbox ready http://127.0.0.1:"), line
            yield process, line.split()[-1]
        finally:
            process.kill()


def state(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/__sandbox__/state", timeout=5) as answer:
        shown: dict[str, int] = json.load(answer)
    return shown


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_when_told(name: signal.Signals) -> None:
    with program("--port", "0", "--customers", "5", "--seed", "3") as (process, url):
        assert state(url)["customers"] == 5
        process.send_signal(name)
        assert process.wait(5) == 0


def test_an_idle_keep_alive_connection_does_not_hold_up_the_stop() -> None:
    with program("--customers", "0") as (process, url):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as idle:
            idle.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert idle.recv(15).startswith(b"HTTP/1.1 404")
            process.terminate()
            assert process.wait(5) == 0


def test_a_killed_program_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    path = str(tmp_path / "erp.sqlite3")
    with program("--store", path, "--customers", "3") as (process, url):
        host, port = url.removeprefix("http://").split(":")
        caller = Caller.__new__(Caller)
        caller.connection = http.client.HTTPConnection(host, int(port), timeout=5)
        caller.login()
        ord_ = caller.create(khid="WX1")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(5)
    store = Store(path)
    assert [row["ord"] for row in store.customers(khid="WX1")] == [ord_]
    assert len(store.customers()) == 4  # and the samples are not put in twice
    assert [seen.effect for seen in store.writes()] == ["created"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--port", "70000"], "not between 0 and 65535"),
        (["--port", "many"], "invalid int value"),
        (["--latency-ms", "-1"], "cannot be negative"),
        (["--faults", '[{"name":"explode"}]'], "known are reset_before"),
        (["--faults", "{"], "not JSON"),
        (["--policies", "{"], "--policies: Expecting"),
        (["--policies", "[]"], "a JSON object"),
        (["--policies", '{"colour": 1}'], "unknown policy"),
        (["--policies", '{"ov1": "yes"}'], "takes a bool"),
        (["--policies", '{"duplicates": {"name": "perhaps"}}'], "name is one of enter, point"),
        (["--colour", "red"], "--colour"),
        (["--host", "192.0.2.1"], "choose another --host"),
    ],
)
def test_bad_input_is_one_line_with_the_mend_and_exit_code_2(
    arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as gone:
        code = gone.code
    heard = capsys.readouterr()
    assert code == 2
    assert word in heard.err
    assert heard.err.count("\n") == 1
    assert heard.out == ""


def test_policies_are_set_at_the_start() -> None:
    with program("--policies", '{"single_login": true, "duplicates": {"mobile": "enter"}}') as (_, url):
        shown: dict[str, Any] = json.loads(urllib.request.urlopen(f"{url}/__sandbox__/state", timeout=5).read())
    assert shown["policies"]["single_login"] is True
    assert shown["policies"]["duplicates"] == {"mobile": "enter"}


def test_a_busy_port_is_told_with_the_mend(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", str(sandbox.port)]) == 2
    assert capsys.readouterr().err == (
        f"sandbox: 127.0.0.1:{sandbox.port} is in use; stop the program that holds it"
        " or choose another --port (0 takes a free one)\n"
    )


def test_a_store_that_is_no_database_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, and long enough not to look like an empty database file\n" * 20)
    assert main(["--store", str(path)]) == 2
    assert "give another --store" in capsys.readouterr().err
    assert path.read_text().startswith("these are notes")


def test_wrong_faults_start_nothing() -> None:
    with pytest.raises(BadFault):
        serve(faults=["explode"])


def test_one_connection_carries_many_calls(caller: Caller) -> None:
    caller.rows()
    first = caller.connection.sock
    for _ in range(5):
        caller.rows()
    assert caller.connection.sock is first
    assert caller.headers["Content-Type"] == "text/html"


def test_lengths_are_counted_in_bytes(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.store.add_customers([{"name": "示例公司🚀"}])
    body = json.dumps({"session": caller.session, "cmdkey": REFRESH}).encode()
    raw = caller.send(LIST, body)
    assert int(caller.headers["Content-Length"]) == len(raw)
    assert "示例公司🚀".encode() in raw


def test_two_requests_in_one_packet_get_two_answers_in_order(sandbox: Sandbox) -> None:
    one = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
    two = b"GET /__sandbox__/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as wire:
        wire.sendall(one + two)
        heard = b"".join(iter(lambda: wire.recv(65536), b""))
    assert heard.startswith(b"HTTP/1.1 404")
    assert heard.count(b"HTTP/1.1 ") == 2
    assert b'"customers"' in heard


@pytest.mark.parametrize(("length", "status"), [("x", 400), ("-1", 400), (str(2**40), 413)])
def test_a_senseless_length_is_refused(sandbox: Sandbox, length: str, status: int) -> None:
    request = f"POST {LIST} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    assert exchange_raw(sandbox, request.encode()).startswith(f"HTTP/1.1 {status}".encode())


def test_a_caller_that_goes_away_disturbs_nobody(sandbox: Sandbox, caller: Caller) -> None:
    for _ in range(5):
        with socket.create_connection((sandbox.host, sandbox.port)) as wire:
            wire.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{")
    assert caller.rows() == []


def test_a_stop_answers_what_is_in_hand_and_may_be_repeated() -> None:
    with running() as sandbox:
        caller = Caller(sandbox)
        caller.login()
        ord_ = caller.allocate()
        sandbox.faults.arm([{"name": "slow", "seconds": 600}])
        answers: list[str] = []
        thread = threading.Thread(target=lambda: answers.append(caller.save(ord=ord_)))
        thread.start()
        while not sandbox.store.customers():
            time.sleep(0.01)
        sandbox.stop()
        thread.join(5)
        assert answers == ["保存成功！"]
        sandbox.stop()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((sandbox.host, sandbox.port), timeout=1)


def seconds(work: "list[threading.Thread]") -> float:
    started = time.perf_counter()
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    return time.perf_counter() - started


def test_one_session_is_served_one_call_at_a_time_and_many_side_by_side() -> None:
    with running(latency_ms=60) as sandbox:
        shared = sandbox.store.open_session(1)

        def caller(session: str) -> threading.Thread:
            lane = Caller(sandbox)
            lane.session = session
            return threading.Thread(target=lane.rows)

        own = [caller(sandbox.store.open_session(1)) for _ in range(6)]
        assert 0.06 <= seconds(own) < 0.25
        assert seconds([caller(shared) for _ in range(6)]) >= 0.36
        sandbox.store.set_policy(serial_sessions=False)
        assert seconds([caller(shared) for _ in range(6)]) < 0.25
        assert len(sandbox.log(effect="listed")) == 18


def test_two_hundred_callers_may_sleep_at_once() -> None:
    with running(latency_ms=400) as sandbox:
        lanes = [Caller(sandbox, timeout=10) for _ in range(200)]
        for lane in lanes:
            lane.session = sandbox.store.open_session(1)
        taken = seconds([threading.Thread(target=lane.rows) for lane in lanes])
        assert taken < 200 * 0.4 / 20
        assert len(sandbox.log(effect="listed")) == 200
