"""Users and roles: called as people call them, and nobody lifts himself above the roles."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from tests.admin.desk import TAGS, desk, english, text
from tests.admin.people import someone
from tests.models import make
from zbsync import roles
from zbsync.admin.people import right
from zbsync.models import Entry
from zbsync.models.contact import PHONE_RIGHTS
from zbsync.pipeline import access
from zbsync.sentences.names import RIGHTS

pytestmark = pytest.mark.django_db


def form_of(user: User, **more: object) -> dict[str, object]:
    moment = {"date_joined_0": "2026-01-05", "date_joined_1": "08:00:00", "last_login_0": "", "last_login_1": ""}
    limits = {"scopes-TOTAL_FORMS": "0", "scopes-INITIAL_FORMS": "0"}
    return {"username": user.username, "is_active": "on", "is_staff": "on", **moment, **limits, **more}


def page_of(user: User) -> str:
    return reverse("admin:auth_user_change", args=[user.pk])


def test_roles_are_chosen_by_their_names_and_rights_only_come_with_them() -> None:
    page = desk("administrator").get(page_of(someone("reviewer"))).content.decode()
    assert page.count('type="checkbox" name="groups"') == len(roles.ROLES)
    assert "user_permissions" not in page


def test_an_administrator_gives_a_role() -> None:
    user = someone("")
    mapper = Group.objects.get(name="mapper")
    answer = desk("administrator").post(page_of(user), form_of(user, groups=[mapper.pk]))
    assert answer.status_code == 302
    assert list(user.groups.all()) == [mapper]


@pytest.mark.parametrize(("by_superuser", "lifted"), [(False, False), (True, True)])
def test_only_a_superuser_makes_a_superuser(client, by_superuser, lifted) -> None:
    user = someone("reviewer")
    browser = desk("administrator")
    if by_superuser:
        browser = english(client)
        browser.force_login(make.user())
    assert browser.post(page_of(user), form_of(user, is_superuser="on")).status_code == 302
    assert User.objects.get(pk=user.pk).is_superuser is lifted


def test_a_role_says_what_it_may_do_and_its_name_and_rights_are_changed_by_nobody() -> None:
    client = desk("administrator")
    group = Group.objects.get(name="reviewer")
    url = reverse("admin:auth_group_change", args=[group.pk])
    page = text(client.get(url))
    assert "approve proposals" in page
    assert "view · contact" in page
    before = set(group.permissions.exclude(codename__in=PHONE_RIGHTS))
    client.post(url, {"name": "boss", "permissions": [Permission.objects.get(codename="change_user").pk]})
    assert Group.objects.get(pk=group.pk).name == "reviewer"
    assert set(group.permissions.exclude(codename__in=PHONE_RIGHTS)) == before


def test_an_administrator_decides_which_roles_see_whole_numbers() -> None:
    client = desk("administrator")
    group = Group.objects.get(name="auditor")
    url = reverse("admin:auth_group_change", args=[group.pk])
    assert client.post(url, {"phones": ["view_full_phone"]}).status_code == 302
    assert someone("auditor").has_perm("zbsync.view_full_phone")
    entry = Entry.objects.get(verb="role.phones")
    assert (entry.before, entry.after, entry.reason) == (
        {"phones": []},
        {"phones": ["view_full_phone"]},
        "auditor",
    )
    roles.ensure()
    assert set(PHONE_RIGHTS) & {one.codename for one in group.permissions.all()} == {"view_full_phone"}


@pytest.mark.parametrize(("button", "stays"), [("_continue", True), ("_save", False)])
def test_roles_are_called_roles_in_the_path_and_after_saving(button: str, stays: bool) -> None:
    client = desk("administrator")
    url = reverse("admin:auth_group_change", args=[Group.objects.get(name="auditor").pk])
    answer = client.post(url, {"phones": [], button: "1"})
    assert answer["Location"] == (url if stays else reverse("admin:auth_group_changelist"))
    client.cookies["django_language"] = "zh-hans"
    for address in (url, reverse("admin:auth_group_changelist")):
        page = client.get(address).content.decode()
        path = TAGS.sub("", page.partition('class="breadcrumbs"')[2].partition("</div>")[0])
        assert "角色" in path
        assert "组" not in path
    assert "已保存：审计员" in text(client.post(url, {"phones": []}, follow=True))


def test_a_choice_that_changes_nothing_is_not_written_down() -> None:
    client = desk("administrator")
    url = reverse("admin:auth_group_change", args=[Group.objects.get(name="reviewer").pk])
    client.post(url, {"phones": ["reveal_phone"]})
    assert not Entry.objects.filter(verb="role.phones").exists()


def test_the_administrators_keep_their_rights_and_nobody_else_decides() -> None:
    own = Group.objects.get(name="administrator") if roles.ensure() else None
    assert own is not None
    assert desk("administrator").post(reverse("admin:auth_group_change", args=[own.pk]), {}).status_code == 403
    with pytest.raises(PermissionDenied):
        access.give_phones(own, [], someone("administrator"))
    with pytest.raises(PermissionDenied):
        access.give_phones(Group.objects.get(name="auditor"), ["view_full_phone"], someone("reviewer"))


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_every_right_of_a_role_has_words(role: str) -> None:
    roles.ensure()
    for permission in Permission.objects.filter(group__name=role).select_related("content_type"):
        assert "_" not in right(permission)
        assert permission.codename in RIGHTS or permission.codename.partition("_")[0] in RIGHTS
