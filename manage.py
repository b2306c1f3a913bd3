#!/usr/bin/env python3
"""The one way in: `python3 manage.py <command>`, called by people, cron jobs, containers and CI.

With nothing but Python on the machine it makes `.venv` beside itself from the hash-pinned locks, starts again
in there, and hands over to Django; `test` hands over to pytest. Until then it may import the standard library
only, and an old Python must be able to read it, or could not say what is wrong. It is not a place for
commands: those live in zbsync/management/commands.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        f"zbsync needs Python 3.11 or newer and this is {sys.version_info[0]}.{sys.version_info[1]}: "
        "run it with a newer one, as in `python3.11 manage.py …`"
    )

import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

try:
    import fcntl
except ImportError:
    sys.exit("zbsync runs on Linux and macOS: on Windows, run it inside WSL")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "zbsync" / "requirements"
OFF = "ZBSYNC_NO_VENV"
TAIL = 6
"""Lines of pip's own words to show when an installation fails."""


class CannotStart(Exception):
    """The environment cannot be made; the text is one line with the mend. Exit code 1."""


def tell(text: str) -> None:
    """Say where we are, on stderr: stdout belongs to the command."""
    print(f"zbsync: {text}", file=sys.stderr, flush=True)


def interpreter(venv: Path) -> Path:
    """The Python inside `venv`."""
    return venv / "bin" / "python"


def python_tag() -> str:
    """What installed packages depend on besides the lock, such as `CPython-3.11-x86_64`."""
    return f"{platform.python_implementation()}-{sys.version_info[0]}.{sys.version_info[1]}-{platform.machine()}"


def stamp_of(lock: Path) -> str:
    """SHA-256 over the lock's text and the Python it is installed for, 64 hexadecimal digits."""
    try:
        text = lock.read_bytes()
    except OSError as error:
        raise CannotStart(f"cannot read {lock}: {error.strerror}; take a complete copy of the project") from None
    return hashlib.sha256(text + python_tag().encode()).hexdigest()


class Venv:
    """The virtual environment at `home`, and what is known to stand in it.

    The record in `zbsync.json` says which locks were installed completely, or `making` while one is being
    installed: whoever finds `making` with nobody holding the lock knows that the last attempt was cut short.
    """

    def __init__(self, home: Path, locks: Path) -> None:
        self.home = home
        self.locks = locks
        self.record = home / "zbsync.json"

    def known(self) -> dict[str, str]:
        """The record: lock name -> stamp, plus `python`, or `making`; empty when there is none to read."""
        try:
            known = json.loads(self.record.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def has(self, lock: str) -> bool:
        """Whether `lock` ("run" or "test") stands installed as it is written now."""
        stamp = stamp_of(self.locks / f"{lock}.txt")
        return self.known().get(lock) == stamp and interpreter(self.home).exists()

    def ensure(self, lock: str) -> None:
        """Install `lock` unless it stands. One process does it; others wait and then find it done."""
        if self.has(lock):
            return
        try:
            with alone(self.locks):
                if not self.has(lock):
                    self.make(lock)
        except OSError as error:
            raise CannotStart(
                f"cannot make {self.home} ({error}): put the project where you may write and there is room, "
                f"or set {OFF}=1 and install zbsync/requirements/{lock}.txt yourself"
            ) from None

    def make(self, lock: str) -> None:
        """Install `lock`, from nothing where what is there cannot be trusted."""
        known = self.known()
        done = {name: stamp for name, stamp in known.items() if name not in {"making", lock}}
        inside = Path(sys.prefix).resolve() == self.home.resolve()
        if not inside and ("making" in known or known.get("python", python_tag()) != python_tag() or not self.works()):
            done = {}
            self.create()
        self.write({"making": lock})
        install(interpreter(self.home), self.locks / f"{lock}.txt")
        self.write({**done, "python": python_tag(), lock: stamp_of(self.locks / f"{lock}.txt")})

    def works(self) -> bool:
        """Whether there is a Python of our version with pip inside; anything else is made anew."""
        probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        python = interpreter(self.home)
        return (
            python.exists() and subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0
        )

    def create(self) -> None:
        """An empty environment; what stood there before goes, but not the note that work is going on."""
        missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
        if missing:
            raise CannotStart(
                f"this Python has no module {missing[0]}: "
                "on Debian and Ubuntu `apt install python3-venv`, then start again"
            )
        import venv

        self.write({"making": "python"})
        for entry in self.home.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry != self.record:
                entry.unlink()
        tell(f"making {self.home} with Python {platform.python_version()} (only this once)")
        try:
            venv.EnvBuilder(with_pip=True, symlinks=True).create(self.home)
        except subprocess.CalledProcessError as error:
            raise CannotStart(f"cannot make {self.home}: {error}; check that python3-venv is complete") from None

    def write(self, record: dict[str, str]) -> None:
        """Keep `record`, whole or not at all."""
        self.home.mkdir(exist_ok=True)
        fresh = self.record.with_suffix(".new")
        fresh.write_text(json.dumps(record))
        fresh.replace(self.record)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold `folder` against other starts of zbsync; ends with the process, however that ends."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("another start is setting things up; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def install(python: Path, lock: Path) -> None:
    """Let pip install `lock`: only wheels, only with its hashes, from where pip's own configuration says."""
    total = sum(line[:1].isalnum() for line in lock.read_text().splitlines())
    command = [
        str(python),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "install",
        "--progress-bar",
        "off",
    ]
    # The lock is complete, so nothing is left to resolve: left to itself, pip asks for the newest `coverage[toml]`
    # when a package wants that extra and the lock pins plain `coverage`, and then finds no hash for it.
    command += ["--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    tell(f"installing {lock.name}: {total} packages, pinned by hash")
    said: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        seen = 0
        for line in pip.stdout:
            said.append(line.rstrip())
            seen += line.startswith(("Collecting ", "Requirement already satisfied"))
            if sys.stderr.isatty():
                print(f"\r  {min(seen, total)}/{total} ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    if pip.returncode:
        for line in [line for line in said if "ERROR" in line][-TAIL:] or said[-TAIL:]:
            print(f"  pip: {line}", file=sys.stderr)
        raise CannotStart(
            f"pip could not install {lock.name}: "
            "check the network and pip's configuration (`pip config list`), then start again"
        )


def run_tests(python: Path, arguments: list[str]) -> NoReturn:
    """Become pytest; without arguments, over everything, with the workers the machine can feed.

    Tests with processes and browsers wait half of their time, so few cores still want four workers.
    """
    os.chdir(ROOT)
    workers = str(max(4, os.cpu_count() or 1))
    os.execv(python, [str(python), "-m", "pytest", *(arguments or ["-n", workers, "--dist", "worksteal"])])


def run_django(arguments: list[str]) -> None:
    """Become Django's command line. Settings that cannot be are bad input: one line, exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zbsync.settings")
    try:
        import django
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line, get_commands
    except ImportError as error:
        raise CannotStart(f"{error}: install zbsync/requirements/run.txt, or unset {OFF}") from None
    try:
        _ = settings.DEBUG  # reads the environment now: later, Django would hide what is wrong with it
        django.setup()
        name = arguments[0] if arguments else "help"
        if name not in {*get_commands(), "help", "version", "--help", "--version", "-h"}:
            raise ImproperlyConfigured(f"{name}: there is no such command; `manage.py help` lists them")
        execute_from_command_line(["manage.py", *arguments])
    except ImproperlyConfigured as error:
        tell(str(error))
        sys.exit(2)


def main(arguments: list[str]) -> None:
    """Make the environment, start again inside it, and hand over."""
    testing = arguments[:1] == ["test"]
    if not os.environ.get(OFF):
        Venv(VENV, LOCKS).ensure("test" if testing else "run")
        if Path(sys.prefix).resolve() != VENV.resolve():
            python = interpreter(VENV)
            os.execv(python, [str(python), str(ROOT / "manage.py"), *arguments])
    if testing:
        run_tests(Path(sys.executable), arguments[1:])
    run_django(arguments)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotStart as problem:
        tell(str(problem))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
