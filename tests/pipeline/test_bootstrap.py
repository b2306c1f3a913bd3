"""What a new installation starts with, from the keyboard; and that nothing a person changed is overwritten."""

import re
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import override_settings

from tests.models import make
from zbsync import roles
from zbsync.core.defaults import DEFAULT_GATE, DEFAULT_RULES
from zbsync.core.follow.texts import DEFAULT_METHODS
from zbsync.core.mapping import compile_mapping
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Entry, GateSetting, Mapping, MappingRule, SourceCode, ValueMap
from zbsync.models.contact import PHONE_RIGHTS
from zbsync.pipeline import bootstrap, tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def password() -> Iterator[str]:
    word = "correct horse battery"
    with override_settings(ZBSYNC_SECRET=lambda name: word if name == "ZBSYNC_ADMIN_PASSWORD" else ""):
        yield word


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("bootstrap", *arguments, stdout=said)
    return said.getvalue()


def test_it_makes_gate_mapping_and_value_maps() -> None:
    made = bootstrap.seed()
    assert made == {
        "gate": len(DEFAULT_GATE),
        "value_maps": 1,
        "mapping": len(DEFAULT_RULES),
        "source_codes": 0,
        "follow_rules": len(DEFAULT_METHODS),
    }
    assert Mapping.objects.get().state == "published"
    assert ValueMap.objects.get().entries.count() == 5


def test_the_rules_in_the_database_are_the_default_ones() -> None:
    bootstrap.seed()
    assert tables.read_rules(Mapping.objects.get()) == DEFAULT_RULES
    compile_mapping(DEFAULT_RULES, FIELDS)


def test_twice_is_once() -> None:
    bootstrap.seed()
    assert set(bootstrap.seed().values()) == {0}
    assert Entry.objects.filter(verb="installation.seed").count() == 1


def test_what_people_changed_stays() -> None:
    bootstrap.seed()
    GateSetting.objects.filter(code="score").update(params={"minimum": 75})
    MappingRule.objects.filter(target="intro").delete()
    ValueMap.objects.get().entries.all().delete()
    bootstrap.seed()
    assert GateSetting.objects.get(code="score").params == {"minimum": 75}
    assert not MappingRule.objects.filter(target="intro").exists()
    assert not ValueMap.objects.get().entries.exists()


def test_a_rule_that_is_missing_is_made() -> None:
    bootstrap.seed()
    GateSetting.objects.filter(code="score").delete()
    assert bootstrap.seed()["gate"] == 1


def test_each_connection_gets_its_source_codes() -> None:
    connection = make.erp()
    make.options(connection, ly={"微信咨询": "181"})
    make.contact(channel="抖音")
    bootstrap.seed()
    found = dict(SourceCode.objects.values_list("channel", "option"))
    assert (found["微信"], found["网站"], found["抖音"]) == ("微信咨询", "", "")


def test_the_command_says_what_it_made_and_then_that_all_is_there() -> None:
    assert re.fullmatch(r"made: 5 roles, 4 gate, 1 value maps, 13 mapping, 10 follow rules, [0-9]+ schedules\n", run())
    assert run() == "made: nothing, all was there\n"


def test_an_administrator_is_made_with_the_password_of_the_environment(password: str) -> None:
    assert password not in run("--admin", "chen")
    user = User.objects.get(username="chen")
    assert user.check_password(password)
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert list(user.groups.values_list("name", flat=True)) == ["administrator"]


def test_without_one_a_password_is_made_and_told_once() -> None:
    said = run("--admin", "chen")
    word = said.split()[-1]
    assert User.objects.get(username="chen").check_password(word)
    assert "password stays" in run("--admin", "chen")


def test_an_existing_account_keeps_its_password(password: str) -> None:
    User.objects.create_user("chen", password="mine and only mine")
    run("--admin", "chen")
    user = User.objects.get(username="chen")
    assert user.check_password("mine and only mine")
    assert user.is_superuser


@pytest.mark.parametrize(
    ("name", "word", "place"), [("chen", "12345678", "ZBSYNC_ADMIN_PASSWORD"), ("no/such", "", "--admin")]
)
def test_a_bad_account_is_told_before_anything_is_done(name: str, word: str, place: str) -> None:
    with override_settings(ZBSYNC_SECRET=lambda _: word), pytest.raises(CommandError, match=place) as caught:
        run("--admin", name)
    assert caught.value.returncode == 2
    assert not Group.objects.exists()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("reviewer", "zbsync.approve_proposal", "zbsync.change_mapping"),
        ("mapper", "zbsync.change_mapping", "zbsync.approve_proposal"),
        ("operator", "zbsync.requeue_push", "zbsync.approve_proposal"),
        ("auditor", "zbsync.view_exchange", "zbsync.bury_push"),
        ("administrator", "auth.change_user", "auth.delete_user"),
    ],
)
def test_a_role_may_what_it_is_for_and_no_more(role: str, may: str, may_not: str) -> None:
    roles.ensure()
    user = User.objects.create_user(role)
    user.groups.add(Group.objects.get(name=role))
    assert user.has_perm(may)
    assert not user.has_perm(may_not)
    assert user.has_perm("zbsync.view_proposal")


def test_roles_are_brought_back_to_the_table() -> None:
    assert roles.ensure() == 5
    group = Group.objects.get(name="reviewer")
    before = set(group.permissions.values_list("codename", flat=True))
    group.permissions.clear()
    assert roles.ensure() == 0
    after = set(group.permissions.values_list("codename", flat=True))
    assert after == before - set(PHONE_RIGHTS) == set(roles.ROLES["reviewer"])  # those stay as they were decided


def test_nobody_may_write_evidence() -> None:
    evidence = ("entry", "exchange", "seal", "attempt", "push", "proposal", "contact")
    acts: Any = [f"{act}_{name}" for act in ("add", "change", "delete") for name in evidence]
    assert not [code for codes in roles.ROLES.values() for code in codes if code in acts]
