"""The workbench as a mapper uses it: draft, see the result while typing, preview, publish, go back."""

import re

import pytest

from tests.browser.conftest import PHONE, Opened
from tests.models import make
from zbsync.models import Mapping
from zbsync.pipeline import bootstrap, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VERSION = "/admin/zbsync/mapping/{}/change/"


@pytest.fixture
def first() -> Mapping:
    make.options(make.erp())
    bootstrap.seed()
    make.contact(name="王小明", notes="老客户", remark="加急", email="a@b.example")
    make.contact(name="李示例", notes="新客户", remark="不急")
    return Mapping.objects.get()


def card(page, target: str):
    """The card of the rule that fills a field, once the page is whole."""
    page.wait_for_load_state()
    for place in range(page.locator("#rules > fieldset").count()):
        one = page.locator("#rules > fieldset").nth(place)
        if one.locator("[name$=-target]").input_value() == target:
            return one
    raise AssertionError(target)


def test_the_whole_way_from_a_draft_and_back(sit_down: Opened, first: Mapping) -> None:
    page = sit_down(VERSION.format(first.pk), role="mapper")
    page.get_by_role("button", name="Draft the next version").click()
    notes = card(page, "intro")
    notes.locator("[name$=-source]").fill("remark")
    notes.get_by_text("now: 老客户").wait_for()
    assert "加急" in notes.locator(".zb-rule__out").inner_text()
    page.get_by_role("button", name="Save and preview").click()
    page.get_by_text("0 of 0 contacts").wait_for()
    publish.drain_previews()
    page.get_by_text("Kinds of change").first.wait_for(timeout=15_000)
    assert "新客户 → 不急" in page.locator("main").inner_text()
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Why this version is put in force").fill("备注栏更准")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("Published. Contacts are being mapped again.").wait_for()
    assert Mapping.objects.get(state="published").rules.get(target="intro").source == "remark"
    page.goto(page.url.partition("/admin/")[0] + VERSION.format(first.pk))
    page.get_by_role("button", name="Go back to this version").click()
    page.get_by_text("Draft made.").wait_for()
    assert card(page, "intro").locator("[name$=-source]").input_value() == "notes"


def test_what_is_wrong_is_said_beside_its_field_while_somebody_types(sit_down: Opened, first: Mapping) -> None:
    draft = publish.draft(first, make.user())
    page = sit_down(VERSION.format(draft.pk), role="mapper")
    email = card(page, "email")
    source = email.locator("[name$=-source]")
    source.fill("nix")
    email.get_by_text("“nix” in “nix” is not a field of a contact").wait_for()
    assert source.get_attribute("aria-invalid") is not None
    source.fill("email")
    email.get_by_text("is not a field").wait_for(state="detached")
    assert source.get_attribute("aria-invalid") is None
    email.locator("[name$=-transform]").select_option("cut")
    email.get_by_text("how many: 20").wait_for()
    email.get_by_text("the argument “” does not fit").wait_for()
    assert draft.rules.get(target="email").transform == "strip"


def test_a_rule_is_added_and_another_removed(sit_down: Opened, first: Mapping) -> None:
    draft = publish.draft(first, make.user())
    page = sit_down(VERSION.format(draft.pk), role="mapper")
    card(page, "email").get_by_label("Remove").check()
    page.get_by_role("button", name="Another rule").click()
    added = page.locator("#rules > fieldset").last
    added.locator("[name$=-target]").select_option("c2")
    added.locator("[name$=-source]").fill("summary")
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("Draft saved: 2 rules changed.").wait_for()
    targets = set(draft.rules.values_list("target", flat=True))
    assert "c2" in targets
    assert "email" not in targets


def test_it_works_without_a_script_and_on_a_phone(sit_down: Opened, first: Mapping) -> None:
    draft = publish.draft(first, make.user())
    page = sit_down(VERSION.format(draft.pk), PHONE, script=False, role="mapper")
    card(page, "intro").locator("[name$=-source]").fill("remark")
    page.get_by_role("button", name="Try without saving").click()
    assert "now: 老客户" in card(page, "intro").locator(".zb-rule__out").inner_text()
    assert draft.rules.get(target="intro").source == "notes"
    width = re.search(r"\d+", page.locator("#draft").evaluate("(form) => `${form.scrollWidth}`"))
    assert width
    assert int(width[0]) <= PHONE[0]
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_text("Draft saved: 1 rule changed.").wait_for()
