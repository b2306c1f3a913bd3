"""What the gate holds, and what another setting would do, in a real Chromium: asked by keyboard, on any screen."""

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.browser.test_access import violations
from tests.models import make
from zbsync.models import GateSetting
from zbsync.pipeline import bootstrap, propose

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HELD = "/admin/zbsync/proposal/held/"


@pytest.fixture(autouse=True)
def world() -> None:
    bootstrap.seed()
    make.options(make.erp())
    for score in (40.0, 56.0, 57.0, 58.0, 90.0):
        make.contact(name=f"评分{score:g}", score=score)
    make.contact(name="未验证", phone_verified=False)
    propose.drain()


def test_a_question_is_typed_and_answered_with_the_list(sit_down: Opened) -> None:
    page = sit_down("/admin/")
    page.get_by_role("link", name="Why not").click()
    page.get_by_label("lowest score").fill("57")
    page.keyboard.press("Enter")
    assert "2 contacts more may go." in page.locator(".zb-answer").inner_text()
    assert page.get_by_label("lowest score").input_value() == "57"
    page.locator("#what-if").get_by_role("link", name="评分58").click()
    assert "评分58" in page.get_by_role("heading", level=1).inner_text()


def test_a_yes_or_no_takes_one_click_and_changes_nothing(sit_down: Opened) -> None:
    page = sit_down(HELD)
    before = list(GateSetting.objects.values_list("code", "params"))
    page.get_by_role("button", name="And if not?").click()
    assert "1 contact more may go." in page.locator(".zb-answer").inner_text()
    assert list(GateSetting.objects.values_list("code", "params")) == before


def test_a_count_leads_to_its_rows_and_an_example_to_its_screen(sit_down: Opened) -> None:
    page = sit_down(HELD, role="administrator")
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="score too low"))
    row.get_by_role("link", name="4", exact=True).click()
    page.locator("#result_list tbody tr").nth(3).wait_for()
    page.goto(page.url.partition("?")[0] + "held/")
    page.get_by_role("link", name="评分58").click()
    assert "Held by the gate" in page.locator("main").inner_text()


def test_it_works_without_script(sit_down: Opened) -> None:
    page = sit_down(f"{HELD}?ask=score.minimum&value=95", script=False)
    assert "1 contact fewer may go." in page.locator(".zb-answer").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_and_is_without_violations(sit_down: Opened, size, theme: str) -> None:
    page = sit_down(f"{HELD}?ask=score.minimum&value=50", size, theme=theme, role="administrator", policy=False)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
