"""A contact among a company's contact persons: added when nobody there has the mobile, changed where it differs."""

from typing import Any

from tests.models import make
from tests.pipeline.follow.talking import HELLO, approve, create, pushes, rows, think
from tests.pipeline.life import Life
from zbsync.models import Contact, Proposal, Push
from zbsync.pipeline import follow, survey

PERSON = "person.save"
MINE = "13800001111"


def company(world: Life, *persons: dict[str, str], faults: Any = (), **said: Any) -> int:
    """A company's customer with these further persons, to which a contact of the company is bound; its id."""
    store = world.erp.sandbox.store
    first = {"name": "示例公司", "intsort": "1", "person_name": "王先生", "mobile": "13700000001"}
    (ord_,) = store.add_customers([first])
    for one in persons:
        store.save_person(0, ord_, one)
    survey.run(world.erp.connection)
    world.hub(company="示例公司", kind="company", **said)
    world.think()
    make.binding(world.contact(), int(ord_), connection=world.erp.connection)
    world.erp.sandbox.faults.arm(list(faults))
    follow.drain()
    return int(ord_)


def persons(world: Life, ord_: int) -> list[tuple[str, str]]:
    """Name and mobile of the customer's persons as the ERP has them."""
    return [(one["person_name"], one["mobile"]) for one in world.erp.sandbox.store.persons(ord_)]


def test_somebody_new_is_added_once(world: Life) -> None:
    ord_ = company(world)
    row = world.row(operation=PERSON)
    assert (row.subject, row.state, row.action, row.target_ord, row.person_ord) == (MINE, "ready", "create", ord_, None)
    assert approve(PERSON).done == 1
    world.deliver()
    assert pushes(PERSON) == [(MINE, "verified", "")]
    assert persons(world, ord_) == [("王先生", "13700000001"), ("王小明", MINE)]
    Contact.objects.update(followed_version=0)
    follow.drain()
    assert len(rows(PERSON)) == 1


def test_who_is_there_with_all_of_it_needs_nobody(world: Life) -> None:
    company(world, {"person_name": "王小明", "mobile": MINE})
    assert rows(PERSON) == [(MINE, "superseded", "nothing_to_write")]


def test_a_number_in_another_spelling_is_the_same_number(world: Life) -> None:
    ord_ = company(world, {"person_name": "王小明", "mobile": "138 0000 1111"})
    row = world.row(operation=PERSON)
    assert row.person_ord is not None, "found, and nobody is added beside them"
    assert len(persons(world, ord_)) == 2


def test_only_what_differs_is_changed_and_the_rest_of_the_form_stays(world: Life) -> None:
    ord_ = company(
        world, {"person_name": "王小明", "mobile": MINE, "job": "采购", "email": "old@erp.example"}, wechat_id="wx_ming"
    )
    row = world.row(operation=PERSON)
    assert [one["target"] for one in row.changes if one["written"]] == ["weixinAcc"]
    assert (row.action, row.state) == ("update", "ready")
    approve(PERSON)
    world.deliver()
    assert pushes(PERSON) == [(MINE, "verified", "")]
    (_, one) = world.erp.sandbox.store.persons(ord_)
    assert (one["weixinAcc"], one["job"], one["email"]) == ("wx_ming", "采购", "old@erp.example")


def test_the_first_person_is_the_customers_own_business(world: Life) -> None:
    world.hub(company="示例公司", kind="company", phone="13700000001")
    world.think()
    (ord_,) = world.erp.sandbox.store.add_customers(
        [{"name": "示例公司", "intsort": "1", "person_name": "王先生", "mobile": "13700000001"}]
    )
    survey.run(world.erp.connection)
    world.think()
    make.binding(world.contact(), int(ord_), connection=world.erp.connection)
    Contact.objects.update(followed_version=0)
    follow.drain()
    assert rows(PERSON) == []


def test_a_customer_that_we_made_has_its_person_already_and_costs_no_call(world: Life) -> None:
    create(world, company="示例公司", kind="company")
    calls = world.erp.sandbox.store.calls()
    Contact.objects.update(followed_version=0)
    follow.drain()
    assert rows(PERSON) == []
    assert world.erp.sandbox.store.calls() == calls


def test_an_individual_has_no_contact_persons(world: Life) -> None:
    ord_ = world.customer(name="示例公司", intsort="1", person_name="王先生", mobile="13700000001")
    world.hub()
    world.think()
    make.binding(world.contact(), ord_, connection=world.erp.connection)
    follow.drain()
    assert rows(PERSON) == []


def test_somebody_who_came_in_between_is_not_added_a_second_time(world: Life) -> None:
    ord_ = company(world)
    approve(PERSON)
    world.erp.sandbox.store.save_person(0, ord_, {"person_name": "王明", "mobile": MINE})
    world.deliver()
    assert pushes(PERSON) == [(MINE, "rejected", "erp_moved")]
    assert len(persons(world, ord_)) == 2


def test_a_person_who_changed_since_the_approval_is_left_alone(world: Life) -> None:
    ord_ = company(world, {"person_name": "王小明", "mobile": MINE, "weixinAcc": "wx_old"})
    push_of = world.row(operation=PERSON)
    assert push_of.cause == "nothing_to_write", "the WeChat id is only filled in where the ERP has none"
    world.hub(email="ming@hub.example")
    think(world)
    approve(PERSON)
    (_, one) = world.erp.sandbox.store.persons(ord_)
    world.erp.sandbox.store.run("UPDATE person SET email = ? WHERE ord = ?", args=("x@erp.example", one["ord"]))
    world.deliver()
    assert pushes(PERSON) == [(MINE, "rejected", "erp_moved")]
    assert Push.objects.get().findings[0]["params"] == {"then": "", "now": "x@erp.example"}


def test_a_look_that_failed_is_not_absent(world: Life) -> None:
    company(world, faults=[{"name": "garbage", "path": "person/list"}])
    row = world.row(operation=PERSON)
    assert (row.state, row.match_error) == ("mapped", "erp.not_json")
    assert row.match_after is not None
    world.erp.sandbox.faults.arm([])
    Proposal.objects.update(match_after=None)
    follow.drain()
    assert world.row(operation=PERSON).state == "ready"


def test_what_is_talked_about_goes_to_the_person_once_they_are_known(world: Life) -> None:
    company(world, {"person_name": "王小明", "mobile": MINE})
    known = world.row(operation=PERSON).person_ord
    world.hub(interactions=[HELLO])
    think(world)
    assert world.row(operation="followup.add").person_ord == known
    approve()
    world.deliver()
    assert pushes() == [("i1", "verified", "")]
    (said,) = world.erp.sandbox.store.follow_ups()
    assert (said["datatype"], said["target"]) == ("person", known)
