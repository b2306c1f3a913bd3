"""The catalogue page: all that can be said to the ERP, for whom it is meant, found by a word, linked row by row."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import browser
from tests.models import make
from zbsync.admin.erp import catalogue, targets
from zbsync.erp.catalogue import ENUMS, FIELDS, OPERATIONS
from zbsync.models import Mapping, Option
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db

PAGE = "/admin/zbsync/catalogue/"


@pytest.fixture
def mapper() -> Client:
    made = browser("mapper")
    made.cookies["django_language"] = "en"
    return made


def page(client: Client, **query: str) -> str:
    answer = client.get(PAGE, query)
    assert answer.status_code == 200
    return answer.content.decode()


def anchors(text: str) -> list[str]:
    return re.findall(r'id="([^"]+)"', text)


def opened(text: str) -> list[str]:
    """The operations that are unfolded."""
    return re.findall(r'<details class="zb-op" id="([^"]+)" open', text)


@pytest.mark.parametrize(
    ("role", "status"),
    [("mapper", 200), ("operator", 200), ("auditor", 200), ("administrator", 200), ("reviewer", 403), ("", 403)],
)
def test_it_opens_for_whom_it_is_meant_and_the_menu_knows(role: str, status: int) -> None:
    client = browser(role)
    assert client.get(PAGE).status_code == status
    assert (f'href="{PAGE}"' in client.get(reverse("admin:index")).content.decode()) is (status == 200)


def test_a_stranger_is_sent_to_the_login() -> None:
    assert "login" in Client().get(PAGE)["Location"]


def test_every_operation_and_every_field_has_its_place_once(mapper: Client) -> None:
    found = anchors(page(mapper))
    assert len(found) == len(set(found)), "an anchor stands twice"
    for operation in OPERATIONS.values():
        assert operation.name in found
        assert {f"{operation.name}.{name}" for name in operation.asked} <= set(found)
        answers = {name: f"{operation.name}.answer.{name}" for name in operation.answered}
        assert all({answers[name], f"{operation.name}.{name}"} & set(found) for name in answers), operation.name


def test_every_operation_stands_in_one_group() -> None:
    for operation in OPERATIONS.values():
        assert [code for code, _title, fits in catalogue.GROUPS if fits(operation)] != [], operation.name
        assert sum(fits(operation) for _code, _title, fits in catalogue.GROUPS) == 1, operation.name


def test_paths_command_word_answer_and_certainty_are_told(mapper: Client) -> None:
    text = page(mapper, q="assign")
    for told in ("/sysa/mobilephone/systemmanage/order.asp?datatype=tel", "__sys_dosave", "a sentence",
                 "seen at a real ERP", "member1", "指派方式"):  # fmt: skip
        assert told in text, told
    assert all(f"{code}</span> {label}" in text for label, code in ENUMS["assign"].items())


def test_an_operation_without_a_page_of_its_own_says_where_it_comes_from(mapper: Client) -> None:
    assert "follow_up_list" in page(mapper, q="list_follow_ups")


def test_a_field_shows_the_dictionary_of_this_erp(mapper: Client) -> None:
    assert "not surveyed yet" in page(mapper, q="save_unit")
    make.options(make.erp())
    text = page(mapper, q="save_unit")
    assert re.search(r'/admin/zbsync/vocabulary/\d+/change/">customer source</a> <small[^>]*>3 entries', text)


def test_a_retired_option_is_not_counted(mapper: Client) -> None:
    make.options(make.erp())
    Option.objects.filter(path="网站注册").update(retired_at=make.NOW)
    assert re.search(r"customer source</a> <small[^>]*>2 entries", page(mapper, q="save_unit"))


@pytest.mark.parametrize(("sought", "first", "unfolded"), [
    ("listprice", "", []),
    ("weixinAcc", "allocate_unit", ["save_unit", "save_person"]),
    ("客户指派", "assign", []),
    ("takeback.asp", "take_back", []),
    ("onsave", "approve", []),
])  # fmt: skip
def test_it_is_searched_by_name_caption_command_address_and_field(
    mapper: Client, sought: str, first: str, unfolded: list[str]
) -> None:
    text = page(mapper, q=sought)
    names = re.findall(r'<details class="zb-op" id="([^"]+)"', text)
    assert names[:1] == ([first] if first else [])
    assert set(unfolded) <= set(opened(text))
    assert ("No operation and no field fits" in text) == (first == "")


def test_a_search_for_a_field_shows_that_field_alone(mapper: Client) -> None:
    text = page(mapper, q="weixinAcc")
    assert "save_unit.weixinAcc" in anchors(text)
    assert "save_unit.name" not in anchors(text)
    assert "more fields do not fit the search" in text


def test_the_folder_that_all_addresses_share_fits_nothing(mapper: Client) -> None:
    assert 'id="take_back"' not in page(mapper, q="mobile")


def test_what_was_typed_cannot_break_out(mapper: Client) -> None:
    assert "<script>alert" not in page(mapper, q='"><script>alert(1)</script>')


def test_it_costs_the_same_however_many_dictionaries_there_are(mapper: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            page(mapper)
        return len(seen)

    page(mapper)
    few = queries()
    for name in ("one", "two"):
        make.options(make.erp(name=name))
    assert queries() == few < 10


@pytest.mark.parametrize("target", sorted(FIELDS))
def test_the_link_of_a_field_leads_to_its_row(target: str) -> None:
    operation, _, anchor = catalogue.link(target).partition("#")[2].partition(".")
    assert anchor == target
    assert target in OPERATIONS[operation].asked
    assert f"?open={operation}#" in catalogue.link(target)


def test_the_linked_operation_is_unfolded(mapper: Client) -> None:
    assert opened(page(mapper, open="save_unit")) == ["save_unit"]


def draft() -> Mapping:
    bootstrap.seed()
    return publish.draft(Mapping.objects.get(state="published"), make.user())


def editor(client: Client, row: Mapping) -> str:
    client.cookies["django_language"] = "en"
    return client.get(reverse("admin:zbsync_mapping_change", args=[row.pk])).content.decode()


def test_the_editor_offers_fields_with_type_length_and_options_of_this_erp(mapper: Client) -> None:
    row = draft()
    make.options(make.erp())
    text = editor(mapper, row)
    assert "客户名称 (name) · text ≤ 100" in text
    assert 'list="zb-options-ly"' in text
    assert '<datalist id="zb-options-ly"><option value="微信咨询">' in text
    assert "意向客户/初步接触、意向客户/需求确认" in text
    assert f'href="{catalogue.link("khid")}"' in text


def test_an_inactive_connection_lends_no_options(mapper: Client) -> None:
    make.options(make.erp(is_active=False))
    assert targets.options() == {}


def test_a_long_dictionary_is_not_suggested() -> None:
    known = {"ly": ["a"], "area": [f"{number}" for number in range(401)], "follow_up": ["x"]}
    assert targets.suggested(known) == {"ly": ["a"]}
    (area,) = [one for one in targets.offered(known) if one.name == "area"]
    assert (len(area.options), area.more) == (5, 396)


@pytest.mark.parametrize(("role", "linked"), [("auditor", True), ("reviewer", False)])
def test_a_published_version_links_its_fields_for_who_may_follow(role: str, linked: bool) -> None:
    bootstrap.seed()
    text = editor(browser(role), Mapping.objects.get(state="published"))
    assert "客户名称 (name)" in text
    assert (f'href="{PAGE}' in text) is linked


def test_the_editor_asks_no_question_per_field(mapper: Client) -> None:
    row = draft()

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            editor(mapper, row)
        return sum("zbsync_option" in one["sql"] for one in seen)

    make.options(make.erp(), ly={"微信咨询": "181"})
    few = asked()
    make.options(make.erp(), jz={"很高": "175", "较高": "289"}, trade={"印刷": "139"}, area={"华北": "10"})
    assert asked() == few <= 2
