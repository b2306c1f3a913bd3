"""Lists count to ten thousand and say so; nothing is promised that was not counted."""

import pytest

from tests.admin.desk import LIST, desk, english, names, text
from tests.admin.people import browser
from tests.models import make
from tests.pipeline import reviewing
from zbsync.admin import base
from zbsync.models import Proposal

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_are_many(monkeypatch) -> None:
    """As if nobody counted further than two."""
    monkeypatch.setattr(base, "COUNT_CAP", 3)


def pages(rows, per_page: int = 2) -> base.CheapPaginator:
    return base.CheapPaginator(rows, per_page)


def test_a_short_list_is_counted_exactly() -> None:
    for _ in range(2):
        make.proposal(state="ready")
    found = pages(Proposal.objects.filter(state="ready").order_by("-id"))
    assert (found.count, found.capped) == (2, False)


def test_a_long_list_says_that_there_is_more(three_are_many) -> None:
    for _ in range(5):
        make.proposal(state="ready")
    found = pages(Proposal.objects.filter(state="ready").order_by("-id"))
    assert (found.count, found.capped) == (3, True)


def test_a_whole_table_is_estimated_never_below_what_was_counted(three_are_many) -> None:
    for _ in range(5):
        make.proposal(state="ready")
    assert pages(Proposal.objects.order_by("-id")).count >= 3


def test_a_plain_list_is_counted_as_it_is() -> None:
    assert pages([1, 2, 3]).count == 3


def test_counting_takes_one_statement(three_are_many, django_assert_num_queries) -> None:
    make.proposal(state="ready")
    with django_assert_num_queries(1):
        assert pages(Proposal.objects.filter(state="ready")).count == 1


def test_the_page_says_more_than_ten_thousand_and_still_offers_all(three_are_many) -> None:
    for _ in range(4):
        make.proposal(state="ready")
    page = text(desk().get(LIST))
    assert "More than 10,000 rows" in page
    assert "Select all that match" in page


def test_all_that_match_are_counted_exactly_before_they_go(three_are_many) -> None:
    for _ in range(7):
        reviewing.proposal()
    row = Proposal.objects.latest("pk")
    asked = {"action": "approve", "select_across": "1", "index": "0", "_selected_action": row.pk}
    assert "Approve 7" in text(desk().post(LIST, asked))


@pytest.mark.parametrize("typed", ["ffsm", "丰峰", "商贸有限公司", "FFSM", "孙国", "sg"])
def test_a_company_is_found_by_any_part_and_by_initials(typed) -> None:
    make.proposal(state="ready", title="西安丰峰商贸 有限公司", person="孙国")
    make.proposal(state="ready", title="王小明")
    assert names(desk().get(LIST, {"q": typed})) == ["西安丰峰商贸 有限公司"]


def test_it_is_found_by_the_number_its_customer_has_in_the_erp() -> None:
    make.erp_record(77, khid="KH00007")
    make.proposal(state="ready", title="张三", match_kind="unique", action="update", target_ord=77)
    make.proposal(state="ready", title="李四")
    assert names(desk().get(LIST, {"q": "KH00007"})) == ["张三"]


def test_another_list_counts_the_same_way(three_are_many) -> None:
    for _ in range(4):
        make.contact()
    page = english(browser("reviewer")).get("/admin/zbsync/contact/?eligible__exact=none")
    assert "More than 10,000 rows" in text(page)
