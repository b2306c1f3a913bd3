"""Is this contact already a customer? From the ERP itself, over real HTTP, where the copy cannot say."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from tests.pipeline.matching import changed, codes, matched, proposed
from tests.pipeline.pushing import Desk, desk
from zbsync.models import ErpConnection, ErpRecord, Exchange, Proposal, Survey
from zbsync.pipeline import bootstrap, match, propose, worklist

pytestmark = pytest.mark.django_db


@pytest.fixture
def live() -> Iterator[Desk]:
    """A connection that was never surveyed, and the ERP behind it."""
    with desk(lanes_=2) as made:
        made.connection.options = {"sort1": "3,7"}
        made.connection.save()
        make.options(made.connection)
        bootstrap.seed()
        yield made


CUSTOMER = {"name": "江北示例机械有限公司", "khid": "KH1", "weixinAcc": "wx_old"}


@pytest.mark.parametrize("number", ["13800001111", "138 0000 1111", "138-0000-1111", "+86 13800001111"], ids=str)
@pytest.mark.parametrize("column", ["mobile", "phone"])
def test_the_erp_is_asked_for_a_number_in_any_spelling(live, column, number) -> None:
    (ord_,) = live.sandbox.store.add_customers([{**CUSTOMER, column: number}])
    row = matched(proposed(phone="13800001111"))
    assert (row.match_kind, row.target_ord, (row.erp_values or {})["khid"]) == ("unique", ord_, "KH1")


def test_the_erp_is_asked_for_a_company_by_its_exact_name(live: Desk) -> None:
    found, _ = live.sandbox.store.add_customers(
        [{"name": "江北（示例）机械有限公司"}, {"name": "江北示例机械有限公司分公司"}]
    )
    row = matched(proposed(kind="company", company="江北(示例) 机械有限公司"))
    assert (row.match_kind, row.target_ord) == ("unique", found)


def test_the_erp_is_asked_for_our_number_and_a_longer_one_does_not_count(live: Desk) -> None:
    _, exact = live.sandbox.store.add_customers([{"name": "甲", "khid": "WX771"}, {"name": "乙", "khid": "WX77"}])
    row = matched(proposed(source_id="77"))
    assert (row.match_kind, row.target_ord) == ("unique", exact)


def test_a_second_contact_person_s_number_counts(live: Desk) -> None:
    (ord_,) = live.sandbox.store.add_customers([CUSTOMER])
    live.sandbox.store.save_person(0, ord_, {"person_name": "李示例", "mobile": "13800001111"})
    row = matched(proposed(phone="13800001111"))
    assert (row.match_kind, row.target_ord) == ("unique", ord_)


def test_nobody_in_the_erp_is_absent(live: Desk) -> None:
    live.sandbox.store.add_customers([CUSTOMER, {"name": "乙", "mobile": "13900001111"}])
    assert matched(proposed(phone="13800001111")).match_kind == "absent"


def test_what_was_read_is_kept_and_not_read_again(live: Desk) -> None:
    (ord_,) = live.sandbox.store.add_customers([{**CUSTOMER, "mobile": "13800001111"}])
    matched(proposed(phone="13800001111"))
    assert ErpRecord.objects.get(ord=ord_).weixin == "wx_old"
    assert Exchange.objects.exclude(proposal=None).count() == live.sandbox.store.calls()


def test_a_customer_two_contacts_want_is_read_once(live: Desk) -> None:
    live.sandbox.store.add_customers([{**CUSTOMER, "mobile": "13800001111"}])
    make.contact(phone="13800001111"), make.contact(phone="13800001111")
    propose.drain()
    assert match.drain().done == 2
    assert sum("edit=1" in (seen.query or "") for seen in live.sandbox.log()) == 1


def test_a_bound_customer_is_read_when_the_copy_does_not_know_it(live: Desk) -> None:
    (ord_,) = live.sandbox.store.add_customers([CUSTOMER])
    contact = proposed(name="新名")
    make.binding(contact, ord_, connection=live.connection)
    row = matched(contact)
    assert (row.match_kind, row.action, changed(row)["name"]) == ("bound", "update", "新名")


def test_a_bound_customer_that_is_deleted_is_told(live: Desk) -> None:
    (ord_,) = live.sandbox.store.add_customers([CUSTOMER])
    contact = proposed()
    make.binding(contact, ord_, connection=live.connection)
    live.sandbox.store.delete(ord_)
    row = matched(contact)
    assert (row.state, row.cause, row.action) == ("ready", "match.target_gone", "")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"name": "garbage", "path": "list.asp"}, "erp.not_json"),
        ({"name": "unavailable", "path": "list.asp", "seconds": 90}, "erp.unavailable"),
        ({"name": "garbage", "path": "add.asp"}, "erp.not_json"),
    ],
)
def test_a_failing_search_is_an_error_and_its_own_only(live, fault, code) -> None:
    live.sandbox.store.add_customers([{**CUSTOMER, "mobile": "13800001111"}])
    live.sandbox.faults.arm([{**fault, "count": 1}])
    one = proposed(phone="13800001111")
    row = matched(one)
    assert (row.state, row.match_kind, row.match_error) == ("mapped", "", code)
    live.sandbox.faults.arm([])
    match.drain(clock=lambda: timezone.now() + timedelta(minutes=5))
    row.refresh_from_db()
    assert (row.state, row.match_kind, row.match_error) == ("ready", "unique", "")


def test_a_refused_login_leaves_everything_where_it_was(live: Desk) -> None:
    proposed()
    with override_settings(ZBSYNC_SECRET=lambda name: "wrong"):
        assert match.drain().done == 0
        assert match.drain().done == 0
    row = Proposal.objects.get()
    live.connection.refresh_from_db()
    assert (row.state, row.match_error) == ("mapped", "")
    assert live.connection.pause_cause == "login_refused"


def test_time_that_is_up_leaves_the_rest_for_the_next_turn(live: Desk) -> None:
    for _ in range(3):
        make.contact()
    propose.drain()
    assert match.drain(until=0.0).seen == 0
    assert match.drain().done == 3


def test_a_surveyed_copy_without_details_is_asked_only_for_our_number(live: Desk) -> None:
    make.erp_record(900, connection=live.connection, detailed_at=None)
    ErpConnection.objects.update(surveyed_at=timezone.now())
    Survey.objects.create(connection=live.connection, persons_at=timezone.now())
    assert matched(proposed()).match_kind == "absent"
    assert [seen.path.rpartition("/")[2] for seen in live.sandbox.log()][1:] == ["list.asp"]


def test_a_proposal_that_changed_meanwhile_is_left_alone(live: Desk) -> None:
    contact = proposed()
    row = contact.proposals.get()
    seen = {row.pk: "as it was"}
    row.match_kind = "absent"
    with transaction.atomic():
        assert worklist.hold(seen) == set()
    row.refresh_from_db()
    assert row.state == "mapped"


def test_a_company_found_as_a_person_is_told_and_not_given_what_its_form_lacks(live: Desk) -> None:
    live.sandbox.store.add_customers([{"name": "王示例", "mobile": "13800001111", "intsort": "2"}])
    row = matched(proposed(kind="company", company="江北示例有限公司", name="王示例", phone="13800001111"))
    assert (row.match_kind, row.action) == ("unique", "update")
    assert "person_name" in row.payload
    assert "person_name" not in changed(row)
    assert "match.kind_differs" in codes(row)


def test_a_company_found_as_one_keeps_its_person(live: Desk) -> None:
    live.sandbox.store.add_customers([{"name": "江北示例有限公司", "intsort": "1"}])
    row = matched(proposed(kind="company", company="江北示例有限公司", name="王示例"))
    assert changed(row)["person_name"] == "王示例"
    assert "match.kind_differs" not in codes(row)
