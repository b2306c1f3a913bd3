"""The ERP refuses a duplicate: the contact comes to the match desk with the customer that was found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models import make
from tests.pipeline.life import Life, life
from zbsync.models import Entry, Exchange, Proposal
from zbsync.pipeline import flow, match, review

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[Life]:
    with life(tmp_path) as made:
        yield made


def blocked(alive: Life, field: str, **values: str) -> int:
    """A human made a customer in the ERP after the survey, and the ERP allows no second one with this field."""
    alive.erp.sandbox.store.set_policy(duplicates={field: "block"})
    return int(alive.erp.sandbox.store.add_customers([{"intsort": "2", **values}])[0])


def refused(alive: Life) -> Proposal:
    """The contact approved as new, refused by the ERP, and matched once more."""
    alive.deliver()
    assert alive.pushes()[-1] == ("rejected", "duplicate")
    assert flow.next_due(["match"]) is not None, "there is something to do without a person"
    match.drain()
    return alive.row()


def approved(alive: Life) -> Proposal:
    alive.hub()
    alive.think()
    row = alive.row()
    assert (row.state, row.match_kind) == ("ready", "absent")
    assert alive.approve().done == 1
    return row


@pytest.mark.parametrize(
    ("field", "values", "rule"),
    [
        ("mobile", {"name": "小王", "mobile": "13800001111"}, "mobile"),
        ("khid", {"name": "别人", "khid": "WX77"}, "khid"),
        ("name", {"name": "王小明", "mobile": "13999999999"}, "company_name"),
    ],
)
def test_the_customer_with_the_very_value_stands_on_a_new_proposal(
    alive: Life, field: str, values: dict[str, str], rule: str
) -> None:
    first = approved(alive)
    ord_ = blocked(alive, field, **values)
    row = refused(alive)
    assert row.pk != first.pk
    assert (row.state, row.match_kind, row.target_ord) == ("ready", "unique", ord_)
    assert rule in row.candidates[0]["rules"]
    [told] = [one for one in row.findings if one["code"] == "match.refused_duplicate"]
    assert told["field"] == field
    assert "已存在" in told["params"]["sentence"]
    assert not row.has_errors
    assert Exchange.objects.filter(proposal=row).exists(), "it was the ERP itself that was asked"
    assert Entry.objects.get(verb="proposal.reopen").reason == "duplicate"


def test_binding_it_ends_the_matter_and_closes_the_refused_push(alive: Life) -> None:
    approved(alive)
    ord_ = blocked(alive, "mobile", name="小王", mobile="13800001111")
    row = refused(alive)
    assert review.bind(row.pk, ord_, "the same man", make.user(), row.digest).done == 1
    assert alive.approve().done == 1
    alive.deliver()
    assert alive.pushes() == [("buried", "overtaken"), ("verified", "")]
    assert alive.bound() == ord_


def test_it_is_put_before_a_person_once_and_not_again_after_a_decline(alive: Life) -> None:
    approved(alive)
    blocked(alive, "mobile", name="小王", mobile="13800001111")
    row = refused(alive)
    review.reject([row.pk], make.user(), reason="nonsense")
    match.drain()
    assert alive.row().pk == row.pk
    assert not match.to_reopen([alive.erp.connection.pk])


def test_where_none_is_found_a_person_must_go_on_and_may_create_anyway(alive: Life) -> None:
    approved(alive)
    alive.erp.sandbox.faults.arm(
        [{"name": "refuse", "cmdkey": "__sys_dosave", "count": 1, "text": "相同电子邮件已存在！"}]
    )
    row = refused(alive)
    assert (row.match_kind, row.cause, row.has_errors) == ("absent", "match.duplicate_unseen", True)
    assert review.create_anyway([row.pk], make.user(), "asked them").done == 1
    assert alive.approve().done == 1
    alive.deliver()
    assert alive.pushes() == [("buried", "overtaken"), ("verified", "")]


def test_after_the_value_was_changed_nobody_is_told_of_the_refusal(alive: Life) -> None:
    approved(alive)
    ord_ = blocked(alive, "name", name="王小明", mobile="13999999999")
    row = refused(alive)
    assert row.target_ord == ord_
    row = alive.edit("name", "王小明（北京）")
    match.drain()
    row = alive.row()
    assert (row.state, row.match_kind) == ("ready", "absent")
    assert not [one for one in row.findings if one["code"].startswith("match.")]


def test_a_contact_that_moved_meanwhile_is_proposed_by_its_change_and_still_told(alive: Life) -> None:
    approved(alive)
    ord_ = blocked(alive, "mobile", name="小王", mobile="13800001111")
    alive.deliver()
    alive.hub(notes="换了备注")
    assert not match.to_reopen([alive.erp.connection.pk])
    alive.think()
    row = alive.row()
    assert row.target_ord == ord_
    assert not Entry.objects.filter(verb="proposal.reopen").exists()
