"""A program that dies at every place at which it writes or speaks, one after the other, and each time is started again.

`python -m tests.e2e.dying STAGE ERP-URL STORE-FILE FOLDER`, on an empty database that is migrated. For each n a contact
is led up to the stage; a forked process then lets the stage run and kills itself at its n-th event: before a statement,
before or after a commit, before or after a request to the ERP. Another process takes up the work an hour later. It ends
when the stage got through alive, and prints how often it died and what a ledger of both sides finds wrong.
"""

import contextlib
import itertools
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
import httpx

django.setup()

from django.db import connection, connections  # noqa: E402
from django.db.models import F  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.bench.fire.ledger import Ledger  # noqa: E402
from tests.models import make  # noqa: E402
from zbsync.erp import transport  # noqa: E402
from zbsync.models import Contact, ErpConnection, Proposal, Push, Slot  # noqa: E402
from zbsync.pipeline import (  # noqa: E402
    audit,
    bootstrap,
    dispatch,
    flow,
    ingest,
    match,
    propose,
    reconcile,
    review,
    seal,
    survey,
    verify,
    wiring,
)
from zbsync.sandbox.store import Store  # noqa: E402


class Reaper:
    """Counts events in all threads and kills the process at the n-th, so that nothing can be tidied up."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0
        self._one = threading.Lock()

    def tick(self) -> None:
        with self._one:
            self.count += 1
            if self.count == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(60)

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.tick()
        return execute(*statement)

    def around(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Two more places to die at: before the act, and when it has taken effect and nobody knows yet."""

        def acting(*args: Any, **more: Any) -> Any:
            self.tick()
            done = act(*args, **more)
            self.tick()
            return done

        return acting


class World:
    """One contact on its way; every step may be taken again."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.source_id, self.number = "", 0

    def found(self) -> None:
        """As `bootstrap`, `connect_erp` and `survey` leave an installation."""
        options = {"sort1": "3,7"}
        erp = make.erp(name="sandbox", base_url=self.url, lanes=2, options=options)
        make.user(), make.hub()
        bootstrap.seed()
        survey.run(erp)
        bootstrap.seed()

    def next(self) -> None:
        """Another contact."""
        self.number += 1
        self.source_id = f"f{self.number}"

    def ingest(self) -> None:
        told = {"source_id": self.source_id, "name": f"张示例{self.number}", "phone": f"138{self.number:08d}"}
        more = {"phone_verified": True, "score": 90, "channel": "微信", "summary": "想要报价"}
        path = self.folder / f"{self.source_id}.jsonl"
        path.write_text(json.dumps(told | more, ensure_ascii=False) + "\n")
        ingest.import_file(path, make.hub(), audit.Actor.job("import_contacts"), now=timezone.now())

    def propose(self) -> None:
        propose.drain()

    def match(self) -> None:
        match.drain()

    def edit(self) -> None:
        """Only once: who was told "done" does not do it again."""
        row = Proposal.objects.filter(contact__source_id=self.source_id, state="ready", edits={}).first()
        if row is not None:
            review.edit(row.pk, "intro", "改过", "heard on the phone", make.user("colleague"), row.digest)

    def approve(self) -> None:
        rows = list(Proposal.objects.filter(contact__source_id=self.source_id, state="ready"))
        review.approve([row.pk for row in rows], make.user(), digests={row.pk: row.digest for row in rows})

    def dispatch(self) -> None:
        dispatch.drain()

    def reconcile(self) -> None:
        reconcile.drain()

    def verify(self) -> None:
        verify.drain()

    def seal(self) -> None:
        seal.drain()

    def pass_time(self) -> None:
        """An hour later: leases and waits are over."""
        hour = timedelta(hours=1)
        Slot.objects.update(until=F("until") - hour)
        Push.objects.update(lease_until=F("lease_until") - hour, not_before=F("not_before") - hour)
        Proposal.objects.update(match_after=F("match_after") - hour)

    def resume(self) -> None:
        """So many doubts in a few minutes, and the connection pauses itself: a person goes on."""
        for paused in ErpConnection.objects.filter(paused_at__isnull=False):
            wiring.resume(paused, audit.Actor.of(make.user()), timezone.now(), "looked after")

    def recover(self) -> None:
        """What the next processes and the same people do."""
        self.pass_time()
        self.resume()
        for step in (self.ingest, self.propose, self.match, self.edit, self.approve):
            step()
        for _ in range(ROUNDS):
            self.resume()
            if flow.next_due() is None:
                return
            self.pass_time()
            for step in (self.match, self.approve, self.reconcile, self.dispatch, self.verify):
                step()


ROUNDS = 8
"""Hours in which everything must have come to its end."""

STEPS = ("ingest", "propose", "match", "edit", "approve", "dispatch", "reconcile", "verify", "seal")
FAULTS = {"reconcile": [{"name": "reply_lost", "count": 1}], "dispatch": [{"name": "session_kill", "count": 1}]}
"""What the weather is while the step is led up to: something to reconcile, and a login in the middle of a dispatch."""


def forked(work: Callable[[], None]) -> bool:
    """Let a process of its own do it; whether it lived. Raises SystemExit when it failed in another way."""
    connections.close_all()
    child = os.fork()
    if not child:
        with contextlib.ExitStack() as ends:
            ends.callback(os._exit, 1)
            ends.push(_say)
            work()
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    if os.WEXITSTATUS(status):
        sys.exit("the step failed: its last words stand above")
    return True


def _say(kind: Any, error: Any, trace: Any) -> None:
    """The last words of a process that failed."""
    sys.excepthook(kind, error, trace)
    sys.stderr.flush()


def mortal(step: Callable[[], None], at: int) -> None:
    """The step, in a process that dies at its n-th event."""
    connection.ensure_connection()
    reaper = Reaper(at)
    connection._commit = reaper.around(connection._commit)  # type: ignore[attr-defined]
    transport.Transport.send = reaper.around(transport.Transport.send)  # type: ignore[method-assign]
    with connection.execute_wrapper(reaper):
        step()


def main(stage: str, url: str, store: str, folder: str) -> None:
    """Die, and tell."""
    world, weather = World(url, Path(folder)), httpx.Client(base_url=url)
    transport._tls(verify=True)  # read once, not in every process
    forked(world.found)
    deaths: list[float] = []
    for at in itertools.count(1):
        world.next()
        weather.post("/__sandbox__/faults", json=FAULTS.get(stage, []))
        forked(partial(lead_up, world, stage))
        lived = forked(partial(mortal, getattr(world, stage), at))
        weather.post("/__sandbox__/faults", json=[])
        deaths += [] if lived else [time.time()]
        forked(world.recover)
        if lived:
            break
    forked(world.seal)
    rows = list(Ledger.of(Store(store), deaths).questions())
    arrived = Push.objects.filter(state="verified").count()
    wrong = [breach for row in rows for breach in row.breaches]
    checked = seal.verify(seal.records())
    told = {"deaths": len(deaths), "contacts": Contact.objects.count(), "arrived": arrived, "wrong": wrong}
    print(json.dumps(told | {"sealed": checked.ok, "unsealed": sum(seal.unsealed().values())}))


def lead_up(world: World, stage: str) -> None:
    """The steps before the one that is to die."""
    for name in STEPS[: STEPS.index(stage)]:
        getattr(world, name)()


if __name__ == "__main__":
    main(*sys.argv[1:5])
