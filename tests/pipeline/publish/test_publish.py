"""A draft becomes the mapping in force: once, by whom may, and everybody goes through it."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tests.models import make
from zbsync import roles
from zbsync.core.mapping import MappingError
from zbsync.models import Contact, Entry, Mapping, MappingRule
from zbsync.pipeline import audit, bootstrap, propose, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installation() -> None:
    make.options(make.erp())
    bootstrap.seed()


def person(role: str) -> User:
    roles.ensure()
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def published() -> Mapping:
    return Mapping.objects.get(state="published")


def drafted(**changed: Any) -> Mapping:
    made = publish.draft(published(), make.user())
    if changed:
        MappingRule.objects.filter(mapping=made, target="intro").update(**changed)
    return made


def test_a_draft_has_the_rules_it_was_copied_from() -> None:
    made = drafted()
    assert (made.version, made.state) == (2, "draft")
    of = [list(one.rules.values_list("position", "target", "transform", "policy")) for one in (published(), made)]
    assert of[0] == of[1] != []


def test_publishing_retires_the_older_version_and_signs() -> None:
    made = publish.publish(drafted(), make.user(), "notes first")
    assert (made.state, made.published_by, published()) == ("published", make.user(), made)
    assert Mapping.objects.get(version=1).state == "retired"
    entry = Entry.objects.get(verb="mapping.publish")
    assert (entry.before, entry.reason) == ({"version": 1}, "notes first")
    assert entry.after == {"version": 2, "rules": 13, "due_again": 0}


def test_every_contact_goes_through_the_new_version() -> None:
    contact = make.contact(notes="abc")
    propose.drain()
    publish.publish(drafted(transform="upper"), make.user())
    assert list(Contact.objects.due()) == [contact]
    propose.drain()
    row = contact.proposals.get(state="mapped")
    assert (row.payload["intro"], row.mapping.version) == ("ABC", 2)


def test_a_broken_draft_is_refused_with_every_bad_rule_and_nothing_changes() -> None:
    made = drafted(transform="no_such")
    MappingRule.objects.create(mapping=made, target="nowhere", source="name")
    with pytest.raises(MappingError) as caught:
        publish.publish(made, make.user())
    assert {one.code for one in caught.value.findings} == {"mapping.unknown_transform", "mapping.unknown_target"}
    assert published().version == 1


def test_a_draft_without_rules_is_refused() -> None:
    made = drafted()
    made.rules.all().delete()
    with pytest.raises(publish.PublishError, match="no_rules"):
        publish.publish(made, make.user())


@pytest.mark.parametrize("state", ["published", "retired"])
def test_only_a_draft_can_be_published(state: str) -> None:
    publish.publish(drafted(), make.user())
    with pytest.raises(publish.PublishError, match="not_draft"):
        publish.publish(Mapping.objects.get(state=state), make.user())


def test_the_first_version_of_all_can_be_published() -> None:
    made = drafted()
    Mapping.objects.filter(version=1).update(state="retired")
    assert publish.publish(made, make.user()).state == "published"


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_who_may_not_change_the_mapping_may_not_publish(role: str) -> None:
    made = drafted()
    with pytest.raises(PermissionDenied):
        publish.publish(made, person(role))
    with pytest.raises(PermissionDenied):
        publish.draft(made, person("operator") if role != "operator" else User.objects.get(username=role))
    assert published().version == 1


def test_a_mapper_may() -> None:
    assert publish.publish(drafted(), person("mapper")).version == 2


def test_an_inactive_mapper_may_not() -> None:
    user = person("mapper")
    user.is_active = False
    with pytest.raises(PermissionDenied):
        publish.publish(drafted(), user)


def test_a_rule_beside_the_mapping_makes_everybody_due_again() -> None:
    contact = make.contact()
    propose.drain()
    with transaction.atomic():
        due = publish.reconsider(audit.Actor.of(make.user()), reason="gate score")
    assert (due, list(Contact.objects.due())) == (1, [contact])
    entry = Entry.objects.get(verb="rules.reconsider")
    assert (entry.actor_name, entry.reason, entry.after) == ("admin", "gate score", {"due_again": 1})


def test_an_approval_given_under_the_old_version_is_void() -> None:
    push = make.push(proposal=make.proposal(contact=make.contact(proposed_version=1), state="approved"))
    publish.publish(drafted(), make.user())
    propose.drain()
    push.refresh_from_db()
    assert push.state == "cancelled"
