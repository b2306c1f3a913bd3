"""One Chromium for all browser tests: Playwright allows a thread only one; and a server with a door to shut."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from pytest_django.live_server_helper import LiveServer

from tests.admin.people import someone
from tests.models import make

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESKTOP, PHONE = (1440, 900), (390, 844)
Opened = Callable[..., "Page"]
SHUT = threading.Lock()
"""While a test holds it, the server answers nobody."""


class Door:
    """Requests wait while it is shut."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with SHUT:
            pass
        return self.get_response(request)


@pytest.fixture(scope="session")
def live_server() -> Iterator[LiveServer]:
    """pytest-django's, with the door."""
    from django.conf import settings

    with override_settings(MIDDLEWARE=[f"{__name__}.Door", *settings.MIDDLEWARE]):
        server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """The system's Chromium, headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield browser
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        browser.close()


@pytest.fixture
def sit_down(chromium: "Browser", live_server) -> Iterator[Opened]:
    """Log somebody in and open a page; what the console complains of fails the test (422 is an answer of ours)."""
    contexts, complaints = [], []

    def open_(
        path: str,
        size: tuple[int, int] = DESKTOP,
        *,
        script: bool = True,
        theme: str = "light",
        role: str = "reviewer",
        language: str = "en",
        policy: bool = True,
    ) -> "Page":
        client = Client()
        client.force_login(make.user() if role == "superuser" else someone(role))
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=script,
            bypass_csp=not policy,  # axe measures with styles of its own
            color_scheme="dark" if theme == "dark" else "light",
        )
        contexts.append(context)
        cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
        context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if policy and said.type == "error" and "422" not in said.text else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    time.sleep(0.1)  # what a page said when it was left is still on its way
    assert complaints == []
