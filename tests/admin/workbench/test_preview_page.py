"""The page of a preview: asked for by who may, shown as far as it is, and every number with what it stands for."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.workbench.desk import english
from tests.models import make
from tests.pipeline.publish.drafting import drafted
from zbsync import tasks
from zbsync.models import Heartbeat, Mapping, MappingRule, Preview
from zbsync.pipeline import propose, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> Mapping:
    made = drafted()
    MappingRule.objects.filter(mapping=made, target="intro").update(source="remark")
    MappingRule.objects.filter(mapping=made, target="email").update(required=True)
    return made


def page(draft: Mapping) -> str:
    return reverse("admin:zbsync_mapping_preview", args=[draft.pk])


def test_it_is_asked_for_runs_in_a_job_and_is_read(draft: Mapping) -> None:
    make.contact(name="王小明", notes="老客户", remark="加急", email="a@b.example")
    make.contact(name="李无邮箱", email="")
    propose.drain()
    client = english()
    assert "No preview of this draft yet" in text(client.get(page(draft)))
    waiting = client.post(page(draft), follow=True)
    assert "0 of 0 contacts" in text(waiting)
    assert waiting.headers["Refresh"] == "2"
    tasks.preview()
    done = client.get(page(draft))
    shown = text(done)
    assert "Refresh" not in done.headers
    assert "2 contacts, finished" in shown
    assert "+0 −1 contacts that may go" in shown
    assert "备注 老客户 → 加急" in shown
    assert "may no longer go 1" in shown
    assert "stops from now on" in shown
    assert Heartbeat.objects.filter(name="preview").exists()


def test_examples_of_one_kind_are_chosen(draft: Mapping) -> None:
    make.contact(name="王小明", notes="老客户", remark="加急", email="a@b.example")
    make.contact(name="李无邮箱", email="")
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    shown = english().get(page(draft), {"kind": "lost"}).content.decode()
    examples = shown[shown.index("Examples: may no longer go") :]
    assert "李无邮箱" in examples
    assert "王小明" not in examples


def test_open_proposals_that_go_stale_are_a_link_to_them(draft: Mapping) -> None:
    of = make.contact(notes="a", remark="b", email="a@b.example")
    propose.drain()
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    shown = english().get(page(draft)).content.decode()
    link = re.search(r'href="([^"]*id__in=[^"]*)"', shown)
    assert link
    assert link[1].endswith(f"id__in={of.proposals.get().pk}")
    assert english("reviewer").get(link[1].replace("&amp;", "&")).status_code == 200


def test_one_under_way_is_cancelled(draft: Mapping) -> None:
    client = english()
    client.post(page(draft))
    answer = client.post(page(draft), {"cancel": "1"}, follow=True)
    assert "The preview was cancelled." in text(answer)
    assert "Run the preview" in text(answer)
    assert Preview.objects.get().state == "cancelled"


def test_what_it_rests_on_moved(draft: Mapping) -> None:
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="summary")
    assert "changed since. Run the preview again." in text(english().get(page(draft)))
    publish.start_preview(draft, make.user())
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="notes")
    tasks.preview()
    assert "changed meanwhile. Run the preview again." in text(english().get(page(draft)))


def test_nothing_changes(draft: Mapping) -> None:
    MappingRule.objects.filter(mapping=draft).exclude(target="name").delete()
    Mapping.objects.get(version=1).rules.exclude(target="name").delete()
    make.contact()
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    assert "Not a single payload changes." in text(english().get(page(draft)))


def test_the_confirmation_of_publishing_shows_it(draft: Mapping) -> None:
    url = reverse("admin:zbsync_mapping_publish", args=[draft.pk])
    assert "Nobody has previewed this draft as it is." in text(english().get(url))
    make.contact(notes="a", remark="b", email="a@b.example")
    publish.start_preview(draft, make.user())
    publish.drain_previews()
    assert "Previewed on 1 contacts" in text(english().get(url))
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="summary")
    assert "Nobody has previewed this draft as it is." in text(english().get(url))


def test_a_draft_that_cannot_work_says_why(draft: Mapping) -> None:
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="nix")
    assert "“nix”" in text(english().post(page(draft), follow=True))
    assert not Preview.objects.exists()


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_read_it_and_ask_for_none(draft: Mapping, role: str) -> None:
    publish.start_preview(draft, make.user())
    client = english(role)
    assert client.get(page(draft)).status_code == 200
    assert client.post(page(draft)).status_code == 403
    assert client.post(page(draft), {"cancel": "1"}).status_code == 403
    assert "Cancel the preview" not in text(client.get(page(draft)))
    assert Preview.objects.get().state == "queued"
    assert english("").get(page(draft)).status_code == 403


def test_the_page_asks_few_questions_whatever_it_shows(draft: Mapping) -> None:
    client = english()

    def asked() -> int:
        publish.start_preview(draft, make.user())
        publish.drain_previews()
        with CaptureQueriesContext(connection) as seen:
            client.get(page(draft))
        return len(seen)

    make.contact(notes="a", remark="b")
    few = asked()
    for _ in range(25):
        make.contact(notes="a", remark="b")
    assert asked() == few < 40
