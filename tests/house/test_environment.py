"""The environment is told in three places and all agree: what is read, .env.example, and README's table."""

import ast
import dataclasses
import re

import pytest

from tests.house.tree import ROOT, code, parsed, table
from zbsync.conf import Conf

READ = re.compile(r'(?:env(?:\.\w+)?|_said|_number|_truth)\(\s*"([A-Z][A-Z_]+)"')
NAME = re.compile(r"ZBSYNC_[A-Z_]+")
SECRET = re.compile(r"KEY|PASSWORD|SECRET|TOKEN")
NOT_READ = {"ZBSYNC_SECRET", "ZBSYNC_SANDBOX_USER", "ZBSYNC_SANDBOX_PASSWORD"}
"""Names that nobody sets: one of Django's settings, and what the demo gives its own sandbox connection."""


def clocks_and_thresholds() -> dict[str, str]:
    """Environment name -> default, of every value of `Conf`."""
    defaults = {f"ZBSYNC_{field.name.upper()}": field.default for field in dataclasses.fields(Conf)}
    return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in defaults.items()}


def names_read() -> set[str]:
    names = set(READ.findall((ROOT / "zbsync" / "settings.py").read_text())) | clocks_and_thresholds().keys()
    for path in code():
        texts = [node.value for node in ast.walk(parsed(path)) if isinstance(node, ast.Constant)]
        names |= {text for text in texts if isinstance(text, str) and NAME.fullmatch(text)}
    return (names | {"ZBSYNC_NO_VENV"}) - NOT_READ


def example() -> dict[str, str]:
    """Name -> value in .env.example, whether commented out or not."""
    lines = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(lines) > 15
    return dict(lines)


def told() -> dict[str, str]:
    """Name -> default in README's table."""
    return {row[0]: row[1] for row in table((ROOT / "README.md").read_text(), "## Environment")}


def test_the_readme_tells_every_name_that_is_read_and_no_other() -> None:
    assert set(told()) == names_read()


def test_the_example_has_every_name_that_is_read() -> None:
    assert names_read() - {"ZBSYNC_NO_VENV"} <= set(example())


@pytest.mark.parametrize(("name", "default"), clocks_and_thresholds().items())
def test_a_default_is_told_as_it_is(name, default) -> None:
    assert told()[name] == default
    assert example()[name] == default


def test_the_example_holds_no_secret() -> None:
    secrets = {name: value for name, value in example().items() if SECRET.search(name)}
    assert "SECRET_KEY" in secrets
    assert not [name for name, value in secrets.items() if value]
