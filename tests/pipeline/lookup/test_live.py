"""A customer looked up from a page, over real HTTP: what it shows, what it keeps, and how it fails in words."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tests.admin.people import someone
from tests.models import make
from tests.pipeline import lookups
from tests.pipeline.pushing import Desk, desk
from zbsync.models import Entry, Exchange
from zbsync.pipeline import audit, lookup, wiring
from zbsync.sentences import say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def look(erp: Desk, ord_: int, role: str = "reviewer") -> lookup.Seen:
    return lookup.look(erp.connection, ord_, someone(role))


def sections(seen: lookup.Seen) -> dict[str, lookup.Section]:
    return {one.name: one for one in seen.sections}


def said(seen: lookup.Seen) -> str:
    assert seen.problem is not None
    return say(seen.problem)


def calls(erp: Desk) -> list[str]:
    return [row.operation for row in Exchange.objects.filter(connection=erp.connection).order_by("pk")]


def test_details_contracts_and_persons_are_shown(erp: Desk) -> None:
    ord_ = lookups.customer(erp, address="示例路1号")
    lookups.contract(erp, ord_, "2024-03-05")
    found = sections(look(erp, ord_))
    shown = {one["id"]: one["value"] for one in found["details"].rows}
    assert (shown["name"], shown["address"], shown["ly"]) == ("示例商贸有限公司", "示例路1号", "171")
    assert [(row["htid"], row["dateQD"], row["moneyall"].replace(",", "")) for row in found["contracts"].rows] == [
        ("HT001", "2024-03-05", "12500.50")
    ]
    assert [row["person_name"] for row in found["persons"].rows] == ["王小明"]
    assert "follow_ups" not in found


def test_what_the_erp_has_nothing_in_is_left_out(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    assert all(one["value"] or one["text"] for one in sections(look(erp, ord_))["details"].rows)


def test_follow_ups_are_shown_where_the_connection_names_their_page(erp: Desk) -> None:
    erp.connection.options = {"follow_up_list": lookups.REPLIES}
    erp.connection.save()
    ord_ = lookups.customer(erp)
    erp.sandbox.store.run(
        "INSERT INTO reply (ord, datatype, target, company, uid, date, intro, sort)",
        "VALUES (1, 'tel', ?, ?, 1, ?, ?, 481)",
        args=(ord_, ord_, "2025-11-01 09:30", "电话里说要两台"),
    )
    (row,) = sections(look(erp, ord_))["follow_ups"].rows
    assert "两台" in row["intro"]


def test_every_request_is_kept_as_evidence_and_each_part_names_its_own(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    seen = look(erp, ord_)
    assert calls(erp) == ["login", "read_customer", "list_contracts", "list_persons"]
    named = {row.operation for row in Exchange.objects.filter(pk__in=[one.exchange or 0 for one in seen.sections])}
    assert named == {"read_customer", "list_contracts", "list_persons"}


def test_a_second_look_within_a_minute_asks_nothing(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    first = look(erp, ord_)
    asked = calls(erp)
    again = look(erp, ord_)
    assert (first.kept, again.kept) == (False, True)
    assert (again.at, again.sections) == (first.at, first.sections)
    assert calls(erp) == asked


def test_a_later_look_asks_again_without_a_new_login(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    look(erp, ord_)
    cache.clear()
    look(erp, ord_)
    assert calls(erp).count("login") == 1
    assert calls(erp).count("read_customer") == 2


def test_nothing_is_written_in_the_erp(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    look(erp, ord_)
    assert not erp.writes(ord_)


@pytest.mark.parametrize("role", ["mapper", "auditor", ""])
def test_who_may_not_look_is_refused_before_anything_is_asked(erp: Desk, role: str) -> None:
    ord_ = lookups.customer(erp)
    with pytest.raises(PermissionDenied):
        look(erp, ord_, role)
    assert calls(erp) == []


def test_who_may_not_look_is_not_shown_what_is_kept_either(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    look(erp, ord_)
    with pytest.raises(PermissionDenied):
        look(erp, ord_, "auditor")


def test_a_paused_connection_is_said_and_not_asked(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    wiring.pause(erp.connection, "by_hand", audit.Actor.job("test"), timezone.now())
    assert "A person paused it" in said(look(erp, ord_))
    assert calls(erp) == []


def test_a_connection_that_is_switched_off_is_said(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.is_active = False
    assert "switched off" in said(look(erp, ord_))
    assert calls(erp) == []


def test_a_busy_connection_is_said(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    with wiring.slot(erp.connection) as hold:
        assert hold
        assert "talking to sandbox right now" in said(look(erp, ord_))
    assert calls(erp) == []
    assert look(erp, ord_).problem is None, "and the turn is free again"


def test_a_missing_account_is_said(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.password_env = "NOT_SET"
    assert "NOT_SET" in said(look(erp, ord_))


def test_a_wrong_account_is_said_and_counted(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.password_env = "ERP_USER"
    assert "does not let the account in" in said(look(erp, ord_))
    erp.connection.refresh_from_db()
    assert erp.connection.login_refusals == 1


def test_an_erp_that_is_not_there_is_said(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.base_url = "http://127.0.0.1:9"
    seen = look(erp, ord_)
    assert "cannot be reached" in said(seen)
    assert seen.sections == ()


def test_a_failure_is_not_kept(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.sandbox.faults.arm([{"name": "reset_before", "path": "custom/add", "count": 9}])
    assert look(erp, ord_).problem is not None
    erp.sandbox.faults.arm([])
    assert look(erp, ord_).problem is None


def test_a_silent_erp_costs_no_more_than_the_time_of_one_call(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.timeout_s = 2.0
    erp.sandbox.faults.arm([{"name": "slow", "seconds": 5, "path": "custom/add"}])
    assert "did not answer within 0.5 seconds" in said(look(erp, ord_))
    assert sum(Exchange.objects.values_list("elapsed_ms", flat=True)) < 2000


def test_what_was_answered_before_the_silence_is_shown(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.connection.timeout_s = 2.0
    erp.sandbox.faults.arm([{"name": "slow", "seconds": 5, "path": "contract"}])
    seen = look(erp, ord_)
    assert list(sections(seen)) == ["details"]
    assert seen.problem is not None


@pytest.mark.parametrize("fault", ["html_500", "empty_body", "garbage"])
def test_a_page_that_fails_leaves_the_others(erp: Desk, fault: str) -> None:
    ord_ = lookups.customer(erp)
    erp.sandbox.faults.arm([{"name": fault, "path": "contract"}])
    found = sections(look(erp, ord_))
    assert found["contracts"].problem is not None
    assert found["persons"].rows
    assert "stored" not in say(found["contracts"].problem)


def test_a_customer_that_is_deleted_is_said(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    erp.sandbox.store.run("UPDATE customer SET del = 2 WHERE ord = ?", args=(ord_,))
    (only,) = look(erp, ord_).sections
    assert only.problem is not None
    assert f"no customer {ord_} any more" in say(only.problem)


def test_an_id_that_was_only_reserved_is_no_customer(erp: Desk) -> None:
    from zbsync.pipeline.lanes import Lanes

    with Lanes(erp.connection, wiring.config_for(erp.connection), size=1) as lanes:
        lanes.submit("draft", lambda client: client.allocate("unit").ord)
        (done,) = lanes.collect(5)
    (only,) = look(erp, done.value).sections
    assert only.problem is not None


def test_rows_of_other_customers_are_left_out_and_counted(erp: Desk) -> None:
    """As if the ERP ignored the filter: it shows the contracts of a namesake's longer name under this id."""
    ord_ = lookups.customer(erp)
    other = lookups.customer(erp, "别家商贸有限公司")
    lookups.contract(erp, ord_, "2024-03-05")
    seen = sections(look(erp, other))
    assert seen["contracts"].rows == ()
    asked: Any = lookup.sections.contracts
    page = _Everybody([{"khmc": "示例商贸有限公司", "ord": "1"}, {"khmc": "别家商贸有限公司", "ord": "2"}])
    found = asked(page, other, "别家商贸有限公司")
    assert ([row["ord"] for row in found.rows], found.total, found.others) == (["2"], 1, 1)


class _Everybody:
    """An ERP that knows no filter."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self.found = rows

    def rows(self, _operation: str, _filters: Any, size: int) -> Any:
        from zbsync.erp.commands import Page

        return Page(self.found[:size], 1, 1, len(self.found))


def test_a_first_contract_sets_the_first_deal_and_makes_the_contact_due(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    contact = lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05", 1)
    lookups.contract(erp, ord_, "2023-12-01", 2)
    version, digest = contact.version, contact.digest
    look(erp, ord_)
    contact.refresh_from_db()
    assert lookups.first_deal(ord_) == "2023-11-30 16:00", "the start of the day in China"
    assert (contact.proposed_version, contact.version, contact.digest) == (0, version, digest)
    assert contact.first_deal_at is None, "what the hub tells is the hub's"
    entry = Entry.objects.get(verb="customer.first_deal")
    assert (entry.contact_id, (entry.after or {})["ord"]) == (contact.pk, ord_)


def test_it_is_news_only_once(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05")
    for _ in range(2):
        look(erp, ord_)
        cache.clear()
    assert Entry.objects.filter(verb="customer.first_deal").count() == 1


def test_a_contact_whose_hub_told_its_first_deal_is_left_alone(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    contact = lookups.bound(erp, ord_, first_deal_at=make.NOW)
    lookups.contract(erp, ord_, "2024-03-05")
    look(erp, ord_)
    contact.refresh_from_db()
    assert (contact.proposed_version, contact.first_deal_at) == (1, make.NOW)


def test_of_more_contracts_than_are_shown_the_first_is_left_to_the_pass_through_all(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    for number in range(lookup.sections.ROWS + 1):
        lookups.contract(erp, ord_, f"2024-03-{number + 1:02}", number)
    shown = sections(look(erp, ord_))["contracts"]
    assert (len(shown.rows), shown.total) == (lookup.sections.ROWS, lookup.sections.ROWS + 1)
    assert lookups.first_deal(ord_) == ""
    lookups.bound(erp, ord_)
    lookup.contracts.run(erp.connection)
    assert lookups.first_deal(ord_) == "2024-02-29 16:00"


def test_a_contract_of_the_future_is_no_deal_yet(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.contract(erp, ord_, "2999-01-01")
    look(erp, ord_)
    assert lookups.first_deal(ord_) == ""
