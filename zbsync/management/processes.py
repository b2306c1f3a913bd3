"""Child processes that end with their parent: what `demo` starts, and the cluster that `worker` supervises.

However a parent ends, nobody it started may work on unguarded: it stops them in order when it can, and where it cannot
(`kill -9`), Linux does it (`PR_SET_PDEATHSIG`); the signal outlives an `exec`.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

PR_SET_PDEATHSIG = 1
STOPS = (signal.SIGINT, signal.SIGTERM)
LOOK_S = 0.5
"""Seconds between two looks whether a parent is still there."""

GRACE_S = 3.0
"""Seconds that a child which was asked a second time may take before it is killed."""


def _die_with_parent(sent: signal.Signals = signal.SIGTERM) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sent)


DIE_WITH_PARENT: Callable[[], None] | None = _die_with_parent if sys.platform == "linux" else None
"""`preexec_fn` of a child that is to get SIGTERM when its parent is gone."""


def end_with(parent: int, after_s: float) -> None:
    """From now on kill the whole group of this process, which leads it, `after_s` seconds after its parent is gone; and
    whatever it forks dies with whoever forked it, so that nothing is left where this process is killed itself.
    """
    if DIE_WITH_PARENT is not None:
        os.register_at_fork(after_in_child=partial(_die_with_parent, signal.SIGKILL))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_S)
        time.sleep(after_s)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="end-with", daemon=True).start()


class Children:
    """The processes of one parent: each leads a session of its own, so that Ctrl-C reaches the parent alone.

    `patience_s`: how long they may take to stop in order.
    """

    def __init__(self, folder: Path, *, patience_s: float) -> None:
        self.running: list[tuple[str, subprocess.Popen[str]]] = []
        self._folder = folder
        self._patience_s = patience_s

    def start(self, name: str, *command: str, listen: bool = False) -> subprocess.Popen[str]:
        """Start our own Python with `command`; with `listen` its standard output is ours to read."""
        with _signals_wait():
            child = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, *command],
                cwd=self._folder,
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if listen else sys.stderr,
                start_new_session=True,
                preexec_fn=DIE_WITH_PARENT,  # noqa: PLW1509 - no thread has started
            )
            self.running.append((name, child))
        return child

    def ended(self) -> str:
        """The name of a child that is gone, or ""."""
        return next((name for name, child in self.running if child.poll() is not None), "")

    def stop(self) -> None:
        """Ask each to stop, ask again those that take too long, kill what is left."""
        newest_first = [child for _, child in reversed(self.running)]
        for patience_s in (self._patience_s, GRACE_S):
            for child in newest_first:
                child.terminate()
            _wait(newest_first, patience_s)
        for child in newest_first:
            child.kill()
            child.wait()


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Ctrl-C and SIGTERM take effect afterwards: between start and note they would make us forget a child."""
    heard: list[int] = []
    kept = {stop: signal.signal(stop, lambda number, _: heard.append(number)) for stop in STOPS}
    try:
        yield
    finally:
        for stop, handler in kept.items():
            signal.signal(stop, handler)
    for number in heard:
        signal.raise_signal(number)


def _wait(children: list[subprocess.Popen[str]], patience_s: float) -> None:
    """Until all have ended, at most so long in all."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until and any(child.poll() is None for child in children):
        time.sleep(0.05)
