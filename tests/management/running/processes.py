"""Processes as the kernel knows them, for the tests that start and kill real ones. Linux alone."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def living() -> Iterator[tuple[int, int, int, Path]]:
    """Process, parent, session and its folder in /proc, of all that live; zombies have ended."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, parent, _, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if state != "Z":
                yield int(entry.name), int(parent), int(session), entry


def of_session(leader: int) -> list[int]:
    """The processes of a session."""
    return sorted(process for process, _, session, _ in living() if session == leader)


def children(parent: int) -> list[int]:
    """The processes that one has started; of a supervisor, the leaders of its clusters."""
    return sorted(process for process, of, _, _ in living() if of == parent)


def told(name: str, value: str) -> list[int]:
    """The processes that were started with this variable in their environment, but for this very one."""
    line, found = f"{name}={value}".encode(), []
    for process, _, _, entry in living():
        with contextlib.suppress(OSError):
            if process != os.getpid() and line in (entry / "environ").read_bytes().split(b"\0"):
                found.append(process)
    return found


def working_in(folder: Path) -> dict[int, str]:
    """The processes whose working directory is `folder`, with their command lines."""
    found = {}
    for process, _, _, entry in living():
        try:
            if (entry / "cwd").readlink() == folder:
                found[process] = (entry / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


def until(holds: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Wait until something holds, and answer it; fails when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.1)
    raise AssertionError(f"did not happen in {seconds:g} s")
