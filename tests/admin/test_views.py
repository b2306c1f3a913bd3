"""Columns as a person wants them, and the review list under a name, alone or shared with a role."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.desk import LIST, desk, english, names, reviewer, text, with_permissions
from tests.admin.people import browser, someone
from tests.models import make
from zbsync.admin.proposal.columns import CHOICE, tidy, usual
from zbsync.models import ColumnChoice, SavedView

pytestmark = pytest.mark.django_db

SAVE = "/admin/zbsync/proposal/views/"
COLUMNS = "/admin/zbsync/proposal/columns/"


def heads(page: Any) -> list[str]:
    """The columns of a list, by name."""
    return [name for name in page.context["cl"].list_display if name != "action_checkbox"]


def choose(client: Client, *wanted: str, query: str = "") -> Any:
    return client.post(COLUMNS, {"column": wanted, "query": query})


def save(client: Client, name: str, query: str = "", columns: tuple[str, ...] = (), **more: Any) -> Any:
    return client.post(SAVE, {"name": name, "query": query, "column": columns, **more})


def view(owner: str = "reviewer", **more: Any) -> SavedView:
    return SavedView.objects.create(owner=someone(owner), **{"name": "mine", **more})


def group(name: str) -> Group:
    someone(name)
    return Group.objects.get(name=name)


# ---------------------------------------------------------------- columns
def test_columns_are_kept_for_the_person_who_chose_them() -> None:
    make.proposal(state="ready")
    client = desk()
    answer = choose(client, "wechat_id", "mobile", query="state__exact=ready")
    assert answer.url == f"{LIST}?state__exact=ready"
    assert heads(client.get(LIST)) == ["customer", "mobile", "wechat_id"]
    assert heads(desk("administrator").get(LIST)) == ["customer", *usual("ready", searching=False)]


def test_choosing_none_brings_the_usual_ones_back() -> None:
    client = desk()
    choose(client, "mobile")
    choose(client)
    assert not ColumnChoice.objects.exists()
    assert heads(client.get(f"{LIST}?state__exact=blocked")) == ["customer", *usual("blocked", searching=False)]


def test_the_boxes_show_what_is_on_the_page() -> None:
    client = desk()
    choose(client, "k_code")
    page = client.get(LIST)
    assert [name for name, _label, on in page.context["zb_columns"] if on] == ["k_code"]


def test_what_is_no_column_is_not_kept() -> None:
    client = desk()
    choose(client, "payload", "password", "score_shown", "score_shown")
    assert ColumnChoice.objects.get(user=reviewer()).columns == ["score_shown"]


def test_columns_stand_in_the_order_of_the_page() -> None:
    assert tidy(["proposed", "mobile", "kind_shown"]) == ["kind_shown", "mobile", "proposed"]
    assert tidy([]) == []


@pytest.mark.parametrize("column", CHOICE)
def test_every_column_can_be_shown_in_every_state(column) -> None:
    for state in ("ready", "blocked", "approved", "rejected"):
        make.proposal(state=state, score=61.5, k_code="K7", target_ord=5, wechat_id="wx_1")
    client = desk()
    choose(client, column)
    page = client.get(f"{LIST}?state__exact=all")
    assert page.status_code == 200
    assert heads(page) == ["customer", column]
    assert len(names(page)) == 4


def test_a_column_told_from_another_table_costs_no_query_a_row() -> None:
    client = desk()
    choose(client, "hub_name", "decider", "decided")
    make.proposal(state="approved")
    url = f"{LIST}?state__exact=approved"
    client.get(url)

    def queries() -> int:
        with CaptureQueriesContext(connection()) as seen:
            client.get(url)
        return len(seen)

    few = queries()
    for _ in range(10):
        make.proposal(state="rejected")
        make.proposal(state="approved")
    assert queries() == few <= 15


def connection() -> Any:
    from django.db import connection as one

    return one


@pytest.mark.parametrize("wanted", [COLUMNS, SAVE])
def test_a_link_saves_nothing(wanted) -> None:
    assert desk().get(wanted).status_code == 405


@pytest.mark.parametrize("wanted", [COLUMNS, SAVE])
def test_who_may_not_see_the_list_saves_nothing_about_it(wanted) -> None:
    assert browser("").post(wanted, {"name": "x", "column": "mobile"}).status_code == 403
    assert (ColumnChoice.objects.count(), SavedView.objects.count()) == (0, 0)


# ---------------------------------------------------------------- views
def test_a_view_keeps_filters_search_and_columns_under_a_name() -> None:
    make.proposal(state="ready", title="示例一", channel="广告")
    make.proposal(state="ready", title="示例二")
    client = desk()
    answer = save(client, "广告的", "state__exact=ready&channel__exact=广告&q=示例&p=3", ("channel", "mobile"))
    page = client.get(answer.url)
    assert names(page) == ["示例一"]
    assert heads(page) == ["customer", "mobile", "channel"]
    assert page.context["cl"].query == "示例"
    assert page.context["cl"].page_num == 1
    assert "广告的" in text(page)


def test_a_view_of_its_own_columns_overrides_ones_choice() -> None:
    client = desk()
    choose(client, "k_code")
    row = view(columns=["channel"])
    assert heads(client.get(f"{LIST}?view={row.pk}")) == ["customer", "channel"]
    assert heads(client.get(LIST)) == ["customer", "k_code"]


def test_paging_and_filtering_stay_in_the_view() -> None:
    row = view(query="state__exact=ready", columns=["mobile"])
    page = desk().get(f"{LIST}?state__exact=ready&view={row.pk}")
    assert f"view={row.pk}" in page.context["cl"].get_query_string({"p": 2})


def test_the_same_name_is_the_same_view() -> None:
    client = desk()
    save(client, "mine", "state__exact=ready")
    save(client, " mine ", "state__exact=blocked")
    assert [row.query for row in SavedView.objects.all()] == ["state__exact=blocked"]


@pytest.mark.parametrize("name", ["", "   "])
def test_a_view_needs_a_name(name) -> None:
    client = desk()
    save(client, name)
    assert not SavedView.objects.exists()
    assert "Give the view a name." in text(client.get(LIST))


def test_it_is_its_owners_alone_unless_it_is_shared() -> None:
    view(owner="administrator", name="secret")
    view(owner="administrator", name="theirs", role=group("operator"))
    view(owner="administrator", name="ours", role=group("reviewer"))
    page = text(desk().get(LIST))
    assert "ours" in page
    assert "secret" not in page
    assert "theirs" not in page


def test_a_view_one_may_not_see_brings_no_columns() -> None:
    row = view(owner="administrator", columns=["k_code"])
    assert "k_code" not in heads(desk().get(f"{LIST}?view={row.pk}"))


@pytest.mark.parametrize("named", ["0", "x", "", "99999999999999999999"])
def test_a_view_that_is_not_there_breaks_nothing(named) -> None:
    make.proposal(state="ready", title="示例")
    assert names(desk().get(f"{LIST}?view={named}")) == ["示例"]


def test_one_shares_only_with_a_role_one_has() -> None:
    other, own = group("operator"), group("reviewer")
    client = desk()
    assert [role.label for role in client.get(LIST).context["zb_roles_to_share"]] == ["reviewer"]
    save(client, "a", role=other.pk)
    save(client, "b", role=own.pk)
    assert dict(SavedView.objects.values_list("name", "role")) == {"a": None, "b": own.pk}


def test_a_superuser_may_share_with_everybody() -> None:
    someone("operator")
    client = english(Client())
    client.force_login(make.user())
    assert len(client.get(LIST).context["zb_roles_to_share"]) == Group.objects.count()


def test_one_forgets_only_ones_own() -> None:
    theirs, mine = view(owner="administrator", role=group("reviewer")), view(name="own")
    client = desk()
    for row in (theirs, mine):
        client.post(reverse("admin:zbsync_proposal_forget_view", args=[row.pk]))
    assert list(SavedView.objects.all()) == [theirs]


def test_an_address_that_is_too_long_is_not_cut_in_the_middle() -> None:
    save(desk(), "long", "q=" + "x" * 2000)
    assert SavedView.objects.get().query == ""


def test_a_view_leads_nowhere_else() -> None:
    client = desk()
    answer = save(client, "x", "//evil.example/?next=http://evil.example")
    assert answer.url.startswith(LIST)
    assert choose(client, "mobile", query="http://evil.example").url.startswith(LIST)


def test_a_name_cannot_smuggle_markup_in() -> None:
    save(desk(), "<script>alert(1)</script>")
    assert "<script>alert" not in desk().get(LIST).content.decode()


def test_who_may_only_look_may_save_views_too() -> None:
    client = with_permissions("view_proposal")
    save(client, "mine", "state__exact=blocked")
    assert SavedView.objects.get().owner == User.objects.get(username="only")
