"""The button that takes an act back: offered to who may, told before, and its own act afterwards."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import desk, english, names, text, told, with_permissions
from tests.admin.people import someone
from tests.pipeline import reviewing
from zbsync.models import Act, Contact, Entry, Push, Scope
from zbsync.pipeline.review import acts

pytestmark = pytest.mark.django_db


def act_on(count: int = 3, verb: str = "approve", **more: Any) -> Act:
    rows = [reviewing.proposal(title=f"客户{number}").pk for number in range(count)]
    return acts.ask(rows, verb, someone("reviewer"), acts.Wish("春季展会", **more))


def page_of(act: Act) -> str:
    return reverse("admin:zbsync_act_change", args=[act.pk])


def undo_of(act: Act) -> str:
    return reverse("admin:zbsync_act_undo", args=[act.pk])


def test_the_page_of_an_act_leads_to_the_question_which_changes_nothing() -> None:
    act, client = act_on(), desk()
    assert f'href="{undo_of(act)}"' in client.get(page_of(act)).content.decode()
    before = Entry.objects.count()
    page = client.get(undo_of(act))
    assert "3 approvals taken back" in text(page)
    assert "Take 3 decisions back" in text(page)
    assert (Act.objects.count(), Entry.objects.count()) == (1, before)


def test_the_question_says_how_many_cannot_be_and_which() -> None:
    act, client = act_on(), desk()
    sent = Push.objects.earliest("pk")
    Push.objects.filter(pk=sent.pk).update(state="verified", ord=9, settled_at=timezone.now())
    page = client.get(undo_of(act))
    assert "2 approvals taken back" in text(page)
    assert "1 It was sent already and cannot be taken back." in text(page)
    [(count, _sentence, url)] = page.context["left_out"]
    assert count == 1
    assert names(client.get(url)) == [sent.proposal.title]


def test_it_is_taken_back_and_the_new_act_says_so() -> None:
    act, client = act_on(), desk()
    answer = client.post(undo_of(act), {"reason": "错了"})
    made = Act.objects.latest("pk")
    assert answer["Location"] == page_of(made)
    assert (made.name, made.verb, made.reason, made.taken) == ("Undo: 春季展会", "undo_approve", "错了", 3)
    page = client.get(page_of(made))
    assert "3 of 3 rows" in text(page)
    assert f"{reverse('admin:zbsync_proposal_changelist')}?{made.query}".replace("&", "&amp;") in page.content.decode()
    assert set(Push.objects.values_list("state", flat=True)) == {"cancelled"}
    assert "Nothing of it can be taken back any more." in text(client.get(undo_of(act)))
    assert 'type="submit" class="zb-button zb-button--bad"' not in client.get(undo_of(act)).content.decode()
    assert undo_of(made) not in page.content.decode(), "an undo is not taken back"


def test_rejections_are_taken_back_too() -> None:
    act = act_on(verb="reject", reason="重复")
    page = desk().get(undo_of(act))
    assert "3 declined proposals taken back" in text(page)
    desk().post(undo_of(act))
    assert Contact.objects.due().count() == 3


def test_what_cannot_be_taken_back_says_so() -> None:
    act, client = act_on(), desk()
    Act.objects.filter(pk=act.pk).update(state="running")
    for answer in (client.get(undo_of(act)), client.post(undo_of(act))):
        assert answer["Location"] == page_of(act)
    page = client.get(page_of(act))
    assert "Nothing of this act can be taken back" in told(page)
    assert undo_of(act) not in page.content.decode()
    assert Act.objects.count() == 1


@pytest.mark.parametrize("role", ["mapper", "operator", "auditor"])
def test_who_may_not_is_shown_no_button_and_is_refused(role: str) -> None:
    act = act_on()
    client = desk(role)
    assert undo_of(act) not in client.get(page_of(act)).content.decode()
    assert client.get(undo_of(act)).status_code == 403
    assert client.post(undo_of(act)).status_code == 403
    assert Act.objects.count() == 1


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_the_button_goes_with_the_kind_of_decision(verb: str) -> None:
    act = act_on(verb=verb)
    for right in ("approve", "reject"):
        client = with_permissions("view_act", f"{right}_proposal")
        assert (undo_of(act) in client.get(page_of(act)).content.decode()) is (right == verb)
    assert with_permissions(f"{verb}_proposal").get(undo_of(act)).status_code == 403, "without seeing acts"


def test_who_is_limited_is_told_what_lies_outside() -> None:
    act = act_on()
    Contact.objects.filter(pk=Contact.objects.latest("pk").pk).update(owner="王")
    Scope.objects.create(user=someone("reviewer"), owner="王")
    client = english(Client())
    client.force_login(someone("reviewer"))
    page = text(client.get(undo_of(act)))
    assert "1 approvals taken back" in page
    assert "2 This lies outside what you may decide." in page
    client.post(undo_of(act))
    assert Push.objects.filter(state="cancelled").count() == 1
    assert (Act.objects.latest("pk").taken, Act.objects.latest("pk").left_out) == (1, 2)
