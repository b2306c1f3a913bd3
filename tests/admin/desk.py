"""What the tests of the review desk share: a reviewer's browser in English, and pages read as a person reads them."""

import html
import re
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.admin.people import browser, someone
from tests.pipeline import reviewing
from zbsync.models import Entry, Proposal

LIST = "/admin/zbsync/proposal/"
NAMES = re.compile(r'<span class="zb-name"[^>]*>([^<]*)</span>')
TAGS = re.compile(r"<[^>]+>")
SPACE = re.compile(r"\s+")


def english(client: Client) -> Client:
    """The same browser, whose user chose English."""
    client.cookies["django_language"] = "en"
    return client


def desk(role: str = "reviewer") -> Client:
    """A colleague of that role at the desk."""
    return english(browser(role))


def with_permissions(*permissions: str) -> Client:
    """Somebody who may do exactly this."""
    user = reviewing.person("only", permissions)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    client = english(Client())
    client.force_login(user)
    return client


def reviewer() -> User:
    """Whom `desk()` logs in."""
    return someone("reviewer")


def text(page: Any) -> str:
    """What can be read on a page, without its markup."""
    return SPACE.sub(" ", html.unescape(TAGS.sub(" ", page.content.decode()))).strip()


def names(page: Any) -> list[str]:
    """The customers of a list, in its order."""
    return [html.unescape(name) for name in NAMES.findall(page.content.decode())]


def screen(proposal: Proposal, query: str = "") -> str:
    """The address of a decision screen, reached from the list with this query."""
    url = reverse("admin:zbsync_proposal_change", args=[proposal.pk])
    return f"{url}?_changelist_filters={query}" if query else url


def decide(client: Client, proposal: Proposal, verb: str, *, query: str = "", **given: Any) -> Any:
    """Submit one form of the screen as it was rendered from this row."""
    return client.post(screen(proposal, query), {"verb": verb, "digest": proposal.digest, **given})


def buttons(page: Any) -> set[str]:
    """The verbs that a page offers, by button or by form."""
    found = re.findall(r'name="verb" value="([a-z_]+)"', page.content.decode())
    return set(found)


def told(page: Any) -> str:
    """The messages on a page."""
    found = re.search(r'<ul class="messagelist">(.*?)</ul>', page.content.decode(), re.DOTALL)
    return SPACE.sub(" ", html.unescape(TAGS.sub(" ", found.group(1)))).strip() if found else ""


def hidden(page: Any, name: str) -> list[str]:
    """The values that a page's forms carry under this name."""
    return re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page.content.decode())


def tick(*rows: Proposal, **more: Any) -> dict[str, Any]:
    """The list's form with these rows ticked, as Django's actions read it."""
    return {"_selected_action": [row.pk for row in rows], "index": "0", "select_across": "0", **more}


def verbs_of(proposal: Proposal) -> list[str]:
    """What the audit says was done to a proposal."""
    return list(
        Entry.objects.filter(subject="proposal", subject_id=proposal.pk).order_by("pk").values_list("verb", flat=True)
    )
