"""Source codes beside the rules that read them: chosen on the version's page as on their own, refused to others."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import text, with_permissions
from tests.admin.workbench.desk import english
from tests.models import make
from zbsync.models import Contact, Entry, ErpConnection, Mapping, MappingRule, SourceCode
from zbsync.pipeline import bootstrap, propose

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def erp() -> ErpConnection:
    found = make.erp(surveyed_at=timezone.now())
    make.options(found)
    bootstrap.seed()
    for channel in ("抖音", "抖音", "微信"):
        make.contact(channel=channel)
    propose.drain()
    return found


def lookups() -> str:
    return reverse("admin:zbsync_mapping_maps", args=[Mapping.objects.get(state="published").pk])


def form(
    erp: ErpConnection, option: str, *, was: str | None = "", channel: str = "抖音", **more: str
) -> dict[str, Any]:
    """The box of one connection as a browser sends it; `was` None is a form that does not tell what it showed."""
    row = SourceCode.objects.get(connection=erp, channel=channel)
    shown = {} if was is None else {f"was-{row.pk}": was}
    return {"connection": erp.pk, f"option-{row.pk}": option, **shown, **more}


def test_the_page_shows_what_is_undecided_with_the_options_of_this_erp(erp: ErpConnection) -> None:
    page = english().get(lookups())
    shown = text(page)
    assert "Source codes · erp" in shown
    assert "2 contacts are held" in shown
    assert "To be decided" in shown
    assert "抖音 2" in shown
    assert "<option>朋友介绍</option>" in page.content.decode()
    assert "<option selected>微信咨询</option>" in page.content.decode()


def test_a_choice_is_kept_where_the_rules_are_and_frees_its_contacts(erp: ErpConnection) -> None:
    page = english().post(lookups(), form(erp, "朋友介绍", reason="市场部定的"), follow=True)
    assert page.redirect_chain[0][0] == lookups()
    assert "1 channel was saved." in text(page)
    assert "Show progress" in text(page)
    assert SourceCode.objects.get(channel="抖音").option == "朋友介绍"
    assert set(Contact.objects.due().values_list("channel", flat=True)) == {"抖音"}
    entry = Entry.objects.get(verb="source_code.choose")
    assert (entry.reason, entry.after) == ("市场部定的", {"channel": "抖音", "option": "朋友介绍", "due_again": 2})
    propose.drain()
    assert "are held" not in text(english().get(lookups()))


def test_what_the_erp_does_not_have_is_refused(erp: ErpConnection) -> None:
    assert "no such customer source" in text(english().post(lookups(), form(erp, "没有"), follow=True))
    assert SourceCode.objects.get(channel="抖音").option == ""


def test_a_page_shown_earlier_does_not_take_back_a_colleagues_choice(erp: ErpConnection) -> None:
    SourceCode.objects.filter(channel="抖音").update(option="朋友介绍")
    assert "Nothing was changed." in text(english().post(lookups(), form(erp, "", was=""), follow=True))
    assert SourceCode.objects.get(channel="抖音").option == "朋友介绍"
    english().post(lookups(), form(erp, "", was="朋友介绍"))
    assert SourceCode.objects.get(channel="抖音").option == "", "that was chosen"


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_read_and_choose_nothing(erp: ErpConnection, role: str) -> None:
    client = english(role)
    page = client.get(lookups())
    assert "to be decided" in text(page)
    assert "<select name=" not in page.content.decode()
    assert client.post(lookups(), form(erp, "朋友介绍")).status_code == 403
    assert SourceCode.objects.get(channel="抖音").option == ""


def test_who_may_not_see_source_codes_sees_the_value_maps_alone(erp: ErpConnection) -> None:
    client = with_permissions("view_valuemap", "view_mapping")
    page = client.get(lookups())
    assert page.status_code == 200
    assert "抖音" not in text(page)
    assert client.post(lookups(), form(erp, "朋友介绍")).status_code == 403


def test_a_version_whose_rules_read_none_shows_none(erp: ErpConnection) -> None:
    MappingRule.objects.filter(transform="source_code").delete()
    assert "抖音" not in text(english().get(lookups()))
    assert english().post(lookups(), form(erp, "朋友介绍")).status_code == 403


def test_every_connection_has_its_box_with_its_own_options(erp: ErpConnection) -> None:
    other = make.erp(name="other")
    make.options(other, ly={"展会": "9"})
    SourceCode.objects.create(connection=other, channel="抖音")
    assert "Source codes · other" in text(english().get(lookups()))
    english().post(lookups(), form(other, "展会"))
    options = SourceCode.objects.filter(channel="抖音").order_by("connection__name").values_list("option", flat=True)
    assert list(options) == ["", "展会"]


def test_without_a_survey_there_is_nothing_to_choose(erp: ErpConnection) -> None:
    make.erp(name="new")
    shown = text(english().get(lookups()))
    assert "The customer sources of new are not known yet" in shown
    assert "No channel was met yet." in shown


def test_the_page_asks_the_same_however_many_channels(erp: ErpConnection) -> None:
    client = english()

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(lookups())
        return len(seen)

    few = asked()
    for number in range(15):
        make.contact(channel=f"渠道{number}")
    propose.drain()
    assert asked() == few
