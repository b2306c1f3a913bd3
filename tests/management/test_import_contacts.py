"""The command as the contract has it: exit codes, one JSON document, and a list of bad rows beside the file."""

import json
import os
import pty
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from tests.hub.samples import csv_file, json_file
from tests.models import make
from tests.pipeline.ingest.samples import contact
from zbsync.models import Contact, Entry

pytestmark = pytest.mark.django_db
KEYS = {"file", "rows", "new", "changed", "same", "stale", "bad", "bad_rows_file", "seconds", "repeated"}


def run(capsys, *arguments) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    code = 0
    told = ""
    try:
        call_command("import_contacts", *map(str, arguments))
    except CommandError as error:
        code, told = error.returncode, str(error)
    out, err = capsys.readouterr()
    return code, out, err + told


@pytest.fixture(autouse=True)
def hub():
    return make.hub()


def test_it_prints_one_json_document(tmp_path, capsys) -> None:
    path = json_file(tmp_path, contact("c1"), contact("c2", score="x"))
    code, out, _ = run(capsys, path, "--hub", "hub", "--json")
    told = json.loads(out)
    assert (code, set(told)) == (0, KEYS)
    assert (told["file"], told["rows"], told["new"], told["bad"]) == ("contacts.jsonl", 2, 1, 1)
    assert told["bad_rows_file"] == f"{path}.bad.csv"
    assert os.path.exists(told["bad_rows_file"])  # noqa: PTH110 - as a script would ask


def test_it_tells_people_in_a_line(tmp_path, capsys) -> None:
    code, out, _ = run(capsys, json_file(tmp_path, contact("c1"), contact("c1")), "--hub", "hub")
    assert code == 0
    assert "1" in out.splitlines()[0]
    assert len(out.splitlines()) == 1


def test_a_dry_run_counts_the_same_and_stores_nothing(tmp_path, capsys) -> None:
    path = json_file(tmp_path, contact("c1"), contact("c2", score="x"))
    _, dry, _ = run(capsys, path, "--hub", "hub", "--json", "--dry-run")
    assert (Contact.objects.count(), Entry.objects.count()) == (0, 0)
    _, wet, _ = run(capsys, path, "--hub", "hub", "--json")
    assert {**json.loads(dry), "seconds": 0} == {**json.loads(wet), "seconds": 0}
    assert Contact.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("none.csv", "--hub", "hub"), "none.csv"),
        (("contacts.jsonl", "--hub", "nobody"), "connect_hub nobody"),
        (("wrong.xlsx", "--hub", "hub"), "XLSX"),
        (("bad.csv", "--hub", "hub"), "bad.csv.bad.csv"),
    ],
)
def test_bad_input_is_one_line_and_exit_2(tmp_path, capsys, arguments, named) -> None:
    json_file(tmp_path, contact())
    (tmp_path / "wrong.xlsx").write_text("source_id\nc1\n")
    csv_file(tmp_path, ["source_id", "score"], ["c1", "x"], name="bad.csv")
    code, _, err = run(capsys, tmp_path / arguments[0], *arguments[1:])
    assert code == 2
    assert named in err
    assert len(err.strip().splitlines()) == 1
    assert not Contact.objects.exists()


def test_a_hub_that_is_switched_off_takes_nothing(tmp_path, capsys, hub) -> None:
    hub.is_active = False
    hub.save()
    code, _, err = run(capsys, json_file(tmp_path, contact()), "--hub", "hub")
    assert (code, Contact.objects.count()) == (2, 0)
    assert "hub" in err


def test_on_a_terminal_there_is_a_bar_and_json_stays_clean(tmp_path) -> None:
    """A real terminal: the bar goes to stderr, and stdout holds the document alone."""
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "ZBSYNC_NO_VENV": "1"}
    environment = {**os.environ, **database}
    prepare = (
        "import django; django.setup(); from django.core.management import call_command as call;"
        "call('migrate', verbosity=0); from tests.models import make; make.hub()"
    )
    environment["DJANGO_SETTINGS_MODULE"] = "zbsync.settings"
    subprocess.run([sys.executable, "-c", prepare], check=True, env=environment)
    path = json_file(tmp_path, *(contact(f"c{number}") for number in range(600)))
    master, terminal = pty.openpty()
    command = [sys.executable, "manage.py", "import_contacts", str(path), "--hub", "hub", "--json"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    shown = os.read(master, 65_536).decode()
    os.close(master)
    assert json.loads(done.stdout)["new"] == 600
    assert "100%" in shown
    assert "█" in shown
