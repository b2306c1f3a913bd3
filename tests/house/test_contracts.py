"""Who may import whom: the contracts of pyproject.toml, and no cycle or long chain anywhere."""

import graphlib
import tomllib

import grimp
import pytest
from importlinter import api, cli

from tests.house.tree import ROOT

MAX_DEPTH = 12
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
BROKEN = """
[tool.importlinter]
root_packages = ["zbsync"]
[[tool.importlinter.contracts]]
id = "wrong"
name = "settings without conf"
type = "forbidden"
source_modules = ["zbsync.settings"]
forbidden_modules = ["zbsync.conf"]
"""


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """Each module of ours -> those it imports, lazily or not."""
    graph = grimp.build_graph("zbsync", cache_dir=None)
    found = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(found) > 40
    return found


def unit(module: str) -> str:
    """The module, or the package that took the place of one that outgrew its budget: it counts as one."""
    return ".".join(module.split(".")[:3])


def test_all_nine_contracts_stand_in_the_configuration() -> None:
    assert {contract["name"][0] for contract in CONTRACTS} == set("123456789")


@pytest.mark.parametrize("contract", [contract["id"] for contract in CONTRACTS])
def test_it_keeps_the_contract(contract, capsys, monkeypatch) -> None:
    monkeypatch.chdir(ROOT)
    kept = cli.lint_imports(limit_to_contracts=(contract,), no_cache=True, no_logo=True) == cli.EXIT_STATUS_SUCCESS
    assert kept, capsys.readouterr().out


def test_the_linter_would_see_a_broken_contract(tmp_path, monkeypatch, capsys) -> None:
    settings = tmp_path / "linter.toml"
    settings.write_text(BROKEN)
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(config_filename=str(settings), no_cache=True, no_logo=True) == cli.EXIT_STATUS_ERROR
    assert "zbsync.settings -> zbsync.conf" in capsys.readouterr().out
    assert api.read_configuration(str(settings))["contracts_options"][0]["id"] == "wrong"


def test_no_module_reaches_itself(imports) -> None:
    try:
        tuple(graphlib.TopologicalSorter(imports).static_order())
    except graphlib.CycleError as error:
        pytest.fail("cycle: " + " -> ".join(reversed(error.args[1])))


def test_no_chain_of_imports_is_longer_than_twelve(imports) -> None:
    modules: dict[str, set[str]] = {}
    for name, imported in imports.items():
        modules.setdefault(unit(name), set()).update({unit(other) for other in imported} - {unit(name)})
    chains: dict[str, list[str]] = {}
    for module in graphlib.TopologicalSorter(modules).static_order():
        longest: list[str] = max((chains[name] for name in modules[module]), key=len, default=[])
        chains[module] = [module, *longest]
    deepest = max(chains.values(), key=len)
    depth = len(deepest) - 1
    assert depth <= MAX_DEPTH, f"{depth} imports deep: " + " -> ".join(deepest)
