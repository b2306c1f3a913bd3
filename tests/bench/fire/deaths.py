"""What dies in a fire: processes and database connections, at moments from a seed, and what each death must leave.

`Deaths.one` lets one thing happen and remembers when; a cluster that does not drain when it is asked to is a breach.
"""

import contextlib
import os
import random
import signal
import sqlite3
import time
from dataclasses import dataclass, field

from tests.bench.fire.town import DRAINED_S, LEASE_S, Town, wait_for
from tests.management.running.processes import of_session

WORKERS = ("worker-1", "worker-2")
PAUSE_S = (0.5, 4.0)
"""Between two deaths."""

SILENCE_S = 2.0
"""So long is a moment waited for in which something is being said to the ERP: that is when dying hurts."""


@dataclass(frozen=True, slots=True)
class Death:
    """What happened, and when (epoch seconds)."""

    what: str
    at: float


@dataclass
class Deaths:
    """The dice of a fire, what it has done so far, and what should not have come of it."""

    town: Town
    chance: random.Random
    told: list[Death] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    _asleep: list[tuple[float, int]] = field(default_factory=list)

    def one(self) -> None:
        """Something dies."""
        kinds = {
            "part": 5, "cluster": 4, "supervisor": 2, "drain": 2, "web": 2, "people": 1, "sleep": 3, "database": 4,
            "machine": 1,
        }  # fmt: skip
        [kind] = self.chance.choices(list(kinds), list(kinds.values()))
        if self.chance.random() < 0.7:
            self.town.wait_for_silence(SILENCE_S)
        getattr(self, f"_{kind}")()

    def times(self) -> list[float]:
        """When something died in whose hands a request may have been, those included that a supervisor ended itself:
        a cluster that hangs because a part of it died is ended much later.
        """
        found = [death.at for death in self.told if death.at > 0]
        for worker in WORKERS:
            lines = (self.town.folder / f"{worker}.log").read_text(errors="replace").splitlines()
            ended = [line for line in lines if "starting it again" in line or " CRITICAL django-q " in line]
            found += [time.mktime(time.strptime(line[:19], "%Y-%m-%d %H:%M:%S")) for line in ended]
        return found

    def wake(self, *, everybody: bool = False) -> None:
        """End the pauses that are over."""
        now = time.monotonic()
        for end, process in list(self._asleep):
            if everybody or now >= end:
                self.town.kill(process, signal.SIGCONT)
                self._asleep.remove((end, process))

    def _note(self, what: str) -> None:
        self.told.append(Death(what, time.time()))

    def _part(self) -> None:
        """Main, guard, worker, monitor or pusher of a cluster: they are told apart only by their order of birth."""
        if processes := self.town.cluster(self.chance.choice(WORKERS)):
            number = self.chance.randrange(len(processes))
            self._note(f"kill -9 {('cluster main', 'cluster guard')[number] if number < 2 else 'cluster part'}")
            self.town.kill(processes[number])

    def _cluster(self) -> None:
        """All of a cluster at once, or of both; their supervisors live."""
        self._note("kill -9 cluster")
        for worker in self.chance.choice([WORKERS, WORKERS[:1], WORKERS[1:]]):
            if processes := self.town.cluster(worker):
                os.killpg(processes[0], signal.SIGKILL)

    def _supervisor(self) -> None:
        worker = self.chance.choice(WORKERS)
        self._note("kill -9 supervisor")
        self.town.kill(self.town.running[worker].pid)

    def _drain(self) -> None:
        """SIGTERM: what is in hand is finished, nothing of the session lives on, and the code is 0."""
        worker = self.chance.choice(WORKERS)
        child, processes = self.town.running[worker], self.town.cluster(worker)
        if child.poll() is not None or len(processes) < 6:
            return
        self.wake(everybody=True)
        began = time.monotonic()
        child.terminate()
        code = wait_for(child, DRAINED_S)
        left = of_session(processes[0])
        if code != 0 or left:
            self.breaches.append(
                f"{worker} asked to stop: code {code}, {len(left)} left, {time.monotonic() - began:.0f} s"
            )
        self.told.append(Death("SIGTERM", -1.0))

    def _web(self) -> None:
        processes = of_session(self.town.running["web"].pid)
        if processes:
            self._note("kill -9 web")
            self.town.kill(self.chance.choice(processes))

    def _people(self) -> None:
        self._note("kill -9 people")
        self.town.kill(self.town.running["people"].pid)

    def _sleep(self) -> None:
        """A process is stopped for less than a lease, and goes on as if nothing had been."""
        processes = self.town.cluster(self.chance.choice(WORKERS))
        if processes:
            process = self.chance.choice(processes)
            self._note("SIGSTOP")
            if self.town.kill(process, signal.SIGSTOP):
                self._asleep.append((time.monotonic() + self.chance.uniform(0.3, LEASE_S * 0.6), process))

    def _database(self) -> None:
        """PostgreSQL drops connections, some or all; SQLite has a writer that keeps the others waiting."""
        if self.town.postgres:
            share = self.chance.choice([0.3, 1.0])
            self._note(f"database drops {share:.0%}")
            self.town.cut_database(share, self.chance)
            return
        with contextlib.closing(sqlite3.connect(self.town.database.removeprefix("sqlite:///"), timeout=20)) as rows:
            rows.execute("BEGIN IMMEDIATE")
            time.sleep(self.chance.uniform(0.2, 2.0))
            rows.rollback()
        self.told.append(Death("database held", -1.0))

    def _machine(self) -> None:
        """Power off: everything is gone at once."""
        self._note("kill -9 everything")
        for process in self.town.all_processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for child in self.town.running.values():
            child.wait()
        self._asleep.clear()
