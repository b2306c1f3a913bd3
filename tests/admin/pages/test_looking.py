"""Looking changes nothing, evidence is beyond everybody's reach, and no form is taken from another site."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from tests.admin.desk import tick
from tests.admin.pages import world
from tests.admin.people import browser, someone
from tests.models import make
from zbsync.models import Proposal, Push

pytestmark = pytest.mark.django_db

EVIDENCE = ("entry", "exchange", "seal", "binding", "erprecord", "vocabulary", "contact", "proposal", "push")


@pytest.fixture
def superuser() -> Client:
    """Somebody whom Django lets do anything, in an installation that has a little of everything."""
    world.fill()
    client = Client()
    client.force_login(make.user())
    return client


def a_row(model: str) -> Any:
    found = apps.get_model("zbsync", model)._default_manager.order_by("pk").first()
    assert found, model
    return found


def test_opening_every_page_leaves_every_table_as_it_was(superuser: Client) -> None:
    before = world.snapshot()
    seen = list(world.addresses(superuser))
    for url in seen:
        assert superuser.get(url).status_code == 200, url
    assert len(seen) > 60
    after = world.snapshot()
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.mark.parametrize("query", ["action=approve&_selected_action=1", "verb=approve", "confirmed=1&action=reject"])
def test_a_link_cannot_decide(superuser: Client, query: str) -> None:
    before = world.snapshot()
    for url in (reverse("admin:zbsync_proposal_changelist"), reverse("admin:zbsync_push_changelist")):
        superuser.get(f"{url}?{query}")
    for row in Proposal.objects.all():
        superuser.get(f"{reverse('admin:zbsync_proposal_change', args=[row.pk])}?{query}&digest={row.digest}")
    assert world.snapshot() == before


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("what", ["add", "delete"])
def test_evidence_is_neither_added_nor_deleted_by_a_superuser(superuser: Client, what: str, method: str) -> None:
    before = world.snapshot()
    for model in EVIDENCE:
        here = reverse(f"admin:zbsync_{model}_changelist")
        url = f"{here}{a_row(model).pk}/delete/" if what == "delete" else f"{here}add/"
        answer = getattr(superuser, method)(url, {"post": "yes"} if method == "post" else {})
        # Where there is no such address at all, the stock sends whoever asks for it to the row's own page or says 404.
        assert answer.status_code in (302, 403, 404), url
        assert answer.status_code != 302 or answer["Location"] != here, url
    assert world.snapshot() == before


def test_evidence_is_not_changed_by_a_superuser(superuser: Client) -> None:
    before = world.snapshot()
    for model in EVIDENCE:
        row = a_row(model)
        form = {field.name: "9" for field in row._meta.fields}
        superuser.post(reverse(f"admin:zbsync_{model}_change", args=[row.pk]), {**form, "_save": "1"})
        assert world.snapshot() == before, model


def test_no_list_offers_to_delete_evidence(superuser: Client) -> None:
    before = world.snapshot()
    for model in EVIDENCE:
        url = reverse(f"admin:zbsync_{model}_changelist")
        assert "delete_selected" not in superuser.get(url).content.decode(), model
        superuser.post(url, {"action": "delete_selected", "_selected_action": [a_row(model).pk], "post": "yes"})
    assert world.snapshot() == before


def _forms() -> list[tuple[str, dict[str, object]]]:
    """Every form with an effect: address and what is posted."""
    proposal, push = Proposal.objects.filter(state="ready").latest("pk"), Push.objects.get(state="dead")
    decide = reverse("admin:zbsync_proposal_change", args=[proposal.pk])
    verbs = ("approve", "reject", "edit", "bind", "not_same", "create_anyway", "undo")
    shown = {
        "digest": proposal.digest,
        "usual": "Duplicate",
        "ord": "11",
        "field": "intro",
        "value": "x",
        "reason": "y",
    }
    connection, hub, pushes = make.erp(), make.hub(), reverse("admin:zbsync_push_changelist")
    return [
        *((decide, {"verb": verb, **shown}) for verb in verbs),
        *((reverse("admin:zbsync_proposal_changelist"), tick(proposal, action=verb)) for verb in ("approve", "reject")),
        *((pushes, {"action": verb, "_selected_action": [push.pk]}) for verb in ("requeue", "bury", "cancel")),
        (reverse("admin:zbsync_erpconnection_changelist"), {"action": "pause", "_selected_action": [connection.pk]}),
        (reverse("admin:zbsync_mapping_changelist"), {"action": "copy_to_draft", "_selected_action": [1]}),
        (reverse("admin:zbsync_upload_add"), {"hub": hub.pk}),
        (reverse("admin:logout"), {}),
    ]  # fmt: skip


def test_no_form_is_taken_without_its_token() -> None:
    world.fill()
    client = Client(enforce_csrf_checks=True)
    client.force_login(someone())
    forms = list(_forms())
    before = world.snapshot()
    assert {url: client.post(url, form).status_code for url, form in forms} == {url: 403 for url, _ in forms}
    assert world.snapshot() == before
    assert client.get(reverse("admin:index")).status_code == 200


def test_every_page_behind_the_login_sends_a_stranger_there(superuser: Client) -> None:
    stranger = Client()
    for url in world.addresses(superuser):
        answer = stranger.get(url)
        assert answer.status_code == 302, url
        assert "/admin/login/" in answer["Location"], url


def test_who_works_here_but_has_no_role_sees_no_row(superuser: Client) -> None:
    nobody = browser("")
    seen = {url for url in world.addresses(superuser) if nobody.get(url).status_code == 200}
    assert seen == {reverse("admin:index"), reverse("admin:password_change")}
