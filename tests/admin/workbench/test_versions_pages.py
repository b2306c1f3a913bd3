"""Versions: read by all, drafted, published and taken back by the mapper, with a reason and a trace."""

import pytest
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.workbench.desk import english
from tests.models import make
from zbsync.models import Contact, Entry, Mapping, MappingRule
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def first() -> Mapping:
    make.options(make.erp())
    bootstrap.seed()
    return Mapping.objects.get()


@pytest.fixture
def second() -> Mapping:
    """A draft that reads the remark into the notes and has no e-mail."""
    made = publish.draft(Mapping.objects.get(version=1), make.user())
    MappingRule.objects.filter(mapping=made, target="intro").update(source="remark")
    MappingRule.objects.filter(mapping=made, target="email").delete()
    return made


def at(name: str, row: Mapping | None = None) -> str:
    return reverse(f"admin:zbsync_mapping_{name}", args=[row.pk] if row else [])


def test_a_draft_is_published_with_a_reason(first: Mapping, second: Mapping) -> None:
    make.contact(proposed_version=1)
    shown = english().get(at("publish", second))
    assert "备注" in text(shown)
    assert "remark" in text(shown)
    answer = english().post(at("publish", second), {"reason": "备注栏更准"}, follow=True)
    assert "Published. Contacts are being mapped again." in text(answer)
    assert "备注栏更准" in text(answer)
    assert Mapping.objects.get(state="published") == second
    assert Entry.objects.get(verb="mapping.publish").reason == "备注栏更准"
    assert Contact.objects.due().count() == 1


def test_without_a_reason_nothing_is_published(second: Mapping) -> None:
    assert "Say why." in text(english().post(at("publish", second), {"reason": "  "}))
    assert Mapping.objects.get(state="published").version == 1


def test_what_cannot_work_is_said_rule_by_rule(second: Mapping) -> None:
    MappingRule.objects.filter(mapping=second, target="mobile").update(source="nix")
    assert "“nix”" in text(english().post(at("publish", second), {"reason": "x"}))
    assert Mapping.objects.get(state="published").version == 1


def test_only_a_draft_is_published(first: Mapping) -> None:
    assert "Only a draft can be published" in text(english().post(at("publish", first), {"reason": "x"}))


def test_one_goes_back_by_a_draft_of_the_old_version(first: Mapping, second: Mapping) -> None:
    publish.publish(second, make.user())
    assert "Go back to this version" in text(english().get(at("change", first)))
    english().post(at("draft", first))
    back = Mapping.objects.get(state="draft")
    assert (back.version, back.rules.get(target="intro").source) == (3, "notes")
    english().post(at("publish", back), {"reason": "zurück"})
    assert Mapping.objects.get(state="published") == back
    assert Mapping.objects.get(pk=first.pk).state == "retired"


def test_two_versions_are_compared_rule_by_rule(first: Mapping, second: Mapping) -> None:
    shown = text(english("auditor").get(at("compare"), {"before": 1, "after": 2}))
    assert "备注 intro source notes → remark" in shown
    assert "removed 电子邮件 email" in shown
    assert "11 rules are the same" in shown


def test_the_other_way_round_it_is_new(second: Mapping) -> None:
    shown = text(english().get(at("compare"), {"before": 2, "after": 1}))
    assert "new 电子邮件 email" in shown
    assert "source e-mail" in shown


@pytest.mark.parametrize("asked", [{}, {"before": "x", "after": "99"}])
def test_without_a_choice_the_published_stands_beside_the_newest(second: Mapping, asked: dict[str, str]) -> None:
    answer = english().get(at("compare"), asked)
    assert (answer.context["before"].version, answer.context["after"].version) == (1, 2)


def test_a_version_alone_is_the_same_as_itself() -> None:
    assert "Both have the same rules." in text(english().get(at("compare")))


def test_a_version_tells_what_was_done_to_it(second: Mapping) -> None:
    shown = text(english("auditor").get(at("change", second)))
    assert "Copied to a new draft" in shown
    assert "Never published." in shown


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_read_and_do_nothing(first: Mapping, second: Mapping, role: str) -> None:
    client = english(role)
    assert client.get(at("change", first)).status_code == 200
    assert client.get(at("compare")).status_code == 200
    assert "Draft the next version" not in text(client.get(at("change", first)))
    assert client.get(at("publish", second)).status_code == 403
    assert client.post(at("publish", second), {"reason": "x"}).status_code == 403
    assert client.post(at("draft", first)).status_code == 403
    assert Mapping.objects.count() == 2


def test_who_has_no_role_sees_no_version(first: Mapping) -> None:
    assert {english("").get(at(name, row)).status_code for name, row in (("change", first), ("compare", None))} == {403}


def test_a_look_drafts_nothing(first: Mapping) -> None:
    assert english().get(at("draft", first)).status_code == 405
    assert Mapping.objects.count() == 1


def test_a_version_that_is_not_there_is_not_found() -> None:
    assert english().get(reverse("admin:zbsync_mapping_publish", args=[99])).status_code == 404
    assert english().post(reverse("admin:zbsync_mapping_draft", args=[99])).status_code == 404
