"""Triage by keyboard alone, in a real Chromium, as somebody does it who has three hundred contacts before lunch."""

import pytest

from tests.admin.people import someone
from tests.browser.conftest import PHONE, SHUT, Opened
from tests.pipeline import reviewing
from zbsync.models import Proposal, Push

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/zbsync/proposal/?state__exact=ready"
FOCUSED = "document.activeElement.innerText"


def some(count: int) -> list[Proposal]:
    """The first is on top of the list."""
    return [reviewing.proposal(title=f"示例{number}") for number in reversed(range(count))][::-1]


def states(rows) -> list[str]:
    found = dict(Proposal.objects.values_list("pk", "state"))
    return [found[row.pk] for row in rows]


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def settled(page, row: Proposal, state: str) -> None:
    """Wait until a decision has arrived, as long as it takes on a slow machine."""
    for _ in range(100):
        if states([row]) == [state]:
            return
        page.wait_for_timeout(50)
    assert states([row]) == [state]


def at(page, title: str) -> None:
    page.get_by_role("heading", level=1, name=title, exact=True).wait_for()


def test_the_list_is_gone_through_without_a_mouse(sit_down: Opened) -> None:
    rows = some(4)
    page = sit_down(LIST)
    press(page, "j", "j", "k")
    assert page.evaluate(FOCUSED) == "示例0"
    press(page, "a")
    assert page.evaluate(FOCUSED) == "示例1"
    settled(page, rows[0], "approved")
    press(page, "r")
    page.locator("#zb-why[open]").wait_for()
    press(page, "2", "Enter")
    settled(page, rows[1], "rejected")
    assert page.evaluate(FOCUSED) == "示例2"
    assert Proposal.objects.get(pk=rows[1].pk).reason == "Duplicate"
    assert states(rows[2:]) == ["ready", "ready"]
    assert page.locator("tr.zb-done").count() == 2


def test_a_row_is_ticked_and_the_search_is_reached(sit_down: Opened) -> None:
    some(3)
    page = sit_down(LIST)
    press(page, "j", "x", "j", "x")
    assert page.locator("input.action-select:checked").count() == 2
    press(page, "/")
    assert page.evaluate("document.activeElement.id") == "searchbar"
    page.keyboard.type("aj")
    assert page.locator("#searchbar").input_value() == "aj"
    press(page, "Escape", "j")
    assert page.evaluate(FOCUSED) == "示例2"


def test_the_screen_follows_one_after_the_other(sit_down: Opened) -> None:
    rows = some(4)
    page = sit_down(LIST)
    press(page, "j", "Enter")
    at(page, "示例0")
    press(page, "a")
    at(page, "示例1")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    press(page, "j")
    at(page, "示例2")
    press(page, "k")
    at(page, "示例1")
    press(page, "r", "1", "Enter")
    at(page, "示例2")
    settled(page, rows[1], "rejected")
    press(page, "a")
    at(page, "示例3")
    settled(page, rows[2], "approved")
    press(page, "a")
    page.locator(".zb-empty").wait_for()
    assert states(rows) == ["approved", "rejected", "approved", "approved"]


def test_the_next_screen_is_there_before_it_is_asked_for(sit_down: Opened) -> None:
    rows = some(3)
    page = sit_down(f"/admin/zbsync/proposal/{rows[0].pk}/change/?_changelist_filters=state__exact%3Dready")
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with SHUT:
        press(page, "j")
        at(page, "示例1")
    assert not [url for url in asked if f"/{rows[1].pk}/change/" in url and "presence" not in url]


def test_the_last_decision_is_taken_back(sit_down: Opened) -> None:
    rows = some(3)
    page = sit_down(LIST)
    press(page, "j", "a")
    settled(page, rows[0], "approved")
    press(page, "u")
    page.locator("#zb-told", has_text="Taken back.").wait_for()
    assert page.locator("tr.zb-undone").count() == 1
    press(page, "u")
    page.locator("#zb-told", has_text="Nothing was decided here").wait_for()


def test_a_decision_whose_answer_is_still_on_its_way_is_taken_back_too(sit_down: Opened) -> None:
    rows = some(2)
    page = sit_down(LIST)
    with SHUT:
        press(page, "j", "a", "u")
        assert page.locator("#zb-told", has_text="Nothing was decided here").count() == 0
    page.locator("#zb-told", has_text="Taken back.").wait_for()
    assert page.locator("tr.zb-undone").count() == 1
    assert Push.objects.get(proposal=rows[0]).state == "cancelled"


def test_what_was_refused_is_told_with_the_way_back(sit_down: Opened) -> None:
    rows = some(2)
    page = sit_down(LIST)
    Proposal.objects.filter(pk=rows[0].pk).update(digest="0" * 64)
    press(page, "j", "a")
    page.locator(".zb-told--bad", has_text="It changed since it was shown.").wait_for()
    assert page.locator("tr.zb-done").count() == 0
    assert page.evaluate(FOCUSED) == "示例1"
    page.locator("#zb-told a").click()
    at(page, "示例0")


def test_an_ambiguous_one_is_bound_by_keyboard(sit_down: Opened) -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    reviewing.record(12, name="李四", mobile="13800000001")
    row = reviewing.ambiguous(title="示例")
    page = sit_down(LIST)
    press(page, "j", "Enter")
    at(page, "示例")
    press(page, "a")
    page.locator(".zb-told--bad").wait_for()
    press(page, "b")
    assert page.evaluate(FOCUSED) == "This is the one"
    press(page, "Enter")
    page.get_by_role("button", name="Approve: update").wait_for()
    press(page, "a")
    page.locator(".zb-empty").wait_for()
    assert Proposal.objects.get(pk=row.pk).target_ord == 11
    assert states([row]) == ["approved"]


def test_a_field_is_edited_by_keyboard_and_letters_in_it_are_letters(sit_down: Opened) -> None:
    row = reviewing.proposal(title="示例")
    page = sit_down(f"/admin/zbsync/proposal/{row.pk}/change/")
    press(page, "e")
    assert page.evaluate("document.activeElement.name") == "value"
    press(page, "Control+a")
    page.keyboard.type("aaa rjk")
    press(page, "Tab")
    page.keyboard.type("Typing error")
    press(page, "Enter")
    page.locator(".messagelist").wait_for()
    assert "aaa rjk" in Proposal.objects.get(pk=row.pk).payload.values()
    assert states([row]) == ["ready"]


def test_an_input_method_at_work_is_left_alone_and_a_sleeping_one_is_read_through(sit_down: Opened) -> None:
    rows = some(2)
    page = sit_down(LIST)
    press(page, "j")
    fire = "(told) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...told}))"
    page.evaluate(fire, {"key": "a", "code": "KeyA", "isComposing": True})
    page.evaluate(fire, {"key": "a", "code": "KeyA", "ctrlKey": True})
    page.wait_for_timeout(300)
    assert states(rows) == ["ready", "ready"]
    page.evaluate(fire, {"key": "Process", "code": "KeyA"})
    settled(page, rows[0], "approved")


def test_help_is_a_key_away_and_returns_the_focus(sit_down: Opened) -> None:
    some(1)
    page = sit_down(LIST)
    press(page, "j", "?")
    assert "next, previous" in page.locator("#zb-help").inner_text()
    press(page, "a", "Escape")
    assert page.evaluate(FOCUSED) == "示例0"
    assert Proposal.objects.filter(state="ready").count() == 1


def test_a_reason_that_was_thought_better_of_declines_nothing(sit_down: Opened) -> None:
    rows = some(2)
    page = sit_down(LIST)
    press(page, "j", "r")
    page.locator("#zb-why[open]").wait_for()
    press(page, "Enter")
    assert page.locator("#zb-why[open]").count() == 1
    press(page, "Escape")
    assert page.evaluate(FOCUSED) == "示例0"
    assert states(rows) == ["ready", "ready"]


def test_who_else_looks_is_told_to_both(sit_down: Opened) -> None:
    row = some(1)[0]
    path = f"/admin/zbsync/proposal/{row.pk}/change/"
    first = sit_down(path)
    second = sit_down(path, role="administrator")
    second.locator("#zb-others", has_text=someone("reviewer").username).wait_for()
    first.evaluate("document.dispatchEvent(new Event('zb:arrived'))")
    first.locator("#zb-others", has_text=someone("administrator").username).wait_for()
    first.goto("about:blank")
    second.wait_for_timeout(300)
    second.evaluate("document.dispatchEvent(new Event('zb:arrived'))")
    second.locator("#zb-others").wait_for(state="hidden")


def test_the_server_that_does_not_answer_decides_nothing(sit_down: Opened) -> None:
    rows = some(2)
    page = sit_down(LIST)
    page.route("**/change/**", lambda route: route.fulfill(status=422, body="no"))
    press(page, "j", "a")
    page.locator(".zb-told--bad", has_text="nothing was decided").wait_for()
    assert states(rows) == ["ready", "ready"]


def test_keys_do_no_harm_on_a_phone(sit_down: Opened) -> None:
    some(1)
    page = sit_down(LIST, PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
