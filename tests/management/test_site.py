"""The frame around every page: the menu by task, who one is, and whether it is in earnest."""

import re
from dataclasses import replace

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client, override_settings
from django.urls import reverse

from tests.admin.people import browser, someone
from zbsync.conf import conf
from zbsync.site import MENU

pytestmark = pytest.mark.django_db
PAGES = (
    "/admin/",
    "/admin/zbsync/proposal/",
    "/admin/auth/user/add/",
    "/admin/auth/user/add/?_popup=1",
    "/admin/password_change/",
)


def frame(client: Client, address: str = "/admin/") -> dict:
    """What a page knows besides its own matter."""
    answer = client.get(address)
    assert answer.status_code == 200
    context = answer.context
    assert context is not None
    return {name: context.get(name) for name in ("zb_nav", "zb_roles", "zb_live")}


def models_in_menu(client: Client) -> set[str]:
    items = [item for section in frame(client)["zb_nav"] for item in section["items"]]
    return {item["path"].split("/")[3] for item in items if "path" in item}


def current(address: str) -> list[str]:
    """The addresses of the menu that are marked."""
    nav = frame(browser(), address)["zb_nav"]
    return [item["url"] for section in nav for item in section["items"] if item["current"]]


def test_every_page_of_the_menu_is_a_list_of_the_admin() -> None:
    registered = {f"{model._meta.app_label}.{model._meta.model_name}" for model in admin.site._registry}
    assert {page.model for _, pages in MENU for page in pages if page.model} <= registered


def test_a_page_that_is_no_list_names_its_view_and_who_may_see_it() -> None:
    for page in (page for _, pages in MENU for page in pages if not page.model):
        assert reverse(f"admin:{page.view}")
        app, _, codename = page.needs.partition(".")
        assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists(), page.view


def test_the_menu_leads_to_pages_that_open() -> None:
    client = browser()
    for section in frame(client)["zb_nav"]:
        for item in section["items"]:
            assert client.get(item["url"]).status_code == 200, item["url"]


@pytest.mark.parametrize(
    ("role", "sees", "does_not"),
    [
        ("reviewer", {"proposal", "contact", "upload"}, {"exchange", "erpconnection", "user"}),
        ("mapper", {"mapping", "gatesetting", "valuemap"}, {"exchange", "hubconnection", "user"}),
        ("operator", {"push", "exchange", "erpconnection"}, {"user"}),
        ("auditor", {"entry", "exchange"}, {"user"}),
        ("administrator", {"user", "erpconnection", "mapping"}, set()),
    ],
)
def test_the_menu_holds_what_a_role_may_see(role: str, sees: set[str], does_not: set[str]) -> None:
    shown = models_in_menu(browser(role))
    assert sees <= shown
    assert not does_not & shown


def test_a_section_without_pages_is_left_out() -> None:
    client = browser("")
    someone("").user_permissions.add(Permission.objects.get(codename="view_push"))
    home, work = frame(client)["zb_nav"]
    assert [item["url"] for item in home["items"]] == ["/admin/"]
    assert {item["path"] for item in work["items"]} == {"/admin/zbsync/push/", "/admin/zbsync/push/failed/"}


def test_a_stranger_is_told_nothing() -> None:
    answer = Client().get("/admin/login/")
    assert answer.context is not None
    assert "zb_nav" not in answer.context


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/admin/", ["/admin/"]),
        ("/admin/zbsync/proposal/?state__exact=ready", ["/admin/zbsync/proposal/?state__exact=ready"]),
        ("/admin/zbsync/proposal/?score=90&state__exact=blocked", ["/admin/zbsync/proposal/?state__exact=blocked"]),
        ("/admin/zbsync/push/failed/", ["/admin/zbsync/push/failed/"]),
        ("/admin/zbsync/push/?state__exact=in_doubt", ["/admin/zbsync/push/"]),
        ("/admin/zbsync/push/?state__exact=queued", ["/admin/zbsync/push/"]),
        ("/admin/zbsync/mapping/", ["/admin/zbsync/mapping/"]),
        ("/admin/auth/user/add/", ["/admin/auth/user/"]),
        ("/admin/password_change/", []),
    ],
)
def test_at_most_one_page_is_marked_the_one_that_fits_best(address: str, marked: list[str]) -> None:
    assert current(address) == marked


@pytest.mark.parametrize("mode", ["sandbox", "live"])
def test_sandbox_and_live_look_different_on_every_page(mode: str) -> None:
    with override_settings(ZBSYNC=replace(conf(), mode=mode)):
        for client, address in ((Client(), "/admin/login/"), *((browser(), address) for address in PAGES)):
            text = client.get(address).content.decode()
            assert re.findall(r"zb-mode--(\w+)\">(\w+)", text) == [(mode, mode.upper())], address


def test_a_page_says_in_which_role_one_is_here() -> None:
    client = browser("auditor")
    client.cookies["django_language"] = "en"
    assert frame(client)["zb_roles"] == "auditor"
    who = someone("auditor")
    who.groups.add(Group.objects.get(name="mapper"))
    assert set(frame(client)["zb_roles"].split("、")) == {"auditor", "mapper"}
    who.is_superuser = True
    who.save()
    assert frame(client)["zb_roles"] == "administrator"
