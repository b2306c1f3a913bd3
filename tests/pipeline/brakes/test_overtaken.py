"""A later success of the same contact closes its older failures."""

from collections.abc import Iterator

import pytest

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Entry, Push
from zbsync.pipeline import dispatch, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def again(erp: Desk, older: Push) -> Push:
    """The next approved push of the same contact."""
    proposal = make.proposal(state="approved", contact=older.contact, connection=erp.connection)
    return make.push(proposal=proposal, payload=older.payload, khid=older.khid)


@pytest.mark.parametrize("state", ["rejected", "dead", "drifted"])
def test_it_is_closed_once_the_later_one_is_read_back_equal(erp: Desk, state: str) -> None:
    older = erp.push(1, state=state, cause="refused", message="手机不正确", ord=4711)
    later = again(erp, older)
    dispatch.drain()
    assert settled(older)[0] == state, "accepted is only a claim"
    verify.drain()
    assert settled(later) == ("verified", "")
    assert settled(older) == ("buried", "overtaken")
    assert older.message == "手机不正确", "what the ERP said stays"
    assert Entry.objects.get(verb="push.overtaken").subject_id == older.pk


def test_failures_of_others_and_later_ones_stay(erp: Desk) -> None:
    older = erp.push(1, state="rejected")
    stranger = erp.push(2, state="rejected")
    elsewhere = make.push(
        proposal=make.proposal(state="approved", contact=older.contact, connection=make.erp(name="other")),
        state="rejected",
    )
    again(erp, older)
    later = again_failed(erp, older)
    dispatch.drain()
    verify.drain()
    assert settled(older)[0] == "buried"
    assert [settled(push)[0] for push in (stranger, elsewhere, later)] == ["rejected"] * 3


def again_failed(erp: Desk, older: Push) -> Push:
    proposal = make.proposal(state="approved", contact=older.contact, connection=erp.connection)
    return make.push(proposal=proposal, state="rejected", cause="refused")


def test_one_that_reads_back_different_closes_nothing(erp: Desk) -> None:
    older = erp.push(1, state="rejected")
    again(erp, older)
    erp.sandbox.faults.arm([{"name": "ok_not_stored", "cmdkey": "__sys_dosave"}])
    dispatch.drain()
    verify.drain()
    assert settled(older)[0] == "rejected"
