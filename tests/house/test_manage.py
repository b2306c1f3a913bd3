"""manage.py: from a bare Python to a running command, whatever is missing and whenever it is cut short."""

import ast
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.tree import ROOT

BARE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("ZBSYNC_", "DJANGO_", "PYTEST_", "VIRTUAL"))
}


@pytest.fixture(scope="module")
def manage() -> ModuleType:
    """manage.py as a module of its own."""
    spec = importlib.util.spec_from_file_location("zbsync_manage", ROOT / "manage.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def locks(tmp_path):
    """A folder of locks that ask for nothing, so that pip has nothing to fetch."""
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name in ("run", "test"):
        (folder / f"{name}.txt").write_text(f"# {name}: nothing\n")
    return folder


@pytest.fixture
def venv(manage, tmp_path, locks):
    return manage.Venv(tmp_path / ".venv", locks)


def looks_like_a_venv(venv) -> Path:
    """Put this very Python where the environment's would be."""
    python = venv.home / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse((ROOT / "manage.py").read_text())
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert len(names) > 8
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_can_read_it_and_says_what_it_needs() -> None:
    source = (ROOT / "manage.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    head = source.partition("\nimport contextlib")[0].replace("sys.version_info", "(3, 9, 2)")
    done = subprocess.run([sys.executable, "-c", head], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("zbsync needs Python 3.11 or newer and this is 3.9: run it with a newer one")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("changed", ["text", "python"])
def test_a_stamp_moves_with_the_lock_and_with_the_python(manage, locks, monkeypatch, changed) -> None:
    before = manage.stamp_of(locks / "run.txt")
    assert before == manage.stamp_of(locks / "run.txt")
    if changed == "text":
        (locks / "run.txt").write_text("other\n")
    else:
        monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    assert manage.stamp_of(locks / "run.txt") != before


def test_a_missing_lock_is_told_with_its_path(manage, locks) -> None:
    with pytest.raises(manage.CannotStart, match=r"gone\.txt.*complete copy"):
        manage.stamp_of(locks / "gone.txt")


@pytest.mark.parametrize(
    ("record", "has"),
    [
        ("current", True),
        ("stale", False),
        ("no json {", False),
        ('["a list"]', False),
        ('{"making": "run"}', False),
        (None, False),
    ],
)
def test_only_a_current_record_counts(manage, venv, record, has) -> None:
    looks_like_a_venv(venv)
    if record in {"current", "stale"}:
        stamp = manage.stamp_of(venv.locks / "run.txt") if record == "current" else "0" * 64
        record = json.dumps({"python": manage.python_tag(), "run": stamp})
    if record is not None:
        venv.record.write_text(record)
    assert venv.has("run") is has


def test_a_record_without_its_python_does_not_count(manage, venv) -> None:
    venv.write({"run": manage.stamp_of(venv.locks / "run.txt")})
    assert not venv.has("run")


def test_it_makes_an_environment_once_and_installs_test_on_top(venv) -> None:
    venv.ensure("run")
    assert venv.has("run")
    assert not venv.has("test")
    made = venv.home.joinpath("pyvenv.cfg").stat().st_mtime_ns
    venv.ensure("run")
    venv.ensure("test")
    assert venv.has("run")
    assert venv.has("test")
    assert venv.home.joinpath("pyvenv.cfg").stat().st_mtime_ns == made


@pytest.mark.parametrize("left_behind", ["making", "other python", "broken python"])
def test_it_heals_what_an_interrupted_start_left_behind(manage, venv, left_behind) -> None:
    python = looks_like_a_venv(venv)
    (venv.home / "lib").mkdir()
    (venv.home / "lib" / "half-a-package.py").write_text("import this is not")
    if left_behind == "broken python":
        python.unlink()
        python.symlink_to("/nowhere/python")
    else:
        venv.write({"making": "run"} if left_behind == "making" else {"python": "CPython-3.10-x86_64", "run": "0"})
    venv.ensure("run")
    assert venv.has("run")
    assert not (venv.home / "lib" / "half-a-package.py").exists()


def test_a_stale_lock_is_installed_over_what_stands(manage, venv) -> None:
    venv.ensure("run")
    (venv.home / "kept").write_text("not made anew")
    (venv.locks / "run.txt").write_text("# another version of nothing\n")
    assert not venv.has("run")
    venv.ensure("run")
    assert venv.has("run")
    assert (venv.home / "kept").exists()


def test_a_failed_installation_is_told_with_the_mend_and_not_taken_for_done(manage, venv, capfd) -> None:
    (venv.locks / "run.txt").write_text("zbsync-there-is-no-such-file @ ./nothing.whl --hash=sha256:" + "0" * 64)
    with pytest.raises(manage.CannotStart, match=r"pip could not install run\.txt: check the network"):
        venv.ensure("run")
    assert not venv.has("run")
    assert venv.known() == {"making": "run"}
    assert "pip: ERROR" in capfd.readouterr().err


def test_an_unhashed_lock_is_refused(manage, venv) -> None:
    (venv.locks / "run.txt").write_text("zbsync-without-a-hash==1.0\n")
    with pytest.raises(manage.CannotStart):
        venv.ensure("run")


def test_a_folder_it_cannot_write_is_told_with_the_mend(manage, tmp_path, locks) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(manage.CannotStart, match=r"cannot make .*where you may write.*ZBSYNC_NO_VENV=1") as told:
        manage.Venv(tmp_path / "file" / ".venv", locks).ensure("run")
    assert "\n" not in str(told.value)


def test_a_python_without_ensurepip_is_told_which_package_to_install(manage, venv, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.delitem(sys.modules, "ensurepip")
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(manage.CannotStart, match=r"no module \w+: .*apt install python3-venv"):
        venv.ensure("run")


def test_a_second_start_waits_for_the_first(manage, tmp_path, capfd) -> None:
    order: list[str] = []

    def second() -> None:
        with manage.alone(tmp_path):
            order.append("second")

    with manage.alone(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]
    assert "waiting for it" in capfd.readouterr().err


def run_manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """manage.py in this test's own Python, without making anything."""
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**BARE, "ZBSYNC_NO_VENV": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_it_hands_over_to_django() -> None:
    done = run_manage("version")
    assert (done.returncode, done.stdout) == (0, "5.2.19\n")


def test_it_hands_over_to_pytest_with_its_arguments() -> None:
    done = run_manage("test", "--version")
    assert done.returncode == 0
    assert done.stdout.startswith("pytest ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZBSYNC_MODE", "dry"),
        ("ZBSYNC_LEASE_S", "long"),
        ("ZBSYNC_BATCH_SIZE", "1.5"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line_and_exit_code_2(name, value) -> None:
    done = run_manage("check", **{name: value})
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert value in done.stderr


@pytest.mark.parametrize("name", ["aprove", "test_", "-"])
def test_a_command_that_does_not_exist_is_one_line_and_exit_code_2(name) -> None:
    done = run_manage(name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"zbsync: {name}: there is no such command; `manage.py help` lists them\n"


def test_without_django_it_says_what_to_install(tmp_path) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "manage.py"), "check"],
        env={**BARE, "ZBSYNC_NO_VENV": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "install zbsync/requirements/run.txt" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_two_first_starts_at_once_on_a_bare_machine_both_work(tmp_path) -> None:
    home = tmp_path / "checkout"
    shutil.copytree(ROOT / "zbsync", home / "zbsync", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", home)
    bare = Path(sys.base_prefix, "bin", "python3")
    starts = [
        subprocess.Popen(
            [bare, "manage.py", "version"],
            cwd=home,
            env=BARE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [start.communicate(timeout=300) for start in starts]
    assert [start.returncode for start in starts] == [0, 0], said
    assert [out for out, _ in said] == ["5.2.19\n"] * 2
    assert sum("making" in err for _, err in said) == 1
    again = subprocess.run(
        [bare, "manage.py", "version"],
        cwd=home,
        env=BARE,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert (again.stdout, again.stderr) == ("5.2.19\n", "")
    installed = subprocess.run(
        [home / ".venv/bin/python", "-m", "pip", "check"], capture_output=True, text=True, check=False
    )
    assert installed.returncode == 0, installed.stdout


@pytest.mark.slow
def test_ctrl_c_while_it_installs_is_quiet_and_the_next_start_heals(tmp_path, locks) -> None:
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / "zbsync").mkdir()
    locks.rename(tmp_path / "zbsync" / "requirements")
    command = [f"{sys.base_prefix}/bin/python3", "manage.py", "version"]
    first = subprocess.Popen(command, cwd=tmp_path, env=BARE, stderr=subprocess.PIPE, text=True)
    assert first.stderr
    assert "making" in first.stderr.readline()
    first.send_signal(signal.SIGINT)
    said = first.stderr.read()
    assert (first.wait(30), said) == (130, "")
    record = tmp_path / ".venv" / "zbsync.json"
    assert json.loads(record.read_text()) == {"making": "python"}
    again = subprocess.run(command, cwd=tmp_path, env=BARE, capture_output=True, text=True, check=False, timeout=120)
    assert "making" in again.stderr
    assert "install zbsync/requirements/run.txt" in again.stderr, "the lock asked for nothing, so Django is not there"
    assert set(json.loads(record.read_text())) == {"python", "run"}
