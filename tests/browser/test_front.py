"""The front page refreshes itself, and never under the hands of whoever is doing something with it."""

import pytest

from tests.browser.conftest import Opened
from tests.pipeline import reviewing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOW = "document.dispatchEvent(new Event('zb:refresh'))"
FIRST = ".zb-tile--first b"


@pytest.fixture
def front(sit_down: Opened):
    reviewing.proposal()
    page = sit_down("/admin/", role="administrator")
    assert page.locator(FIRST).inner_text() == "1"
    reviewing.proposal()
    return page


def refreshed(page) -> str:
    """The first number after the page was told to look again."""
    with page.expect_response(lambda answer: "part=front" in answer.url):
        page.evaluate(NOW)
    page.wait_for_timeout(100)
    return page.locator(FIRST).inner_text()


def test_a_number_changes_by_itself(front) -> None:
    assert refreshed(front) == "2"


def test_focus_unfolded_tables_and_the_place_on_the_page_stay(front) -> None:
    front.locator("details[data-keep] > summary").click()
    link = front.locator("details[data-keep] a").last
    link.focus()
    at, key = front.evaluate("window.scrollY"), link.get_attribute("data-key")
    assert refreshed(front) == "2"
    assert front.evaluate("document.activeElement.dataset.key") == key
    assert front.locator("details[data-keep]").get_attribute("open") is not None
    assert front.evaluate("window.scrollY") == at


def test_it_waits_while_text_is_selected(front) -> None:
    front.evaluate("getSelection().selectAllChildren(document.querySelector('#front h2'))")
    front.evaluate(NOW)
    front.wait_for_timeout(300)
    assert front.locator(FIRST).inner_text() == "1"
    front.evaluate("getSelection().removeAllRanges()")
    assert refreshed(front) == "2"


def test_numbers_that_could_not_be_refreshed_say_so(front) -> None:
    front.route("**/*part=front*", lambda route: route.fulfill(status=422, body=""))
    refreshed(front)
    assert "Could not be refreshed" in front.locator("#front-fresh").inner_text()
    assert front.locator(FIRST).inner_text() == "1"


def test_without_a_script_all_numbers_are_there(sit_down: Opened) -> None:
    reviewing.proposal()
    page = sit_down("/admin/", script=False, role="administrator")
    assert page.locator(FIRST).inner_text() == "1"
    page.locator(".zb-tile--first").click()
    assert page.url.endswith("state__exact=ready")


def test_what_a_tile_says_stays_inside_it(sit_down: Opened) -> None:
    reviewing.ambiguous()
    page = sit_down("/admin/", role="administrator")
    assert page.get_by_text("choose the right ERP customer").is_visible()
    assert page.evaluate(
        "[...document.querySelectorAll('.zb-tile')].every((one) => one.scrollWidth <= one.clientWidth)"
    )
