"""WCAG 2.2 AA as axe measures it: every page there is, light and dark, desktop and phone, folded and unfolded."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.admin.pages import world
from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.models import make
from tests.pipeline import reviewing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""All in which a theme can differ from another."""
LIST = "/admin/zbsync/proposal/?state__exact=ready"
UNFOLD = "document.querySelectorAll('main details').forEach((one) => { one.open = true })"


def violations(page, rules=RULES) -> list[str]:
    """What axe says against the page as it is: rule, where, and why."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=rules).response["violations"]
    return [
        f"{page.url} {one['id']}: {node['target']} {node['failureSummary'].splitlines()[-1].strip()}"
        for one in found
        for node in one["nodes"][:2]
    ]


@pytest.fixture
def everything() -> list[str]:
    """A little of everything, and the addresses of all pages as an administrator of all sees them."""
    world.fill()
    client = Client()
    client.force_login(make.user())
    return list(world.addresses(client))


def walk(page, addresses: list[str], act: Callable[[], None] = lambda: None, rules=RULES) -> list[str]:
    wrong = []
    for url in addresses:
        page.goto(url)
        act()
        wrong += violations(page, rules)
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_without_violations(sit_down: Opened, live_server, everything: list[str], theme: str) -> None:
    page = sit_down("/admin/", theme=theme, role="superuser", policy=False)
    assert len(everything) > 60
    rules = COLOURS if theme == "dark" else RULES
    wrong = walk(page, [live_server.url + url for url in everything], rules=rules)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_is_without_violations_unfolded(sit_down: Opened, live_server, size, theme: str) -> None:
    reviewing.record(11, name="王小明", mobile="13800000001")
    row, other = reviewing.ambiguous(title="示例公司"), reviewing.proposal(channel="微信")
    reviewing.proposal(channel="微信")
    page = sit_down("/admin/", size, theme=theme, role="administrator", policy=False)
    paths = [
        "/admin/",
        LIST,
        f"{LIST}&q=示例",
        f"{LIST}&match_kind__exact=ambiguous",
        *(f"/admin/zbsync/proposal/{one.pk}/change/" for one in (row, other)),
    ]
    wrong = walk(page, [live_server.url + path for path in paths], lambda: page.evaluate(UNFOLD))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("key", ["?", "r"])
def test_the_windows_of_the_keyboard_are_without_violations(sit_down: Opened, key: str) -> None:
    reviewing.proposal()
    page = sit_down(LIST, policy=False)
    page.keyboard.press("j")
    page.keyboard.press(key)
    page.locator("dialog[open]").wait_for()
    assert violations(page) == []


def test_the_login_is_without_violations(sit_down: Opened) -> None:
    page = sit_down("/admin/", policy=False)
    page.context.clear_cookies()
    page.goto(page.url)
    assert "login" in page.url
    assert violations(page) == []


def test_axe_would_notice(sit_down: Opened) -> None:
    page = sit_down("/admin/", policy=False)
    page.evaluate(
        "document.querySelector('main').append(document.createElement('img'), document.createElement('input'))"
    )
    assert {one.split()[1] for one in violations(page)} == {"image-alt:", "label:"}
