"""Terminals for the tests of commands."""

from collections.abc import Callable

import pytest

from tests.management.shell import Shell, empty_database


@pytest.fixture(scope="module")
def new_shell(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Shell]:
    """Makes a terminal on an empty database of its own; `environment` is added to every command."""

    def make(**environment: str) -> Shell:
        path = tmp_path_factory.mktemp("shell") / "db.sqlite3"
        path.write_bytes(empty_database())
        return Shell(path, **environment)

    return make


@pytest.fixture
def shell(new_shell: Callable[..., Shell]) -> Shell:
    """A terminal on an empty database."""
    return new_shell()
