"""What a page costs before it can be seen, and in queries; nothing of it comes from elsewhere."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.admin.desk import LIST, desk, screen
from tests.admin.pages import world
from tests.models import make
from tests.pipeline import reviewing

pytestmark = pytest.mark.django_db

LIMIT = 100_000
ASSET = re.compile(r'<(?:script|link)[^>]+(?:src|href)="/?static/([^"?]+)"')
IMPORTED = re.compile(r'(?:from|import) "\./([^"]+)"')
MAX_QUERIES, MAX_LIST_QUERIES = 60, 15
SESSION = 4
"""The session, the user and their permissions."""


def assets(page: str) -> set[str]:
    """Every file of ours that a page asks for before it is shown, what a module imports included."""
    found = set(ASSET.findall(page))
    for name in list(found):
        if name.endswith(".js"):
            found |= {f"{name.rpartition('/')[0]}/{one}" for one in IMPORTED.findall(content(name).decode())}
    return found


def content(name: str) -> bytes:
    path = finders.find(name)
    assert isinstance(path, str), f"{name} is asked for and is not there"
    return Path(path).read_bytes()


@pytest.mark.parametrize("where", ["front", "list", "screen"])
def test_a_page_and_all_it_asks_for_are_light(where) -> None:
    row = reviewing.proposal()
    url = {"front": "/admin/", "list": LIST, "screen": screen(row)}[where]
    page = desk("administrator").get(url).content
    asked = {name: len(content(name)) for name in assets(page.decode())}
    assert any(name.startswith("zbsync/") for name in asked)
    assert sum(asked.values()) < LIMIT, asked
    assert len(gzip.compress(page)) < LIMIT // 4


def test_what_a_module_imports_is_counted_too() -> None:
    reviewing.proposal()
    assert "zbsync/keys.js" in assets(desk().get(LIST).content.decode())


def test_every_page_keeps_to_its_number_of_queries() -> None:
    world.fill()
    client = Client()
    client.force_login(make.user())
    over = {}
    lists = set(world.lists())
    for url in world.addresses(client):
        with CaptureQueriesContext(connection()) as seen:
            client.get(url)
        if len(seen) > (MAX_LIST_QUERIES if url in lists else MAX_QUERIES) + SESSION:
            over[url] = len(seen)
    assert over == {}


def connection():
    from django.db import connection as one

    return one


def test_no_script_or_style_of_ours_asks_for_anything_elsewhere() -> None:
    root = Path(str(finders.find("zbsync/review.css"))).parent
    files = [path for path in root.iterdir() if path.suffix in (".css", ".js")]
    assert len(files) >= 5
    for path in files:
        text = path.read_text()
        assert not re.search(r"https?://(?!www\.w3\.org)", text), path
        assert "@import" not in text, path
        assert not re.search(r"\beval\(|new Function|innerHTML\s*\+=|document\.write", text), path


def test_a_printed_page_has_no_menu_and_no_buttons() -> None:
    text = content("zbsync/review.css").decode()
    printed = text.partition("@media print")[2]
    for name in (".zb-side", ".zb-bar", ".zb-top", ".actions", "#toolbar"):
        assert name in printed
