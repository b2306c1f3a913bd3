"""All pages as they are delivered: sound markup, names for everything, nothing from elsewhere, in one language."""

import html
import re

import pytest
from django.test import Client

from tests.admin.desk import LIST, english, text, tick
from tests.admin.pages import world
from tests.admin.pages.outline import complaints, read
from tests.admin.people import browser
from tests.pipeline import reviewing
from zbsync.models import Proposal

pytestmark = pytest.mark.django_db

MARKED = re.compile(r"<(script|style|pre|code|textarea|datalist)\b.*?</\1>|<[^>]+>", re.DOTALL)
ENGLISH = re.compile(r"[A-Za-z’']{2,}(?:[ ,]+[A-Za-z’']{2,})+")
"""Two words or more in a row: a code, an account or a file name is one."""
AS_IT_IS = {"JSON Lines", "wants a quote", "py worker", "POST http", "USER, ERP", "company,name"}
"""A format's name, what a contact said, a command to type, an address, names of variables and of sources."""
ONE_WORD = {"English", "WeChat"}
NAMING = ("h1", "h2", "h3", "label", "th", "button", "summary")
INLINES = ("zbsync/mapping", "zbsync/valuemap", "zbsync/push", "zbsync/vocabulary", "auth/user")
STOCK = {
    "/admin/auth/": ("id_password_helptext", "last_login", "date_joined"),
    **{f"/admin/{name}/": ("<th>",) for name in INLINES},
}
"""What is wrong on the pages and tables of forms that Django brings and we leave as they are."""


def ours(url: str, said: str) -> bool:
    """Whether a complaint is about a page of ours."""
    return not any(url.startswith(page) and any(word in said for word in words) for page, words in STOCK.items())


def pages(client: Client) -> dict[str, str]:
    """Every page there is with its text, the confirmation page among them."""
    world.fill()
    found = {url: client.get(url).content.decode() for url in world.addresses(client)}
    row = Proposal.objects.filter(state="ready").latest("pk")
    confirmation = client.post(LIST, tick(row, action="reject", shown_at="2030-01-01T00:00:00+00:00"))
    found["the confirmation"] = confirmation.content.decode()
    found["the login"] = Client().get("/admin/login/").content.decode()
    return found


def test_every_page_is_well_formed_and_everything_on_it_has_a_name() -> None:
    found = pages(browser())
    assert len(found) > 60
    wrong = {url: [said for said in complaints(page) if ours(url, said)] for url, page in found.items()}
    wrong = {url: said for url, said in wrong.items() if said}
    assert wrong == {}


def test_no_page_points_out_of_the_house() -> None:
    outside = {}
    for url, page in pages(browser()).items():
        for tag, given in read(page).elements:
            target = given.get("src") or given.get("href") or given.get("action") or given.get("formaction") or ""
            if re.match(r"(?i)(https?:)?//|javascript:", target) and not target.startswith("http://erp.example"):
                outside[url] = (tag, target)
    assert outside == {}


@pytest.mark.parametrize(("language", "name"), [("zh-hans", "zh-hans"), ("en", "en")])
def test_every_page_says_what_language_it_is_in(language: str, name: str) -> None:
    client = browser()
    client.cookies["django_language"] = language
    client.get("/admin/")
    for url, page in pages(client).items():
        if url != "the login":
            assert read(page).elements[0] == ("html", {"lang": name, "dir": "ltr"}), url


def test_no_english_is_left_on_a_chinese_page() -> None:
    left = set()
    for url, page in pages(browser()).items():
        shown = re.sub(r"\s+", " ", html.unescape(MARKED.sub(" | ", page)))
        said = {words for words in ENGLISH.findall(shown) if words not in AS_IT_IS and ours(url, words)}
        left |= {(url, words) for words in said | {name for name in read(page).names(NAMING) if english_word(name)}}
    assert left == set()


def english_word(name: str) -> bool:
    """Whether something is called by one plain word of ours."""
    return bool(re.fullmatch(r"[A-Z]?[a-z]{3,}", name)) and name not in ONE_WORD


def test_no_chinese_is_left_in_the_menu_of_an_english_page() -> None:
    world.fill()
    page = english(browser()).get("/admin/").content.decode()
    menu = page[page.index('<nav aria-label="Main menu"') : page.index("</nav>")]
    assert not re.search(r"[\u4e00-\u9fff]", menu)


BROKEN = [
    ("<main><h1>a</h1><p><b>x</p></main>", "<b> in line 1 is not closed before </p>"),
    ("<main><h1>a</h1><h3>b</h3></main>", "('h3', 'b') skips a level"),
    ("<main><h2>a</h2></main>", "0 headings of the first level"),
    ("<main><h1>a</h1><input name=x></main>", "<input> in line 1 x has no label"),
    ("<main><h1>a</h1><table><tr><th>b</th></tr></table></main>", "<th> in line 1 has no scope"),
    ("<main><h1 id=a>a</h1><p id=a>b</p></main>", "the id a is given 2 times"),
    ("<main><h1>a</h1><a href=x></a></main>", "<a> in line 1 says nothing"),
    ("<main><h1>a</h1><i aria-describedby=z>a</i></main>", "nothing has the id z"),
    ("<main><h1>a</h1></p></main>", "</p> in line 1 closes nothing"),
    ("<main><h1>a</h1><form><form></form></form></main>", "<form> in line 1 stands in another"),
]


@pytest.mark.parametrize(("page", "complaint"), BROKEN)
def test_the_reader_of_pages_sees_what_is_broken(page: str, complaint: str) -> None:
    assert any(complaint in said for said in complaints(page)), complaints(page)


def test_a_refused_form_is_as_sound_as_a_fresh_one() -> None:
    row = reviewing.ambiguous()
    client = browser()
    for given in ({"verb": "edit", "field": "khid", "value": "W" * 60, "reason": "x"}, {"verb": "bind", "ord": "abc"}):
        page = client.post(f"{LIST}{row.pk}/change/", {"digest": row.digest, **given})
        assert page.status_code == 422
        assert complaints(page.content.decode()) == [], given


@pytest.mark.parametrize("path", ["/admin/zbsync/proposal/999/change/", "/admin/zbsync/no-such-thing/"])
def test_a_page_that_is_not_there_is_told_in_words(path: str) -> None:
    page = english(browser()).get(path)
    assert page.status_code == 404
    assert text(page)
