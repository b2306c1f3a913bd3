"""The ERP's own pages in a real Chromium: the catalogue, the mapping's targets, a customer looked up, on any screen."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache

from tests.admin.people import someone
from tests.models import make
from tests.pipeline import lookups
from tests.pipeline.pushing import Desk, desk
from zbsync.models import ErpRecord, Mapping
from zbsync.pipeline import bootstrap, publish

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESKTOP, PHONE = (1440, 900), (390, 844)
CATALOGUE = "/admin/zbsync/catalogue/"
Opened = Callable[..., "Page"]


@pytest.fixture
def sit_down(chromium: "Browser", live_server, client) -> Iterator[Opened]:
    """Log an administrator in and open a page; what the console complains of fails the test."""
    contexts, complaints = [], []

    def open_(path: str, size: tuple[int, int] = DESKTOP, *, script: bool = True, theme: str = "light") -> "Page":
        client.force_login(someone("administrator"))
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            color_scheme="dark" if theme == "dark" else "light",
        )
        contexts.append(context)
        cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": "en"}
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def erp() -> Iterator[Desk]:
    cache.clear()
    with desk() as made:
        yield made


@pytest.fixture
def story(erp: Desk) -> str:
    """The page of a contact that is bound to a customer with a contract."""
    ord_ = lookups.customer(erp, address="示例路1号")
    lookups.contract(erp, ord_, "2024-03-05", title="一份名字很长很长很长很长很长很长很长很长很长的示例合同")
    return f"/admin/zbsync/contact/{lookups.bound(erp, ord_).pk}/change/"


def draft() -> str:
    bootstrap.seed()
    row = publish.draft(Mapping.objects.get(state="published"), make.user())
    return f"/admin/zbsync/mapping/{row.pk}/change/"


def test_an_operation_is_found_and_read(sit_down: Opened) -> None:
    page = sit_down(CATALOGUE)
    page.get_by_role("searchbox").fill("客户指派")
    page.get_by_role("button", name="Search").click()
    page.locator("#assign > summary").click()
    assert page.locator("[id='assign.member1']").is_visible()
    assert "指派给以下用户" in page.locator("[id='assign.member1']").inner_text()


def test_a_rules_target_leads_to_its_row(sit_down: Opened) -> None:
    page = sit_down(draft())
    page.locator(".field-target select").nth(7).select_option("ly")
    page.get_by_role("link", name="客户来源 in the catalogue").first.click()
    row = page.locator("[id='save_unit.ly']")
    row.wait_for(state="visible")
    box = row.bounding_box()
    assert box
    assert 0 <= box["y"] <= DESKTOP[1]


def test_a_customer_is_looked_up_without_leaving_the_page(sit_down: Opened, story: str) -> None:
    page = sit_down(story)
    address = page.url
    page.get_by_role("link", name="Look it up in the ERP").click()
    page.get_by_role("heading", name="Contracts").wait_for()
    assert "示例路1号" in page.locator("#live").inner_text()
    assert page.url == address
    page.get_by_role("link", name="Look again").click()
    page.get_by_text("the ERP was not asked again").wait_for()


def test_it_works_without_a_script(sit_down: Opened, story: str) -> None:
    page = sit_down(story, script=False)
    page.get_by_role("link", name="Look it up in the ERP").click()
    assert "HT001" in page.locator("#live").inner_text()


def test_an_erp_that_is_away_is_said_where_the_answer_would_stand(erp: Desk, sit_down: Opened, story: str) -> None:
    page = sit_down(story)
    erp.connection.base_url = "http://127.0.0.1:9"
    erp.connection.save()
    page.get_by_role("link", name="Look it up in the ERP").click()
    page.get_by_text("The ERP cannot be reached").wait_for()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_the_window(sit_down: Opened, story: str, size: tuple[int, int], theme: str) -> None:
    record = f"/admin/zbsync/erprecord/{ErpRecord.objects.get().pk}/change/"
    for path in (
        f"{CATALOGUE}?q=mobile",
        f"{CATALOGUE}?open=save_unit",
        f"{story}?live=1",
        f"{record}?live=1",
        draft(),
    ):
        page = sit_down(path, size, theme=theme)
        for fold in page.locator("main details:not([open]) > summary").all()[:3]:
            fold.click()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
