"""Sizes and habits that keep the house small. Every failure names the offenders and their numbers."""

import ast
import collections
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, code, files, parsed, proofs, short

FILE_LINES = 350
README_LINES = 400
FUNCTION_LINES = 50
FOLDER_FILES = 20
MOST_FILES = {"zbsync/core": 15, "zbsync/management/commands": 25}
"""Django looks for commands in one folder and in none below it."""
RATIO = (1.2, 1.6)
MOCKS_PER_TEST = 0.05
SILENCED_PER_1000 = 3
"""Of a thousand lines of zbsync, those that may switch off one rule of ruff or mypy, each with its code."""
BROAD_EXCEPT = {"zbsync/tasks.py", "zbsync/views.py"}
"""The task boundary and the webhook door: nothing behind them may take a worker or a delivery down."""
MOCKS = {"Mock", "MagicMock", "AsyncMock", "patch", "create_autospec", "mocker"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> tuple[Path, ...]:
    return (ROOT / "manage.py", *code(), *proofs())


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def filled(paths: tuple[Path, ...]) -> int:
    """Lines that are not blank."""
    return sum(1 for path in paths for line in path.read_text().splitlines() if line.strip())


def functions(path: Path) -> list[Function]:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, Function)]


def span(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def mocks_in(path: Path) -> list[str]:
    """Where a test puts something else in the place of a thing: mocks, and attributes set from outside."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            first, last = name.partition(".")[0], name.rpartition(".")[2]
            if first in {"mock", "mocker"} or last in MOCKS or name == "monkeypatch.setattr":
                found.append(f"{short(path)}:{node.lineno} {name}")
    return found


def broad_excepts(path: Path) -> list[int]:
    """Lines of handlers that would catch anything."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = (
                set()
                if node.type is None
                else {ast.unparse(name) for name in ast.walk(node.type) if isinstance(name, ast.Name)}
            )
            if node.type is None or caught & {"Exception", "BaseException"}:
                found.append(node.lineno)
    return found


def test_no_file_outgrows_its_budget() -> None:
    pages = [path for suffix in ("*.html", "*.css", "*.js") for path in files(suffix, at_least=0)]
    long = {short(path): lines(path) for path in (*modules(), *pages) if lines(path) > FILE_LINES}
    assert not long, f"more than {FILE_LINES} lines: {long}"


def test_the_readme_stays_readable() -> None:
    assert lines(ROOT / "README.md") < README_LINES


def test_no_function_outgrows_its_budget() -> None:
    long = {
        f"{short(path)}:{function.lineno} {function.name}": span(function)
        for path in modules()
        for function in functions(path)
        if span(function) > FUNCTION_LINES
    }
    assert not long, f"more than {FUNCTION_LINES} lines: {long}"


def test_no_folder_is_crowded() -> None:
    counted = collections.Counter(path.parent for path in modules() if path.name != "__init__.py")
    crowded = {
        short(folder): count for folder, count in counted.items() if count > MOST_FILES.get(short(folder), FOLDER_FILES)
    }
    assert not crowded, f"more modules than {MOST_FILES}, {FOLDER_FILES} elsewhere: {crowded}"


def test_there_is_enough_test_and_not_too_much() -> None:
    written, proved = filled(code()), filled(proofs())
    low, high = RATIO
    off = max(round(low * written - proved), 0) or min(round(high * written - proved), 0)
    told = f"{proved} lines of tests over {written} of code is {proved / written:.2f}, not {low}–{high}"
    assert not off, f"{told}: {abs(off)} lines too {'few' if off > 0 else 'many'}"


def test_seams_are_used_and_not_mocks() -> None:
    found = [place for path in proofs() for place in mocks_in(path)]
    count = sum(function.name.startswith("test_") for path in proofs() for function in functions(path))
    assert count > 100
    assert len(found) / count <= MOCKS_PER_TEST, f"{len(found)} in {count} tests: {found}"


def test_nothing_swallows_every_error() -> None:
    found = [
        f"{short(path)}:{line}" for path in code() for line in broad_excepts(path) if short(path) not in BROAD_EXCEPT
    ]
    assert not found, f"broad except: {found}"


def places(pattern: str, paths: tuple[Path, ...]) -> list[str]:
    """`file:line` wherever `pattern` stands."""
    compiled = re.compile(pattern)
    return [
        f"{short(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if compiled.search(line)
    ]


LATER = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
BARE_SILENCE = "# no" + r"qa(?!: [A-Z]+\d+)|# type: ig" + r"nore(?!\[[a-z-]+)"


def test_nothing_is_left_for_later() -> None:
    found = places(rf"\b({LATER})\b", (*modules(), *files("*.html", at_least=0), *files("*.js", at_least=0)))
    assert not found, f"left for later: {found}"


def test_no_rule_is_switched_off_without_its_code() -> None:
    found = places(BARE_SILENCE, modules())
    assert not found, f"say which rule: {found}"


def test_rules_are_switched_off_rarely() -> None:
    found = places("# no" + "qa|# type: ig" + "nore", code())
    allowed = filled(code()) * SILENCED_PER_1000 // 1000
    assert len(found) <= allowed, f"{len(found)}, at most {allowed}: {found}"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("try:\n    f()\nexcept:\n    pass", [3]),
        ("try:\n    f()\nexcept Exception:\n    pass", [3]),
        ("try:\n    f()\nexcept (ValueError, BaseException) as e:\n    pass", [3]),
        ("try:\n    f()\nexcept ValueError:\n    pass", []),
    ],
)
def test_it_knows_a_broad_except(tmp_path, source, found) -> None:
    path = tmp_path / "module.py"
    path.write_text(source)
    assert broad_excepts(path) == found


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("# no" + "qa", True),
        ("# no" + "qa: F401", False),
        ("# type: ig" + "nore", True),
        ("# type: ig" + "nore[misc]", False),
    ],
)
def test_it_knows_a_bare_silence(line, bare) -> None:
    assert bool(re.search(BARE_SILENCE, f"import x  {line}")) is bare
