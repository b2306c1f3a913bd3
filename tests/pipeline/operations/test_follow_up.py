"""Reading follow-ups back: by their very words and their way, among those that came after the approval."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.models import make
from tests.pipeline.follow.conftest import FOLLOW_UPS
from tests.pipeline.pushing import Desk, desk
from zbsync.erp.client import ErpClient, LoginGuard, Page
from zbsync.erp.errors import UnknownAnswer
from zbsync.models import Push
from zbsync.pipeline import operations, wiring
from zbsync.pipeline.operations.follow_up import PAGES_MAX

pytestmark = pytest.mark.django_db

TEXT = "2026-01-05 08:30 微信：要报价"


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        made.connection.options = {"follow_up_list": FOLLOW_UPS}
        made.connection.save()
        yield made


def follow_up(erp: Desk, **given: Any) -> Push:
    """An approved follow-up of a customer that is there."""
    (ord_,) = erp.sandbox.store.add_customers([{"name": "王先生", "intsort": "2"}])
    row = make.proposal(state="approved", connection=erp.connection, operation="followup.add", subject="i1")
    payload = {"intro": TEXT, "sort": "484", "plantype": "0"}
    values = {"payload": payload, "labels": {"sort": "其他"}, "ord": int(ord_), "created_at": timezone.now(), **given}
    return make.push(proposal=row, operation="followup.add", subject="i1", **values)


def store(erp: Desk, push: Push, **given: Any) -> None:
    """The same as the ERP keeps it, whoever typed it."""
    values = {"datatype": "tel", "target": push.ord, "company": push.ord, "uid": 1, "intro": TEXT, "sort": 484, **given}
    erp.sandbox.store.follow_up(values)


def look(erp: Desk, push: Push) -> bool | None:
    client = ErpClient(wiring.config_for(erp.connection), LoginGuard(), lambda _: None)
    return operations.of("followup.add").look(erp.connection, push, client).holds


def test_it_is_there_by_its_words_and_its_way(erp: Desk) -> None:
    push = follow_up(erp)
    assert look(erp, push) is False
    store(erp, push)
    assert look(erp, push) is True


@pytest.mark.parametrize(
    "other",
    [{"intro": f"{TEXT}。"}, {"intro": TEXT[:-1]}, {"sort": 481}, {"date": "2020-01-05 08:30:00"}],
    ids=["longer", "shorter", "another way", "years ago"],
)
def test_one_that_only_looks_like_it_is_another(erp: Desk, other: dict[str, Any]) -> None:
    push = follow_up(erp)
    store(erp, push, **other)
    assert look(erp, push) is False


def test_one_of_another_customer_is_another(erp: Desk) -> None:
    push = follow_up(erp)
    (other,) = erp.sandbox.store.add_customers([{"name": "李女士", "intsort": "2"}])
    store(erp, push, target=int(other))
    assert look(erp, push) is False


def test_a_person_and_a_customer_of_one_number_are_two(erp: Desk) -> None:
    push = follow_up(erp, person_ord=4711)
    store(erp, push)
    assert look(erp, push) is False
    store(erp, push, datatype="person", target=4711)
    assert look(erp, push) is True


@pytest.mark.parametrize("zone", [-12, 12])
def test_a_clock_in_another_zone_hides_nothing(erp: Desk, zone: int) -> None:
    push = follow_up(erp)
    there = timezone.now() + timedelta(hours=zone)
    store(erp, push, date=there.strftime("%Y-%m-%d %H:%M:%S"))
    assert look(erp, push) is True


@pytest.mark.parametrize("text", [TEXT.replace("：", "：\n"), f"  {TEXT} "])
def test_what_the_list_does_to_white_space_hides_nothing(erp: Desk, text: str) -> None:
    push = follow_up(erp, payload={"intro": text, "sort": "484", "plantype": "0"})
    store(erp, push, intro=" ".join(text.split()))
    assert look(erp, push) is True


def test_it_is_found_behind_many_that_came_later(erp: Desk) -> None:
    erp.connection.options = {**erp.connection.options, "page_size": 5}
    erp.connection.save()
    push = follow_up(erp)
    store(erp, push)
    for number in range(23):
        store(erp, push, intro=f"{number}")
    assert look(erp, push) is True


def test_an_erp_without_a_list_cannot_tell(erp: Desk) -> None:
    push = follow_up(erp)
    erp.connection.options = {}
    assert look(erp, push) is None


@dataclass
class Talkative:
    """An ERP whose list never ends."""

    capabilities: Any = field(default_factory=type("Can", (), {"lists_follow_ups": True}))
    asked: int = 0

    def rows(self, operation: str, filters: dict[str, str], page: int) -> Page:
        assert (operation, set(filters)) == ("list_follow_ups", {"ord", "datatype"})
        self.asked += 1
        return Page([{"intro": "x", "sort": "其他", "date": ""}], page, page + 1, 10_000)


def test_a_list_that_never_ends_proves_nothing(erp: Desk) -> None:
    push, endless = follow_up(erp), Talkative()
    with pytest.raises(UnknownAnswer, match="too many"):
        operations.of("followup.add").look(erp.connection, push, endless)  # type: ignore[arg-type]
    assert endless.asked == PAGES_MAX
