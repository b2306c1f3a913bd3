"""No mobile number reaches a log line, whichever way it was written: through the real configuration, in a process."""

import logging
import sys

import pytest

from tests.management.shell import Shell
from zbsync.logs import MaskedLine

NUMBER = "13800001234"
WRITE = f"""
import logging, sys, django
for name in ("gunicorn.error", "gunicorn.access"):  # as gunicorn does before it loads us
    logging.getLogger(name).addHandler(logging.StreamHandler())
    logging.getLogger(name).propagate = False
django.setup()
from django.test import Client
log = logging.getLogger("zbsync.somewhere")
log.warning("plain {NUMBER}")
log.warning("argument %s", "{NUMBER}")
log.error("an object: %s", {{"phone": "+86 138-0000-1234"}})
try:
    raise ValueError("raised for {NUMBER}")
except ValueError as error:
    log.exception("failed")
try:
    try:
        int("{NUMBER}x")
    except ValueError as inner:
        raise LookupError("outer {NUMBER}") from inner
except LookupError:
    log.exception("chained")
logging.getLogger("django.request").error("page /?q={NUMBER} broke")
logging.getLogger("django.server").error("GET /?q={NUMBER}")
logging.getLogger("gunicorn.error").error("request /?q={NUMBER}")
logging.getLogger("gunicorn.access").error("access /?q={NUMBER}")
logging.getLogger("django-q").error("task of {NUMBER}")
Client().get("/no/such/page/{NUMBER}")
"""


def line(message: str, *args: object, error: BaseException | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    return MaskedLine().format(logging.LogRecord("x", logging.INFO, "", 1, message, args, info))


@pytest.mark.parametrize("debug", ["false", "true"])
def test_no_logger_of_ours_or_others_writes_a_number(shell: Shell, debug: str) -> None:
    done = shell.python("-c", WRITE, DEBUG=debug)
    assert done.returncode == 0, done.stderr
    assert NUMBER not in done.stderr
    assert "138-0000-1234" not in done.stderr
    assert done.stderr.count("138****1234") == 12, done.stderr
    assert done.stdout == "", "logs go to stderr: stdout is the command's own"


def test_every_line_is_written_once(shell: Shell) -> None:
    """Libraries that bring handlers of their own would say it twice."""
    said = shell.python("-c", WRITE, DEBUG="true").stderr.splitlines()
    for what in ("page /?q=", "GET /?q=", "access /?q=", "request /?q=", "task of", "Not Found"):
        assert len([one for one in said if what in one]) == 1, what


def test_a_line_says_when_how_bad_who_and_what() -> None:
    told = line("%s of %s", 3, 4)
    assert told.endswith(" INFO x 3 of 4")
    assert told[:4].isdecimal()


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("13912345678", "139****5678"),
        ("+8613912345678", "+86139****5678"),
        ("139 1234 5678", "139****5678"),
        ("１３９１２３４５６７８", "139****5678"),
        ("ord 13912345678901", "ord 13912345678901"),
        ("call 62310000", "call 62310000"),
        ("12345678901", "12345678901"),
    ],
)
def test_only_a_mobile_number_is_masked(written: str, kept: str) -> None:
    assert line("%s", written).endswith(f" {kept}")


def test_the_traceback_stays_readable() -> None:
    try:
        raise KeyError(NUMBER)
    except KeyError as error:
        told = line("failed", error=error)
    assert "KeyError: '138****1234'" in told
    assert f'File "{__file__}"' in told
    assert sys.exc_info() == (None, None, None)


@pytest.mark.parametrize(("level", "heard"), [("ERROR", False), ("warning", True)])
def test_the_level_of_the_environment_counts(shell: Shell, level: str, heard: bool) -> None:
    write = "import django, logging; django.setup(); logging.getLogger('x').warning('hello')"
    assert ("hello" in shell.python("-c", write, LOG_LEVEL=level).stderr) is heard
