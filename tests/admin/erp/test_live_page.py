"""A customer asked for live from its pages: who is offered it, what it says, and that the page always opens."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.admin.people import browser
from tests.models import make
from tests.pipeline import lookups
from tests.pipeline.pushing import Desk, desk
from zbsync.models import Contact, ErpRecord, Exchange
from zbsync.pipeline import audit, wiring

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    cache.clear()
    with desk() as made:
        yield made
    cache.clear()


@pytest.fixture
def contact(erp: Desk) -> Contact:
    """Bound to a customer with a contract."""
    ord_ = lookups.customer(erp, address="示例路1号")
    lookups.contract(erp, ord_, "2024-03-05")
    return lookups.bound(erp, ord_)


def story(contact: Contact) -> str:
    return reverse("admin:zbsync_contact_change", args=[contact.pk])


def mirror(contact: Contact) -> str:
    row = ErpRecord.objects.get(ord=lookups.ord_of(contact))
    return reverse("admin:zbsync_erprecord_change", args=[row.pk])


def said(url: str, role: str = "reviewer", client: Client | None = None) -> str:
    client = client or browser(role)
    client.cookies["django_language"] = "en"
    answer = client.get(url)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize("page", [story, mirror])
def test_opening_a_page_asks_nothing_and_offers_the_link(contact: Contact, page) -> None:
    text = said(page(contact))
    assert 'href="?live=1#live"' in text
    assert not Exchange.objects.exists()


@pytest.mark.parametrize("page", [story, mirror])
@pytest.mark.parametrize("query", ["?live=1", "?live=1&part=live"])
def test_following_it_shows_the_customer_as_it_stands(contact: Contact, page, query: str) -> None:
    text = said(page(contact) + query)
    for told in ("示例路1号", "HT001", "2024-03-05", "王小明"):
        assert told in text, told
    assert ("<html" in text) is ("part" not in query)


def test_codes_are_shown_by_their_names(erp: Desk, contact: Contact) -> None:
    make.options(erp.connection)
    assert "网站注册" in said(story(contact) + "?live=1")


@pytest.mark.parametrize("role", ["mapper", "auditor"])
@pytest.mark.parametrize("page", [story, mirror])
def test_who_may_not_look_is_not_offered_it_and_is_refused(contact: Contact, page, role: str) -> None:
    assert "live=1" not in said(page(contact), role)
    assert browser(role).get(page(contact) + "?live=1").status_code == 403
    assert not Exchange.objects.exists()


def test_a_contact_without_a_customer_has_nothing_to_look_up(erp: Desk) -> None:
    text = said(story(make.contact()) + "?live=1")
    assert 'id="live"' not in text


def test_the_exchange_is_linked_for_who_may_read_it(contact: Contact) -> None:
    assert "/exchange/" not in said(story(contact) + "?live=1", "reviewer")
    links = re.findall(r"/admin/zbsync/exchange/(\d+)/change/", said(story(contact) + "?live=1", "operator"))
    assert len(links) == len(set(links)) == 3


def test_a_second_look_says_that_it_is_a_minute_old_at_most(contact: Contact) -> None:
    said(story(contact) + "?live=1")
    assert "the ERP was not asked again" in said(story(contact) + "?live=1")


def test_the_first_contract_stands_in_for_a_first_deal_the_hub_does_not_tell(contact: Contact) -> None:
    assert "by its contracts in the ERP" not in said(story(contact))
    said(story(contact) + "?live=1")
    text = said(story(contact))
    assert re.search(r"first deal</dt> <dd>2024-03-05", text)
    assert "by its contracts in the ERP" in text
    assert "First contract seen in the ERP" in text
    Contact.objects.update(first_deal_at=make.NOW)
    assert "by its contracts in the ERP" not in said(story(contact))


@pytest.mark.parametrize("page", [story, mirror])
def test_an_erp_that_is_away_is_said_on_a_page_that_opens(erp: Desk, contact: Contact, page) -> None:
    erp.connection.base_url = "http://127.0.0.1:9"
    erp.connection.save()
    text = said(page(contact) + "?live=1")
    assert "The ERP cannot be reached" in text
    assert "Look again" in text


def test_a_busy_and_a_paused_connection_are_said(erp: Desk, contact: Contact) -> None:
    with wiring.slot(erp.connection):
        assert "is talking to sandbox right now" in said(story(contact) + "?live=1")
    wiring.pause(erp.connection, "by_hand", audit.Actor.job("test"), timezone.now())
    assert "A person paused it" in said(story(contact) + "?live=1")


def test_a_failed_part_is_said_beside_the_others(erp: Desk, contact: Contact) -> None:
    erp.sandbox.faults.arm([{"name": "garbage", "path": "contract"}])
    text = said(story(contact) + "?live=1")
    assert "not answered" in text
    assert "示例路1号" in text


def test_a_customer_that_is_gone_is_said(erp: Desk, contact: Contact) -> None:
    erp.sandbox.store.run("UPDATE customer SET del = 2 WHERE ord = ?", args=(lookups.ord_of(contact),))
    assert f"The ERP has no customer {lookups.ord_of(contact)} any more" in said(story(contact) + "?live=1")


def test_the_erps_words_are_escaped(erp: Desk, contact: Contact) -> None:
    erp.sandbox.store.run("UPDATE contract SET title = '<b onclick=x>bold</b>'")
    assert "<b onclick" not in said(story(contact) + "?live=1")


def test_two_erps_are_told_apart(erp: Desk, contact: Contact) -> None:
    other = make.erp(name="second", base_url=erp.sandbox.url)
    make.binding(contact, lookups.ord_of(contact), connection=other)
    text = said(story(contact) + "?live=1")
    assert text.count("as of") == 2
    assert "second · " in text


def test_the_page_costs_the_same_before_anybody_asked(contact: Contact, django_assert_max_num_queries) -> None:
    client = browser("reviewer")
    client.get(story(contact))
    with django_assert_max_num_queries(18):
        client.get(story(contact))


def test_the_mirrors_page_leads_to_the_contact(contact: Contact) -> None:
    assert f'href="{story(contact)}"' in said(mirror(contact))


@pytest.mark.parametrize("page", [story, mirror])
def test_nothing_inline_is_on_it(contact: Contact, page) -> None:
    text = said(page(contact) + "?live=1")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text)
    assert not re.search(r"\sstyle=|\son[a-z]+=\"", text)
