"""An uploaded file: looked at, decided by a person, stored by a job that may die at any time."""

import time
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django_q.models import OrmQ

from tests.admin.people import someone
from tests.models import make
from tests.pipeline.ingest.samples import mirror
from tests.pipeline.ingest.uploading import confirmed, many, sent, staged
from zbsync.models import Contact, Entry, Upload, UploadState
from zbsync.pipeline import ingest
from zbsync.pipeline.ingest import uploads
from zbsync.pipeline.ingest.file import BATCH

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_staged_file_is_looked_at_and_nothing_is_stored() -> None:
    upload = staged(["c1", "张三", 85], ["c2", "李四", "abc"])
    assert (upload.state, upload.name, upload.rows_total) == (UploadState.STAGED, "客户.csv", 2)
    assert upload.counts == {"new": 1, "changed": 0, "same": 0, "stale": 0, "bad": 1}
    assert upload.preview["differences"][0]["source_id"] == "c1"
    assert upload.preview["bad_rows"][0]["code"] == "intake.not_a_number"
    assert not Contact.objects.exists()


def test_the_drain_stores_what_was_confirmed() -> None:
    upload = confirmed(["c1", "张三", 85], ["c2", "李四", "abc"])
    tally = ingest.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.rows_done, upload.finished_at is None) == (UploadState.DONE, 2, False)
    assert upload.counts == {"new": 1, "changed": 0, "same": 0, "stale": 0, "bad": 1}
    assert (tally.seen, tally.done, tally.failed) == (1, 1, 1)
    assert mirror().name == "张三"


def test_the_list_of_bad_rows_is_kept_with_it() -> None:
    upload = confirmed(["c1", "张三", "abc"])
    ingest.drain()
    upload.refresh_from_db()
    assert b"abc" in upload.bad_rows.read()


@pytest.mark.parametrize("decide", [ingest.confirm, ingest.discard])
def test_a_decision_is_made_once(decide) -> None:
    upload = staged(["c1", "张三", 85])
    assert decide(upload, someone("reviewer"))
    assert not ingest.confirm(upload, someone("reviewer"))
    assert not ingest.discard(upload, someone("reviewer"))


def test_what_was_not_confirmed_is_not_stored() -> None:
    staged(["c1", "张三", 85])
    assert ingest.discard(staged(["c2", "李四", 85]), someone("reviewer"))
    assert ingest.drain().seen == 0
    assert not Contact.objects.exists()


@pytest.mark.parametrize("role", ["", "auditor", "mapper"])
def test_only_those_who_may_upload_decide(role) -> None:
    stranger = someone(role)
    with pytest.raises(PermissionDenied):
        ingest.stage(make.hub(), sent(["c1", "张三", 85]), stranger)
    upload = staged(["c1", "张三", 85])
    for decide in (ingest.confirm, ingest.discard):
        with pytest.raises(PermissionDenied):
            decide(upload, stranger)
    upload.refresh_from_db()
    assert upload.state == UploadState.STAGED


def test_who_did_what_is_in_the_audit_as_one_act() -> None:
    upload = confirmed(["c1", "张三", 85])
    ingest.drain()
    entries = Entry.objects.order_by("id")
    assert [entry.verb for entry in entries] == ["upload.stage", "upload.confirm", "contact.ingest"]
    assert {entry.actor_name for entry in entries} == {someone("reviewer").username}
    assert len({entry.act for entry in entries}) == 1
    assert {(entry.subject, entry.subject_id) for entry in entries} == {("upload", upload.pk)}


def test_a_large_file_is_looked_at_by_the_job() -> None:
    wide = "长" * (uploads.AT_ONCE_BYTES // 3)
    upload = staged(["c1", "张三", 85], ["c2", wide, 85])
    assert (upload.preview, OrmQ.objects.count()) == ({}, 1)
    assert not ingest.confirm(upload, someone("reviewer"))
    ingest.drain()
    upload.refresh_from_db()
    assert (upload.counts["new"], upload.counts["bad"], upload.state) == (1, 1, UploadState.STAGED)


def test_a_refused_file_fails_with_the_reason() -> None:
    upload = ingest.stage(make.hub(), SimpleUploadedFile("a.xlsx", b"source_id\nc1\n"), someone("reviewer"))
    assert (upload.state, upload.error) == (UploadState.FAILED, "intake.not_what_it_says")
    assert upload.preview["refused"]["params"]["says"] == "XLSX"


def test_a_file_that_is_gone_fails_and_holds_up_no_other() -> None:
    lost, whole = confirmed(["c1", "张三", 85]), confirmed(["c2", "李四", 85])
    Path(lost.file.path).unlink()
    ingest.drain()
    lost.refresh_from_db()
    whole.refresh_from_db()
    assert (lost.state, lost.error, whole.state) == (UploadState.FAILED, "intake.cannot_open", UploadState.DONE)


def test_a_drain_whose_time_is_up_goes_on_where_it_was() -> None:
    size = BATCH
    upload = confirmed(*many(size * 2 + 1))
    for done, state in ((size, "running"), (size * 2, "running"), (size * 2 + 1, "done")):
        uploads._store(Upload.objects.get(pk=upload.pk), time.monotonic() - 1, None)
        upload.refresh_from_db()
        assert (upload.rows_done, upload.state, Contact.objects.count()) == (done, state, done)
    assert upload.counts["new"] == size * 2 + 1
    assert not Contact.objects.exclude(version=1).exists()


def test_no_time_means_nothing_is_begun() -> None:
    upload = confirmed(["c1", "张三", 85])
    assert ingest.drain(until=time.monotonic() - 1).seen == 0
    upload.refresh_from_db()
    assert upload.state == UploadState.QUEUED


def test_a_drain_that_died_after_the_last_batch_is_finished_by_the_next() -> None:
    upload = confirmed(["c1", "张三", 85])
    ingest.drain()
    Upload.objects.filter(pk=upload.pk).update(state=UploadState.RUNNING, finished_at=None)
    ingest.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.counts["new"], mirror().version) == (UploadState.DONE, 1, 1)


def test_of_two_drains_that_meet_one_stores() -> None:
    upload = confirmed(*many(3))
    late = Upload.objects.get(pk=upload.pk)
    ingest.drain()
    tally = uploads._store(late, None, None)
    upload.refresh_from_db()
    assert (tally.seen, upload.state, upload.counts["new"]) == (0, UploadState.DONE, 3)
    assert Entry.objects.filter(verb="contact.ingest").count() == 1


def test_what_the_database_refuses_fails_the_file_and_names_it() -> None:
    upload = confirmed(["c1", "张三", 85])
    sql = "CREATE TRIGGER refuse BEFORE INSERT ON zbsync_contact BEGIN SELECT RAISE(ABORT, 'no'); END"
    if connection.vendor == "postgresql":
        sql = "ALTER TABLE zbsync_contact ADD CONSTRAINT refuse CHECK (source_id <> 'c1')"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    ingest.drain()
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (UploadState.FAILED, "intake.database_refused")
    assert not Contact.objects.exists()


def test_the_same_file_twice_is_the_same() -> None:
    confirmed(["c1", "张三", 85])
    ingest.drain()
    again = confirmed(["c1", "张三", 85])
    ingest.drain()
    again.refresh_from_db()
    assert (again.counts["same"], again.counts["new"], mirror().version) == (1, 0, 1)


def test_a_name_with_a_path_in_it_stays_in_its_folder(folder) -> None:
    upload = staged(["c1", "张三", 85], name="../../客户.csv")
    assert upload.name == "客户.csv"
    assert Path(upload.file.path).resolve().is_relative_to(folder / "uploads")


def test_progress_is_told() -> None:
    confirmed(*many(3))
    told: list = []
    ingest.drain(progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 3)]
