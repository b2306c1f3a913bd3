"""Keys and seconds a decision, in a real Chromium, beside the stock admin. `python -m tests.bench triage`."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from tests.bench import Report, throw_away_database
from tests.bench.desk import dressed

REVIEWS, STOCK_REVIEWS = 200, 20
EVERY_DECLINED = 10
"""One in so many is declined, with a reason."""
LIST = "/admin/zbsync/proposal/?state__exact=ready"
STOCK = "/stock/zbsync/proposal/?state__exact=ready"


def run(report: Report) -> None:
    """Decide all of them by keyboard here, and some of them in the stock admin by its fewest clicks."""
    if shutil.which("chromium") is None or find_spec("playwright") is None:
        report("needs chromium (apt install chromium) and its driver (zbsync/requirements/browser.txt)")
        return
    with throw_away_database():
        _fill(REVIEWS)
        with _server(stock=False) as (page, base):
            keys, seconds = _by_keyboard(page, base)
        _fill(STOCK_REVIEWS)
        with _server(stock=True) as (page, base):
            clicks, stock_seconds = _by_stock(page, base)
    report(f"here: {REVIEWS} reviews, {keys / REVIEWS:.2f} keys and {seconds / REVIEWS:.2f} s a decision, no mouse")
    report(
        f"stock: {STOCK_REVIEWS} reviews, {clicks / STOCK_REVIEWS:.2f} acts and {stock_seconds / STOCK_REVIEWS:.2f} s"
    )
    report(f"  {stock_seconds / STOCK_REVIEWS / (seconds / REVIEWS):.1f} times faster than the stock admin")


def _fill(count: int) -> None:
    from tests.pipeline import reviewing

    for _ in range(count):
        reviewing.proposal()


@contextmanager
def _server(*, stock: bool) -> Iterator[tuple[Any, str]]:
    """A page of somebody who is logged in, and the address."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test import Client
    from django.test.testcases import LiveServerThread
    from playwright.sync_api import sync_playwright

    from tests.models import make

    with dressed(stock=stock):
        thread = LiveServerThread("127.0.0.1", StaticFilesHandler)
        thread.daemon = True
        thread.start()
        thread.is_ready.wait()
        base = f"http://127.0.0.1:{thread.port}"
        client = Client()
        client.force_login(make.user())
        try:
            with sync_playwright() as engine:
                os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
                browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
                yield context.new_page(), base
                browser.close()
                del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        finally:
            thread.terminate()


def _waiting() -> int:
    from zbsync.models import Proposal

    return Proposal.objects.for_review().count()


def _by_keyboard(page: Any, base: str) -> tuple[int, float]:
    """As a person does: look at each screen, then a key."""
    page.goto(base + LIST)
    started, keys = time.perf_counter(), 2
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for number in range(REVIEWS):
        page.locator("main:has([data-desk=decision]):not(:has([data-seen])) >> nth=0").wait_for()
        page.evaluate("document.querySelector('[data-desk=decision]').dataset.seen = 1")
        pressed = ["r", "2", "Enter"] if number % EVERY_DECLINED == EVERY_DECLINED - 1 else ["a"]
        for key in pressed:
            page.keyboard.press(key)
        keys += len(pressed)
    while _waiting():
        page.wait_for_timeout(20)
    return keys, time.perf_counter() - started


def _by_stock(page: Any, base: str) -> tuple[int, float]:
    """Open the first, choose another state, save: the list is shown again."""
    started, acts = time.perf_counter(), 0
    page.goto(base + STOCK)
    for _ in range(STOCK_REVIEWS):
        page.locator("#result_list tbody th a").first.click()
        page.select_option("#id_state", "superseded")
        page.locator("input[name=_save]").click()
        acts += 3
    while _waiting():
        page.wait_for_timeout(20)
    return acts, time.perf_counter() - started
