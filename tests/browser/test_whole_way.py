"""From the login to a verified customer, with a real Chromium and a real sandbox."""

from typing import TYPE_CHECKING

import pytest

from tests.admin.people import someone
from tests.models import make
from tests.pipeline import pushing, reviewing
from zbsync.models import Push
from zbsync.pipeline import dispatch, match, verify

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LIST = "/admin/zbsync/proposal/?state__exact=ready"


def seat(chromium: "Browser", address: str) -> "Page":
    """A window in English."""
    context = chromium.new_context(base_url=address)
    context.add_cookies([{"name": "django_language", "value": "en", "url": address}])
    return context.new_page()


def test_from_the_login_to_a_verified_customer(chromium: "Browser", live_server) -> None:
    reviewer = someone("reviewer")
    reviewer.set_password("not-a-secret")
    reviewer.save()
    page = seat(chromium, live_server.url)
    with pushing.desk() as erp:
        contact = make.contact(proposed_version=1, eligible=True)
        values = {"khid": "WX1", "name": "张示例", "mobile": "13900000001", "sort1": "3,7"}
        row = reviewing.proposal(contact, connection=erp.connection, payload=values, title="张示例")
        page.goto(LIST)
        page.get_by_label("Username").fill(reviewer.username)
        page.get_by_label("Password").fill("not-a-secret")
        page.get_by_role("button", name="Log in").click()
        page.locator("input[name=_selected_action]").check()
        page.get_by_role("button", name="Approve", exact=True).click()
        page.get_by_role("button", name="Approve 1").click()
        assert "1 proposal approved." in page.locator(".messagelist").inner_text()
        push = Push.objects.get(proposal=row)
        match.drain()
        dispatch.drain()
        verify.drain()
        push.refresh_from_db()
        assert (push.state, erp.stored("WX1")) == ("verified", 1)
        page.goto(f"/admin/zbsync/contact/{contact.pk}/change/")
        assert "verified" in page.locator("main").inner_text()
    page.context.close()
