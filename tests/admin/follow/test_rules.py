"""The tables of who gets a customer and how a follow-up was held: kept by mappers, with what the ERP really has."""

from typing import Any

import pytest
from django.urls import reverse

from tests.admin.desk import desk, text
from tests.models import make
from zbsync.models import AssignmentRule, Contact, Entry, FollowUpMethod
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db
USERS = {"销售中心/周敏": "63", "销售中心/吴磊": "64"}


@pytest.fixture(autouse=True)
def followed() -> Contact:
    """A contact that was followed under the rules as they are."""
    make.options(make.erp(), users=USERS, follow_up={"电话": "481", "其他": "484"})
    bootstrap.seed()
    return make.contact(proposed_version=1, followed_version=1)


def due() -> bool:
    return Contact.objects.to_follow().count() == 1


def rule() -> AssignmentRule:
    return AssignmentRule.objects.get(min_score=80)


def form(**given: object) -> dict[str, object]:
    return {"connection": make.erp().pk, "min_score": "80", "position": "1", "users": list(USERS), **given}


def test_a_list_nobody_filled_calls_for_a_decision() -> None:
    page = text(desk("mapper").get(reverse("admin:zbsync_assignmentrule_changelist")))
    assert page.count("to be decided") == 2
    assert "open to all" in page


def test_its_form_and_the_front_page_say_so_too() -> None:
    page = text(desk("mapper").get(reverse("admin:zbsync_assignmentrule_change", args=[rule().pk])))
    assert "names no ERP user" in page
    assert "Assignment lists to fill" in text(desk("mapper").get(reverse("admin:index")))
    AssignmentRule.objects.update(users=list(USERS))
    assert "Assignment lists to fill" not in text(desk("mapper").get(reverse("admin:index")))


def test_users_are_chosen_from_those_of_the_erp_and_what_is_open_is_worked_out_anew() -> None:
    url = reverse("admin:zbsync_assignmentrule_change", args=[rule().pk])
    page = text(desk("mapper").get(url))
    assert all(name in page for name in USERS)
    assert desk("mapper").post(url, form()).status_code == 302
    assert rule().users == list(USERS)
    assert due()
    assert Entry.objects.get(verb="rules.follow_again").after == {"due_again": 1}


@pytest.mark.parametrize(
    ("given", "told"), [({"users": ["谁也不是"]}, "谁也不是"), ({"open_to_all": "on"}, "not both")]
)
def test_a_rule_that_makes_no_sense_is_refused(given: dict[str, object], told: str) -> None:
    url = reverse("admin:zbsync_assignmentrule_change", args=[rule().pk])
    answer = desk("mapper").post(url, form(**given))
    assert answer.status_code == 200
    assert told in text(answer)
    assert rule().users == []


def test_a_change_is_remembered_and_a_turn_is_none() -> None:
    row = rule()
    history: Any = row.history
    before = history.count()
    AssignmentRule.objects.filter(pk=row.pk).update(turn=7)
    desk("mapper").post(reverse("admin:zbsync_assignmentrule_change", args=[row.pk]), form())
    assert history.count() == before + 1
    assert rule().turn == 7, "whose turn it is is not a person's to set"


def test_a_way_of_follow_up_is_chosen_from_the_erps_own() -> None:
    row = FollowUpMethod.objects.get(keyword="拜访")
    url = reverse("admin:zbsync_followupmethod_change", args=[row.pk])
    assert "电话" in text(desk("mapper").get(url))
    assert desk("mapper").post(url, {"keyword": "拜访", "option": "电话", "position": "3"}).status_code == 302
    row.refresh_from_db()
    assert (row.option, due()) == ("电话", True)


def test_the_word_for_all_others_is_shown_as_such() -> None:
    assert "all others" in text(desk("mapper").get(reverse("admin:zbsync_followupmethod_changelist")))


@pytest.mark.parametrize("model", ["assignmentrule", "followupmethod"])
def test_removing_a_rule_works_things_out_anew(model: str) -> None:
    row = rule() if model == "assignmentrule" else FollowUpMethod.objects.get(keyword="mail")
    desk("mapper").post(reverse(f"admin:zbsync_{model}_delete", args=[row.pk]), {"post": "yes"})
    assert not type(row).objects.filter(pk=row.pk).exists()
    assert due()


@pytest.mark.parametrize("model", ["assignmentrule", "followupmethod"])
@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_everybody_reads_them_and_only_mappers_change_them(role: str, model: str) -> None:
    row = rule() if model == "assignmentrule" else FollowUpMethod.objects.get(keyword="mail")
    assert desk(role).get(reverse(f"admin:zbsync_{model}_changelist")).status_code == 200
    assert desk(role).post(reverse(f"admin:zbsync_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_defaults_are_made_once_and_what_people_removed_stays_removed() -> None:
    assert [row.min_score for row in AssignmentRule.objects.order_by("position")] == [80.0, 60.0, None]
    FollowUpMethod.objects.exclude(keyword="").delete()
    rule().delete()
    assert bootstrap.seed()["follow_rules"] == 0
    assert FollowUpMethod.objects.count() == 1
