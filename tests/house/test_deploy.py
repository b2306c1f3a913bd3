"""The ways to run it for good, and the commands README names, are those that exist."""

import configparser
import os
import re
import subprocess

import pytest
import yaml

from tests.house.tree import ROOT, files, table

DEPLOY = ROOT / "zbsync" / "deploy"
COMMANDS = ROOT / "zbsync" / "management" / "commands"
UNITS = ("web", "worker")


def commands() -> set[str]:
    return {path.stem for path in COMMANDS.glob("[a-z]*.py")}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_runs_a_command_that_exists_and_is_always_restarted(name) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string((DEPLOY / f"zbsync-{name}.service").read_text())
    service = unit["Service"]
    command = service["ExecStart"].partition("manage.py ")[2].split()[0]
    assert command == name
    assert command in commands()
    assert service["Restart"] == "always"
    assert service["User"] not in {"", "root"}


def test_compose_runs_web_and_worker_on_one_database() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    assert set(services) == {"web", "worker", "postgres"}
    assert services["worker"]["command"][-1] in commands()
    for name in UNITS:
        assert services[name]["restart"] == "always"
        assert services[name]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert (DEPLOY / services[name]["build"]["context"] / services[name]["build"]["dockerfile"]).is_file()
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_image_copies_what_exists_and_drops_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (\S+)", text, re.MULTILINE)
    assert copied
    assert not [name for name in copied if not (ROOT / name).exists()]
    assert "--require-hashes" in text
    assert text.rindex("\nUSER zbsync") < text.rindex("\nCMD")


def test_the_readme_names_every_command_and_no_other() -> None:
    rows = table((ROOT / "README.md").read_text(), "## Commands")
    assert {name for row in rows for name in row[0].split(", ")} == commands()


@pytest.mark.parametrize("command", ["python3 manage.py demo", "python3 manage.py test"])
def test_the_readme_starts_with_the_two_commands(command) -> None:
    first = re.findall(r"^(python3 manage\.py \w+)", (ROOT / "README.md").read_text(), re.MULTILINE)[:2]
    assert command in first


def test_ci_is_a_script_that_can_run() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert text.count("python3 manage.py test") >= 3
    assert "DATABASE_URL=postgres://" in text


def test_ci_leaves_out_only_folders_that_exist() -> None:
    ignored = re.findall(r"--ignore (\S+)", (ROOT / ".ci" / "run").read_text())
    assert len(ignored) > 2
    assert not [name for name in ignored if not (ROOT / name).is_dir()]
    assert files("test_*.py", "tests/models")
