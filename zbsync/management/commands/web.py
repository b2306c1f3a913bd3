"""The web server for one machine: gunicorn, with WhiteNoise for the static files."""

import errno
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from zbsync.management import base

HOST = "127.0.0.1"
WORKERS, THREADS = 2, 4
ACCESS = '%(h)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
"""An access line: who, what, how it went. Neither query nor referrer, for people search by name and number."""


class Command(base.Command):
    """`manage.py web [--port P] [--host H]`."""

    help = "Serve the review desk with gunicorn."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's option, and the address to listen on."""
        parser.add_argument("--port", type=int, default=8000, metavar="P", help="default 8000")
        parser.add_argument("--host", default=HOST, metavar="H", help=f"default {HOST}; 0.0.0.0 for everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        """Become gunicorn: Ctrl-C and SIGTERM are its own to answer."""
        refuse_busy_port(options["host"], options["port"])
        if settings.ZBSYNC.live:
            call_command("collectstatic", interactive=False, verbosity=0)
        os.chdir(settings.ROOT)
        os.execv(sys.executable, arguments(options["host"], options["port"]))  # noqa: S606 - our own interpreter


def arguments(host: str, port: int) -> list[str]:
    """gunicorn's command line. The control socket is off: it would lie in the home folder, open to any program."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "zbsync.wsgi",
        f"--bind={host}:{port}",
        f"--workers={WORKERS}",
        f"--threads={THREADS}",
        "--no-control-socket",
        "--access-logfile=-",
        f"--access-logformat={ACCESS}",
        "--log-level=warning",
    ]


def refuse_busy_port(host: str, port: int) -> None:
    """Raises CommandError, exit code 2, when nobody can listen there: gunicorn would try five times first."""
    if not 0 < port < 65536:
        raise CommandError(f"--port {port}: use a number from 1 to 65535", returncode=2)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            busy = error.errno == errno.EADDRINUSE
            why = "is in use: stop what listens there" if busy else f"cannot be had ({error.strerror}): check --host"
            raise CommandError(f"port {port} of {host} {why}, or choose another --port", returncode=2) from error
