"""Phone numbers by role: masked on every page, found all the same, shown on request, and each look recorded."""

import csv
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.urls import reverse

from tests.admin.desk import LIST, decide, desk, screen, text
from tests.admin.pages import world
from tests.admin.people import someone
from tests.models import make
from zbsync.models import Contact, Entry, Proposal, Upload
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db

NUMBER, MASKED = "13812340001", "138****0001"
ANY = re.compile(r"(?<![0-9a-zA-Z])1[3-9]\d{9}(?![0-9a-zA-Z])")
"""Standing alone: within a digest or a token eleven digits are nobody's number."""
MASKED_ROLES = ("reviewer", "mapper", "operator", "auditor")


def somebody() -> Proposal:
    contact = make.contact(name="王小明", phone=NUMBER, remark=f"也可打 {NUMBER} 或 0571-88886666")
    return make.proposal(contact=contact, state="ready", payload={"name": "王小明", "mobile": NUMBER})


def page_of(contact: Contact) -> str:
    return reverse("admin:zbsync_contact_change", args=[contact.pk])


@pytest.mark.parametrize("role", MASKED_ROLES)
def test_no_page_shows_a_whole_number_to_a_role_without_the_right(role: str) -> None:
    world.fill()
    somebody()
    client, whole = desk(role), desk("administrator")
    bare = {}
    for url in world.addresses(whole):
        found = ANY.findall(client.get(url).content.decode())
        if found:
            bare[url] = found
    assert bare == {}


def test_who_has_the_right_sees_them_on_the_same_pages() -> None:
    row = somebody()
    client = desk("administrator")
    for url in (screen(row), page_of(row.contact), reverse("admin:zbsync_contact_changelist"), LIST):
        assert NUMBER in client.get(url).content.decode(), url


@pytest.mark.parametrize("url", [LIST, "/admin/zbsync/contact/"])
def test_a_whole_number_finds_and_the_row_is_masked(url: str) -> None:
    somebody()
    page = desk().get(url, {"q": NUMBER}).content.decode()
    assert "王小明" in page
    assert f">{MASKED}<" in page
    assert f'value="{NUMBER}"' in page  # what the person typed stays in its field


def test_other_lines_are_masked_too() -> None:
    page = text(desk().get(page_of(somebody().contact)))
    assert "0571-****6666" in page
    assert "88886666" not in page


@pytest.mark.parametrize("role", ["reviewer", "operator"])
@pytest.mark.parametrize("where", ["contact", "screen"])
def test_a_look_at_the_whole_number_is_recorded_and_for_one_page(role: str, where: str) -> None:
    row = somebody()
    url = page_of(row.contact) if where == "contact" else screen(row)
    client = desk(role)
    assert "Show whole phone numbers" in text(client.get(url))
    shown = client.post(url, {"reveal": "1"})
    assert NUMBER in shown.content.decode()
    entry = Entry.objects.get(verb="contact.reveal_phone")
    assert (entry.actor, entry.contact_id, entry.subject) == (someone(role), row.contact_id, "contact")
    after = client.get(url)
    assert NUMBER not in after.content.decode()
    assert "Looked at the whole phone numbers" in text(after)


@pytest.mark.parametrize("role", ["mapper", "auditor"])
def test_who_may_not_look_is_not_offered_it_and_refused(role: str) -> None:
    row = somebody()
    client = desk(role)
    for url in (page_of(row.contact), screen(row)):
        assert "Show whole phone numbers" not in text(client.get(url))
        assert client.post(url, {"reveal": "1"}).status_code == 403
    with pytest.raises(PermissionDenied):
        review.reveal(row.contact_id, someone(role))
    assert not Entry.objects.exists()


def test_who_sees_them_anyway_is_offered_no_button() -> None:
    row = somebody()
    assert "Show whole phone numbers" not in text(desk("administrator").get(screen(row)))


def test_nobody_is_looked_at_who_is_not_there() -> None:
    decision = review.reveal(999, someone("reviewer"))
    assert (decision.done, dict(decision.left_out)) == (0, {"review.gone": 1})


def test_a_masked_number_that_comes_back_is_the_number_that_was_there() -> None:
    row = somebody()
    decide(desk(), row, "edit", field="mobile", value=MASKED, reason="looked")
    decide(desk(), Proposal.objects.get(), "edit", field="intro", value="请打 138****0001", reason="note")
    assert Proposal.objects.get().payload["mobile"] == NUMBER


def test_a_file_of_bad_rows_is_masked_line_by_line_for_whom_the_pages_are() -> None:
    lines = [f"c{number},张示例,1380000{number:04d}\r\n" for number in range(400)]
    upload = Upload.objects.create(
        name="x.csv", hub=make.hub(), state="done", uploaded_by=someone(), created_at=make.NOW, rows_total=3
    )
    upload.bad_rows.save("bad.csv", ContentFile("".join(lines).encode()))
    url = reverse("admin:zbsync_upload_bad_rows", args=[upload.pk])
    masked = desk().get(url).getvalue().decode()
    assert not ANY.search(masked)
    assert len(list(csv.reader(masked.splitlines()))) == len(lines)
    assert desk("administrator").get(url).getvalue().decode() == "".join(lines)
    upload.bad_rows.delete()
