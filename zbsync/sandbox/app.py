"""The sandbox as a program: HTTP/1.1 server, command line, and `running()` for tests.

`serve` starts it in a thread, `running` wraps that for a `with`, `main` is what `python -m zbsync.sandbox`
and `manage.py sandbox` call. One thread per connection: hundreds of callers may sleep in it at once.
"""

import argparse
import errno
import json
import select
import signal
import socket
import socketserver
import sqlite3
import struct
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any, NoReturn

from zbsync.sandbox.engine import Ending, Engine, Sent
from zbsync.sandbox.faults import BadFault, Faults, read_rules
from zbsync.sandbox.people import DEFAULT_CUSTOMERS
from zbsync.sandbox.request import Request
from zbsync.sandbox.store import Seen, Store, checked_policies

MAX_BODY = 32 * 1024 * 1024
DRAIN_S = 5.0
"""How long a stop waits for calls that are being answered."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    server: "_Listener"

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self.send_error(413 if length.isdecimal() else 400)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(length))
        with self.server.busy():
            self._send(self.server.engine.answer(Request(self.command, self.path, headers, body)))

    do_GET = do_POST

    def _send(self, sent: Sent) -> None:
        if sent.stall_s and self._hung_up_within(sent.stall_s):
            self.close_connection = True
            return
        if sent.ending in {Ending.HANG_UP, Ending.RESET}:
            self.close_connection = True
            if sent.ending is Ending.RESET:
                self.server.resets.add(self.connection)
            return
        self.send_response(sent.status)
        self.send_header("Cache-Control", "private")
        self.send_header("Content-Type", sent.content_type)
        for name, value in sent.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(sent.body)))
        self.end_headers()
        cut = sent.ending is Ending.CUT
        self.wfile.write(sent.body[: len(sent.body) // 2] if cut else sent.body)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut
        if sent.stall_s:
            self.server.engine.arrived(sent)

    def _hung_up_within(self, seconds: float) -> bool:
        """Say nothing for so long; true as soon as the caller has gone."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.server.engine.closing:
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return True
        return False

    def version_string(self) -> str:
        return "Microsoft-IIS/10.0"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """The journal is in the store."""

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True  # the caller went away; what was processed stays processed


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], engine: Engine) -> None:
        self.engine = engine
        self.resets: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._busy = 0
        self._idle = threading.Condition()
        super().__init__(address, _Handler)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count a call that is being answered."""
        with self._idle:
            self._busy += 1
        try:
            yield
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        if request in self.resets:
            self.resets.discard(request)
            request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what broke in one line; the caller sees a closed connection."""
        print(f"sandbox: {sys.exc_info()[1]!r}", file=sys.stderr)

    def drain(self) -> None:
        """Stop listening, let calls in hand finish, close what idles."""
        self.shutdown()
        self.engine.wake()
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0, DRAIN_S)
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # already gone
        self.server_close()


class Sandbox:
    """A running sandbox: `url` to call, `store` to look into, `faults` to arm."""

    def __init__(self, listener: _Listener) -> None:
        self._listener = listener
        self._stopped = False
        self.store: Store = listener.engine.store
        self.faults: Faults = listener.engine.faults
        host, port = listener.server_address[:2]
        self.host, self.port = str(host), int(port)
        self.url = f"http://{self.host}:{self.port}"
        self._thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True, name="sandbox")
        self._thread.start()

    def log(self, **equal: Any) -> list[Seen]:
        """Every call the ERP saw, oldest first; `equal` compares columns."""
        return self.store.log(**equal)

    def stop(self) -> None:
        """Answer what is in hand, then close; harmless when called twice. The store stays open."""
        if not self._stopped:
            self._stopped = True
            self._listener.drain()
            self._listener.engine.close()
            self._thread.join()


def serve(
    host: str = "127.0.0.1",
    port: int = 0,
    store: Store | None = None,
    *,
    latency_ms: float = 0,
    faults: Any = (),
    seed: int = 0,
    customers: int = 0,
) -> Sandbox:
    """Start a sandbox in a thread; port 0 takes a free one.

    `faults` as in `faults.read_rules`; `customers` sample customers go into an empty store. Raises OSError
    when the port cannot be had and BadFault for wrong faults.
    """
    engine = Engine(store or Store(), latency_ms=latency_ms, rules=faults, seed=seed, customers=customers)
    return Sandbox(_Listener((host, port), engine))


@contextmanager
def running(store: Store | None = None, *, policies: dict[str, Any] | None = None, **options: Any) -> Iterator[Sandbox]:
    """A sandbox for the length of a `with`; `options` are those of `serve`. Closes a store it made itself."""
    kept = store if store is not None else Store()
    kept.set_policy(**(policies or {}))
    sandbox = serve(store=kept, **options)
    try:
        yield sandbox
    finally:
        sandbox.stop()
        if store is None:
            kept.close()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"sandbox: {message}\n")


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="sandbox", description="Serve a pretend ERP over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--faults", default="[]", help='JSON, for example \'[{"name": "bom"}]\'')
    parser.add_argument("--policies", default="{}", help="JSON, for example '{\"single_login\": true}'")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", default=":memory:", help="file that outlives the process")
    parser.add_argument("--customers", type=int, default=DEFAULT_CUSTOMERS, help="sample customers of an empty store")
    arguments = parser.parse_args(argv)
    if not 0 <= arguments.port <= 65535:
        parser.error(f"port {arguments.port} is not between 0 and 65535")
    if arguments.latency_ms < 0 or arguments.customers < 0:
        parser.error("--latency-ms and --customers cannot be negative")
    try:
        arguments.faults = read_rules(arguments.faults)
    except BadFault as wrong:
        parser.error(f"--faults: {wrong}")
    try:
        arguments.policies = checked_policies(json.loads(arguments.policies))
    except ValueError as wrong:
        parser.error(f"--policies: {wrong}")
    return arguments


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM or Ctrl-C; returns the exit code (2: bad input, told in one line on stderr)."""
    arguments = _arguments(argv)
    try:
        store = Store(arguments.store)
        store.set_policy(**arguments.policies)
    except sqlite3.Error as wrong:
        print(f"sandbox: cannot use {arguments.store} as store ({wrong}); give another --store", file=sys.stderr)
        return 2
    try:
        sandbox = serve(
            arguments.host,
            arguments.port,
            store,
            latency_ms=arguments.latency_ms,
            faults=arguments.faults,
            seed=arguments.seed,
            customers=arguments.customers,
        )
    except OSError as wrong:
        print(f"sandbox: {_port_trouble(arguments, wrong)}", file=sys.stderr)
        store.close()
        return 2
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    print(f"sandbox ready {sandbox.url}", flush=True)
    stopped.wait()
    sandbox.stop()
    store.close()
    return 0


def _port_trouble(arguments: argparse.Namespace, wrong: OSError) -> str:
    where = f"{arguments.host}:{arguments.port}"
    if wrong.errno == errno.EADDRINUSE:
        return f"{where} is in use; stop the program that holds it or choose another --port (0 takes a free one)"
    return f"cannot listen on {where} ({wrong.strerror}); choose another --host or --port"
