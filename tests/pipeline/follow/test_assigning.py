"""Who gets a customer that we made: by score, in turn, each turn once."""

from collections import Counter
from typing import Any

import pytest

from tests.models import make
from tests.pipeline.follow.talking import approve, bound, create, pushes, rows, think
from tests.pipeline.life import Life
from zbsync.models import AssignmentRule, Contact, Proposal
from zbsync.pipeline import follow, publish, review
from zbsync.pipeline.audit import Actor

ASSIGN = "customer.assign"
ZHOU, WU = "销售中心/销售一部/周敏", "销售中心/销售一部/吴磊"


def people(*users: str, score: float | None = 80) -> None:
    AssignmentRule.objects.filter(min_score=score).update(users=list(users))


def given(world: Life) -> Any:
    """The owner's name as the ERP's list shows it."""
    owner = world.erp.customer(world.bound())["cateid"]
    return {None: "", 63: "周敏", 64: "吴磊"}[owner]


def test_a_good_customer_goes_to_the_first_list_and_is_read_back(world: Life) -> None:
    people(ZHOU)
    create(world, score=80)
    assert rows(ASSIGN) == [("created", "ready", "")]
    row = world.row(operation=ASSIGN)
    assert (row.payload, row.target_ord) == ({"member1": "0", "member2": "63"}, world.bound())
    assert approve(ASSIGN).done == 1
    world.deliver()
    assert pushes(ASSIGN) == [("created", "verified", "")]
    assert given(world) == "周敏"


def test_the_rest_is_open_to_all(world: Life) -> None:
    AssignmentRule.objects.exclude(open_to_all=True).delete()
    create(world)
    assert world.row(operation=ASSIGN).payload == {"member1": "1"}
    approve(ASSIGN)
    world.deliver()
    assert pushes(ASSIGN) == [("created", "verified", "")]
    assert given(world) == ""


def test_a_list_nobody_filled_proposes_nothing_until_it_is_filled(world: Life) -> None:
    create(world, score=80)
    assert rows(ASSIGN) == [], "one finding on the rule, not one on every customer"
    people(ZHOU)
    publish.follow_again(Actor.of(make.user()), reason="list")
    follow.drain()
    assert rows(ASSIGN) == [("created", "ready", "")]


def test_a_user_the_erp_does_not_have_costs_nobody_a_turn(world: Life) -> None:
    people("销售中心/已离职")
    create(world)
    assert rows(ASSIGN) == [("created", "blocked", "mapping.not_an_option")]
    Contact.objects.update(followed_version=0)
    follow.drain()
    assert len(rows(ASSIGN)) == 1, "the same finding is the same proposal"
    people(ZHOU)
    publish.follow_again(Actor.of(make.user()), reason="list")
    assert AssignmentRule.objects.get(min_score=80).turn == 0
    follow.drain()
    assert rows(ASSIGN) == [("created", "superseded", "contact.moved"), ("created", "ready", "")]


def test_turns_go_round_and_a_proposal_keeps_its_own(world: Life) -> None:
    people(ZHOU, WU)
    for number in range(4):
        create(world, str(number), name=f"张示例{number}", phone=f"1390000{number:04d}")
    chosen = Counter(Proposal.objects.filter(operation=ASSIGN).values_list("payload__member2", flat=True))
    assert {str(code): count for code, count in chosen.items()} == {"63": 2, "64": 2}
    before = list(Proposal.objects.filter(operation=ASSIGN).values_list("pk", "payload"))
    Contact.objects.update(followed_version=0)
    follow.drain()
    assert list(Proposal.objects.filter(operation=ASSIGN).values_list("pk", "payload")) == before
    assert AssignmentRule.objects.get(min_score=80).turn == 4


def test_a_name_alone_is_enough_when_only_one_has_it(world: Life) -> None:
    people("吴磊")
    create(world)
    assert world.row(operation=ASSIGN).payload["member2"] == "64"


def test_a_customer_that_was_there_is_not_given_away(world: Life) -> None:
    people(ZHOU)
    bound(world)
    assert rows(ASSIGN) == []


def test_it_is_done_once_whatever_the_hub_says_later(world: Life) -> None:
    people(ZHOU)
    create(world)
    review.reject(Proposal.objects.for_review().filter(operation=ASSIGN), make.user(), reason="mine")
    world.hub(score=95)
    think(world)
    assert rows(ASSIGN) == [("created", "rejected", "")]


def test_without_a_rule_for_its_score_nothing_is_proposed(world: Life) -> None:
    AssignmentRule.objects.exclude(min_score=80).delete()
    create(world, score=70)
    assert rows(ASSIGN) == []


def test_a_person_gives_it_to_somebody_else(world: Life) -> None:
    people(ZHOU)
    create(world)
    row = world.row(operation=ASSIGN)
    assert review.edit(row.pk, "member2", "谁也不是", "his customer", make.user(), row.digest).done == 0
    assert review.edit(row.pk, "member2", WU, "his customer", make.user("colleague"), row.digest).done == 1
    approve(ASSIGN)
    world.deliver()
    assert given(world) == "吴磊"


@pytest.mark.parametrize("score", [60, 79])
def test_the_second_list_takes_the_middle(world: Life, score: int) -> None:
    people(WU, score=60)
    create(world, score=score)
    assert world.row(operation=ASSIGN).payload["member2"] == "64"
