"""The inbox and the value maps of a version as pages: decided where it is seen, refused to who may not, told beside."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.desk import text
from tests.admin.workbench.desk import english
from tests.models import make
from tests.pipeline.publish.drafting import with_trades
from zbsync.models import Contact, Mapping, MappingRule, ValueMapEntry
from zbsync.pipeline import propose

pytestmark = pytest.mark.django_db
INBOX = "/admin/zbsync/mapping/unmapped/"


@pytest.fixture(autouse=True)
def installed() -> None:
    with_trades()


@pytest.fixture
def held() -> Contact:
    contact = make.contact(extra={"trade": "机械"})
    propose.drain()
    return contact


def maps() -> str:
    return reverse("admin:zbsync_mapping_maps", args=[Mapping.objects.get(state="published").pk])


def pairs() -> dict[str, str]:
    return dict(ValueMapEntry.objects.filter(value_map__name="trades").values_list("key", "value"))


def test_a_value_is_decided_where_it_is_seen(held: Contact) -> None:
    shown = english().get(INBOX)
    assert "机械 1" in text(shown)
    assert "<option>制造业</option>" in shown.content.decode()
    answer = english().post(INBOX, {"map": "trades", "key": ["机械", "食品"], "value": ["制造业", ""]}, follow=True)
    assert "1 value was given its pair." in text(answer)
    assert pairs() == {"印刷": "印刷业", "机械": "制造业"}
    propose.drain()
    assert "Nothing is unmapped." in text(english().get(INBOX))


def test_nothing_chosen_changes_nothing(held: Contact) -> None:
    assert "Nothing was chosen." in text(
        english().post(INBOX, {"map": "trades", "key": "机械", "value": ""}, follow=True)
    )
    assert pairs() == {"印刷": "印刷业"}


def test_a_map_that_is_gone_is_said(held: Contact) -> None:
    page = english().post(INBOX, {"map": "nothing", "key": "a", "value": "b"}, follow=True)
    assert "no such value map" in text(page)


def test_what_cannot_be_kept_is_said(held: Contact) -> None:
    page = english().post(INBOX, {"map": "trades", "key": "a", "value": "x" * 201}, follow=True)
    assert "at most 200 characters" in text(page)
    assert pairs() == {"印刷": "印刷业"}


def test_channels_and_names_that_are_no_option_lead_to_their_pages() -> None:
    make.contact(channel="抖音")
    ValueMapEntry.objects.filter(key="90").update(value="极高")
    make.contact(score=95.0)
    propose.drain()
    shown = text(english("reviewer").get(INBOX))
    assert "Channels without a customer source" in shown
    assert "抖音 1" in shown
    assert "极高 价值评估 value grade 1" in shown


def test_bounds_are_not_decided_value_by_value() -> None:
    ValueMapEntry.objects.filter(key="").delete()
    make.contact(score=1.0, extra={})
    english("mapper")
    from zbsync.models import GateSetting

    GateSetting.objects.update(is_enabled=False)
    propose.drain()
    shown = english().get(INBOX).content.decode()
    assert "score_to_jz" in shown
    assert 'name="key"' not in shown


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor"])
def test_others_see_the_inbox_and_decide_nothing(held: Contact, role: str) -> None:
    client = english(role)
    assert 'name="value"' not in client.get(INBOX).content.decode()
    assert client.post(INBOX, {"map": "trades", "key": "机械", "value": "制造业"}).status_code == 403
    assert client.post(maps(), {"map": "trades", "key": "a", "value": "b"}).status_code == 403
    assert pairs() == {"印刷": "印刷业"}
    assert english("").get(INBOX).status_code == 403
    assert english("").get(maps()).status_code == 403


def test_pairs_are_edited_where_the_version_is_read(held: Contact) -> None:
    shown = english().get(maps()).content.decode()
    assert 'value="印刷业"' in shown
    assert "from this number on" in shown
    form = {"map": "trades", "key": ["印刷", "机械", "", ""], "value": ["包装业", "制造业", "", ""], "reason": "新"}
    assert "2 pairs changed." in text(english().post(maps(), form, follow=True))
    assert pairs() == {"印刷": "包装业", "机械": "制造业"}
    assert Contact.objects.due().count() == 1


def test_a_wrong_pair_has_its_error_beside_it_and_what_was_typed_stays() -> None:
    form = {"map": "trades", "key": ["印刷", "印刷"], "value": ["a", "b"]}
    shown = english().post(maps(), form).content.decode()
    assert "stands there twice" in shown
    assert shown.count('aria-invalid="true"') == 1
    assert 'value="b"' in shown
    assert pairs() == {"印刷": "印刷业"}


def test_a_map_somebody_else_changed_is_not_written_over() -> None:
    form = {"map": "trades", "seen": "0" * 64, "key": ["印刷"], "value": ["a"]}
    assert "Somebody changed this value map" in text(english().post(maps(), form))
    assert "no such value map" in text(english().post(maps(), {**form, "map": "x"}, follow=True))
    assert pairs() == {"印刷": "印刷业"}


def test_the_same_pairs_again_say_so() -> None:
    form = {"map": "trades", "key": ["印刷"], "value": ["印刷业"]}
    assert "Nothing changed." in text(english().post(maps(), form, follow=True))


def test_a_version_without_value_maps_says_so() -> None:
    MappingRule.objects.filter(transform="value_map").delete()
    assert "No rule of this version uses a value map." in text(english().get(maps()))


def test_the_pages_ask_the_same_whatever_they_show(held: Contact) -> None:
    client = english()

    def asked(url: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        return len(seen)

    few = asked(INBOX), asked(maps())
    for number in range(15):
        make.contact(extra={"trade": f"行业{number}"})
    propose.drain()
    assert (asked(INBOX), asked(maps())) == few
    assert max(few) < 40
