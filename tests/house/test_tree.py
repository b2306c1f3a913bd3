"""What may lie where, and what may stand in no file: hosts, paths of a machine, secrets."""

import ast
import fnmatch
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, code, files, parsed, short

TOP = {".ci", ".env.example", ".gitignore", "README.md", "manage.py", "pyproject.toml"} | {
    "templates",
    "tests",
    "zbsync",
}
BINARY = {".mo", ".xlsx", ".png", ".ico", ".woff2", ".bin", ".http"}
HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s/@\"'`<>]*@)?([A-Za-z0-9.-]+)")
PRIVATE_TLD = {"example", "test", "invalid", "localhost"}
MACHINE_PATH = re.compile(r"(?<![\w.$}~*-])/(?:home|mnt|opt|private|root|tmp|Users|work)/\w")
REGISTRIES = (
    "py" + "pi.",
    "python" + "hosted",
    "npm" + "js",
    "docker" + ".io",
    "ghcr" + ".io",
    "crates" + ".io",
)
PRIVATE_KEY = "-----BEGIN " + r"[A-Z ]*PRIVATE KEY"
REAL, INNER = "docs.real" + ".org", "10.1" + ".2.3"
ENVIRONMENT_READERS = {"zbsync/settings.py", "zbsync/wsgi.py"}


def texts() -> tuple[Path, ...]:
    return tuple(path for path in files(at_least=80) if path.suffix not in BINARY and path.name != ".env")


def public_hosts(text: str) -> list[str]:
    """Hosts in addresses that may exist somewhere: not the invented, not the local, not a single word."""
    found = []
    for host in HOST.findall(text):
        name = host.rstrip(".").lower()
        last = name.rpartition(".")[2]
        local = name.startswith("127.") or name in {"0.0.0.0", "www.w3.org"}
        invented = last in PRIVATE_TLD or re.search(r"(^|\.)example\.(com|net|org)$", name)
        if "." in name and not local and not invented:
            found.append(host)
    return found


def reads_environment(path: Path) -> list[int]:
    """Lines that ask the environment behind the back of settings.py."""
    return [
        node.lineno
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"})
        or (isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {"environ", "getenv"})
    ]


def test_the_top_level_holds_only_what_it_must() -> None:
    ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines()]
    found = {
        path.name
        for path in ROOT.iterdir()
        if path.name != ".git" and not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    }
    assert found == TOP


def test_no_public_host_is_named() -> None:
    found = {short(path): hosts for path in texts() if (hosts := public_hosts(path.read_text()))}
    assert not found


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        (f"see https://{REAL}/x", [REAL]),
        (f"postgres://user:secret@{INNER}:5432/db", [INNER]),
        ("http://erp.example/a http://127.0.0.1:8000 http://localhost redis://cache:6379", []),
        ("https://www.w3.org/2000/svg https://api.example.com", []),
        ("sqlite:///var/x.db http://{host}/ ://", []),
    ],
)
def test_it_knows_a_public_host(text, hosts) -> None:
    assert public_hosts(text) == hosts


@pytest.mark.parametrize("word", REGISTRIES)
def test_no_package_registry_is_named(word) -> None:
    assert not [short(path) for path in texts() if word in path.read_text().lower()]


def test_no_path_of_one_machine_is_named() -> None:
    found = {short(path): hits for path in texts() if (hits := MACHINE_PATH.findall(path.read_text()))}
    assert not found


def test_no_private_key_lies_about() -> None:
    assert not [short(path) for path in texts() if re.search(PRIVATE_KEY, path.read_text())]


def test_only_the_settings_read_the_environment() -> None:
    found = [
        f"{short(path)}:{line}"
        for path in code()
        if short(path) not in ENVIRONMENT_READERS
        for line in reads_environment(path)
    ]
    assert not found
    assert reads_environment(ROOT / "zbsync" / "wsgi.py")


def test_every_module_says_what_it_is_for() -> None:
    silent = [short(path) for path in code() if path.stat().st_size and not ast.get_docstring(parsed(path))]
    assert not silent
