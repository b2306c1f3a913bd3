"""The upload page: send, see, decide, watch; for those who may."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.admin.people import browser, someone
from tests.hub.samples import csv_text
from tests.models import make
from zbsync.models import Contact, Upload, UploadState
from zbsync.pipeline import ingest
from zbsync.pipeline.ingest import uploads

pytestmark = pytest.mark.django_db
ADD = "admin:zbsync_upload_add"
ROWS = [["source_id", "姓名", "评分"], ["c1", "张三", "85"], ["c2", "<b>李四</b>", "abc"]]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def send(client: Client, rows=ROWS, name: str = "客户.csv", follow: bool = True):
    file = SimpleUploadedFile(name, csv_text(rows).encode())
    return client.post(reverse(ADD), {"hub": make.hub().pk, "file": file}, follow=follow)


def page(client: Client, upload: Upload):
    return client.get(reverse("admin:zbsync_upload_change", args=[upload.pk]))


def press(client: Client, what: str, upload: Upload, **given):
    return client.post(reverse(f"admin:zbsync_upload_{what}", args=[upload.pk]), follow=True, **given)


def test_a_file_leads_to_its_preview() -> None:
    response = send(browser("reviewer"))
    upload = Upload.objects.get()
    assert response.redirect_chain == [(reverse("admin:zbsync_upload_change", args=[upload.pk]), 302)]
    assert response.context["counts"][0][:2] == (response.context["counts"][0][0], 1)
    assert not Contact.objects.exists()


def test_the_preview_shows_old_and_new_field_by_field() -> None:
    make.contact(source_id="c1", name="王五", score=60.0)
    text = send(browser("reviewer")).content.decode()
    assert "王五" in text
    assert "张三" in text
    assert "abc" in text


def test_values_are_read_as_a_person_reads_them() -> None:
    make.contact(source_id="c1", name="王五", phone_verified=False, extra={"行业": "包装"})
    rows = [["source_id", "姓名", "手机已验证", "行业"], ["c1", "王五", "是", "印刷"], ["c2", "赵六", "是", "印刷"]]
    response = send(browser("reviewer"), rows)
    changed, new = (one["fields"] for one in response.context["differences"])
    assert changed == [("手机已验证", "否", "是"), ("其他字段", "行业：包装", "行业：印刷")]
    assert new == [("姓名", "–", "赵六"), ("手机已验证", "–", "是"), ("其他字段", "–", "行业：印刷")]


def test_the_only_hub_is_chosen_already() -> None:
    first = make.hub()
    assert f'<option value="{first.pk}" selected>' in browser("reviewer").get(reverse(ADD)).content.decode()
    make.hub(name="another")
    assert '<option value="" selected>' in browser("reviewer").get(reverse(ADD)).content.decode()


def test_what_was_sent_is_shown_and_never_run() -> None:
    rows = [["source_id", "姓名"], ["c1", "<script>alert(1)</script>"]]
    text = send(browser("reviewer"), rows).content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_yes_stores_it_and_the_page_follows_the_job() -> None:
    client = browser("reviewer")
    send(client)
    upload = Upload.objects.get()
    waiting = press(client, "confirm", upload)
    assert (waiting.headers["Refresh"], Contact.objects.count()) == ("3", 0)
    ingest.drain()
    done = page(client, upload)
    assert "Refresh" not in done.headers
    assert done.context["upload"].state == UploadState.DONE
    assert reverse("admin:zbsync_upload_bad_rows", args=[upload.pk]) in done.content.decode()
    assert Contact.objects.count() == 1


def test_no_stores_nothing() -> None:
    client = browser("reviewer")
    send(client)
    press(client, "discard", Upload.objects.get())
    ingest.drain()
    assert Upload.objects.get().state == UploadState.DISCARDED
    assert not Contact.objects.exists()


def test_a_second_yes_is_told_and_does_nothing() -> None:
    client = browser("reviewer")
    send(client)
    upload = Upload.objects.get()
    press(client, "confirm", upload)
    ingest.drain()
    assert [message.level_tag for message in press(client, "confirm", upload).context["messages"]] == ["warning"]
    upload.refresh_from_db()
    assert upload.state == UploadState.DONE


@pytest.mark.parametrize("what", ["confirm", "discard"])
def test_looking_decides_nothing(what) -> None:
    client = browser("reviewer")
    send(client)
    upload = Upload.objects.get()
    assert client.get(reverse(f"admin:zbsync_upload_{what}", args=[upload.pk])).status_code == 405
    upload.refresh_from_db()
    assert upload.state == UploadState.STAGED


@pytest.mark.parametrize("what", ["confirm", "discard"])
def test_a_forged_decision_is_refused(what) -> None:
    send(browser("reviewer"))
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(someone("reviewer"))
    assert press(forger, what, Upload.objects.get()).status_code == 403
    assert Upload.objects.get().state == UploadState.STAGED


@pytest.mark.parametrize("role", ["", "auditor", "mapper", "operator"])
def test_those_who_may_not_upload_are_turned_away(role) -> None:
    send(browser("reviewer"))
    upload, client = Upload.objects.get(), browser(role)
    assert client.get(reverse(ADD)).status_code == 403
    assert send(client).status_code == 403
    assert press(client, "confirm", upload).status_code == 403
    assert Upload.objects.get().state == UploadState.STAGED


def test_an_auditor_may_look_but_gets_no_buttons() -> None:
    send(browser("reviewer"))
    upload = Upload.objects.get()
    response = page(browser("auditor"), upload)
    assert response.status_code == 200
    assert reverse("admin:zbsync_upload_confirm", args=[upload.pk]) not in response.content.decode()


def test_a_stranger_sees_neither_page_nor_list() -> None:
    send(browser("reviewer"))
    upload, client = Upload.objects.get(), browser("")
    assert page(client, upload).status_code == 403
    assert client.get(reverse("admin:zbsync_upload_bad_rows", args=[upload.pk])).status_code == 403


def test_the_list_of_bad_rows_is_downloaded() -> None:
    client = browser("reviewer")
    send(client)
    response = client.get(reverse("admin:zbsync_upload_bad_rows", args=[Upload.objects.get().pk]))
    assert "attachment" in response.headers["Content-Disposition"]
    assert "abc" in response.getvalue().decode("utf-8-sig")


def test_without_bad_rows_there_is_nothing_to_download() -> None:
    client = browser("reviewer")
    send(client, ROWS[:2])
    assert client.get(reverse("admin:zbsync_upload_bad_rows", args=[Upload.objects.get().pk])).status_code == 404


def test_a_refused_file_says_why() -> None:
    response = send(browser("reviewer"), name="客户.xlsx")
    assert Upload.objects.get().state == UploadState.FAILED
    assert "XLSX" in response.context["refused"]
    assert response.context["refused"] in response.content.decode()


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(settings) -> None:
    settings.ZBSYNC = type(settings.ZBSYNC)(upload_max_mb=0)
    response = send(browser("reviewer"))
    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not Upload.objects.exists()


@pytest.mark.parametrize("given", [{}, {"hub": "999"}])
def test_an_incomplete_form_comes_back(given) -> None:
    response = browser("reviewer").post(reverse(ADD), given)
    assert response.context["form"].errors
    assert not Upload.objects.exists()


def test_without_a_hub_the_form_says_so() -> None:
    assert browser("reviewer").get(reverse(ADD)).context["warning"]
    make.hub()
    assert not browser("reviewer").get(reverse(ADD)).context["warning"]


def test_a_large_file_is_being_looked_at() -> None:
    rows = [ROWS[0], ["c1", "长" * (uploads.AT_ONCE_BYTES // 3), "85"]]
    client = browser("reviewer")
    response = send(client, rows)
    assert (response.context["looking"], response.headers["Refresh"]) == (True, "3")
    ingest.drain()
    assert "Refresh" not in page(client, Upload.objects.get()).headers


def test_the_list_tells_what_became_of_each() -> None:
    client = browser("reviewer")
    send(client)
    text = client.get(reverse("admin:zbsync_upload_changelist")).content.decode()
    assert "客户.csv" in text
    assert "zb-pill--info" in text


def test_no_upload_is_deleted() -> None:
    client = browser("administrator")
    send(client)
    assert client.post(reverse("admin:zbsync_upload_delete", args=[Upload.objects.get().pk])).status_code == 403
    assert Upload.objects.exists()
