"""The workbench's other pages in Chromium: a file in and out, the inbox, a replay; and axe on all of them unfolded."""

import pytest
from django.test import Client

from tests.admin.pages import world
from tests.browser.conftest import DESKTOP, PHONE, Opened
from tests.browser.test_access import UNFOLD, walk
from tests.models import make
from tests.pipeline.publish.drafting import with_trades
from zbsync.core.mapping import rules_digest
from zbsync.models import Mapping, ValueMapEntry
from zbsync.pipeline import propose, tables

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
INBOX = "/admin/zbsync/mapping/unmapped/"


@pytest.fixture
def held() -> None:
    """A contact whose trade no pair knows."""
    with_trades()
    make.contact(name="王小明", extra={"trade": "机械"})
    propose.drain()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_they_are_without_violations_unfolded(sit_down: Opened, live_server, size, theme: str) -> None:
    world.fill()
    client = Client()
    client.force_login(make.user())
    draft = Mapping.objects.get(state="draft")
    page = sit_down("/admin/", size, theme=theme, role="superuser", policy=False)
    paths = [*world.workbench(), f"/admin/zbsync/mapping/{draft.pk}/change/?sought=王"]
    wrong = walk(page, [live_server.url + path for path in paths], lambda: page.evaluate(UNFOLD))
    assert not wrong, "\n".join(wrong)


def test_a_value_is_decided_in_the_inbox(sit_down: Opened, held: None) -> None:
    page = sit_down(INBOX, PHONE, role="mapper")
    page.get_by_label("机械: leads to").select_option("制造业")
    page.get_by_role("button", name="Keep these pairs").click()
    page.get_by_text("1 value was given its pair.").wait_for()
    assert ValueMapEntry.objects.get(key="机械").value == "制造业"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_version_is_taken_away_and_brought_back(sit_down: Opened, held: None, tmp_path) -> None:
    page = sit_down(f"/admin/zbsync/mapping/{Mapping.objects.get().pk}/change/", role="mapper")
    with page.expect_download() as download:
        page.get_by_role("link", name="XLSX").click()
    kept = tmp_path / "mapping.xlsx"
    download.value.save_as(kept)
    page.goto(page.url.partition("/admin/")[0] + "/admin/zbsync/mapping/import/")
    page.get_by_label("file").set_input_files(kept)
    page.get_by_role("button", name="Import as a draft").click()
    page.get_by_text("Imported as draft v2").wait_for()
    made = Mapping.objects.get(state="draft")
    first = Mapping.objects.get(state="published")
    assert rules_digest(tables.read_rules(made)) == rules_digest(tables.read_rules(first))
