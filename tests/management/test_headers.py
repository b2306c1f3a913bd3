"""What every answer carries: the policy on every kind of answer, and the language that was chosen."""

import re
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path
from django.utils import translation

from tests.admin.people import browser
from zbsync import urls
from zbsync.middleware import POLICY

pytestmark = pytest.mark.django_db


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a bug")


def strict(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Content-Security-Policy": "sandbox"})


urlpatterns = [path("broken", broken), path("strict", strict), path("", include(urls))]
here = override_settings(ROOT_URLCONF=__name__)


def client(**kwargs: Any) -> Client:
    return Client(raise_request_exception=False, **kwargs)


@here
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/admin/login/", 200),
        ("/", 302),
        ("/admin/", 302),
        ("/no/such/page", 404),
        ("/admin/no/such/page/", 302),
        ("/broken", 500),
        ("/healthz", 503),
        ("/static/zbsync/review.css", 200),
        ("/static/no-such-file.css", 404),
        ("/static/admin/css/base.css", 200),
    ],
)
def test_every_kind_of_answer_carries_the_policy(address: str, status: int) -> None:
    answer = client().get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("address", ["/admin/zbsync/proposal/", "/admin/", "/admin/zbsync/no/such/", "/admin/logout/"])
def test_so_do_the_pages_behind_the_login(address: str) -> None:
    assert browser().get(address).headers["Content-Security-Policy"] == POLICY


def test_so_does_a_static_file_that_has_not_changed() -> None:
    first = client().get("/static/zbsync/review.css")
    again = client().get("/static/zbsync/review.css", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert (again.status_code, again.headers["Content-Security-Policy"]) == (304, POLICY)


def test_so_does_a_post_without_its_token() -> None:
    answer = client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (403, POLICY)


def test_so_does_the_answer_to_a_name_that_is_not_ours() -> None:
    answer = client().get("/admin/login/", headers={"host": "evil.example"})
    assert (answer.status_code, answer.headers["Content-Security-Policy"]) == (400, POLICY)


@override_settings(SECURE_SSL_REDIRECT=True)
@pytest.mark.parametrize("address", ["/admin/login/", "/static/zbsync/review.css"])
def test_so_does_the_way_to_https(address: str) -> None:
    answer = client().get(address)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://testserver{address}")
    assert answer.headers["Content-Security-Policy"] == POLICY


@here
def test_a_page_may_be_stricter_than_the_rest() -> None:
    assert client().get("/strict").headers["Content-Security-Policy"] == "sandbox"


def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere() -> None:
    rules = dict(rule.split(maxsplit=1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert {"script-src", "style-src", "connect-src", "form-action"} <= rules.keys()
    assert set(re.findall(r"\S+", " ".join(rules.values()))) == {"'none'", "'self'", "data:"}
    assert "data:" not in rules["script-src"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ],
)
def test_a_page_is_kept_out_of_other_pages(header: str, value: str) -> None:
    assert client().get("/admin/login/").headers[header] == value


def spoken(who: Client, **headers: str) -> tuple[str, str]:
    """The language of the page's text, and of its header."""
    answer = who.get("/admin/login/", headers=headers)
    found = re.search(r'<html[^>]* lang="([^"]+)"', answer.content.decode())
    assert found
    return found[1], answer.headers["Content-Language"]


def test_pages_are_chinese_whatever_the_browser_would_like() -> None:
    assert spoken(client(), **{"Accept-Language": "en-GB,en"}) == ("zh-hans", "zh-hans")


@pytest.mark.parametrize(
    ("cookie", "language"), [("en", "en"), ("zh-hans", "zh-hans"), ("fr", "zh-hans"), ("", "zh-hans")]
)
def test_the_cookie_decides_when_it_names_a_language_of_ours(cookie: str, language: str) -> None:
    who = client()
    who.cookies = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: cookie})
    assert spoken(who) == (language, language)


def test_the_switch_writes_the_cookie_and_comes_back() -> None:
    who = client()
    answer = who.post("/i18n/setlang/", {"language": "en", "next": "/admin/login/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/")
    assert spoken(who) == ("en", "en")
    who.post("/i18n/setlang/", {"language": "zh-hans", "next": "/admin/login/"})
    assert spoken(who) == ("zh-hans", "zh-hans")


def test_the_switch_leads_nowhere_else() -> None:
    answer = client().post("/i18n/setlang/", {"language": "en", "next": "https://evil.example/"})
    assert "evil.example" not in answer.headers["Location"]


def test_one_readers_language_is_not_the_next_readers() -> None:
    english, other = client(), client()
    english.cookies = SimpleCookie({settings.LANGUAGE_COOKIE_NAME: "en"})
    with translation.override("zh-hans"):
        assert [spoken(one)[0] for one in (english, other, english)] == ["en", "zh-hans", "en"]
        assert translation.get_language() == "zh-hans", "the thread goes on as it was"


def test_a_page_that_is_rendered_late_speaks_the_chosen_language() -> None:
    """The admin's answers are templates that are rendered after the view has returned."""
    who = browser()
    for language, word in (("en", "Who may come in"), ("zh-hans", "谁可以登录")):
        who.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        assert word in who.get("/admin/auth/user/").content.decode()
