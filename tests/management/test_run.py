"""`run`, `status`, `web` and `sandbox` as outsiders call them."""

import io
import json
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.management.commands import web
from zbsync.models import Heartbeat
from zbsync.pipeline import doorbell, flow

pytestmark = pytest.mark.django_db

QUICK = {"call_timeout_s": 1.0, "job_timeout_s": 3.0, "lease_s": 4.0, "redeliver_s": 9.0, "look_again_s": 0.4}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(settings={**QUICK, "retry_base_s": 0.2}) as made:
        yield made


def called(name: str, *args: str, **options: Any) -> Any:
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return json.loads(out.getvalue()) if "--json" in args else out.getvalue()


def test_run_tells_what_each_stage_did_and_what_it_cost(erp: Desk) -> None:
    push = erp.push()
    told = called("run", "--until-idle", "--json")
    assert settled(push) == ("verified", "")
    assert list(told["stages"]) == list(flow.STAGES)
    assert told["stages"]["dispatch"]["done"] == told["stages"]["verify"]["done"] == 1
    assert set(told["stages"]["verify"]) == {"seen", "done", "failed", "seconds"}
    assert told["idle"] is True
    assert told["erp"]["calls"] == sum(told["erp"]["by_operation"].values()) == erp.sandbox.store.calls()
    assert told["erp"]["by_operation"]["save_individual"] == 1


def test_run_without_until_idle_is_one_turn_of_the_named_stages(erp: Desk) -> None:
    push = erp.push()
    told = called("run", "--stages=dispatch", "--json")
    assert list(told["stages"]) == ["dispatch"]
    assert settled(push)[0] == "accepted"
    assert told["idle"] is True, "of the stages asked for"


def test_run_until_idle_waits_for_the_second_look(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "reset_before", "count": 1, "cmdkey": "__sys_dosave"}])
    told = called("run", "--until-idle", "--json")
    assert settled(push) == ("verified", "")
    assert told["idle"] is True
    assert erp.stored("WX1") == 1


def test_run_until_idle_waits_for_a_retry(erp: Desk) -> None:
    push = erp.push()
    erp.sandbox.faults.arm([{"name": "unavailable", "seconds": 0, "count": 1, "cmdkey": "__sys_dosave"}])
    assert called("run", "--until-idle", "--json")["idle"] is True
    assert settled(push) == ("verified", "")


def test_run_is_idle_when_only_people_can_go_on(erp: Desk) -> None:
    make.push(connection=erp.connection, state="in_doubt", ord=1, cause="in_doubt.other_record")
    make.proposal(state="ready", connection=erp.connection)
    type(make.contact()).objects.update(proposed_version=1)
    assert called("run", "--until-idle", "--json")["idle"] is True
    assert erp.sandbox.store.calls() == 0


def test_run_can_be_read_without_json(erp: Desk) -> None:
    erp.push()
    told = called("run", "--until-idle")
    assert "dispatch" in told
    assert "ERP calls: 4" in told
    assert "idle: nothing is due" in told


@pytest.mark.parametrize("stages", ["dispatch,nonsense", " , "])
def test_run_refuses_a_stage_it_does_not_know(stages: str) -> None:
    with pytest.raises(CommandError, match="is no stage; use some of ingest,propose") as caught:
        call_command("run", f"--stages={stages}")
    assert caught.value.returncode == 2


def test_run_names_the_secret_that_is_missing(erp: Desk) -> None:
    erp.push()
    type(erp.connection).objects.update(password_env="NOT_SET")
    with pytest.raises(CommandError, match="set the environment variable NOT_SET") as caught:
        call_command("run")
    assert caught.value.returncode == 2


def test_status_counts_every_state() -> None:
    make.push(state="in_doubt", not_before=timezone.now() - timedelta(seconds=90))
    make.push(state="verified")
    make.contact(eligible=False, proposed_version=1)
    make.binding(make.contact(eligible=True, proposed_version=1), 7)
    told = called("status", "--json")
    assert told["contacts"] == {"total": 4, "eligible": 1, "blocked": 1}
    assert told["proposals"] == {str(one): 2 * (one == "approved") for one in ProposalState}
    assert told["pushes"] == {str(one): int(one in ("in_doubt", "verified")) for one in PushState}
    assert told["operations"] == {"customer.save": {"in_doubt": 1, "verified": 1}}
    assert (told["bindings"], told["in_doubt"]) == (1, 1)
    assert 89 < told["oldest_due_s"] < 120


def test_status_of_an_empty_desk_names_the_next_step() -> None:
    assert called("status", "--json")["oldest_due_s"] is None
    told = called("status")
    assert "nothing is due" in told
    assert "start one with `manage.py worker`" in told


def test_status_tells_who_beat_and_misses_the_worker_though_a_drain_was_seen() -> None:
    """`run` drains too, in the foreground: no proof that anybody hears the doorbell."""
    Heartbeat.objects.create(name="drain", at=timezone.now() - timedelta(seconds=42), note="7 rows")
    told = called("status")
    assert re.search(r"^drain      last beat 4[2-9] s ago 7 rows$", told, re.MULTILINE)
    assert "worker     never seen" in told
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(seconds=3), note="restarts 0")
    doorbell.ring()
    told = called("status")
    assert re.search(r"^worker     last beat [3-9] s ago restarts 0$", told, re.MULTILINE)
    assert "never seen" not in told
    assert "queue      1 rings waiting" in told


def test_status_shows_a_pause() -> None:
    make.erp(paused_at=timezone.now(), pause_cause="captcha")
    assert "paused     erp: captcha" in called("status")


def test_web_refuses_a_port_that_is_in_use_and_says_what_to_do() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        with pytest.raises(
            CommandError, match="is in use: stop what listens there, or choose another --port"
        ) as caught:
            call_command("web", port=holder.getsockname()[1])
    assert caught.value.returncode == 2


@pytest.mark.parametrize("port", [0, 70_000])
def test_web_refuses_a_port_that_is_none(port: int) -> None:
    with pytest.raises(CommandError, match="from 1 to 65535"):
        call_command("web", port=port)


def test_web_opens_no_control_socket() -> None:
    assert "--no-control-socket" in web.arguments("127.0.0.1", 8000)


@pytest.mark.parametrize("bad", [["--faults=[{"], ["--port=nonsense"], ["--latency-ms=-1"]])
def test_sandbox_refuses_bad_input_with_code_2(bad: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        call_command("sandbox", *([] if bad[0].startswith("--port") else ["--port=0"]), *bad)
    assert caught.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
