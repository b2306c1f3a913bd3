"""The worker as it is deployed: real processes, a real queue, real signals."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.e2e.house import house, until
from tests.management.running.processes import children, of_session

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


def test_a_ring_of_the_approval_wakes_it_and_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    with house(tmp_path) as desk:
        desk.approve(3)
        worker = desk.start("worker")
        until(lambda: desk.in_state("verified") == 3, 60)
        [cluster] = children(worker.pid)
        processes = of_session(cluster)
        assert len(processes) > 3
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        assert of_session(cluster) == []
        assert [n for n in processes if Path(f"/proc/{n}").exists()] == []


PARTS = {"main": slice(0, 1), "guard": slice(1, 2), "the idle workers": slice(2, 4), "monitor": slice(4, 5)}
"""The processes of a cluster in the order in which it starts them. Of two idle workers one holds the queue: the cluster
hangs when that one is killed, and which it is cannot be seen from outside."""


@pytest.mark.parametrize("victim", PARTS)
def test_a_cluster_that_died_or_hangs_is_started_again(tmp_path: Path, victim: str) -> None:
    with house(tmp_path) as desk:
        worker = desk.start("worker", "--patience", "6")
        [cluster] = until(lambda: children(worker.pid), 30)
        until(lambda: len(of_session(cluster)) >= 6, 30)
        until(lambda: "worker     last beat" in desk.call("status"), 30)
        for process in of_session(cluster)[PARTS[victim]]:
            os.kill(process, signal.SIGKILL)
        [fresh] = until(lambda: [n for n in children(worker.pid) if n != cluster], 60)
        assert of_session(cluster) == [], "no orphan works on unguarded"
        desk.approve(1)
        until(lambda: desk.in_state("verified") == 1, 60)
        assert fresh in children(worker.pid)


def test_it_dies_with_its_supervisor(tmp_path: Path) -> None:
    with house(tmp_path) as desk:
        worker = desk.start("worker")
        [cluster] = until(lambda: children(worker.pid), 30)
        until(lambda: len(of_session(cluster)) >= 6, 30)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        until(lambda: of_session(cluster) == [], 30)
