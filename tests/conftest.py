"""What every test shares: the marks that ask for more than Python are honoured or skipped, never ignored."""

import shutil
import signal
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings

from zbsync.models import append_only

# A property is right or wrong, never fast or slow: a busy machine must not fail it.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


LONG = {"e2e", "browser"}
"""Folders of tests that wait for processes."""
WORKERS = 4
"""Each of so many takes up an equal part of the list, in its order, before it helps the others."""


def missing_for(mark: str) -> str:
    """Why a test so marked cannot run here; "" when it can."""
    if mark == "postgres" and connection.vendor != "postgresql":
        return "needs DATABASE_URL to name a PostgreSQL"
    if mark == "browser":
        if shutil.which("chromium") is None:
            return "needs chromium (apt install chromium)"
        try:
            import axe_playwright_python.base  # noqa: F401
            import playwright.sync_api  # noqa: F401
        except ImportError:
            return "needs zbsync/requirements/browser.txt"
    return ""


def _mixed(long: list[pytest.Item], rest: list[pytest.Item]) -> list[pytest.Item]:
    """The long ones at about equal distances among the first two thirds of the rest, whose files stay whole: a fixture
    of a file is made once.
    """
    step, waiting, mixed = len(rest) * 2 // 3 // max(1, len(long)), iter(long), list[pytest.Item]()
    before, due = None, 0
    for n, item in enumerate(rest):
        if n >= due and item.path != before and (one := next(waiting, None)):
            mixed.append(one)
            due += step
        mixed.append(item)
        before = item.path
    return [*mixed, *waiting]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine cannot run. What takes minutes is shared out and mixed with what does
    not: side by side they would fight for the machine, and at the end everybody would wait for them.
    """
    long = [item for item in items if LONG.intersection(item.path.parts)]
    rest = [item for item in items if not LONG.intersection(item.path.parts)]
    share = -(-len(rest) // WORKERS)
    items[:] = [item for n in range(WORKERS) for item in _mixed(long[n::WORKERS], rest[n * share : (n + 1) * share])]
    reasons = {mark: missing_for(mark) for mark in ("postgres", "browser")}
    for item in items:
        if connection.vendor == "postgresql" and "new_shell" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason="has a SQLite file of its own"))
        for mark, reason in reasons.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite as it is in use: in a file, a connection for each thread. Only the wait for the disk is left out.

    In memory, threads would share one connection, and a page that asks for two things at once would confuse it.
    """
    if connection.vendor == "sqlite":
        database = connection.settings_dict
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        started = database["OPTIONS"]["init_command"]
        database["OPTIONS"]["init_command"] = started.replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(autouse=True, scope="session")
def _flush_may_empty_evidence() -> Iterator[None]:
    """Tests with real transactions empty every table afterwards; only there the append-only triggers step aside."""
    teardown = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def without_triggers(case: TransactionTestCase) -> None:
        append_only.unprotect(connection)
        teardown(case)
        append_only.protect(connection)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", without_triggers)
        yield


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """Sentences are compared as they are written, whatever the installation speaks; a page still chooses its own."""
    with translation.override("en"):
        yield


def pytest_configure() -> None:
    """Ctrl-C works in tests and in what they start, even where this run was started with it switched off."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
