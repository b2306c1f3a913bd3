"""Uploaded files: staged, looked at, confirmed by a person, then stored by a job, a drain at a time.

The upload page stages, confirms and discards; the job calls `drain`. A batch moves `rows_done` by
compare-and-swap in its own transaction: a drain that dies is taken up where it was, and of two that
meet only one stores.
"""

import time
import uuid
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import DataError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import Limits
from zbsync.models import HubConnection, Upload, UploadState
from zbsync.models.within import may_use
from zbsync.pipeline import audit, doorbell
from zbsync.pipeline.ingest import file as files
from zbsync.pipeline.ingest.compare import Counts
from zbsync.pipeline.ingest.file import Report, Source
from zbsync.pipeline.ingest.spool import Progress, Spool
from zbsync.pipeline.tally import Tally

AT_ONCE_BYTES = 4 << 20
"""A file up to this size is looked at while the person waits; a larger one by the job."""
IN_A_JOB = Limits(workbook_rows=100_000, lean=False)
"""A job has a minute. The slow reader of large workbooks would need half of it, and all of it on a busy machine."""
DRAINS = 4
"""In how many drains a file is stored at most: each reads all of it again, so each stores its part, late or not."""
WAITING = (UploadState.QUEUED, UploadState.RUNNING)
_UNSEEN = Q(state=UploadState.STAGED, preview={})
_NAMESPACE = uuid.UUID("5b0b6a1e-6a51-4f2b-9d3c-0d6f6f1f7a10")


def _allow(user: Any, hub_id: int) -> None:
    if not user.has_perm("zbsync.add_upload") or not may_use(user, hub_id):
        raise PermissionDenied


def _note(upload: Upload, user: AbstractBaseUser, verb: str, now: datetime) -> None:
    line = audit.Line("upload", upload.pk, after={"file": upload.name, "digest": upload.digest})
    audit.write(_act(upload), audit.Actor.of(user), verb, [line], now=now)


def _act(upload: Upload) -> uuid.UUID:
    """All that happens to one upload is one act, however many drains it takes."""
    return uuid.uuid5(_NAMESPACE, f"{upload.pk}:{upload.digest}")


def stage(hub: HubConnection, sent: File[bytes], user: AbstractBaseUser) -> Upload:
    """Keep a file that a person sent and look at it, now or by the job; nothing of it is stored yet.

    Raises PermissionDenied, also where the person may not see all that comes through the hub.
    """
    _allow(user, hub.pk)
    upload = Upload(hub=hub, name=Path(sent.name or "upload").name[:255], uploaded_by_id=user.pk)
    upload.file.save(upload.name[-100:], sent, save=False)
    at_once = (sent.size or 0) <= AT_ONCE_BYTES
    upload.digest = files.file_digest(Path(upload.file.path))
    with transaction.atomic():
        upload.save()
        _note(upload, user, "upload.stage", timezone.now())
        if not at_once:
            doorbell.ring()
    if at_once:
        preview_upload(upload)
    return upload


def preview_upload(upload: Upload) -> None:
    """Fill `counts`, `preview` and the list of bad rows of a staged upload; a refused file is `failed`."""
    bad_path = _bad_path(upload)
    try:
        report = files.preview_file(
            Path(upload.file.path), upload.hub, name=upload.name, bad_path=bad_path, limits=IN_A_JOB
        )
    except FileRefused as refused:
        _fail(upload, refused.finding)
        return
    except OSError as error:
        _fail(upload, Finding("intake.cannot_open", params={"file": upload.name, "error": error.strerror or ""}))
        return
    preview = {
        "differences": report.differences,
        "bad_rows": report.bad_rows,
        "repeated": report.repeated,
        "seconds": round(report.seconds, 3),
    }
    counts = {**report.counts.as_json(), "bad": report.bad}
    bad_rows = _relative(bad_path, upload) if report.bad_rows_file else ""
    Upload.objects.filter(pk=upload.pk, state=UploadState.STAGED).update(
        preview=preview, counts=counts, rows_total=report.rows, bad_rows=bad_rows
    )
    upload.refresh_from_db()


def _bad_path(upload: Upload) -> Path:
    return Path(f"{upload.file.path}.bad.csv")


def _relative(path: Path, upload: Upload) -> str:
    return f"{Path(str(upload.file.name)).parent}/{path.name}"


def _fail(upload: Upload, finding: Finding) -> None:
    Upload.objects.filter(pk=upload.pk).update(
        state=UploadState.FAILED,
        error=finding.code,
        preview={"refused": finding.as_json()},
        finished_at=timezone.now(),
    )
    upload.refresh_from_db()


def confirm(upload: Upload, user: AbstractBaseUser) -> bool:
    """A person says yes to the preview: the job may store it. False when it is not staged (any more)."""
    return _decide(upload, user, UploadState.QUEUED, "upload.confirm")


def discard(upload: Upload, user: AbstractBaseUser) -> bool:
    """A person says no to the preview, and its files go. False when it is not staged (any more)."""
    kept = [(held.storage, held.name) for held in (upload.file, upload.bad_rows) if held.name]
    with transaction.atomic():
        if not _decide(upload, user, UploadState.DISCARDED, "upload.discard"):
            return False
        Upload.objects.filter(pk=upload.pk).update(bad_rows="")
        for storage, name in kept:
            transaction.on_commit(partial(storage.delete, name))
    upload.refresh_from_db()
    return True


def _decide(upload: Upload, user: AbstractBaseUser, state: UploadState, verb: str) -> bool:
    _allow(user, upload.hub_id)
    with transaction.atomic():
        staged = Upload.objects.filter(pk=upload.pk, state=UploadState.STAGED).exclude(preview={})
        if not staged.update(state=state, rows_done=0, counts={}):
            return False
        _note(upload, user, verb, timezone.now())
        if state is UploadState.QUEUED:
            doorbell.ring()
    upload.refresh_from_db()
    return True


def has_work() -> bool:
    """Whether a drain would find something to look at or to store."""
    return Upload.objects.filter(_UNSEEN | Q(state__in=WAITING)).exists()


def drain(until: float | None = None, limit: int | None = None, progress: Progress | None = None) -> Tally:
    """Look at staged files and store confirmed ones until none is left, or time (`monotonic`) is up.

    `limit` bounds the number of files. Reading a file is not interrupted; storing stops between batches, after a
    share of the file (`DRAINS`) at least.
    """
    tally = Tally()
    started = time.monotonic()
    for upload in Upload.objects.filter(_UNSEEN).order_by("id")[:limit]:
        if _late(until):
            break
        preview_upload(upload)
    waiting = Upload.objects.filter(state__in=WAITING).order_by("id")
    for upload in waiting.select_related("hub", "uploaded_by")[:limit]:
        if _late(until):
            break
        tally.add(_store(upload, until, progress))
    tally.seconds = time.monotonic() - started
    return tally


def _late(until: float | None) -> bool:
    return until is not None and time.monotonic() >= until


def _store(upload: Upload, until: float | None, progress: Progress | None) -> Tally:
    tally = Tally()
    report = Report(upload.name)
    try:
        with Spool(files.BATCH) as spool:
            files.read(Path(upload.file.path), report, spool, bad_path=_bad_path(upload), limits=IN_A_JOB)
            bad_rows = _relative(_bad_path(upload), upload) if report.bad_rows_file else ""
            open_still = Upload.objects.filter(pk=upload.pk, state__in=WAITING)
            open_still.update(state=UploadState.RUNNING, rows_total=spool.rows, bad_rows=bad_rows)
            whole = _batches(upload, spool, tally, until, progress)
    except FileRefused as refused:
        _fail(upload, refused.finding)
    except OSError as error:
        _fail(upload, Finding("intake.cannot_open", params={"file": upload.name, "error": error.strerror or ""}))
    except (DataError, IntegrityError) as error:
        _fail(upload, Finding("intake.database_refused", params={"error": type(error).__name__}))
    else:
        if whole and _finish(upload, report):
            tally.failed += report.bad
    return tally


def _batches(upload: Upload, spool: Spool, tally: Tally, until: float | None, progress: Progress | None) -> bool:
    """Store what is left of the spool; True when all of it was stored by us."""
    actor = audit.Actor.of(upload.uploaded_by) if upload.uploaded_by else audit.Actor.job("ingest")
    source = Source(upload.hub_id, _act(upload), actor, "upload", upload.pk, file=upload.name, digest=upload.digest)
    counts = {**Counts().as_json(), **upload.counts, "bad": spool.bad}
    done = upload.rows_done
    for batch in spool.batches(after=done):
        if tally.seen and tally.seen * DRAINS >= spool.rows and _late(until):
            return False
        with transaction.atomic():
            mine = Upload.objects.filter(pk=upload.pk, state=UploadState.RUNNING, rows_done=done)
            if not mine.update(rows_done=batch.read):
                return False  # another drain is at it
            now = files.apply(source, batch, timezone.now()).as_json()
            counts = {name: count + now.get(name, 0) for name, count in counts.items()}
            Upload.objects.filter(pk=upload.pk).update(counts=counts)
        done = batch.read
        tally.seen += len(batch.rows)
        tally.done += len(batch.rows)
        if progress:
            progress(done, spool.rows)
    return True


def _finish(upload: Upload, report: Report) -> bool:
    """Everything is stored: say so, once, and wake the next stage. False when another drain said it."""
    with transaction.atomic():
        running = Upload.objects.select_for_update().filter(pk=upload.pk, state=UploadState.RUNNING).first()
        if running is None:
            return False
        running.state = UploadState.DONE
        running.rows_done = report.rows
        running.counts = {**Counts().as_json(), **running.counts, "bad": report.bad}
        running.finished_at = timezone.now()
        running.save(update_fields=["state", "rows_done", "counts", "finished_at"])
        doorbell.ring()
    upload.refresh_from_db()
    return True
