"""The locks: hash-pinned, of one mind with their .in files and with each other, and free of any host."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

FOLDER = ROOT / "zbsync" / "requirements"
NAMES = ("run", "test", "browser")
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ]+)(?: ; (.+?))? \\$", re.MULTILINE)
ASK = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[a-z,]+\])?(?:(==|~=)(\S+))?$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """Package -> version of a lock."""
    found = {package: version for package, version, _ in PIN.findall((FOLDER / f"{name}.txt").read_text())}
    assert found
    return found


def asked(name: str) -> list[tuple[str, str, str]]:
    """Package, operator, version as a person asked for them."""
    lines = [line for line in (FOLDER / f"{name}.in").read_text().splitlines() if line and line[0] not in "#-"]
    found = [ASK.fullmatch(line) for line in lines]
    assert all(found), f"cannot read {name}.in: {lines}"
    return [(match[1].lower(), match[2] or "", match[3] or "") for match in found if match]


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_it_names_no_host(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*--?(i|f|index-url|extra-index-url|find-links|trusted-host)\b", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_its_hashes(name) -> None:
    blocks = re.split(r"\n(?=[a-z])", (FOLDER / f"{name}.txt").read_text())
    without = [block.split()[0] for block in blocks if "--hash=sha256:" not in block]
    assert not without
    assert len(blocks) == len(pins(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_is_what_was_asked_for(name) -> None:
    locked = pins(name)
    for package, operator, version in asked(name):
        assert package in locked, f"compile {name}.txt again: {package} is missing"
        if operator == "==":
            assert locked[package] == version, f"compile {name}.txt again: {package}"
        elif operator == "~=":
            assert locked[package].startswith(version.rpartition(".")[0] + "."), package


@pytest.mark.parametrize(("small", "large"), [("run", "test"), ("browser", "test")])
def test_locks_agree_where_they_meet(small, large) -> None:
    one, other = pins(small), pins(large)
    differ = {
        package: (one[package], other[package])
        for package in one.keys() & other.keys()
        if one[package] != other[package]
    }
    assert not differ
    if small == "run":
        assert one.keys() <= other.keys()


def test_tests_bring_nothing_into_the_product() -> None:
    tools = {"pytest", "mypy", "ruff", "hypothesis", "django-import-export", "coverage", "playwright", "uv"}
    assert not tools & pins("run").keys()
