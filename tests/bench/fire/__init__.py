"""Fire: random faults and random deaths over real processes, then the invariants from both sides.

`python -m tests.bench fire [--seed N] [--minutes M] [--database URL] [--broker orm|redis://…] [--keep FOLDER]`. Without
a database it takes a SQLite file of its own; of PostgreSQL's it makes one beside the named one, `…_fire`. Prints the
table and exits 1 on any breach, with the seed and the rows.
"""

import argparse
import contextlib
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench import Report
from tests.bench.fire.deaths import PAUSE_S, Deaths
from tests.bench.fire.table import Row
from tests.bench.fire.town import Town
from tests.bench.fire.weather import HOLD_S, Weather
from zbsync.sandbox.app import running

SEED, MINUTES = 1, 2.0
LATENCY_MS = 80
ARRIVE_A_MINUTE = 10
STRANGERS = 20
"""Customers that the ERP has before."""

CALM_S = 180.0
"""So long may it take in fine weather until only people can go on."""


def run(report: Report, arguments: Sequence[str] = ()) -> int:
    """Burn, calm down, count. 0 when nothing was lost, doubled or left untold."""
    asked = _read(arguments)
    began = time.monotonic()
    with _folder(asked.keep) as folder, running(latency_ms=LATENCY_MS, seed=asked.seed, customers=STRANGERS) as sandbox:
        town = Town(
            folder, _database(asked.database, folder), asked.broker, asked.seed, asked.minutes * 60, sandbox.url
        )
        try:
            deaths, weather = Deaths(town, random.Random(asked.seed)), Weather(sandbox, random.Random(asked.seed + 1))
            town.found()
            _set_up_django(town)
            _burn(town, deaths, weather)
            before = _calm(town, weather)
            breaches = _count(report, town, deaths, weather, sandbox, before)
        finally:
            town.stop()
    where = (
        f"seed {asked.seed}, {asked.minutes:g} minutes, {'PostgreSQL' if town.postgres else 'SQLite'}, {asked.broker}"
    )
    report(f"fire: {where}: {'NOT ' if breaches else ''}held, {time.monotonic() - began:.0f} s in all")
    return 1 if breaches else 0


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench fire")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--database", default="", metavar="URL", help="a PostgreSQL server; default: SQLite")
    parser.add_argument("--broker", default="orm", help="orm or redis://…")
    parser.add_argument("--keep", default="", metavar="FOLDER", help="where logs and database are to stay")
    return parser.parse_args(arguments)


@contextlib.contextmanager
def _folder(keep: str) -> Iterator[Path]:
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
        yield Path(keep).resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _database(asked: str, folder: Path) -> str:
    if asked:
        return asked if asked.endswith("_fire") else f"{asked}_fire"
    (folder / "fire.sqlite3").unlink(missing_ok=True)
    return f"sqlite:///{folder / 'fire.sqlite3'}"


def _set_up_django(town: Town) -> None:
    """This process counts in the same database that the others write to."""
    os.environ |= {
        name: town.environment[name] for name in town.environment if name.startswith(("ZBSYNC_", "DATABASE"))
    }
    os.environ |= {"DJANGO_SETTINGS_MODULE": "zbsync.settings", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()


def _burn(town: Town, deaths: Deaths, weather: Weather) -> None:
    """Until the time is over: weather that turns, things that die, and whatever died started again."""
    names = ("worker-1", "worker-2", "web", "people")
    for name in names:
        town.start(name)
    end, dies, turns = time.monotonic() + town.seconds, time.monotonic() + 8, time.monotonic()
    while (now := time.monotonic()) < end:
        if now >= turns:
            weather.turn()
            turns = now + weather.chance.uniform(*HOLD_S)
        if now >= dies:
            deaths.one()
            dies = time.monotonic() + deaths.chance.uniform(*PAUSE_S)
        deaths.wake()
        for name in names:
            town.start(name)
        time.sleep(0.1)
    deaths.wake(everybody=True)
    town.kill(town.running["people"].pid)


def _calm(town: Town, weather: Weather) -> Counter[str]:
    """Fine weather until nothing moves; then a person sends again what stands before one, and once more.

    Answers what stood there at first.
    """
    from django.contrib.auth.models import User

    from zbsync.models import Push
    from zbsync.pipeline import review

    weather.calm()
    user = User.objects.get(username="fire")
    before: Counter[str] = Counter()
    for attempt in range(4):
        _until_idle(town)
        standing = Push.objects.filter(state__in=["rejected", "dead", "drifted"])
        if not attempt:
            before = Counter(f"{push.state} {push.cause}" for push in standing)
        if not review.requeue(standing, user, "the fire is out").done:
            break
    return before


def _until_idle(town: Town) -> None:
    """Until nothing is due; whatever paused meanwhile is resumed, and who dies is started again."""
    from django.contrib.auth.models import User
    from django.db import Error, close_old_connections
    from django.utils import timezone

    from zbsync.models import ErpConnection
    from zbsync.pipeline import audit, flow, wiring

    end = time.monotonic() + CALM_S
    while time.monotonic() < end:
        for name in ("worker-1", "worker-2"):
            town.start(name)
        close_old_connections()
        with contextlib.suppress(Error):
            actor = audit.Actor.of(User.objects.get(username="fire"))
            for paused in ErpConnection.objects.filter(paused_at__isnull=False):
                wiring.resume(paused, actor, timezone.now(), "the fire is out")
            if flow.next_due() is None:
                return
        time.sleep(0.5)


def _count(report: Report, town: Town, deaths: Deaths, weather: Weather, sandbox: Any, before: Counter[str]) -> int:
    """Tell what happened and what held; answers the number of breaches."""
    from tests.bench.fire.ledger import Ledger
    from zbsync.models import Attempt, Contact, Push
    from zbsync.pipeline import seal

    tell: Callable[[str, Any], None] = lambda name, found: report(  # noqa: E731 - one line of the report
        f"  {name}: " + (", ".join(f"{key} {count}" for key, count in sorted(found.items())) or "none")
    )
    tell("faults that struck", +weather.struck)
    tell("deaths", Counter(death.what for death in deaths.told))
    tell("pushes", Counter(Push.objects.values_list("state", flat=True)))
    tell("stood before a person", before)
    tell(
        "attempts", Counter(f"{one} {cause}".strip() for one, cause in Attempt.objects.values_list("outcome", "cause"))
    )
    report(f"  {Contact.objects.count()} contacts, {len(sandbox.store.writes())} writes in the ERP")
    seal.drain()
    drained = Row("asked to stop, a worker drains", len(deaths.told), deaths.breaches)
    audit = Row("the seals verify", 1, _verified(town))
    rows = [*Ledger.of(sandbox.store, deaths.times()).questions(), drained, audit, _went_on(town), _logs(town)]
    for row in rows:
        report(f"  {'BREACH' if row.breaches else 'holds '} {row.checked:>6}  {row.says}")
        for breach in row.breaches[:20]:
            report(f"            {breach}")
    return sum(len(row.breaches) for row in rows)


def _verified(town: Town) -> list[str]:
    try:
        town.call("audit_verify", "--db")
    except AssertionError as error:
        return [str(error)]
    return []


def _went_on(town: Town) -> Row:
    """A fire in which nothing was done proves nothing."""
    from zbsync.models import Push

    row, arrived = Row("work went on: some pushes arrived every minute"), Push.objects.filter(state="verified").count()
    row.want(arrived >= ARRIVE_A_MINUTE * town.seconds / 60, f"only {arrived}")
    return row


def _logs(town: Town) -> Row:
    """What the processes wrote: people never stumble over a bug, SQLite never says that it is locked."""
    row = Row("no bug stopped the people, no database was locked")
    for path in sorted(town.folder.glob("*.log")):
        text = path.read_text(errors="replace")
        row.want("database is locked" not in text, f"{path.name}: database is locked")
        row.want(path.name != "people.log" or "Traceback" not in text, f"{path.name}: {text[-300:]}")
    return row
