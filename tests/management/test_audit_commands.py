"""explain, audit_export, audit_verify: what outsiders use to see and to prove what happened."""

import json
import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override

from tests.house.tree import ROOT
from tests.models import make
from tests.pipeline.reviewing import contact, hub, person, proposal
from zbsync.models import Entry, HubConnection, Proposal, append_only
from zbsync.pipeline import review, seal

pytestmark = pytest.mark.django_db


def run(*words: object) -> str:
    out = StringIO()
    call_command(str(words[0]), *map(str, words[1:]), stdout=out)
    return out.getvalue()


def failed(*words: object) -> tuple[int, str]:
    with pytest.raises(CommandError) as caught:
        run(*words)
    (line,) = str(caught.value).splitlines()
    return caught.value.returncode, line


@pytest.fixture
def decided() -> Proposal:
    """A contact with a story: edited, approved."""
    row = proposal(contact(source_id="wx1"))
    review.edit(row.pk, "intro", "=cmd()", "he said so", person(), row.digest)
    review.approve([row.pk], make.user("zhou"))
    return row


def test_explain_prints_one_document(decided) -> None:
    told = json.loads(run("explain", "wx1", "--json"))
    assert set(told) >= {"contact", "gate", "mapping", "match", "proposal", "pushes"}
    assert told["pushes"][0]["state"] == "queued"
    assert told["mapping"]["fields"][-1]["edited_by"] == "wang"


def test_explain_reads_as_a_story(decided) -> None:
    with override("en"):
        said = run("explain", "wx1", "--hub", "file")
    assert "gate: eligible" in said
    assert "intro = =cmd()" in said
    assert "Approved · zhou" in said
    assert "he said so" in said


@pytest.mark.parametrize("words", [["nobody"], ["wx1", "--hub", "elsewhere"]])
def test_explaining_nobody_is_bad_input(decided, words) -> None:
    code, line = failed("explain", *words)
    assert (code, "no such contact" in line) == (2, True)


def test_an_id_that_two_hubs_know_needs_the_hub(decided) -> None:
    other = HubConnection.objects.create(name="second", kind="file")
    contact(source_id="wx1", hub=other)
    assert failed("explain", "wx1") == (2, "wx1: several hubs know this id; name one with --hub")
    assert json.loads(run("explain", "wx1", "--hub", hub().name, "--json"))["proposal"]["id"] == decided.pk


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_an_export_is_sealed_and_can_be_verified(decided, tmp_path, format_) -> None:
    path = tmp_path / f"audit.{format_}"
    assert "2 entry, 0 exchange" in run("audit_export", "--format", format_, "--out", path)
    assert seal.unsealed() == {"entry": 0, "exchange": 0}
    checkpoint = f"{path}.checkpoint.json"
    told = json.loads(run("audit_verify", "--export", path, "--checkpoint", checkpoint, "--json"))
    assert told == {"ok": True, "checked": {"entry": 2, "exchange": 0, "seal": 2}, "bad": None}
    assert "nothing was altered" in run("audit_verify", "--db", "--checkpoint", checkpoint)


def test_an_altered_export_fails_and_names_the_row(decided, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    run("audit_export", "--format", "jsonl", "--out", path)
    path.write_text(path.read_text().replace("he said so", "she said so"))
    row = Entry.objects.get(verb="proposal.edit")
    with override("en"):
        assert failed("audit_verify", "--export", path) == (
            1,
            f"Row {row.pk} of entry was altered after it was sealed.",
        )


def test_an_altered_database_fails_and_names_the_row(decided, capsys) -> None:
    seal.drain()
    row = Entry.objects.get(verb="proposal.edit")
    append_only.unprotect(connection)
    Entry.objects.filter(pk=row.pk).update(reason="")
    append_only.protect(connection)
    out = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("audit_verify", "--json", stdout=out)
    assert caught.value.code == 1
    bad = json.loads(out.getvalue())["bad"]
    assert bad == {"why": "chain.row_altered", "table": "entry", "id": row.pk}


def test_a_line_that_is_no_record_any_more_is_named(decided, tmp_path) -> None:
    path = tmp_path / "audit.jsonl"
    run("audit_export", "--format", "jsonl", "--out", path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], lines[2][:20], "\n", *lines[3:]]))
    with override("en"):
        assert failed("audit_verify", "--export", path) == (1, "line 3 is not a record of an audit export any more.")


def test_rows_not_sealed_yet_are_counted(decided) -> None:
    assert json.loads(run("audit_verify", "--json"))["unsealed"] == {"entry": 2, "exchange": 0}


@pytest.mark.parametrize(
    ("since", "entries"), [("2000-01-01", 2), ("2000-01-01T08:00:00", 2), ("2999-12-31", 0), ("2000-01-01T00:00Z", 2)]
)
def test_a_part_can_be_exported(decided, tmp_path, since, entries) -> None:
    path = tmp_path / "audit.jsonl"
    run("audit_export", "--format", "jsonl", "--since", since, "--out", path)
    assert json.loads(run("audit_verify", "--export", path, "--json"))["checked"]["entry"] == entries


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["audit_export", "--format", "jsonl", "--since", "soon", "--out", "x"], "not a date"),
        (["audit_export", "--format", "jsonl", "--since", "2026-13-01", "--out", "x"], "not a date"),
        (["audit_export", "--format", "jsonl", "--out", "{}/no/such/x"], "may be written"),
        (["audit_verify", "--export", "{}/none"], "give a file that audit_export wrote"),
        (["audit_verify", "--export", "{}/text"], "give a file"),
        (["audit_verify", "--checkpoint", "{}/none"], "beside its export"),
        (["audit_verify", "--checkpoint", "{}/text"], "not a checkpoint"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(tmp_path, words, told) -> None:
    (tmp_path / "text").write_text("hello")
    code, line = failed(*(word.format(tmp_path) for word in words))
    assert code == 2
    assert told in line


def test_an_export_is_verified_without_a_database(decided, tmp_path) -> None:
    """In a process whose database cannot be reached."""
    path = tmp_path / "audit.csv"
    run("audit_export", "--format", "csv", "--out", path)
    nowhere = os.environ | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "ZBSYNC_NO_VENV": "1"}
    words = [sys.executable, "manage.py", "audit_verify", "--export", str(path), "--json"]
    done = subprocess.run(words, env=nowhere, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["ok"]
