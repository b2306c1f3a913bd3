"""The replay of a push as a page: read by who may see pushes and mapping, under any version, and nothing is sent."""

import pytest
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.workbench.desk import english
from tests.models import make
from zbsync.models import Mapping, MappingRule, Push, Scope
from zbsync.pipeline import bootstrap, propose, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def push() -> Push:
    make.options(make.erp())
    bootstrap.seed()
    contact = make.contact(name="王小明", notes="老客户", remark="加急", owner="王")
    propose.drain()
    row = contact.proposals.get()
    row.state, row.match_kind, row.action = "approved", "absent", "create"
    row.decided_at, row.decided_by = make.NOW, make.user()
    row.save()
    draft = publish.draft(Mapping.objects.get(), make.user(), "备注改读备注栏")
    MappingRule.objects.filter(mapping=draft, target="intro").update(source="remark")
    return make.push(proposal=row, payload=row.payload, state="verified", ord=7)


def page(push: Push) -> str:
    return reverse("admin:zbsync_mapping_replay", args=[push.pk])


def test_under_the_published_version_nothing_differs(push: Push) -> None:
    shown = text(english("auditor").get(page(push)))
    assert "v1 would say 0 fields otherwise" in shown
    assert "under v1. This page only looks; nothing is sent." in shown


def test_under_another_version_the_field_that_differs_stands_out(push: Push) -> None:
    shown = english("auditor").get(page(push), {"version": 2})
    assert "v2 would say 1 field otherwise" in text(shown)
    assert '<del class="zb-before">老客户</del>' in shown.content.decode()
    assert '<ins class="zb-after">加急</ins>' in shown.content.decode()


def test_a_contact_that_moved_is_said(push: Push) -> None:
    push.contact.version = 2
    push.contact.save()
    assert "The contact changed since that approval" in text(english("auditor").get(page(push)))


def test_a_version_that_cannot_work_says_so(push: Push) -> None:
    MappingRule.objects.filter(mapping__version=2, target="intro").update(source="nix")
    assert "rules that cannot work" in text(english("auditor").get(page(push), {"version": 2}))


def test_what_that_version_complains_of_is_said(push: Push) -> None:
    MappingRule.objects.filter(mapping__version=2, target="email").update(required=True)
    shown = text(english("auditor").get(page(push), {"version": 2}))
    assert "What that version would complain of" in shown


def test_the_pushs_own_page_leads_there(push: Push) -> None:
    shown = english("auditor").get(reverse("admin:zbsync_push_change", args=[push.pk])).content.decode()
    assert f'v1 · <a href="{page(push)}">' in shown


@pytest.mark.parametrize("role", ["reviewer", "mapper", "operator", "auditor"])
def test_every_role_may_look(push: Push, role: str) -> None:
    assert english(role).get(page(push)).status_code == 200
    assert english("").get(page(push)).status_code == 403


def test_a_limited_person_sees_no_push_of_others(push: Push) -> None:
    client = english("reviewer")
    from tests.admin.people import someone

    Scope.objects.create(user=someone("reviewer"), owner="李")
    assert client.get(page(push)).status_code == 404


def test_a_push_that_is_not_there_is_not_found(push: Push) -> None:
    assert english("auditor").get(reverse("admin:zbsync_mapping_replay", args=[push.pk + 1])).status_code == 404
