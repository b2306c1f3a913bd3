"""The owner's conflict policy on a real ERP: the number is the key, the mobile de-duplicates, WeChat fills gaps."""

from typing import Any

import pytest

from tests.models import make
from tests.pipeline.life import Life
from tests.pipeline.matching import changed, codes
from zbsync.pipeline import review

OURS = {"khid": "WX77"}
SAME = {"mobile": "13800001111"}


@pytest.mark.parametrize(
    ("erp_has", "rule"),
    [
        (OURS, "khid"),
        (OURS | {"mobile": "13911112222"}, "khid"),
        (SAME, "mobile"),
        ({"mobile": "138 0000 1111"}, "mobile"),
        ({"phone": "13800001111"}, "mobile"),
        ({"weixinAcc": "wx_ming"}, "weixin"),
    ],
)
def test_a_customer_known_by_one_key_is_changed_and_never_made_twice(world: Life, erp_has: Any, rule: str) -> None:
    ord_ = world.customer(**erp_has)
    world.hub(wechat_id="wx_ming")
    world.think()
    assert (world.row().match_kind, world.row().target_ord) == ("unique", ord_)
    assert rule in world.row().candidates[0]["rules"]
    assert world.approve().done == 1
    world.deliver()
    assert world.pushes() == [("verified", "")]
    assert world.bound() == ord_
    assert len(world.erp.sandbox.store.customers()) == 1


def test_the_number_decides_where_the_mobile_says_otherwise(world: Life) -> None:
    other, ours = world.customer(**SAME), world.customer(**OURS, mobile="13911112222")
    world.hub()
    world.think()
    row = world.row()
    assert (row.match_kind, row.target_ord) == ("unique", ours)
    assert {"match.also", "match.differs"} <= codes(row)
    assert {one["ord"] for one in row.candidates} == {other, ours}


def test_one_mobile_and_two_customers_are_a_person_s_to_decide(world: Life) -> None:
    one, two = world.customer(**SAME), world.customer(name="王太太", phone="13800001111")
    world.hub()
    world.think()
    assert (world.row().match_kind, world.row().cause) == ("ambiguous", "match.ambiguous")
    assert dict(world.approve().left_out) == {"review.ambiguous": 1}
    assert review.bind(world.row().pk, two, "his wife's", make.user(), world.row().digest).done == 1
    world.think()
    assert world.approve().done == 1
    world.deliver()
    assert (world.bound(), world.held(one)["name"], world.held(two)["name"]) == (two, "王先生", "王小明")


@pytest.mark.parametrize(
    ("erp_has", "then", "why"),
    [("", "wx_ming", ""), ("wx_old", "wx_old", "erp_has_value"), ("wx_ming", "wx_ming", "same")],
)
def test_the_wechat_id_is_only_added_where_there_is_none(world: Life, erp_has: str, then: str, why: str) -> None:
    ord_ = world.customer(**SAME, weixinAcc=erp_has)
    world.hub(wechat_id="wx_ming")
    world.think()
    (change,) = [one for one in world.row().changes if one["target"] == "weixinAcc"]
    assert (change["written"], change["why"]) == (not why, why)
    world.approve()
    world.deliver()
    assert world.held(ord_)["weixinAcc"] == then


@pytest.mark.parametrize("theirs", ["", "KH900"])
def test_the_number_of_a_customer_found_by_mobile_stays_as_it_is(world: Life, theirs: str) -> None:
    ord_ = world.customer(**SAME, khid=theirs)
    world.hub()
    world.think()
    assert "khid" not in changed(world.row())
    world.approve()
    world.deliver()
    assert world.held(ord_)["khid"] == theirs


def test_our_number_taken_by_somebody_else_is_an_error_that_create_anyway_does_not_lift(world: Life) -> None:
    world.customer(**OURS)
    world.hub()
    world.think()
    row = world.row()
    assert review.not_same(row.pk, row.target_ord or 0, make.user(), digest=row.digest).done == 1
    assert world.row().cause == "match.khid_taken"
    assert review.create_anyway([row.pk], make.user()).done == 1
    assert dict(world.approve().left_out) == {"review.has_errors": 1}
    assert world.pushes() == []


def test_another_number_is_the_mend_for_one_that_is_taken(world: Life) -> None:
    taken = world.customer(**OURS)
    world.hub()
    world.think()
    row = world.row()
    review.create_anyway([row.pk], make.user(), "somebody else")
    assert world.row().cause == "match.khid_taken"
    world.edit("khid", "WX77B")
    world.think()
    assert (world.row().cause, world.row().action) == ("", "create")
    assert world.approve().done == 1
    world.deliver()
    assert (world.held(taken)["name"], world.held(world.bound())["khid"]) == ("王先生", "WX77B")


def test_two_contacts_with_one_mobile_become_one_customer_unless_a_person_says_otherwise(world: Life) -> None:
    world.hub("77")
    world.hub("78", name="王小红")
    world.think()
    assert {world.row("77").cause, world.row("78").cause} == {"match.same_mobile_contact"}
    assert dict(world.approve("77").left_out) == {"review.has_errors": 1}
    assert review.reject([world.row("78").pk], make.user(), reason="the same man").done == 1
    world.think()
    assert (world.row("77").cause, world.row("77").action) == ("", "create")
    assert world.approve("77").done == 1
    world.deliver()
    assert [one["khid"] for one in world.erp.sandbox.store.customers()] == ["WX77"]


def test_the_erp_s_own_words_and_numbers_survive_an_update(world: Life) -> None:
    before = {"address": "江北路 1 号", "email": "old@erp.example", "intro": "老客户", "fax": "0571-1"}
    ord_ = world.customer(**SAME, **before)
    world.hub(address="新街 2 号", email="new@hub.example", notes="想要报价")
    world.think()
    world.approve()
    world.deliver()
    now = world.held(ord_)
    assert {name: now[name] for name in ("address", "email", "fax")} == {
        name: before[name] for name in ("address", "email", "fax")
    }
    assert now["intro"].replace("\r\n", "\n") == "老客户\n想要报价"


def test_a_second_round_writes_nothing_twice(world: Life) -> None:
    ord_ = world.customer(**SAME, intro="老客户")
    world.hub(notes="想要报价")
    world.think()
    world.approve()
    world.deliver()
    saves = len(world.erp.writes(ord_))
    world.hub(score=81)
    world.think()
    assert (world.row().state, world.row().cause) == ("superseded", "nothing_to_write")
    assert len(world.erp.writes(ord_)) == saves
