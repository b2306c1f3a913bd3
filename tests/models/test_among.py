"""One of many values, as one parameter: finds what IN (…) finds, by the same index."""

from typing import Any

import pytest
from django.db import connection

from tests.models import make
from zbsync.models import ErpRecord

pytestmark = pytest.mark.django_db
NUMBERS = ["13800000001", "13800000002", "", "O'Brien", "百分之%s", '"', "\\"]


@pytest.fixture
def records() -> None:
    for ord_, mobile in enumerate(NUMBERS, 1):
        make.erp_record(ord_, mobile=mobile)


@pytest.mark.parametrize(
    "wanted", [set(), {"x"}, {NUMBERS[0]}, set(NUMBERS), set(NUMBERS[3:]), dict.fromkeys(NUMBERS, 1)]
)
def test_texts(records: None, wanted: Any) -> None:
    rows = ErpRecord.objects.order_by("ord").values_list("ord", flat=True)
    assert list(rows.filter(mobile__among=wanted)) == list(rows.filter(mobile__in=list(wanted)))


@pytest.mark.parametrize("wanted", [set(), {1}, {2, 3, 10**12}, range(2, 5), {7: "x"}.keys()])
def test_whole_numbers(records: None, wanted: Any) -> None:
    rows = ErpRecord.objects.order_by("ord").values_list("ord", flat=True)
    assert list(rows.filter(ord__among=wanted)) == list(rows.filter(ord__in=list(wanted)))


def test_many_are_one_parameter(records: None) -> None:
    sql, params = ErpRecord.objects.filter(ord__among=range(5000)).query.sql_with_params()
    assert (sql.count("%s"), len(params)) == (1, 1)
    assert ErpRecord.objects.filter(ord__among=range(5000)).count() == len(NUMBERS)


def test_it_can_be_excluded_and_changed_by(records: None) -> None:
    assert ErpRecord.objects.exclude(ord__among={1, 2}).count() == len(NUMBERS) - 2
    assert ErpRecord.objects.filter(ord__among={1, 2}).update(name="甲") == 2


def test_an_index_serves_it(records: None) -> None:
    rows = ErpRecord.objects.filter(connection=make.erp(), mobile__among={"13800000001"}).exclude(mobile="")
    plan = rows.explain()
    if connection.vendor == "sqlite":
        assert "erp_record_mobile" in plan
