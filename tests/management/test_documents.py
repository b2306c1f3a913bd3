"""What scripts read: one JSON document on stdout and nothing else there, in exactly the contract's shapes.

The main job once, command by command, as real processes against the sandbox over HTTP, with the log at its loudest.
"""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.management.shell import Shell
from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

pytestmark = pytest.mark.slow

STAGES = ["ingest", "propose", "match", "acts", "follow", "brakes", "dispatch", "verify", "reconcile"]
GOOD = {
    "name": "王小明",
    "phone": "13800001234",
    "phone_verified": True,
    "score": 88,
    "channel": "微信",
    "wechat_id": "wx_1",
}
CONTACTS = [
    {"source_id": "c1", **GOOD},
    {"source_id": "c2", **GOOD, "phone": "13900005678", "wechat_id": "wx_2", "score": 57},
    {"source_id": "c3", **GOOD, "score": "very"},
]


@dataclass
class Job:
    """The documents of the whole job, by the name of the step."""

    shell: Shell
    told: dict[str, Any] = field(default_factory=dict)
    loud: dict[str, "subprocess.CompletedProcess[str]"] = field(default_factory=dict)

    def step(self, name: str, *words: object) -> Any:
        """Run a command with --json; what it prints must be one line, a document."""
        done = self.shell(*words, "--json")
        assert done.returncode == 0, done.stderr[-2000:]
        self.loud[name] = done
        self.told[name] = json.loads(done.stdout)
        return self.told[name]


def work(job: Job, sandbox: Sandbox, folder: Path) -> None:
    """Everything from the empty database to the last look."""
    path = folder / "contacts.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in CONTACTS), encoding="utf-8")
    shell = job.shell
    shell.said("bootstrap", "--admin", "chen")
    shell.said("connect_hub", "wechat", "--kind", "file")
    job.told["connect"] = shell.said(
        "connect_erp", "main", "--base-url", sandbox.url, "--dialect", "legacy", "--username-env", "ERP_USER",
        "--password-env", "ERP_PASSWORD", "--option", "sort1=意向客户/初步接触", "--check",
    )  # fmt: skip
    job.step("empty", "status")
    job.step("survey", "survey", "main")
    job.step("dry", "import_contacts", path, "--hub", "wechat", "--dry-run")
    job.step("import", "import_contacts", path, "--hub", "wechat")
    job.step("proposed", "run", "--stages", "propose,match")
    job.step("approve", "approve", "--all", "--by", "chen", "--reason", "fair")
    job.step("run", "run", "--until-idle")
    job.step("idle", "run")
    job.step("status", "status")
    job.step("c1", "explain", "c1")
    job.step("c2", "explain", "c2", "--hub", "wechat")
    job.step("again", "approve", "--all", "--by", "chen")
    job.step("contracts", "survey", "main", "--contracts")
    job.step("db", "audit_verify", "--db")


@pytest.fixture(scope="module")
def job(new_shell: Callable[..., Shell], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    with running(customers=5) as sandbox:
        made = Job(new_shell(ERP_USER=DEMO_LOGIN, ERP_PASSWORD=DEMO_WORD, LOG_LEVEL="DEBUG"))
        work(made, sandbox, tmp_path_factory.mktemp("job"))
        yield made


def test_stdout_is_one_document_though_the_log_is_loud(job: Job) -> None:
    for name, done in job.loud.items():
        assert done.stdout.count("\n") == 1, name
    assert "DEBUG" in job.loud["run"].stderr
    assert "DEBUG" in job.loud["survey"].stderr


def test_no_number_and_no_password_is_logged_at_any_level(job: Job) -> None:
    for name, done in job.loud.items():
        for secret in ("13800001234", "13900005678", DEMO_WORD):
            assert secret not in done.stderr, name


def test_the_check_says_what_it_could_read(job: Job) -> None:
    assert "checked: logged in; 5 customers" in job.told["connect"]


def test_a_new_installation_has_a_status_with_every_state_at_zero(job: Job) -> None:
    assert job.told["empty"] == {
        "contacts": {"total": 0, "eligible": 0, "blocked": 0},
        "proposals": {str(state): 0 for state in ProposalState},
        "pushes": {str(state): 0 for state in PushState},
        "operations": {},
        "bindings": 0,
        "in_doubt": 0,
        "oldest_due_s": None,
    }


def test_status_after_the_job(job: Job) -> None:
    told = job.told["status"]
    assert list(told) == ["contacts", "proposals", "pushes", "operations", "bindings", "in_doubt", "oldest_due_s"]
    assert told["contacts"] == {"total": 2, "eligible": 1, "blocked": 1}
    assert {state: n for state, n in told["proposals"].items() if n} == {"approved": 1, "blocked": 1}
    assert told["operations"] == {"customer.save": {"verified": 1}}
    assert (told["bindings"], told["oldest_due_s"]) == (1, None)


def test_a_survey_of_the_contracts_tells_what_it_saw(job: Job) -> None:
    told = job.told["contracts"]
    assert list(told) == ["pages", "contracts", "asked", "found", "calls", "seconds", "complete", "busy"]
    assert (told["pages"], told["found"], told["complete"], told["busy"]) == (1, 0, True, False)


def test_a_survey_tells_what_it_saw(job: Job) -> None:
    told = job.told["survey"]
    assert set(told) >= {"vocabularies", "customers", "calls", "seconds"}
    assert {"ly", "jz"} <= set(told["vocabularies"])
    assert all(set(one) >= {"options", "retired"} for one in told["vocabularies"].values())


def test_a_dry_import_tells_what_the_import_then_does(job: Job) -> None:
    dry, wet = (job.told[name] | {"seconds": 0} for name in ("dry", "import"))
    assert dry == wet
    assert (wet["rows"], wet["new"], wet["bad"]) == (3, 2, 1)


def test_a_run_tells_each_stage_and_each_operation(job: Job) -> None:
    told = job.told["run"]
    assert list(told) == ["stages", "erp", "idle"]
    assert list(told["stages"]) == STAGES
    for one in told["stages"].values():
        assert list(one) == ["seen", "done", "failed", "seconds"]
        assert (type(one["seen"]), type(one["failed"])) == (int, int)
    assert list(told["erp"]) == ["calls", "by_operation"]
    assert told["erp"]["calls"] == sum(told["erp"]["by_operation"].values()) == 4
    assert told["idle"] is True
    assert list(job.told["proposed"]["stages"]) == ["propose", "match"]
    assert job.told["proposed"]["stages"]["propose"] | {"seconds": 0} == {
        "seen": 2,
        "done": 1,
        "failed": 1,
        "seconds": 0,
    }


def test_a_second_run_has_nothing_to_do(job: Job) -> None:
    told = job.told["idle"]
    assert (told["idle"], told["erp"]) == (True, {"calls": 0, "by_operation": {}})
    assert {one["done"] + one["failed"] for one in told["stages"].values()} == {0}


def test_a_decision_tells_its_act_and_how_many(job: Job) -> None:
    told = job.told["approve"]
    assert set(told) == {"act", "done", "left_out"}
    assert re.fullmatch(r"[0-9a-f-]{36}", told["act"])
    assert (told["done"], told["left_out"]) == (1, {})
    assert (job.told["again"]["done"], job.told["again"]["left_out"]) == (0, {})


def test_a_story_has_the_contracts_parts(job: Job) -> None:
    told = job.told["c1"]
    assert {"contact", "gate", "mapping", "match", "proposal", "pushes"} <= set(told)
    assert {"verdict", "findings"} <= set(told["gate"])
    assert {"version", "fields"} <= set(told["mapping"])
    for one in told["mapping"]["fields"]:
        assert {"target", "value", "source", "transform", "edited_by"} <= set(one)
    sent = {one["target"]: one["value"] for one in told["mapping"]["fields"]}
    assert (sent["name"], sent["mobile"], sent["khid"]) == ("王小明", "13800001234", "WXc1")


def test_a_story_tells_every_exchange_of_every_attempt(job: Job) -> None:
    (push,) = job.told["c1"]["pushes"]
    assert {"state", "operation", "ord", "khid", "attempts"} <= set(push)
    assert (push["state"], push["operation"], push["khid"]) == ("verified", "customer.save", "WXc1")
    (attempt,) = push["attempts"]
    assert {"number", "outcome", "exchanges"} <= set(attempt)
    assert (attempt["number"], attempt["outcome"]) == (1, "accepted")
    assert attempt["exchanges"]
    for one in attempt["exchanges"]:
        assert {"at", "request", "response", "digest"} <= set(one)
    assert DEMO_WORD not in json.dumps(push)


def test_the_story_of_one_who_may_not_go_says_why_with_the_values(job: Job) -> None:
    told = job.told["c2"]
    assert told["gate"]["verdict"] != job.told["c1"]["gate"]["verdict"]
    (finding,) = [one for one in told["gate"]["findings"] if "score" in one["code"]]
    assert {57, 60} <= {int(float(value)) for value in finding["params"].values()}
    assert told["pushes"] == []


def test_the_evidence_of_the_job_is_whole(job: Job) -> None:
    assert job.told["db"]["ok"] is True
    assert job.told["db"]["bad"] is None
