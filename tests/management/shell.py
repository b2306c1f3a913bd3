"""`manage.py` as a shell sees it: real processes on a database file of their own."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.house.tree import ROOT

OURS = ("ZBSYNC_", "DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "LOG_LEVEL", "TZ_NAME")
"""Beginnings of the names that a test must say itself, whatever the machine has set."""


def surroundings(**more: str) -> dict[str, str]:
    """This machine's environment without anything of zbsync, and what a test says."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {"ZBSYNC_NO_VENV": "1", "DJANGO_SETTINGS_MODULE": "zbsync.settings"} | more


@cache
def empty_database() -> bytes:
    """A SQLite file with all tables and no rows of ours; migrating takes seconds that most tests need not pay."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "empty.sqlite3")
        Shell(path).said("migrate", "-v0")
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


class Shell:
    """A terminal in the project's folder."""

    def __init__(self, database: Path, **environment: str) -> None:
        self.database = database
        here = {"DATABASE_URL": f"sqlite:///{database}", "LOG_LEVEL": "WARNING"}
        self.environment = surroundings(**(here | environment))

    def __call__(self, *words: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py` to its end."""
        return self.python("manage.py", *words, **environment)

    def python(self, *words: object, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run this very Python to its end."""
        return subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def start(self, *words: object, **environment: str) -> "subprocess.Popen[str]":
        """Start `manage.py` and leave it running, in a session of its own."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def said(self, *words: object, **environment: str) -> str:
        """What a command that must succeed says on stdout."""
        done = self(*words, **environment)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def document(self, *words: object, **environment: str) -> Any:
        """The one JSON document on stdout, on one line, of a command that must succeed."""
        told = self.said(*words, "--json", **environment)
        assert told.endswith("\n")
        (line,) = told.splitlines()
        return json.loads(line)

    def refused(self, *words: object, code: int = 2, **environment: str) -> str:
        """The one line on stderr of a command that must fail and say nothing else."""
        done = self(*words, **environment)
        assert (done.returncode, done.stdout) == (code, ""), done
        (line,) = done.stderr.splitlines()
        return line
