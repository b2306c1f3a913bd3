"""What the local copy answers by itself: persons, numbers like ours, and nothing that it is too old for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from tests.pipeline.matching import known, matched, proposed
from tests.pipeline.pushing import Desk, desk
from zbsync.conf import conf
from zbsync.core.matching import Query
from zbsync.models import ErpConnection, ErpRecord, MappingRule, Survey
from zbsync.pipeline import bootstrap, match, propose, survey, tables
from zbsync.pipeline.match.local import Copy
from zbsync.pipeline.match.search import KHID, NAME, NUMBER, PERSON

pytestmark = pytest.mark.django_db
NOW = timezone.now()
MOBILE = "13800001111"
ALL = Query("WX1", MOBILE, "wx", "示例公司")


@pytest.fixture
def erp() -> ErpConnection:
    """A copy that knows everybody, and nobody behind it: whoever asks the ERP fails."""
    connection = make.erp(base_url="http://127.0.0.1:9", surveyed_at=NOW)
    make.options(connection)
    bootstrap.seed()
    return connection


def test_a_person_s_mobile_leads_to_their_customer(erp: ErpConnection) -> None:
    known(501)
    make.erp_person(9, customer=501, mobile=MOBILE)
    row = matched(proposed(phone=MOBILE))
    assert (row.match_kind, row.target_ord, row.match_error) == ("unique", 501, "")


@pytest.mark.parametrize("person", [{"mobile": "13800001112"}, {"mobile": MOBILE, "gone_at": make.NOW}])
def test_another_person_leads_nowhere(erp: ErpConnection, person: dict[str, object]) -> None:
    known(501)
    make.erp_person(9, customer=501, **person)
    assert matched(proposed(phone=MOBILE)).match_kind == "absent"


def test_persons_of_several_customers_are_ambiguous(erp: ErpConnection) -> None:
    for ord_ in (501, 502):
        known(ord_)
        make.erp_person(ord_ + 1000, customer=ord_, phone=MOBILE)
    assert matched(proposed(phone=MOBILE)).cause == "match.ambiguous"


def test_a_fresh_copy_of_whole_records_answers_everything(erp: ErpConnection) -> None:
    assert Copy(erp, NOW).lacks(ALL) == frozenset()


def test_nothing_is_asked_that_is_not_looked_for(erp: ErpConnection) -> None:
    erp.surveyed_at = None
    assert Copy(erp, NOW).lacks(Query(mobile=MOBILE)) == {NUMBER, PERSON}


@pytest.mark.parametrize(
    ("stale", "lacking"),
    [("surveyed_at", {KHID, NUMBER, PERSON, NAME}), ("persons_at", {PERSON}), ("numbers_at", {KHID})],
)
def test_a_copy_that_is_too_old_for_something_says_so(erp: ErpConnection, stale: str, lacking: set[str]) -> None:
    make.erp_record(900, detailed_at=None)
    old = NOW - timedelta(seconds=conf().mirror_max_age_s + 1)
    if stale == "surveyed_at":
        erp.surveyed_at = old
    else:
        Survey.objects.update(**{stale: old})
    assert Copy(erp, NOW).lacks(ALL) == lacking


def test_a_number_of_ours_is_known_though_not_everybody_was_read(erp: ErpConnection) -> None:
    make.erp_record(900, detailed_at=None)
    assert KHID not in Copy(erp, NOW).lacks(Query(khid="WX77"))
    assert KHID in Copy(erp, NOW).lacks(Query(khid="K77")), "of other numbers a list tells nothing"


def test_one_unread_customer_with_a_number_like_ours_makes_it_unknown(erp: ErpConnection) -> None:
    make.erp_record(900, detailed_at=None, numbered=True)
    assert KHID in Copy(erp, NOW).lacks(Query(khid="WX77"))


@pytest.mark.parametrize(
    ("option", "argument", "prefix"),
    [("", "", "WX"), ("wx", "ZB", "ZB"), ("erp", "", ""), ("k_code", "", "")],
)
def test_the_prefix_is_the_published_rule_s(erp: ErpConnection, option: str, argument: str, prefix: str) -> None:
    erp.options = {"khid": option} if option else {}
    rule = MappingRule.objects.get(target="khid")
    rule.argument = argument
    rule.save()
    assert tables.number_prefix(erp) == prefix


def test_two_persons_with_one_mobile_at_one_customer_are_one_candidate(erp: ErpConnection) -> None:
    known(501)
    make.erp_person(9, customer=501, mobile=MOBILE)
    make.erp_person(10, customer=501, mobile=MOBILE, phone=MOBILE)
    row = matched(proposed(phone=MOBILE))
    assert [one["ord"] for one in row.candidates] == [501]


# Against the ERP: what a survey makes of it


@pytest.fixture
def surveyed() -> Iterator[Desk]:
    """Customers in a list nobody read in full, but for those with a number like ours."""
    with desk(lanes_=2, settings={"detail_budget": 2}) as made:
        made.connection.options = {"sort1": "3,7"}
        made.connection.save()
        make.options(made.connection)
        bootstrap.seed()
        made.sandbox.store.add_customers([{"name": f"老客户{number}", "khid": f"KH{number}"} for number in range(9)])
        made.sandbox.store.add_customers([{"name": "我们的", "khid": "WX77"}, {"name": "别人的", "khid": "KHWX1"}])
        survey.run(made.connection)
        yield made


def test_a_survey_reads_customers_with_a_number_like_ours_first(surveyed: Desk) -> None:
    read = ErpRecord.objects.filter(detailed_at__isnull=False).values_list("khid", flat=True)
    assert set(read) == {"WX77", "KHWX1"}


def test_then_a_new_contact_costs_no_look_at_all(surveyed: Desk) -> None:
    before = surveyed.sandbox.store.calls()
    row = matched(proposed(source_id="78"))
    assert (row.match_kind, row.match_error) == ("absent", "")
    assert surveyed.sandbox.store.calls() == before


def test_and_a_known_number_is_found_by_it(surveyed: Desk) -> None:
    row = matched(proposed(source_id="77"))
    assert (row.match_kind, row.candidates[0]["rules"]) == ("unique", ["khid"])


def test_a_number_given_later_is_read_at_the_next_survey(surveyed: Desk) -> None:
    ord_ = next(int(one["ord"]) for one in surveyed.sandbox.store.customers(name="老客户3"))
    surveyed.sandbox.store.run("UPDATE customer SET khid = 'WX99' WHERE ord = ?", args=(ord_,))
    ErpRecord.objects.filter(ord=ord_).update(detailed_at=timezone.now())
    survey.run(surveyed.connection)
    assert ErpRecord.objects.get(ord=ord_).khid == "WX99"


def test_a_hit_of_the_copy_is_confirmed_by_reading_it(surveyed: Desk) -> None:
    (ord_,) = surveyed.sandbox.store.add_customers([{"name": "新来的", "mobile": MOBILE}])
    with override_settings(ZBSYNC=replace(conf(), detail_budget=0)):
        survey.run(surveyed.connection)
    before = surveyed.sandbox.store.calls()
    row = matched(proposed(phone=MOBILE))
    assert (row.match_kind, row.target_ord) == ("unique", ord_)
    assert surveyed.sandbox.store.calls() - before == 1


def test_a_second_person_s_number_needs_no_search(surveyed: Desk) -> None:
    ord_ = int(surveyed.sandbox.store.customers(name="我们的")[0]["ord"])
    surveyed.sandbox.store.save_person(0, ord_, {"person_name": "李示例", "mobile": "138 0000 1111"})
    survey.run(surveyed.connection)
    before = surveyed.sandbox.store.calls()
    assert matched(proposed(phone=MOBILE)).target_ord == ord_
    assert surveyed.sandbox.store.calls() == before


def test_a_new_person_brings_a_proposal_back_to_be_matched(surveyed: Desk) -> None:
    row = matched(proposed(phone=MOBILE))
    assert row.match_kind == "absent"
    ord_ = int(surveyed.sandbox.store.customers(name="我们的")[0]["ord"])
    surveyed.sandbox.store.save_person(0, ord_, {"person_name": "李示例", "mobile": MOBILE})
    survey.run(surveyed.connection)
    row.refresh_from_db()
    assert row.state == "mapped"
    match.drain()
    row.refresh_from_db()
    assert (row.state, row.target_ord) == ("ready", ord_)


def test_a_hundred_contacts_are_matched_without_a_call(surveyed: Desk) -> None:
    for _ in range(100):
        make.contact()
    propose.drain()
    before = surveyed.sandbox.store.calls()
    assert match.drain().done == 100
    assert surveyed.sandbox.store.calls() == before
