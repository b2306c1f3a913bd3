"""Who may do what: each verb of the keyboard tried by each role, and the table of roles kept."""

import re
from collections.abc import Mapping
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from tests.admin.people import someone
from tests.models import make
from tests.pipeline.reviewing import ambiguous, proposal, push
from zbsync import roles
from zbsync.models import ErpConnection, Proposal, Push

pytestmark = pytest.mark.django_db

REVIEWERS = {"reviewer", "administrator"}
OPERATORS = {"operator", "administrator"}
MAY: Mapping[str, set[str]] = {
    "approve": REVIEWERS,
    "reject": REVIEWERS,
    "bind": REVIEWERS,
    "undo": REVIEWERS,
    "requeue": OPERATORS,
    "bury": OPERATORS,
    "pause": OPERATORS,
    "resume": OPERATORS,
}


def held(role: str) -> set[str]:
    """The permissions of a group, as the database has them."""
    found = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def rows_for(verb: str) -> list[str]:
    """Something the verb can be tried on, as words of the command line."""
    if verb in ("requeue", "bury"):
        return ["--push", str(push(state="dead").pk)]
    if verb in ("pause", "resume"):
        row = make.erp(paused_at=make.NOW, pause_cause="by_hand") if verb == "resume" else make.erp()
        return [row.name]
    if verb == "undo":
        return ["--proposal", str(push().proposal_id)]
    if verb == "bind":
        return ["--proposal", str(ambiguous().pk), "--create"]
    return ["--proposal", str(proposal().pk)]


def states() -> list[tuple[Any, ...]]:
    """The states of all that could have been touched."""
    pauses = ErpConnection.objects.values_list("paused_at")
    return [*Proposal.objects.values_list("state", "target_chosen"), *Push.objects.values_list("state"), *pauses]


@pytest.mark.parametrize("role", [*roles.ROLES, ""])
@pytest.mark.parametrize("verb", MAY)
def test_a_verb_is_for_its_roles_and_nobody_else(verb: str, role: str) -> None:
    words, who, before = rows_for(verb), someone(role), states()
    said = StringIO()
    if role in MAY[verb]:
        call_command(verb, *words, "--by", who.username, "--reason", "why", stdout=said)
        assert said.getvalue().startswith("1 done") or verb in ("pause", "resume")
        assert states() != before
    else:
        with pytest.raises(CommandError, match=r"zbsync\.\w+.*ask an administrator") as caught:
            call_command(verb, *words, "--by", who.username, "--reason", "why", stdout=said)
        assert (caught.value.returncode, states()) == (2, before)


def test_nobody_is_taken_for_somebody_who_left() -> None:
    words, who = rows_for("approve"), someone("reviewer")
    User.objects.filter(pk=who.pk).update(is_active=False)
    with pytest.raises(CommandError, match="ask an administrator"):
        call_command("approve", *words, "--by", who.username)


def test_every_role_sees_the_whole_work() -> None:
    roles.ensure()
    seen = {role: {one for one in held(role) if ".view_" in one} for role in roles.ROLES}
    for name in ("contact", "proposal", "push", "attempt", "binding", "entry", "mapping", "gatesetting"):
        assert all(f"zbsync.view_{name}" in have for have in seen.values()), name


def test_an_auditor_only_looks() -> None:
    roles.ensure()
    assert all(re.fullmatch(r"zbsync\.view_\w+", one) for one in held("auditor"))


def test_what_was_said_on_the_wire_is_not_for_those_who_review() -> None:
    roles.ensure()
    may = {role for role in roles.ROLES if "zbsync.view_exchange" in held(role)}
    assert may == {"operator", "auditor", "administrator"}


@pytest.mark.parametrize(
    ("what", "who"),
    [
        ("zbsync.add_upload", REVIEWERS),
        ("zbsync.add_mapping", {"mapper", "administrator"}),
        ("zbsync.change_gatesetting", {"mapper", "administrator"}),
        ("zbsync.change_erpconnection", OPERATORS),
        ("zbsync.add_erpconnection", {"administrator"}),
        ("zbsync.cancel_push", OPERATORS),
        ("auth.add_user", {"administrator"}),
        ("auth.delete_user", set()),
        ("auth.change_group", {"administrator"}),
        ("zbsync.delete_contact", set()),
        ("zbsync.change_entry", set()),
        ("zbsync.delete_exchange", set()),
    ],
)
def test_a_permission_lies_with_those_who_need_it(what: str, who: set[str]) -> None:
    roles.ensure()
    assert {role for role in roles.ROLES if what in held(role)} == who


def test_what_was_added_by_hand_is_taken_back_and_other_groups_are_left_alone() -> None:
    roles.ensure()
    stray = Permission.objects.get(codename="bury_push")
    theirs = Group.objects.create(name="our own")
    for group in (Group.objects.get(name="auditor"), theirs):
        group.permissions.add(stray)
    roles.ensure()
    assert "zbsync.bury_push" not in held("auditor")
    assert held("our own") == {"zbsync.bury_push"}


def test_people_keep_their_role_when_it_is_renewed() -> None:
    who = someone("mapper")
    assert roles.ensure() == 0
    assert list(who.groups.values_list("name", flat=True)) == ["mapper"]


def test_a_permission_that_was_renamed_is_noticed() -> None:
    Permission.objects.filter(codename="bury_push").update(codename="inter_push")
    with pytest.raises(RuntimeError, match="role operator: no permission bury_push"):
        roles.ensure()
