"""Approved creates into a 50 ms ERP that loses 0, 2 and 10 % of its replies: our drain, and two plain peers beside it.

`python -m tests.bench push [--pushes N] [--database URL]`. All three have 8 lanes and make the same three calls for a
customer: reserve an id, save, read back. The peers are what one would write without us: a celery task with autoretry,
and one django-q2 task for each push. The ERP refuses no duplicates, as most are set; what each system did is counted
on its side. Without a Redis (ZBSYNC_TEST_REDIS) celery is left out, which is told. Ours must double and lose nothing;
whether it is fast enough is told beside each number. On PostgreSQL it also tells what a push costs us without any
latency.
"""

import argparse
import contextlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence

from tests.bench import Report, throw_away_database
from tests.bench.push import ours, peers
from tests.bench.push.erp import Erp, Tally

PUSHES, LANES, LATENCY_MS = 800, 8, 50
ROUNDS = 2
"""Of each system in turn; the better one counts, so that a moment of a busy machine does not."""

LOSSES = (0.0, 0.02, 0.1)
CALLS = 3
LIMIT, CPU_MS = 0.9, 5.0
"""At least so much of what the lanes could do at best, and at most so many milliseconds of CPU for a push."""


def run(report: Report, arguments: Sequence[str] = ()) -> int:
    """Measure; 0 when ours doubled and lost nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench push")
    parser.add_argument("--pushes", type=int, default=PUSHES)
    parser.add_argument("--database", default="", metavar="URL", help="a PostgreSQL server; default: SQLite")
    asked = parser.parse_args(arguments)
    bad = 0
    best: dict[tuple[float, str], Tally] = {}
    with throw_away_database(asked.database, **ours.CLOCKS) as folder:
        systems: dict[str, Callable[[Erp, int], Tally]] = {
            "zbsync": lambda erp, count: ours.push(erp, count, LANES),
            "celery": lambda erp, count: peers.celery(erp, count, LANES, folder),
            "django-q2": lambda erp, count: peers.django_q(erp, count, LANES, folder),
        }
        if missing := peers.no_redis():
            report(f"  celery is left out: {missing}")
            del systems["celery"]
        report(f"{asked.pushes} new customers, {LANES} lanes, {LATENCY_MS} ms a call, {CALLS} calls each")
        report(f"  {'lost replies':<13}{'':<13}{'a second':>9}{'doubled':>9}{'lost':>6}{'unknown':>9}{'settled':>10}")
        for loss, _, (name, system) in itertools.product(LOSSES, range(ROUNDS), systems.items()):
            with _erp(loss) as erp:
                tally = system(erp, asked.pushes)
            report(_line(loss, name, tally))
            if name == "zbsync":
                bad += tally.doubled + tally.lost
            best[loss, name] = max(tally, best.get((loss, name), tally), key=lambda one: one.rate)
        limit = LANES / (CALLS * LATENCY_MS / 1000)
        mine = best[LOSSES[0], "zbsync"]
        report(
            f"  best of {ROUNDS} rounds, ours without losses: {mine.rate / limit:.0%} of the limit ({LIMIT:.0%} needed)"
        )
        faster = [f"{mine.rate / best[LOSSES[0], name].rate:.2f} × {name}" for name in systems if name != "zbsync"]
        report(f"  {', '.join(faster)} (above both needed); {mine.calls:.2f} ERP calls for each")
        with _erp(0.0, latency_ms=0) as erp:
            cpu = min(ours.push(erp, asked.pushes, LANES).cpu_ms for _ in range(ROUNDS))
        report(
            f"  {cpu:.1f} ms of CPU for each without latency (under {CPU_MS:g} needed on PostgreSQL), audit included"
        )
    return 1 if bad else 0


@contextlib.contextmanager
def _erp(loss: float, latency_ms: float | None = None) -> Iterator[Erp]:
    with Erp.started(LATENCY_MS if latency_ms is None else latency_ms, loss) as erp:
        os.environ["PEER_URL"] = erp.url
        yield erp


def _line(loss: float, name: str, tally: Tally) -> str:
    numbers = f"{tally.rate:>9.1f}{tally.doubled:>9}{tally.lost:>6}{tally.unknown:>9}{tally.seconds:>8.1f} s"
    return f"  {loss:<13.0%}{name:<13}{numbers}"
