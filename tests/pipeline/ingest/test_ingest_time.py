"""An upload and the minute that its job has: nothing is read for ever, nothing is left lying, nothing is forgotten."""

import hashlib
import time
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.admin.people import someone
from tests.hub.samples import workbook
from tests.models import make
from tests.pipeline.ingest.samples import counts, take
from tests.pipeline.ingest.uploading import confirmed, many, staged
from zbsync.core.findings import Finding
from zbsync.hub.errors import FileRefused
from zbsync.hub.files import Limits, open_rows
from zbsync.models import Contact, Upload, UploadState
from zbsync.pipeline import ingest
from zbsync.pipeline.ingest import uploads
from zbsync.pipeline.ingest.file import BATCH
from zbsync.sentences import say

pytestmark = pytest.mark.django_db
SMALL = Limits(eager=100, workbook_rows=9, lean=False)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def sheet(folder: Path) -> Path:
    return workbook(folder, ["source_id", "姓名"], ["c1", "张三"])


def drained(upload: Upload, late: bool = True) -> Upload:
    uploads._store(Upload.objects.get(pk=upload.pk), time.monotonic() - 1 if late else None, None)
    upload.refresh_from_db()
    return upload


def test_a_workbook_that_only_the_slow_reader_takes_is_refused_with_the_mend(tmp_path) -> None:
    with pytest.raises(FileRefused) as refused:
        open_rows(sheet(tmp_path), "客户.xlsx", SMALL)
    said = say(refused.value.finding)
    assert "9 rows" in said
    assert "CSV" in said


def test_a_job_never_takes_the_slow_reader_and_the_command_does(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(uploads, "IN_A_JOB", SMALL)
    sent = SimpleUploadedFile("客户.xlsx", sheet(tmp_path).read_bytes())
    upload = ingest.stage(make.hub(), sent, someone("reviewer"))
    assert (upload.state, upload.error) == (UploadState.FAILED, "intake.workbook_too_large")
    assert Finding.from_json(upload.preview["refused"]).params["max"] == 9
    assert counts(take(sheet(tmp_path))) == (1, 0, 0, 0)
    assert uploads.IN_A_JOB.lean is False


def test_what_a_job_takes_is_bounded_well_below_what_the_command_takes() -> None:
    assert not uploads.IN_A_JOB.lean
    assert uploads.IN_A_JOB.workbook_rows < Limits().workbook_rows
    assert uploads.IN_A_JOB.workbook_rows >= 100_000


def test_a_confirmed_workbook_is_held_to_the_same_limit(tmp_path, monkeypatch) -> None:
    sent = SimpleUploadedFile("客户.xlsx", sheet(tmp_path).read_bytes())
    upload = ingest.stage(make.hub(), sent, someone("reviewer"))
    assert ingest.confirm(upload, someone("reviewer"))
    monkeypatch.setattr(uploads, "IN_A_JOB", SMALL)
    assert drained(upload, late=False).error == "intake.workbook_too_large"
    assert not Contact.objects.exists()


def test_a_drain_that_is_late_stores_its_share_all_the_same() -> None:
    upload = confirmed(*many(BATCH * 8))
    done = [drained(upload).rows_done for _ in range(uploads.DRAINS)]
    assert done == [BATCH * 2 * turn for turn in range(1, uploads.DRAINS + 1)]
    assert (upload.state, Contact.objects.count()) == (UploadState.DONE, BATCH * 8)


def test_a_drain_in_time_stores_all() -> None:
    upload = confirmed(*many(BATCH * 2 + 1))
    assert drained(upload, late=False).state == UploadState.DONE


def test_looking_at_files_stops_when_time_is_up() -> None:
    wide = ["c2", "长" * (uploads.AT_ONCE_BYTES // 3), 85]
    first, second = staged(wide), staged(wide)
    ingest.drain(until=time.monotonic() - 1)
    assert [Upload.objects.get(pk=upload.pk).preview for upload in (first, second)] == [{}, {}]
    assert ingest.has_work()
    ingest.drain()
    assert all(Upload.objects.get(pk=upload.pk).preview for upload in (first, second))


@pytest.mark.parametrize(
    ("state", "preview", "work"),
    [
        (UploadState.STAGED, {}, True),
        (UploadState.STAGED, {"seconds": 1}, False),
        (UploadState.QUEUED, {"seconds": 1}, True),
        (UploadState.RUNNING, {"seconds": 1}, True),
        (UploadState.DONE, {"seconds": 1}, False),
        (UploadState.FAILED, {}, False),
        (UploadState.DISCARDED, {"seconds": 1}, False),
    ],
)
def test_there_is_work_while_a_file_waits_for_us_and_not_for_a_person(state, preview, work) -> None:
    upload = staged(["c1", "张三", 85])
    Upload.objects.filter(pk=upload.pk).update(state=state, preview=preview)
    assert ingest.has_work() is work


def test_a_discarded_file_is_removed_with_its_list_of_bad_rows(folder, django_capture_on_commit_callbacks) -> None:
    upload, other = staged(["c1", "张三", "abc"]), staged(["c2", "李四", "abc"])
    assert len(list((folder / "uploads").iterdir())) == 4
    with django_capture_on_commit_callbacks(execute=True):
        assert ingest.discard(upload, someone("reviewer"))
    left = {path.name for path in (folder / "uploads").iterdir()}
    assert left == {Path(other.file.path).name, Path(other.bad_rows.path).name}
    assert (upload.bad_rows.name, len(upload.digest)) == ("", 64)


def test_a_file_goes_only_when_the_decision_stands(folder, django_capture_on_commit_callbacks) -> None:
    upload = staged(["c1", "张三", 85])
    with django_capture_on_commit_callbacks() as waiting:
        ingest.discard(upload, someone("reviewer"))
        assert Path(upload.file.path).exists()
    assert waiting


def test_a_confirmed_file_is_not_removed_by_a_late_no(folder, django_capture_on_commit_callbacks) -> None:
    upload = confirmed(["c1", "张三", 85])
    with django_capture_on_commit_callbacks(execute=True):
        assert not ingest.discard(upload, someone("reviewer"))
    assert drained(upload, late=False).state == UploadState.DONE
    assert Path(upload.file.path).exists()


def test_a_file_that_was_lost_already_can_be_discarded(django_capture_on_commit_callbacks) -> None:
    upload = staged(["c1", "张三", 85])
    Path(upload.file.path).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        assert ingest.discard(upload, someone("reviewer"))
    assert upload.state == UploadState.DISCARDED


def test_two_files_of_one_name_are_two(folder) -> None:
    one, two = staged(["c1", "张三", 85]), staged(["c1", "李四", 85])
    assert one.name == two.name
    assert one.file.path != two.file.path
    assert one.digest != two.digest


def test_the_digest_is_of_the_bytes_that_were_sent() -> None:
    content = b"source_id\nc1\n"
    upload = ingest.stage(make.hub(), SimpleUploadedFile("a.csv", content), someone("reviewer"))
    assert upload.digest == hashlib.sha256(content).hexdigest()
    assert upload.file.read() == content
