"""One empty sandbox per test, and a caller that has logged in."""

from collections.abc import Iterator

import pytest

from tests.sandbox.caller import Caller
from zbsync.sandbox.app import Sandbox, running


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running() as started:
        yield started


@pytest.fixture
def caller(sandbox: Sandbox) -> Iterator[Caller]:
    caller = Caller(sandbox)
    assert caller.login()["status"] == 0
    yield caller
    caller.connection.close()
