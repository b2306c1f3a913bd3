"""What a role cannot do is not shown: every link on every page of a role opens, and every form it is given is taken."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.admin.desk import desk
from tests.admin.pages import world
from tests.models import make
from tests.pipeline import reviewing
from zbsync import roles

pytestmark = pytest.mark.django_db

LINK = re.compile(r'href="(/admin/[^"#]*)')
FORM = re.compile(r'<form[^>]*method="post"[^>]*>(.*?)</form>', re.DOTALL)
VERB = re.compile(r'name="(?:verb|action)" value="([a-z_]+)"|<option value="([a-z_]+)"')
SENT = re.compile(r'<form([^>]*method="post"[^>]*)>(.*?)</form>', re.DOTALL)
OWN = re.compile(r'action="/(?:i18n/|language|admin/logout|admin/zbsync/proposal/(?:columns|views))')
REFUSED = 403


def pages(role: str) -> dict[str, str]:
    """What each page of the desk, as a superuser knows them, shows to the role; "" where it may not be."""
    world.fill()
    whole = Client()
    whole.force_login(make.user())
    client = desk(role)
    answers = {url: client.get(url) for url in world.addresses(whole)}
    return {url: answer.content.decode() if answer.status_code == 200 else "" for url, answer in answers.items()}


def shape(url: str) -> str:
    """One of each kind of address is enough."""
    return re.sub(r"\d+", "1", url.partition("?")[0])


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_every_link_that_a_role_is_shown_opens_for_it(role: str) -> None:
    links: dict[str, tuple[str, str]] = {}
    for url, page in pages(role).items():
        for link in LINK.findall(page):
            links.setdefault(shape(link), (unescape(link), url))
    assert len(links) > 10
    client = desk(role)
    assert [(link, on) for link, on in links.values() if client.get(link).status_code == REFUSED] == []


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_a_role_that_may_see_a_page_is_not_turned_away_from_its_address_in_the_menu(role: str) -> None:
    front = desk(role).get("/admin/").content.decode()
    menu = front[front.index("<nav") : front.index("</nav>")]
    client = desk(role)
    found = {unescape(link): client.get(unescape(link)).status_code for link in LINK.findall(menu)}
    assert len(found) > 5
    assert set(found.values()) == {200}


def test_the_auditor_is_given_no_form_that_changes_anything() -> None:
    """But the language, the way out and the choice of columns, which are everybody's own."""
    given = {}
    for url, page in pages("auditor").items():
        forms = [head for head, body in SENT.findall(page) if "<button" in body or 'type="submit"' in body]
        forms = [head for head in forms if not OWN.search(head) and "password_change" not in url]
        if forms:
            given[url] = forms
    assert given == {}


@pytest.mark.parametrize(("role", "told"), [("reviewer", True), ("mapper", False), ("operator", False)])
def test_only_who_decides_is_told_how(role: str, told: bool) -> None:
    reviewing.proposal()
    shown = desk(role).get("/admin/zbsync/proposal/?state__exact=ready").content.decode()
    assert ("tick several and decide" in shown) is told


@pytest.mark.parametrize("role", ["mapper", "auditor"])
def test_a_role_without_verbs_is_shown_none(role: str) -> None:
    allowed = {"mapper": {"copy_to_draft", "delete_selected"}}.get(role, set())
    for url, page in pages(role).items():
        offered = {one or other for form in FORM.findall(page) for one, other in VERB.findall(form)}
        verbs = offered & {"approve", "reject", "create_anyway", "requeue", "bury", "cancel", "pause", "resume", "edit",
                           "bind", "not_same", "undo", "delete_selected", "reveal"}  # fmt: skip
        assert verbs <= allowed, url
