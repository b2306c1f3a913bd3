"""Many at once in a real Chromium: progress that moves by itself, and a second person at another seat."""

from dataclasses import replace

import pytest
from django.test import override_settings
from django.urls import reverse

from tests.admin.people import someone
from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.browser.test_access import violations
from tests.pipeline import reviewing
from zbsync.conf import conf
from zbsync.models import Act, Entry, Proposal, Push
from zbsync.pipeline.review import acts
from zbsync.pipeline.review.acts import running

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/zbsync/proposal/?state__exact=ready"


@pytest.fixture
def small(monkeypatch):
    """Batches of two, so that five rows are a large act."""
    for module in (running, acts.asking):
        monkeypatch.setattr(module, "BATCH", 2)


@pytest.fixture
def above_two():
    with override_settings(ZBSYNC=replace(conf(), second_person_above=2)):
        yield


def rows(count: int) -> None:
    for number in range(count):
        reviewing.proposal(title=f"示例客户{number}")


def ask_for_all(page, name: str) -> None:
    """Tick the page, go through the confirmation."""
    page.locator("#action-toggle").check()
    page.locator(".actions").get_by_role("button", name="Approve").click()
    page.get_by_label("By which it is found again").fill(name)
    page.locator("form .zb-bar button[type=submit]").click()


def test_a_large_act_moves_on_its_page_until_it_has_ended(sit_down: Opened, small) -> None:
    rows(5)
    page = sit_down(LIST)
    ask_for_all(page, "spring fair leads")
    assert page.get_by_role("heading", name="spring fair leads").is_visible()
    assert "0 of 5 rows" in page.locator("#front").inner_text()
    act = Act.objects.get()
    acts.step(act.pk)
    page.get_by_text("2 of 5 rows").wait_for()
    acts.drain()
    page.get_by_text("5 of 5 rows").wait_for()
    assert page.locator("progress").get_attribute("value") == "100"
    page.get_by_role("link", name="5 proposals taken").click()
    page.locator("#result_list tbody tr").nth(4).wait_for()


def test_it_is_called_off_while_it_runs(sit_down: Opened, small) -> None:
    rows(5)
    page = sit_down(LIST)
    ask_for_all(page, "too many")
    acts.step(Act.objects.get().pk)
    page.get_by_label("reason").fill("wrong list")
    page.get_by_role("button", name="Stop after the batch in hand").click()
    assert "Called off" in page.locator(".messagelist").inner_text()
    acts.drain()
    page.locator("#front").get_by_text("called off by").wait_for()
    assert Proposal.objects.filter(state="approved").count() == 2


def test_a_colleague_opens_the_sample_and_confirms(sit_down: Opened, above_two) -> None:
    rows(3)
    asking = sit_down(LIST)
    ask_for_all(asking, "for two")
    assert asking.get_by_text("You asked for it").is_visible()
    address = reverse("admin:zbsync_act_change", args=[Act.objects.get().pk])
    page = sit_down(address, role="administrator")
    confirm = page.get_by_role("button", name="Confirm 3")
    assert confirm.is_disabled()
    for number in range(3):
        page.get_by_role("button", name="Open 示例客户").nth(number).click()
        assert "/proposal/" in page.url
        page.get_by_role("link", name="Back to the act").click()
    confirm.click()
    assert "Confirmed" in page.locator(".messagelist").inner_text()
    acts.drain()
    page.get_by_text("3 of 3 rows").wait_for()
    assert set(Push.objects.values_list("approved_by", flat=True)) == {someone("administrator").pk}
    assert Entry.objects.filter(verb="act.look").count() == 3


def test_it_works_without_script(sit_down: Opened, small) -> None:
    rows(3)
    reviewing.ambiguous(title="两个疑似")
    page = sit_down(LIST, script=False)
    for box in page.locator("#result_list .action-select").all():
        box.check()
    page.locator(".actions").get_by_role("button", name="Approve").click()
    page.locator("form .zb-bar button[type=submit]").click()
    acts.drain()
    page.get_by_role("link", name="Look again").click()
    assert "4 of 4 rows" in page.locator("#front").inner_text()
    page.locator("#front dt a").click()
    assert "两个疑似" in page.locator("#result_list").inner_text()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_of_acts_fit_and_are_without_violations(sit_down: Opened, live_server, size, theme, above_two) -> None:
    rows(4)
    acts.ask(Proposal.objects.for_review(), "approve", someone("reviewer"), acts.Wish("很长的名字" * 8))
    page = sit_down(reverse("admin:zbsync_act_changelist"), size, theme=theme, role="administrator", policy=False)
    wrong = violations(page)
    page.goto(live_server.url + reverse("admin:zbsync_act_change", args=[Act.objects.get().pk]))
    wrong += violations(page)
    assert not wrong, "\n".join(wrong)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
