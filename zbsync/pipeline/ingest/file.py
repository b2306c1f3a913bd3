"""A whole file into the mirror, or only looked at: what `import_contacts` and the upload share."""

import hashlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from zbsync.core.records import JSONObject
from zbsync.hub.errors import BadRow, FileRefused
from zbsync.hub.files import STANDARD, Limits, open_rows
from zbsync.models import HubConnection
from zbsync.pipeline import audit, doorbell
from zbsync.pipeline.ingest import store
from zbsync.pipeline.ingest.bad import BadRowsFile
from zbsync.pipeline.ingest.compare import Counts, judge
from zbsync.pipeline.ingest.spool import Batch, Progress, Spool

BATCH = 1_000
"""Rows stored in one transaction: twice what the judging stages take, for a row costs less here."""
SHOWN = 200
"""Differences, and bad rows, that a preview keeps."""


@dataclass(slots=True)
class Report:
    """What became of a file. `bad` counts rows, `repeated` lines that another line of the same id stands for."""

    file: str
    rows: int = 0
    counts: Counts = field(default_factory=Counts)
    bad: int = 0
    repeated: int = 0
    bad_rows_file: str | None = None
    seconds: float = 0.0
    differences: list[JSONObject] = field(default_factory=list)
    bad_rows: list[JSONObject] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The contract's shape of `import_contacts --json`, and `repeated`."""
        return {
            "file": self.file,
            "rows": self.rows,
            **self.counts.as_json(),
            "bad": self.bad,
            "repeated": self.repeated,
            "bad_rows_file": self.bad_rows_file,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Source:
    """Where a batch comes from, as its audit entry says it: the act, who, and the file or delivery."""

    hub_id: int
    act: uuid.UUID
    actor: audit.Actor
    subject: str
    subject_id: int
    file: str = ""
    digest: str = ""


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes; raises FileRefused when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FileRefused("intake.cannot_open", file=path.name, error=error.strerror or str(error)) from error


def apply(source: Source, batch: Batch, now: datetime) -> Counts:
    """Store one batch with its audit entry, inside the caller's transaction.

    Batches of one hub take turns: two files with the same new contacts would wait for each other for
    ever, or the older one would be the last to write.
    """
    HubConnection.objects.select_for_update().get(pk=source.hub_id)
    judged = judge(source.hub_id, batch.rows, lock=True)
    store.write(source.hub_id, judged, now)
    if judged.differences:
        after = {
            **judged.counts.as_json(),
            "file": source.file,
            "digest": source.digest,
            "rows": [batch.rows[0][0], batch.rows[-1][0]],
        }
        line = audit.Line(source.subject, source.subject_id, after=after)
        audit.write(source.act, source.actor, "contact.ingest", [line], now=now)
    return judged.counts


def read(
    path: Path,
    report: Report,
    spool: Spool,
    *,
    bad_path: Path | None,
    progress: Progress | None = None,
    limits: Limits = STANDARD,
) -> None:
    """Fill the spool and the report's side of bad rows; raises FileRefused, or OSError for `bad_path`."""
    with open_rows(path, report.file, limits) as rows:
        listed = BadRowsFile(bad_path, rows.columns) if bad_path else None

        def keep(bad: BadRow) -> None:
            if len(report.bad_rows) < SHOWN:
                report.bad_rows.append(bad.as_json())
            if listed:
                listed.add(bad)

        try:
            spool.fill(rows, keep, progress)
        finally:
            written = listed.close() if listed else None
    report.rows, report.bad, report.repeated = spool.rows, spool.bad, spool.repeated
    report.bad_rows_file = str(written) if written else None


def _run(
    path: Path,
    report: Report,
    each: Callable[[Batch], None],
    *,
    bad_path: Path | None,
    reading: Progress | None,
    storing: Progress | None,
    limits: Limits = STANDARD,
) -> Report:
    started = time.monotonic()
    with Spool(BATCH) as spool:
        read(path, report, spool, bad_path=bad_path, progress=reading, limits=limits)
        for batch in spool.batches():
            each(batch)
            if storing:
                storing(batch.read, spool.rows)
    report.seconds = time.monotonic() - started
    return report


def import_file(
    path: Path,
    hub: HubConnection,
    actor: audit.Actor,
    *,
    now: datetime,
    bad_path: Path | None = None,
    reading: Progress | None = None,
    storing: Progress | None = None,
) -> Report:
    """Store every good row of a file, batch by batch, and wake the next stage.

    Raises FileRefused before anything is stored. Interrupted, it has stored whole batches; the same
    call again does the rest.
    """
    report = Report(path.name)
    source = Source(hub.pk, audit.new_act(), actor, "hubconnection", hub.pk, file=path.name, digest=file_digest(path))

    def each(batch: Batch) -> None:
        with transaction.atomic():
            report.counts.add(apply(source, batch, now))

    _run(path, report, each, bad_path=bad_path, reading=reading, storing=storing)
    if report.counts.new or report.counts.changed:
        with transaction.atomic():
            doorbell.ring()
    return report


def preview_file(
    path: Path,
    hub: HubConnection,
    *,
    name: str = "",
    bad_path: Path | None = None,
    reading: Progress | None = None,
    storing: Progress | None = None,
    limits: Limits = STANDARD,
) -> Report:
    """Read and compare as `import_file` does, and store nothing; the report shows the first differences."""
    report = Report(name or path.name)

    def each(batch: Batch) -> None:
        judged = judge(hub.pk, batch.rows, lock=False)
        report.counts.add(judged.counts)
        room = SHOWN - len(report.differences)
        report.differences.extend(difference.as_json() for difference in judged.differences[:room])

    return _run(path, report, each, bad_path=bad_path, reading=reading, storing=storing, limits=limits)
