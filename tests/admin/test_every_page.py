"""Every page of the admin opens, for whom it is meant, under a strict policy and with few queries."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import browser
from tests.models import make
from zbsync.models import GateSetting
from zbsync.pipeline import bootstrap
from zbsync.roles import ROLES

pytestmark = pytest.mark.django_db

OURS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model in admin.site._registry
    if "django_q" not in str(model)
)
CHANGELISTS = [name for name in OURS if name.startswith(("zbsync_", "auth_"))]
MAX_LIST_QUERIES = 15


@pytest.fixture
def filled() -> None:
    """A little of everything, so that a page has rows to show."""
    bootstrap.seed()
    connection = make.erp()
    make.options(connection)
    push = make.push(state="rejected", cause="duplicate", message="相同客户编号已存在！")
    make.attempt(push, outcome="rejected", finished_at=make.NOW)
    for _ in range(3):
        make.proposal(state="ready")


def test_there_are_pages_to_open() -> None:
    assert len(CHANGELISTS) > 10


@pytest.mark.parametrize("name", CHANGELISTS)
def test_it_opens_every_list_with_few_queries(name: str, filled: None, django_assert_max_num_queries) -> None:
    client = browser()
    with django_assert_max_num_queries(MAX_LIST_QUERIES + 4):  # the session, the user and their permissions
        page = client.get(reverse(f"admin:{name}_changelist"))
    assert page.status_code == 200, name


@pytest.mark.parametrize("name", CHANGELISTS)
def test_a_list_costs_the_same_with_more_rows(name: str, filled: None) -> None:
    client = browser()
    url = reverse(f"admin:{name}_changelist")

    def queries() -> int:
        with CaptureQueriesContext(connection_of()) as seen:
            client.get(url)
        return len(seen)

    queries()
    few = queries()
    for _ in range(12):
        make.push(state="rejected", cause="refused")
        make.proposal(state="ready")
    assert queries() <= few, name


def connection_of():
    from django.db import connection

    return connection


@pytest.mark.parametrize("name", [name for name in CHANGELISTS if name.startswith("zbsync_")])
def test_it_opens_the_first_row_of_every_list(name: str, filled: None) -> None:
    client = browser()
    listed = client.get(reverse(f"admin:{name}_changelist")).content.decode()
    rows = re.findall(rf'href="(/admin/{name.replace("_", "/")}/\d+/change/[^"]*)"', listed)
    for url in rows[:1]:
        assert client.get(url.replace("&amp;", "&")).status_code == 200, url


@pytest.mark.parametrize("role", [*ROLES, ""])
def test_the_front_page_opens_for_every_role(role: str, filled: None) -> None:
    page = browser(role).get(reverse("admin:index"))
    assert page.status_code == 200


def test_a_stranger_is_sent_to_the_login() -> None:
    page = Client().get(reverse("admin:index"))
    assert page.status_code == 302
    assert "login" in page["Location"]


@pytest.mark.parametrize(
    "name", ["zbsync_entry", "zbsync_exchange", "zbsync_seal", "zbsync_erprecord", "zbsync_binding"]
)
def test_what_is_evidence_cannot_be_added_by_anyone(name: str) -> None:
    assert browser().get(reverse(f"admin:{name}_add")).status_code == 403


@pytest.mark.parametrize("page", ["admin:index", "admin:zbsync_push_changelist", "admin:login"])
def test_nothing_inline_is_on_a_page(page: str, filled: None) -> None:
    """The policy forbids it, so a page that had it would be broken, not only unsafe."""
    client = Client() if page == "admin:login" else browser()
    answer = client.get(reverse(page))
    text = answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text)
    assert "<style" not in text
    assert not re.search(r"\sstyle=|\son[a-z]+=\"", text)


@pytest.mark.parametrize(("role", "page", "status"), [
    ("reviewer", "admin:zbsync_erpconnection_changelist", 403),
    ("reviewer", "admin:zbsync_exchange_changelist", 403),
    ("reviewer", "admin:zbsync_proposal_changelist", 200),
    ("operator", "admin:zbsync_exchange_changelist", 200),
    ("auditor", "admin:zbsync_seal_changelist", 200),
    ("mapper", "admin:zbsync_mapping_changelist", 200),
    ("mapper", "admin:auth_user_changelist", 403),
    ("administrator", "admin:auth_user_changelist", 200),
])  # fmt: skip
def test_a_role_sees_what_is_its_own(role: str, page: str, status: int) -> None:
    assert browser(role).get(reverse(page)).status_code == status


def test_the_menu_offers_only_what_may_be_opened(filled: None) -> None:
    text = browser("reviewer").get(reverse("admin:index")).content.decode()
    assert reverse("admin:zbsync_proposal_changelist") in text
    assert reverse("admin:zbsync_erpconnection_changelist") not in text


def test_the_menu_marks_where_one_is(filled: None) -> None:
    url = reverse("admin:zbsync_proposal_changelist")
    text = browser().get(f"{url}?state__exact=blocked").content.decode()
    marked = re.findall(r'<a href="([^"]+)" aria-current="page">', text)
    assert marked == [f"{url}?state__exact=blocked"]


def test_the_front_page_links_each_number_to_its_rows(filled: None) -> None:
    client = browser()
    page = client.get(reverse("admin:index"))
    cards = {card.url: card.count for card in page.context["desk"]["cards"]}
    assert cards[f"{reverse('admin:zbsync_proposal_changelist')}?state__exact=ready"] == 3
    assert cards[f"{reverse('admin:zbsync_push_changelist')}?state__exact=rejected"] == 1
    for url, count in cards.items():
        shown = client.get(url).context
        assert (shown["cl"].result_count if "cl" in shown else len(shown["board"].inbox)) == count, url


def test_a_paused_connection_is_an_alarm_in_words(filled: None) -> None:
    make.erp()
    from zbsync.models import ErpConnection

    ErpConnection.objects.update(paused_at=make.NOW, pause_cause="login_refused")
    page = browser().get(reverse("admin:index"))
    assert 'role="alert"' in page.content.decode()
    assert "pause.login_refused" not in page.content.decode()


def test_the_mode_stands_on_every_page(filled: None, settings) -> None:
    import dataclasses

    client = browser()
    assert "zb-mode--sandbox" in client.get(reverse("admin:index")).content.decode()
    settings.ZBSYNC = dataclasses.replace(settings.ZBSYNC, mode="live")
    assert "zb-mode--live" in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(("cookie", "language"), [("", "zh-hans"), ("en", "en"), ("xx", "zh-hans")])
def test_chinese_unless_the_user_chose_otherwise(cookie: str, language: str) -> None:
    client = Client(headers={"Accept-Language": "fr"})
    client.cookies["django_language"] = cookie
    assert f'lang="{language}"' in client.get(reverse("admin:login")).content.decode()


def test_a_cell_carries_its_columns_name_for_the_phone(filled: None) -> None:
    text = browser().get(reverse("admin:zbsync_gatesetting_changelist")).content.decode()
    assert GateSetting.objects.exists()
    assert re.search(r'<t[dh][^>]*data-label="[^"]+"', text)
