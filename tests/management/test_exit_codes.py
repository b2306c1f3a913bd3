"""The commands as a shell sees them: exit codes, one line on stderr, one document on stdout. Real processes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.management.shell import Shell

SETUP = """
from tests.pipeline.reviewing import ambiguous, contact, person, proposal
person("wang"); person("li", ())
proposal(contact(source_id="wx1")); ambiguous()
"""


@pytest.fixture(scope="module")
def desk(new_shell: Callable[..., Shell]) -> Shell:
    """One proposal that may go, one that may not, and two users."""
    shell = new_shell()
    shell.said("shell", "-v0", "-c", SETUP)
    return shell


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["approve", "--all", "--by", "nobody"], "no such user"),
        (["approve", "--all", "--by", "li"], "zbsync.approve_proposal"),
        (["reject", "--query", "colour=red", "--by", "wang"], "k_code"),
        (["explain", "nobody"], "no such contact"),
        (["audit_verify", "--export", "no-such-file"], "audit_export wrote"),
        (["audit_export", "--format", "pdf", "--out", "x"], "jsonl"),
        (["web", "--port", "70000"], "from 1 to 65535"),
        (["demo", "--port", "70000", "--no-browser"], "from 1 to 65535"),
        (["demo", "--contacts", "0", "--once"], "from 1 to 1000000"),
        (["survey", "nowhere"], "there are erp"),
        (["run", "--stages", "dream"], "ingest,propose"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(desk: Shell, words: list[str], told: str) -> None:
    assert told in desk.refused(*words)


def test_a_database_without_tables_is_one_line_with_the_mend(tmp_path: Path) -> None:
    line = Shell(tmp_path / "empty.sqlite3").refused("status", "--json", code=1)
    assert "no such table" in line
    assert "manage.py bootstrap" in line


def test_a_database_that_is_away_is_one_line_with_the_mend(tmp_path: Path) -> None:
    line = Shell(tmp_path).refused("status", code=1, DATABASE_URL="postgres://nobody:pssst@127.0.0.1:1/none")
    assert "check DATABASE_URL" in line
    assert "port 1" in line
    assert "pssst" not in line


def test_whoever_asks_for_the_traceback_gets_it(tmp_path: Path) -> None:
    done = Shell(tmp_path / "empty.sqlite3")("status", "--traceback")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.parametrize(
    ("clock", "earlier", "later"),
    [
        ({"ZBSYNC_LEASE_S": "5"}, "ZBSYNC_JOB_TIMEOUT_S=60", "ZBSYNC_LEASE_S=5"),
        ({"ZBSYNC_CALL_TIMEOUT_S": "60"}, "ZBSYNC_CALL_TIMEOUT_S=60", "ZBSYNC_JOB_TIMEOUT_S=60"),
    ],
)
@pytest.mark.parametrize("command", ["status", "worker", "run"])
def test_clocks_out_of_order_stop_every_command(
    shell: Shell, command: str, clock: dict[str, Any], earlier: str, later: str
) -> None:
    line = shell.refused(command, **clock)
    assert f"{earlier} must be smaller than {later}" in line
    assert "20 < 60 < 120 < 300" in line


def test_an_approval_stands_though_the_doorbell_does_not_answer(shell: Shell) -> None:
    """Redis is away: the ring is lost and logged, the decision is not."""
    shell.said("shell", "-v0", "-c", SETUP)
    done = shell("approve", "--all", "--by", "wang", "--json", ZBSYNC_BROKER="redis://127.0.0.1:1/0")
    assert (done.returncode, json.loads(done.stdout)["done"]) == (0, 1)
    assert "Connection refused" in done.stderr
    assert shell.document("status")["pushes"]["queued"] == 1


@pytest.mark.slow
def test_the_whole_keyboard_in_order(desk: Shell, tmp_path: Path) -> None:
    """Approve, look, take back, export, verify, tamper, verify."""
    told = desk.document("approve", "--all", "--by", "wang", "--reason", "fair")
    assert told["left_out"] == {"review.ambiguous": 1}
    assert desk.document("explain", "wx1")["pushes"][0]["state"] == "queued"
    assert desk.document("undo", "--act", told["act"], "--by", "wang")["done"] == 1
    assert desk.document("explain", "wx1")["pushes"][0]["state"] == "cancelled"

    out = tmp_path / "audit.jsonl"
    desk.said("audit_export", "--format", "jsonl", "--out", out)
    assert desk.document("audit_verify", "--export", out)["checked"]["entry"] > 2
    assert desk.document("audit_verify", "--db", "--checkpoint", f"{out}.checkpoint.json")["ok"]
    out.write_text(out.read_text().replace("fair", "fare"))
    done = desk("audit_verify", "--export", out, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["bad"]["why"] == "chain.row_altered"
