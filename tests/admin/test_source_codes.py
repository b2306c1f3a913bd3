"""The page of source codes: what is to be decided, with what it holds; real options; a choice frees its contacts."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import desk, text, with_permissions
from tests.models import make
from zbsync.models import Contact, Entry, ErpConnection, Option, Proposal, SourceCode
from zbsync.pipeline import bootstrap, propose

pytestmark = pytest.mark.django_db
URL = "/admin/zbsync/sourcecode/"


@pytest.fixture(autouse=True)
def erp() -> ErpConnection:
    connection = make.erp(surveyed_at=timezone.now())
    make.options(connection)
    bootstrap.seed()
    return connection


def held(channel: str, count: int = 1) -> None:
    """Contacts of a channel, through gate and mapping."""
    for _ in range(count):
        make.contact(channel=channel)
    propose.drain()


def board(role: str = "mapper", query: str = "") -> Any:
    return desk(role).get(URL + query).context["board"]


def holding() -> list[tuple[str, int]]:
    """The channels of the inbox that hold somebody, in their order."""
    return [(row.channel, row.held) for row in board().inbox if row.held]


def choose(channels: dict[str, str], role: str = "mapper", **more: str) -> Any:
    rows = {f"option-{row.pk}": channels[row.channel] for row in SourceCode.objects.all() if row.channel in channels}
    return desk(role).post(URL, {"connection": make.erp().pk, **rows, **more})


def test_an_undecided_channel_says_how_many_contacts_it_holds() -> None:
    held("抖音", 3)
    held("微信")
    assert holding() == [("抖音", 3)]
    assert "3 contacts are held" in text(desk("mapper").get(URL))


def test_the_channel_met_last_stands_first() -> None:
    held("抖音")
    held("小红书")
    SourceCode.objects.filter(channel="抖音").update(met_at=timezone.now() - timedelta(days=3))
    assert holding() == [("小红书", 1), ("抖音", 1)]
    assert [row.held > 0 for row in board().inbox] == [True, True, False, False], "who holds nobody can wait"


def test_the_options_are_those_of_this_erp() -> None:
    other = make.erp(name="other")
    make.options(other, ly={"展会": "9"})
    SourceCode.objects.create(connection=other, channel="抖音")
    page = desk("mapper").get(f"{URL}?connection={other.pk}")
    assert page.context["board"].options == ["展会"]
    assert "<option>展会</option>" in page.content.decode()
    assert "网站注册" not in page.content.decode()


def test_wechat_has_the_source_of_its_name_by_itself() -> None:
    held("微信")
    (row,) = [row for row in board().decided if row.channel == "微信"]
    assert (row.option, row.by_default) == ("微信咨询", True)


def test_wechat_without_such_a_source_waits_for_a_person() -> None:
    Option.objects.filter(label="微信咨询").delete()
    SourceCode.objects.all().delete()
    held("微信")
    assert holding() == [("微信", 1)]


def test_a_choice_frees_the_contacts_of_its_channel_and_no_others() -> None:
    held("抖音", 3)
    held("微信", 2)
    page = choose({"抖音": "朋友介绍"})
    assert page.url.endswith("&watch=1")
    assert SourceCode.objects.get(channel="抖音").option == "朋友介绍"
    assert set(Contact.objects.due().values_list("channel", flat=True)) == {"抖音"}
    propose.drain()
    assert Proposal.objects.open().filter(channel="抖音", has_errors=False, payload__ly="172").count() == 3


def test_the_entry_names_channel_option_and_whoever_chose() -> None:
    held("抖音", 2)
    choose({"抖音": "朋友介绍", "微信": "微信咨询"})
    entry = Entry.objects.get(verb="source_code.choose")
    assert entry.actor is not None
    assert entry.before == {"channel": "抖音", "option": ""}
    assert entry.after == {"channel": "抖音", "option": "朋友介绍", "due_again": 2}
    assert SourceCode.history.filter(channel="抖音").count() == 1  # type: ignore[attr-defined]


def test_progress_counts_up_and_the_page_renews_itself_only_then() -> None:
    held("抖音", 4)
    choose({"抖音": "朋友介绍"})
    page = desk("mapper").get(f"{URL}?watch=1")
    assert "Refresh" in page
    assert "0 of 4 contacts" in text(page)
    assert "Refresh" not in desk("mapper").get(URL), "a reload would empty the form"
    Contact.objects.filter(pk__in=Contact.objects.due().values("pk")[:1]).update(proposed_version=1)
    assert "1 of 4 contacts" in text(desk("mapper").get(f"{URL}?watch=1"))
    propose.drain()
    page = desk("mapper").get(f"{URL}?watch=1")
    assert "Refresh" not in page
    assert "To be decided" in text(page)


def test_what_the_erp_does_not_have_is_refused() -> None:
    held("抖音")
    page = choose({"抖音": "没有这个来源"})
    assert SourceCode.objects.get(channel="抖音").option == ""
    assert "no such customer source" in text(desk("mapper").get(page.url)) or page.status_code == 302
    assert not Contact.objects.due().exists()


def test_nothing_changed_judges_nobody_again() -> None:
    held("微信")
    assert "watch" not in choose({"微信": "微信咨询"}).url
    assert not Contact.objects.due().exists()
    assert not Entry.objects.filter(verb="source_code.choose").exists()


def test_a_channel_may_be_decided_before_anybody_comes_by_it() -> None:
    choose({}, channel=" 展会 ", option="朋友介绍")
    assert SourceCode.objects.get(channel="展会").option == "朋友介绍"
    held("展会")
    assert Proposal.objects.open().get(channel="展会").payload["ly"] == "172"


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_look_and_do_not_choose(role: str) -> None:
    held("抖音")
    page = desk(role).get(URL)
    assert "<select" not in page.content.decode()
    assert "to be decided" in text(page)
    assert choose({"抖音": "朋友介绍"}, role).status_code == 403
    assert SourceCode.objects.get(channel="抖音").option == ""


def test_who_may_not_see_it_does_not() -> None:
    assert with_permissions("view_contact").get(URL).status_code == 403


def test_looking_changes_nothing() -> None:
    held("抖音")
    before = list(SourceCode.objects.values_list())
    board(query="?watch=1")
    assert list(SourceCode.objects.values_list()) == before


# Options that vanish


def lose(label: str) -> None:
    Option.objects.filter(label=label).update(retired_at=timezone.now())


def test_a_source_that_vanished_is_to_be_decided_again_and_says_so() -> None:
    lose("微信咨询")
    held("微信", 2)
    row = board().inbox[0]
    assert (row.channel, row.lost, row.held) == ("微信", True, 2)
    assert "the ERP no longer has “微信咨询”" in text(desk("mapper").get(URL))


def test_its_contacts_are_held_by_a_sentence_that_says_the_mend() -> None:
    lose("微信咨询")
    held("微信")
    row = Proposal.objects.open().get()
    assert row.cause == "mapping.option_retired"
    page = text(desk().get(reverse("admin:zbsync_proposal_change", args=[row.pk])))
    assert "the ERP no longer has the option “微信咨询”" in page
    assert "run a survey" in page


def test_an_untouched_row_keeps_what_vanished_and_another_choice_frees() -> None:
    lose("微信咨询")
    held("微信")
    assert "watch" not in choose({"微信": "微信咨询"}).url
    choose({"微信": "朋友介绍"})
    propose.drain()
    assert Proposal.objects.open().get().payload["ly"] == "172"


@pytest.mark.parametrize("url", [URL.replace("sourcecode", "valuemap"), "/admin/zbsync/mapping/"])
def test_a_pair_that_leads_nowhere_shows_on_the_page_of_its_rule(url: str) -> None:
    lose("较高")
    client = desk("mapper")
    row = client.get(url).context["cl"].queryset.first()
    page = text(client.get(f"{url}{row.pk}/change/"))
    assert "the ERP no longer has the option “较高”" in page
    assert "erp ·" in page


def test_a_value_map_s_row_says_that_something_is_gone() -> None:
    url = reverse("admin:zbsync_valuemap_changelist")
    assert "all there" in text(desk("mapper").get(url))
    lose("较高")
    assert "1 gone" in text(desk("mapper").get(url))


def test_rules_that_name_what_is_there_have_no_finding() -> None:
    assert "no longer has" not in text(desk("mapper").get("/admin/zbsync/mapping/1/change/"))


# The connection's page


def test_a_connection_s_page_says_how_old_the_copy_is(erp: ErpConnection) -> None:
    make.erp_record(7)
    make.erp_person(8)
    page = text(desk("operator").get(reverse("admin:zbsync_erpconnection_change", args=[erp.pk])))
    assert "fresh" in page
    assert "1 customers, 1 of them read in full; 1 contact persons" in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"part": "customers", "pages_done": 3, "pages": 9}, "customers: page 3 of 9"),
        ({"part": "persons", "pages_done": 1, "pages": 2, "until": timezone.now() + timedelta(days=1)}, "reading"),
        ({"part": "persons"}, "cut off; goes on by itself"),
        ({"wanted_at": timezone.now()}, "asked for"),
        ({"cause": "erp.not_json", "part": "customers"}, "stopped"),
    ],
)
def test_and_how_far_a_survey_is(erp: ErpConnection, state: dict[str, Any], said: str) -> None:
    survey = erp.survey
    for name, value in {"started_at": timezone.now(), **state}.items():
        setattr(survey, name, value)
    survey.token = "0" * 32 if survey.until else None
    survey.save()
    assert said in text(desk("operator").get(reverse("admin:zbsync_erpconnection_change", args=[erp.pk])))


def test_an_operator_asks_for_a_survey(erp: ErpConnection) -> None:
    form = {"action": "read_again", "_selected_action": [erp.pk]}
    desk("operator").post(reverse("admin:zbsync_erpconnection_changelist"), form)
    erp.survey.refresh_from_db()
    assert erp.survey.wanted_at is not None
    assert Entry.objects.filter(verb="survey.ask", subject_id=erp.pk).count() == 1


def test_a_customer_s_page_names_its_contact_persons() -> None:
    row = make.erp_record(7, name="示例公司")
    make.erp_person(8, customer=7, name="李示例", mobile="13800001111")
    make.erp_person(9, customer=7, name="走了的", gone_at=make.NOW)
    page = text(desk("mapper").get(reverse("admin:zbsync_erprecord_change", args=[row.pk])))
    assert "李示例 · 138****1111" in page
    assert "走了的" not in page
