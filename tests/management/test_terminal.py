"""On a terminal a long command shows how far it is, on stderr alone; in a pipe and with --json it is quiet."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.house.tree import ROOT
from tests.management.shell import Shell

SETUP = """
from tests.models import make
from tests.pipeline.reviewing import person, proposal
from zbsync.pipeline import bootstrap, review
bootstrap.seed(); make.erp()
for _ in range(3): make.contact()
review.reject([proposal().pk], person("wang"), reason="spam")
"""


@pytest.fixture(scope="module")
def shell(new_shell: Callable[..., Shell]) -> Shell:
    made = new_shell()
    made.said("shell", "-v0", "-c", SETUP)
    return made


@contextmanager
def terminal() -> Iterator[tuple[int, Callable[[], str]]]:
    """A real terminal: what to write to, and what was shown on it."""
    master, slave = pty.openpty()

    def shown() -> str:
        os.set_blocking(master, False)
        try:
            return os.read(master, 65_536).decode()
        except BlockingIOError:
            return ""

    try:
        yield slave, shown
    finally:
        os.close(master)
        os.close(slave)


def on_terminal(shell: Shell, *words: object) -> tuple[str, str]:
    """Stdout of a command whose stderr is a terminal, and what that showed."""
    with terminal() as (slave, shown):
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=shell.environment,
            stdout=subprocess.PIPE,
            stderr=slave,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout, shown()


def test_a_run_shows_the_stage_and_how_far_it_is(shell: Shell) -> None:
    out, shown = on_terminal(shell, "run", "--stages", "propose")
    assert "\r\x1b[Kpropose 3" in shown
    assert "propose" in out
    assert "\x1b" not in out


def test_an_export_shows_how_far_it_is(shell: Shell, tmp_path: Path) -> None:
    out, shown = on_terminal(shell, "audit_export", "--format", "jsonl", "--out", tmp_path / "audit.jsonl")
    assert "\r\x1b[K" in shown
    assert "keep audit.jsonl.checkpoint.json elsewhere" in out


def test_a_document_is_alone_on_a_terminal_too(shell: Shell) -> None:
    out, shown = on_terminal(shell, "run", "--stages", "propose", "--json")
    assert list(json.loads(out)["stages"]) == ["propose"]
    assert shown == ""


@pytest.mark.parametrize("words", [["run", "--stages", "propose"], ["audit_export", "--format", "csv", "--out"]])
def test_a_log_file_is_spared_the_progress(shell: Shell, tmp_path: Path, words: list[str]) -> None:
    done = shell(*words, *([tmp_path / "a.csv"] if words[-1] == "--out" else []))
    assert (done.returncode, done.stderr) == (0, "")
