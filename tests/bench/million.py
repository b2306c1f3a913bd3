"""Memory of the process that takes in 1,000,000 contacts as CSV, and then as many others as JSON Lines."""

import json
import resource
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.bench import Report, throw_away_database
from tests.bench.ingest import HEADER, contacts, write

ROWS = 1_000_000
LIMIT_MB = 250


def write_lines(path: Path, rows: Iterable[tuple[Any, ...]]) -> Path:
    """The same contacts as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for cells in rows:
            file.write(json.dumps(dict(zip(HEADER, cells, strict=True)), ensure_ascii=False) + "\n")
    return path


def run(report: Report) -> None:
    """Print the peak of resident memory after each of the two."""
    with throw_away_database() as folder:
        for name, writer in (("million.csv", write), ("million.jsonl", write_lines)):
            _take(report, writer(folder / name, contacts(ROWS)))


def _take(report: Report, path: Path) -> None:
    from django.utils import timezone

    from zbsync.models import HubConnection
    from zbsync.pipeline import audit, ingest

    hub = HubConnection.objects.create(name=path.name, kind="file")
    started = time.perf_counter()
    done = ingest.import_file(path, hub, audit.Actor.job("bench"), now=timezone.now())
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report(f"{path.suffix}: {done.rows:,} rows, {done.counts.new:,} new, in {seconds:.0f} s")
    report(f"  peak memory {peak:.0f} MB ({LIMIT_MB} allowed)")
