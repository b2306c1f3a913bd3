"""A sales admin's morning in a real Chromium: look, edit, approve, decline, many at once, on a phone, unscripted."""

import re

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.pipeline import reviewing
from zbsync.models import Proposal, Push

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/zbsync/proposal/?state__exact=ready"


def state_of(row: Proposal) -> str:
    return Proposal.objects.get(pk=row.pk).state


def test_one_click_a_contact(sit_down: Opened) -> None:
    rows = [reviewing.proposal(title=f"示例{number}") for number in (1, 2, 3)]
    page = sit_down(LIST)
    page.get_by_role("link", name="示例3").click()
    for number in (3, 2, 1):
        assert page.get_by_role("heading", level=1).inner_text() == f"示例{number}"
        page.get_by_role("button", name="Approve: create").click()
    page.get_by_text("Nothing here.").wait_for()
    assert page.url.endswith(LIST)
    assert {state_of(row) for row in rows} == {"approved"}


def test_declining_asks_why_and_goes_on(sit_down: Opened) -> None:
    following, row = reviewing.proposal(title="示例1"), reviewing.proposal(title="示例2")
    page = sit_down(LIST)
    page.get_by_role("link", name="示例2").click()
    page.locator(".zb-pop > summary").click()
    page.locator(".zb-pop__box").get_by_label("Duplicate").check()
    page.locator(".zb-pop__box").get_by_label("In your own words").fill("of 示例1")
    page.locator(".zb-pop__box").get_by_role("button", name="Decline").click()
    assert page.get_by_role("heading", level=1).inner_text() == "示例1"
    assert Proposal.objects.get(pk=row.pk).reason == "Duplicate: of 示例1"
    assert state_of(following) == "ready"


def test_a_field_is_edited_where_it_stands(sit_down: Opened) -> None:
    row = reviewing.proposal()
    page = sit_down(f"/admin/zbsync/proposal/{row.pk}/change/")
    line = page.locator("#f-intro")
    line.locator(".zb-edit > summary").click()
    line.get_by_label("new value").fill("wants two")
    line.get_by_label("reason").fill("Confirmed with the customer")
    line.get_by_role("button", name="Keep the edit").click()
    assert "edited" in page.locator("#f-intro").inner_text()
    assert Proposal.objects.get(pk=row.pk).payload["intro"] == "wants two"


def test_a_refused_value_is_still_in_the_box(sit_down: Opened) -> None:
    row = reviewing.proposal()
    page = sit_down(f"/admin/zbsync/proposal/{row.pk}/change/")
    line = page.locator("#f-khid")
    line.locator(".zb-edit > summary").click()
    line.get_by_label("new value").fill("W" * 51)
    line.get_by_label("reason").fill("Typing error")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        line.get_by_role("button", name="Keep the edit").click()
    assert answered.value.status == 422
    assert page.locator("#f-khid").get_by_label("new value").input_value() == "W" * 51
    assert "Shorten it" in page.locator(".messagelist").inner_text()


def test_several_candidates_are_compared_and_one_is_chosen(sit_down: Opened) -> None:
    reviewing.record(11, name="王小明", mobile="138-0000-0001")
    reviewing.record(12, name="王晓明", mobile="13800000001")
    row = reviewing.ambiguous()
    page = sit_down(f"/admin/zbsync/proposal/{row.pk}/change/")
    assert page.get_by_role("button", name=re.compile("^Approve")).count() == 0
    card = page.locator(".zb-candidate").filter(has_text="王晓明")
    card.get_by_role("button", name="This is the one").click()
    assert page.get_by_role("button", name="Approve: update").is_visible()
    assert Proposal.objects.get(pk=row.pk).target_ord == 12


def test_all_that_match_go_at_once(sit_down: Opened) -> None:
    for number in range(55):
        reviewing.proposal(title=f"示例{number}")
    page = sit_down(LIST)
    page.locator("#action-toggle").check()
    assert "50 of 50 selected" in page.locator(".action-counter").inner_text()
    page.get_by_text("Select all 55 that match").click()
    page.get_by_role("button", name="Approve", exact=True).click()
    assert "55" in page.locator(".zb-stat").first.inner_text()
    page.get_by_role("button", name="Approve 55").click()
    assert "55 proposals approved." in page.locator(".messagelist").inner_text()
    assert Push.objects.count() == 55


def test_it_works_without_a_script(sit_down: Opened) -> None:
    for number in range(51):
        reviewing.proposal(title=f"示例{number}")
    page = sit_down(LIST, script=False)
    page.locator("input[name=_selected_action]").first.check()
    page.get_by_label(re.compile("all 51 that match")).check()
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Approve 51").click()
    assert Push.objects.count() == 51


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_the_window(sit_down: Opened, size: tuple[int, int], theme: str) -> None:
    row = reviewing.ambiguous(title="一家名字很长很长很长很长很长很长很长很长很长很长的示例有限责任公司（华北分公司）")
    for path in (LIST, f"/admin/zbsync/proposal/{row.pk}/change/", f"/admin/zbsync/contact/{row.contact_id}/change/"):
        page = sit_down(path, size, theme=theme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_on_a_phone_the_verdict_is_always_in_reach(sit_down: Opened) -> None:
    row = reviewing.proposal()
    page = sit_down(f"/admin/zbsync/proposal/{row.pk}/change/", PHONE)
    page.locator(".zb-pop > summary").click()
    box = page.locator(".zb-pop__box").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE[0]
    page.locator(".zb-pop__box").get_by_label("Duplicate").check()
    page.locator(".zb-pop__box").get_by_role("button", name="Decline").click()
    assert state_of(row) == "rejected"


def test_nothing_is_asked_of_another_host(sit_down: Opened, live_server) -> None:
    row = reviewing.proposal()
    page = sit_down(LIST)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/admin/zbsync/proposal/{row.pk}/change/")
    page.wait_for_load_state("networkidle")
    assert asked
    assert all(url.startswith((live_server.url, "data:")) for url in asked)
