"""The project's own files, for the tests that read them. A list that finds too little is an error."""

import ast
import functools
import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "var", "__pycache__", "node_modules"}


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.endswith("_cache"))
        if Path(folder) == ROOT:
            folders[:] = [name for name in folders if name not in {"htmlcov", ".hypothesis"}]
        for name in sorted(set(names) - NOT_OURS):
            yield Path(folder, name)


@functools.cache
def files(pattern: str = "*", under: str = ".", at_least: int = 1) -> tuple[Path, ...]:
    """Our files below `under` whose name fits `pattern`; fewer than `at_least` is an error."""
    base = (ROOT / under).resolve()
    found = tuple(path for path in _walk() if path.is_relative_to(base) and path.match(pattern))
    assert len(found) >= at_least, f"only {len(found)} files like {pattern} below {under}, expected {at_least} or more"
    return found


def code() -> tuple[Path, ...]:
    """The modules of zbsync, without its migrations."""
    return tuple(path for path in files("*.py", "zbsync", at_least=30) if "migrations" not in path.parts)


def proofs() -> tuple[Path, ...]:
    """The modules below tests/."""
    return files("*.py", "tests", at_least=20)


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(), str(path))


def short(path: Path) -> str:
    """The path as the reader knows it, from the project's root."""
    return path.relative_to(ROOT).as_posix()


def table(text: str, heading: str) -> list[list[str]]:
    """The cells of the first Markdown table below `heading`, without head, back-ticks and stars."""
    below = text.partition(f"\n{heading}\n")[2]
    assert below, f"no heading {heading!r}"
    rows: list[list[str]] = []
    for line in below.splitlines():
        if line.startswith("|"):
            rows.append([cell.strip().replace("`", "").replace("*", "") for cell in line.strip("|").split("|")])
        elif rows:
            break
    assert len(rows) > 2, f"no table below {heading!r}"
    return rows[2:]
