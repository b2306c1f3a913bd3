"""Where there is no page, no right or no answer, the desk says so in the reader's language and shows the way back."""

import pytest
from django.test import Client
from django.utils import translation
from django.views.defaults import server_error

from tests.admin.desk import desk, text
from tests.admin.people import browser

pytestmark = pytest.mark.django_db
NEW_CODE = "/admin/zbsync/sourcecode/add/"


def test_a_page_that_is_not_there() -> None:
    page = browser().get("/admin/no-such-page/")
    assert page.status_code == 404
    assert "页面不存在" in text(page)
    assert 'href="/admin/"' in page.content.decode()
    assert "Page not found" in text(desk().get("/admin/no-such-page/"))


def test_what_a_role_may_not_do() -> None:
    page = browser("auditor").get(NEW_CODE)
    assert page.status_code == 403
    assert "没有权限" in text(page)
    assert "Not allowed" in text(desk("auditor").get(NEW_CODE))


def test_a_form_that_was_open_too_long() -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = browser().cookies
    page = careful.post("/admin/zbsync/proposal/columns/")
    assert page.status_code == 403
    assert "页面已过期" in text(page)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "系统出错了"), ("en", "Something went wrong")])
def test_a_fault_of_ours_needs_nothing_of_the_request(language: str, words: str, rf) -> None:
    with translation.override(language):
        page = server_error(rf.get("/"))
    assert page.status_code == 500
    assert words in text(page)
