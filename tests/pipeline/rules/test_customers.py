"""The local copy of the ERP's customers: a list tells a little, a detail tells all, and neither forgets the other."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.models import make
from zbsync.core.matching import ErpView
from zbsync.erp.commands import CustomerRecord
from zbsync.models import ErpConnection, ErpRecord
from zbsync.pipeline import customers
from zbsync.pipeline.customers import Row

pytestmark = pytest.mark.django_db
LATER = make.NOW + timedelta(hours=1)
FULL = {
    "name": "示例（重庆）有限公司", "khid": " WX1 ", "mobile": "138 0000 0000", "phone": "023-60000001",
    "weixinAcc": "wx_1 ", "intro": "", "person_name": "", "ly": "171",
}  # fmt: skip


@pytest.fixture
def erp() -> ErpConnection:
    return make.erp()


def told(values: dict[str, str], ord_: int = 7) -> CustomerRecord:
    return CustomerRecord(ord_, values, labels={}, captions={}, kind="unit", form=())


def record(ord_: int = 7, **values: str) -> CustomerRecord:
    return told({**FULL, **values}, ord_)


def row(ord_: int = 7, /, **cells: str) -> Row:
    return Row.of({"ord": str(ord_), "name": "甲", "mobile": "138 0000 0000", "phone": "", **cells})


def counted(fresh: customers.Fresh) -> tuple[int, int]:
    return len(fresh.new), len(fresh.changed)


def kept(ord_: int = 7) -> ErpRecord:
    return ErpRecord.objects.get(ord=ord_)


@pytest.mark.parametrize(("text", "ord_"), [("1207", 1207), ("1,207", 1207), (" 7 ", 7)])
def test_a_list_row_is_read_by_its_id(text: str, ord_: int) -> None:
    assert Row.of({"ord": text, "name": "甲", "mobile": "1", "phone": "2"}) == Row(ord_, "甲", "1", "2")


@pytest.mark.parametrize("cells", [{}, {"ord": ""}, {"ord": "x"}, {"ord": "-7"}, {"ord": "1.5"}])
def test_a_list_row_without_an_id_is_refused_with_what_stood_there(cells: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="in a list of customers"):
        Row.of(cells)


def test_a_list_row_may_lack_columns() -> None:
    assert Row.of({"ord": "7"}) == Row(7, "", "", "")


def test_a_list_row_is_kept_in_comparable_spelling(erp: ErpConnection) -> None:
    assert counted(customers.see(erp, [row(name="示例（重庆）有限公司", phone="023-6000 0001")], make.NOW)) == (1, 0)
    one = kept()
    assert (one.mobile, one.phone, one.name) == ("13800000000", "02360000001", "示例（重庆）有限公司")
    assert one.name_normal
    assert "（" not in one.name_normal
    assert (one.seen_at, one.detailed_at, one.gone_at, one.values) == (make.NOW, None, None, {})


def test_a_detail_is_kept_whole_but_for_what_is_empty(erp: ErpConnection) -> None:
    customers.keep(erp, [record()], make.NOW)
    one = kept()
    assert (one.khid, one.weixin, one.mobile, one.phone) == ("WX1", "wx_1", "13800000000", "02360000001")
    assert one.values == {name: value for name, value in FULL.items() if value or name == "person_name"}
    assert (one.seen_at, one.detailed_at) == (make.NOW, make.NOW)


@pytest.mark.parametrize(
    ("change", "told_so", "detailed"),
    [({}, (0, 0), True), ({"name": "乙"}, (0, 1), False), ({"mobile": "13900000000"}, (0, 1), False),
     ({"phone": "1"}, (0, 1), False), ({"mobile": "138-0000-0000"}, (0, 0), True)],
)  # fmt: skip
def test_what_changed_in_the_list_is_to_be_read_in_full_again(
    erp: ErpConnection, change: dict[str, str], told_so: tuple[int, int], detailed: bool
) -> None:
    customers.keep(erp, [record(name="甲", phone="")], make.NOW)
    assert counted(customers.see(erp, [row(**change)], LATER)) == told_so
    one = kept()
    assert (one.detailed_at is not None) is detailed
    assert one.seen_at == LATER
    assert (one.khid, one.weixin) == ("WX1", "wx_1"), "a list knows nothing of these and so forgets nothing"


def test_who_is_seen_again_is_not_gone(erp: ErpConnection) -> None:
    for again in (lambda: customers.see(erp, [row()], LATER), lambda: customers.keep(erp, [record()], LATER)):
        customers.see(erp, [row()], make.NOW)
        assert customers.gone(erp, [7], make.NOW) == 1
        assert kept().gone_at == make.NOW
        again()
        assert kept().gone_at is None


def test_who_is_gone_is_counted_once_and_keeps_the_first_time(erp: ErpConnection) -> None:
    customers.see(erp, [row(7), row(8)], make.NOW)
    assert customers.gone(erp, [7, 99], make.NOW) == 1
    assert customers.gone(erp, [7, 8], LATER) == 1
    assert (kept(7).gone_at, kept(8).gone_at) == (make.NOW, LATER)
    assert customers.gone(erp, [], LATER) == 0


def test_the_later_of_two_rows_with_one_id_stands(erp: ErpConnection) -> None:
    customers.see(erp, [row(name="甲"), row(name="乙")], make.NOW)
    assert kept().name == "乙"
    customers.keep(erp, [record(name="丙"), record(name="丁")], make.NOW)
    assert kept().name == "丁"


def test_two_connections_keep_their_own(erp: ErpConnection) -> None:
    other = make.erp(name="other")
    customers.see(erp, [row(name="甲")], make.NOW)
    customers.see(other, [row(name="乙")], make.NOW)
    customers.gone(erp, [7], make.NOW)
    assert ErpRecord.objects.get(connection=erp).gone_at == make.NOW
    assert ErpRecord.objects.get(connection=other).gone_at is None


def test_values_that_are_too_long_are_cut_for_looking_up_and_kept_whole(erp: ErpConnection) -> None:
    customers.keep(erp, [record(name="长" * 300, khid="K" * 150, weixinAcc="w" * 150, phone="1" * 80)], make.NOW)
    one = kept()
    assert (len(one.name), len(one.name_normal), len(one.khid), len(one.weixin)) == (200, 200, 100, 100)
    assert len(one.phone) == 50
    assert one.values["name"] == "长" * 300


@pytest.mark.parametrize("count", [1, 400])
def test_a_batch_is_one_look_and_as_few_upserts_as_django_can(erp: ErpConnection, count: int) -> None:
    """Django gives SQLite 999 parameters a statement, and PostgreSQL all of them."""
    rows, records = [row(n) for n in range(1, count + 1)], [record(n) for n in range(1, count + 1)]
    with CaptureQueriesContext(connection) as seeing:
        customers.see(erp, rows, make.NOW)
    with CaptureQueriesContext(connection) as keeping:
        customers.keep(erp, records, LATER)
    writes = [query for query in (*seeing, *keeping) if query["sql"].startswith("INSERT")]
    reads = [query for query in (*seeing, *keeping) if query["sql"].startswith("SELECT")]
    assert len(reads) == 1
    assert len(writes) <= (2 if connection.vendor == "postgresql" else 2 * (1 + count * 14 // 999))
    assert ErpRecord.objects.filter(detailed_at=LATER).count() == count


def test_nothing_to_keep_asks_nothing(erp: ErpConnection) -> None:
    customers.keep(erp, [], make.NOW)
    assert counted(customers.see(erp, [], make.NOW)) == (0, 0)
    assert not ErpRecord.objects.exists()


def test_matching_sees_the_same_in_the_copy_and_in_the_answer(erp: ErpConnection) -> None:
    customers.keep(erp, [record()], make.NOW)
    stored, fresh = customers.view_of(kept()), customers.view_of_record(record())
    assert (stored.ord, stored.name) == (fresh.ord, fresh.name) == (7, FULL["name"])
    assert fresh == ErpView(7, FULL["name"], " WX1 ", "138 0000 0000", "023-60000001", "wx_1 ")
    assert stored == ErpView(7, FULL["name"], "WX1", "13800000000", "02360000001", "wx_1")


@pytest.mark.parametrize(
    ("values", "left"),
    [({"a": "1", "b": ""}, {"a": "1"}), ({"person_name": ""}, {"person_name": ""}), ({}, {}), ({"z": "0"}, {"z": "0"})],
)
def test_an_empty_field_says_nothing_but_for_the_mark_of_a_unit(values: dict[str, str], left: dict[str, Any]) -> None:
    assert customers.values_of(told(values)) == left
