"""The supervisor of the worker, over real processes that stand in for the cluster; tests/e2e has the cluster itself."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from django.test import override_settings
from django_q.models import OrmQ, Task

from tests.management.running.processes import linux, of_session, until
from zbsync.conf import conf
from zbsync.management.commands.worker import PROBE, Supervisor
from zbsync.management.processes import Children
from zbsync.models import Heartbeat

pytestmark = [pytest.mark.django_db(transaction=True), linux]

SILENT = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
SLOW_TO_END = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.7), sys.exit(0))); " + (
    "print('there', flush=True); time.sleep(600)"
)
WITH_CHILD = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "


@dataclass
class Cluster:
    """Starts a program where the cluster would be, and remembers what it started and when."""

    program: str
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def __call__(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", self.program]
        child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
        if "print" in self.program:
            assert child.stdout is not None
            child.stdout.readline()
        self.started.append(child)
        self.at.append(time.monotonic())
        return child

    def left(self) -> list[int]:
        """What lives of all that was started."""
        for child in self.started:
            if child.stdout is not None:
                child.stdout.close()
        return [process for child in self.started for process in of_session(child.pid)]


def supervised(program: str, *, seconds: float, patience_s: float = 60.0, twice: bool = False) -> Cluster:
    """Supervise `program` for so long, then ask to stop, with `twice` again a moment later."""
    cluster = Cluster(program)
    supervisor = Supervisor(patience_s=patience_s, start_s=0.0, start=cluster)
    timers = [threading.Timer(seconds + more, supervisor.stop) for more in ([0, 0.5] if twice else [0])]
    for timer in timers:
        timer.start()
    supervisor.run()
    for timer in timers:
        timer.join()
    return cluster


@pytest.mark.parametrize("code", [0, 1])
def test_a_cluster_that_ends_is_started_again_with_whatever_code_it_ended(code: int) -> None:
    cluster = supervised(f"raise SystemExit({code})", seconds=3)
    assert len(cluster.started) >= 2
    assert all(later - earlier >= 1 for earlier, later in pairwise(cluster.at)), "not in a tight loop"
    assert cluster.left() == []


def test_a_cluster_that_does_not_answer_is_killed_and_started_again() -> None:
    cluster = supervised(DEAF, seconds=3, patience_s=1.0, twice=True)
    assert len(cluster.started) >= 2
    assert cluster.started[0].returncode == -signal.SIGKILL
    assert cluster.left() == []


def test_a_cluster_that_has_time_left_is_let_be() -> None:
    assert len(supervised(SILENT, seconds=2, patience_s=30).started) == 1


def test_what_a_dead_cluster_left_behind_does_not_work_on() -> None:
    cluster = supervised(WITH_CHILD + "sys.exit(0)", seconds=1.5)
    assert cluster.left() == []


def test_asked_once_it_lets_the_cluster_end_in_order() -> None:
    cluster = supervised(SLOW_TO_END, seconds=0.5)
    assert [child.returncode for child in cluster.started] == [0]


def test_asked_twice_it_waits_for_nothing() -> None:
    began = time.monotonic()
    cluster = supervised(DEAF, seconds=0.5, twice=True)
    assert [child.returncode for child in cluster.started] == [-signal.SIGKILL]
    assert time.monotonic() - began < 10


def test_a_cluster_that_will_not_end_is_killed_when_its_job_must_be_over() -> None:
    with override_settings(ZBSYNC=replace(conf(), job_timeout_s=-4.5)):  # five seconds of grace on top
        assert supervised(DEAF, seconds=0.5).left() == []


def test_a_probe_is_asked_for_and_forgotten_with_its_cluster() -> None:
    cluster = Cluster(SILENT)
    supervisor = Supervisor(patience_s=60, start=cluster)
    seen: list[str] = []
    threading.Timer(1.5, supervisor.stop).start()
    ask = supervisor._ask

    def watch() -> None:
        ask()
        seen.extend(ring.func() for ring in OrmQ.objects.all())

    supervisor._ask = watch  # type: ignore[method-assign]
    supervisor.run()
    assert set(seen) == {PROBE}
    assert not OrmQ.objects.exists(), "it would only make work for the next cluster"
    assert cluster.left() == []


def test_an_answer_is_a_heartbeat_and_leaves_no_row() -> None:
    supervisor = Supervisor(patience_s=60, start=Cluster(SILENT))
    supervisor._ask()
    probe = supervisor._probe
    assert OrmQ.objects.count() == 1
    supervisor._ask()
    assert OrmQ.objects.count() == 1, "one at a time"
    assert not Heartbeat.objects.exists()
    Task.objects.create(
        id=probe, name="p", func=PROBE, started="2026-01-01T00:00Z", stopped="2026-01-01T00:00Z", success=True
    )
    supervisor._ask()
    assert Heartbeat.objects.get(name="worker").note == "restarts 0"
    assert not Task.objects.exists()


def test_a_probe_that_failed_is_no_answer() -> None:
    supervisor = Supervisor(patience_s=60, start=Cluster(SILENT))
    supervisor._ask()
    Task.objects.create(
        id=supervisor._probe,
        name="p",
        func=PROBE,
        started="2026-01-01T00:00Z",
        stopped="2026-01-01T00:00Z",
        success=False,
    )
    supervisor._ask()
    assert not Heartbeat.objects.exists()


def test_children_are_asked_asked_again_and_then_killed(tmp_path) -> None:
    children = Children(tmp_path, patience_s=0.4)
    quick = children.start("quick", "-c", SILENT)
    deaf = children.start("deaf", "-c", DEAF, listen=True)
    assert deaf.stdout is not None
    assert deaf.stdout.readline() == "deaf\n"
    assert children.ended() == ""
    children.stop()
    assert (quick.returncode, deaf.returncode) == (-signal.SIGTERM, -signal.SIGKILL)
    assert children.ended() in {"quick", "deaf"}
    deaf.stdout.close()
    children.stop()


def test_ctrl_c_while_a_child_is_being_started_makes_us_forget_none(tmp_path) -> None:
    """The signal comes at any moment of the start; whichever it is, no child is left that nobody stops."""
    children = Children(tmp_path, patience_s=5)
    mark = f"started-by-{os.getpid()}-{time.monotonic_ns()}"
    for after_s in (0.0005, 0.001, 0.002, 0.004, 0.008):
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may come from any line
            threading.Timer(after_s, os.kill, [os.getpid(), signal.SIGINT]).start()
            children.start("silent", "-c", SILENT, mark)
            time.sleep(5)
    children.stop()
    assert subprocess.run(["pgrep", "-f", mark], check=False, capture_output=True).stdout == b""


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path) -> None:
    """The parent cannot do anything about it, so the kernel does."""
    parent = (
        "import sys, time; from pathlib import Path; from zbsync.management.processes import Children\n"
        f"child = Children(Path('.'), patience_s=1).start('x', '-c', {SILENT!r})\n"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        assert of_session(child) == [child]
        process.kill()
    until(lambda: not of_session(child), 10)


ORPHAN = (
    "import os, signal, subprocess, sys, time; from zbsync.management.processes import end_with; "
    "signal.signal(signal.SIGTERM, signal.SIG_IGN); end_with(os.getppid(), float(sys.argv[1])); "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(os.getpid(), flush=True); "
    "time.sleep(600)"
)
PARENT = (
    "import subprocess, sys, time; "
    f"subprocess.Popen([sys.executable, '-c', {ORPHAN!r}, sys.argv[1]], start_new_session=True); time.sleep(600)"
)


@pytest.mark.parametrize(("seconds", "lives"), [("0.2", False), ("600", True)])
def test_a_cluster_that_hears_nobody_does_not_outlive_a_killed_supervisor(seconds: str, lives: bool) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, seconds], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        until(lambda: len(of_session(orphan)) == 2)
        time.sleep(1.0)
        assert len(of_session(orphan)) == 2
        parent.kill()
    if lives:
        time.sleep(2.0)
        assert len(of_session(orphan)) == 2
        os.killpg(orphan, signal.SIGKILL)
    until(lambda: of_session(orphan) == [])


GRANDPARENT = (
    "import multiprocessing, os, time; from zbsync.management.processes import end_with; end_with(os.getppid(), 600); "
    "fork = multiprocessing.get_context('fork'); sleep = lambda: time.sleep(600); "
    "start = lambda: (fork.Process(target=sleep).start(), sleep()); fork.Process(target=start).start(); "
    "print('there', flush=True); time.sleep(600)"
)


def test_no_part_of_a_cluster_outlives_the_main_process_that_was_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", GRANDPARENT], start_new_session=True, stdout=subprocess.PIPE
    ) as cluster:
        assert cluster.stdout is not None
        cluster.stdout.readline()
        until(lambda: len(of_session(cluster.pid)) == 3)
        cluster.kill()
        until(lambda: of_session(cluster.pid) == [], 10)
