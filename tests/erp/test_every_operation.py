"""Every operation of the catalogue over real HTTP, in every dialect: said, understood, and proved from the ERP's side.

One story per dialect: a customer is made, followed up, handed on and looked at, as a sales office would. What a dialect
does not have is said by another, with the same session.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.erp.support import PERSON_FIELDS, UNIT_FIELDS, config
from zbsync.core.outcome import Accepted, Rejected
from zbsync.erp.catalogue import OPERATIONS
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.erp.exchange import Exchange
from zbsync.sandbox.app import Sandbox, running

FOLLOW_UPS = {"legacy": "/sysa/mobilephone/systemmanage/replylist.asp", "ov1": "/webapi/v3/ov1/systemmanage/replylist"}
DIALECTS = ("legacy", "ov1", "v3")
SHARED = {"sharecontact": "1", "replyshare": "1", "chanceshare": "0", "contractshare": "0"}


def door(path: str) -> str:
    """The dialect of an address."""
    if path.startswith("/sysa/"):
        return "legacy"
    return "ov1" if path.startswith("/webapi/v3/ov1/") else "v3"


@dataclass
class Office:
    """A sandbox with customers and contracts, and one lane to it."""

    sandbox: Sandbox
    dialect: str
    exchanges: list[Exchange] = field(default_factory=list)

    def lane(self, **settings: Any) -> ErpClient:
        chosen = {"dialect": self.dialect, "follow_up_list": FOLLOW_UPS.get(self.dialect, FOLLOW_UPS["legacy"])}
        return ErpClient(config(base_url=self.sandbox.url, **(chosen | settings)), LoginGuard(), self.exchanges.append)

    def said(self) -> set[tuple[str, str]]:
        """Operations that were said and understood, each with the door it went by."""
        good = [one for one in self.exchanges if not one.error and one.status == 200]
        return {(one.operation, door(one.url.removeprefix(self.sandbox.url))) for one in good}

    def effects(self, ord_: int) -> list[str]:
        """What the ERP did to one record, in order."""
        return [seen.effect for seen in self.sandbox.log() if seen.ord == ord_ and seen.effect != "read"]


@pytest.fixture(params=DIALECTS)
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with running(customers=40) as sandbox:
        yield Office(sandbox, request.param)


def create(client: ErpClient, kind: str, fields: dict[str, str]) -> int:
    """A new customer, by whichever way the connection has, and its id: told, or found by exact comparison."""
    if client.capabilities.reserves_ids:
        made = client.allocate(kind)
        assert isinstance(client.save(kind, made.ord, fields, creates=True), Accepted)
        return made.ord
    outcome = client.save(kind, None, fields)
    assert isinstance(outcome, Accepted), outcome
    assert outcome.ord is None
    found = [client.read(int(row["ord"])) for row in client.customers({"khid": fields["khid"]}).rows]
    (only,) = [one for one in found if one is not None and one.values["khid"] == fields["khid"]]
    return only.ord


def accepted(client: ErpClient, operation: str, ord_: int | None, **fields: str) -> None:
    outcome = client.act(operation, ord_, fields)
    assert isinstance(outcome, Accepted), (operation, outcome)
    assert outcome.ord == ord_


def person_of(client: ErpClient, company: int, mobile: str) -> int:
    rows = client.persons({"company": str(company)}).rows
    return next(int(row["ord"]) for row in rows if row["mobile"] == mobile)


def the_customer(client: ErpClient) -> int:
    """Made, changed, and made again as an individual."""
    ord_ = create(client, "unit", UNIT_FIELDS)
    record = client.read(ord_)
    assert record is not None
    assert (record.kind, record.values["sort1"], record.values["ly"]) == ("unit", "3,7", "171")
    assert isinstance(client.save("unit", ord_, UNIT_FIELDS | {"intro": "改约下周"}), Accepted)
    changed = client.read(ord_)
    assert changed is not None
    assert (changed.values["intro"], changed.values["name"]) == ("改约下周", UNIT_FIELDS["name"])
    (listed,) = client.customers({"telord": str(ord_)}).rows
    assert (listed["ord"], listed["name"]) == (str(ord_), UNIT_FIELDS["name"])
    other = create(client, "individual", PERSON_FIELDS)
    assert isinstance(client.save("individual", other, PERSON_FIELDS | {"intro": "x"}), Accepted)
    return ord_


def the_persons(client: ErpClient, ord_: int) -> int:
    accepted(client, "save_person", None, company=str(ord_), person_name="李工", mobile="13700000000")
    person = person_of(client, ord_, "13700000000")
    changed = {"company": str(ord_), "person_name": "李工", "mobile": "13700000000", "job": "采购"}
    accepted(client, "save_person", person, **changed)
    form = client.form("read_person", person)
    assert form is not None
    assert (form.values["person_name"], form.values["job"], form.values["company"]) == ("李工", "采购", str(ord_))
    picked = client.rows("pick_persons", {"company": str(ord_)}).rows
    assert str(person) in [row["ord"] for row in picked]
    assert client.form("read_person", 999_999) is None
    return person


def the_follow_ups(client: ErpClient, ord_: int, person: int) -> None:
    talk = {"sort": "484", "lead": str(person)}
    accepted(client, "follow_up_customer", ord_, intro="微信沟通：要两台样机", plantype="0", **talk)
    done = {"@ret2_0": "2025-03-01 09:00:00", "@ret2_1": "2025-03-01 10:00:00", "@title2": "看样机", "@intro2": "已看"}
    accepted(client, "follow_up_customer", ord_, intro="上门", plantype="2", **talk, **done)
    plan = {"@ret_0": "2025-03-08 09:00:00", "@ret_1": "2025-03-08 09:30:00", "@title1": "回电", "@remind": "0"}
    accepted(client, "follow_up_customer", ord_, intro="下周回电", plantype="1", **talk, **plan)
    accepted(client, "follow_up_person", person, intro="问交期", sort="484", plantype="0")
    listed = client.rows("list_follow_ups", {"ord": str(ord_), "datatype": "tel"})
    assert [row["intro"] for row in listed.rows] == ["下周回电", "上门", "微信沟通：要两台样机"], "newest first"


def the_standing(client: ErpClient, ord_: int) -> None:
    accepted(client, "protect", ord_)
    accepted(client, "unprotect", ord_)
    accepted(client, "assign", ord_, member1="0", member2="63")
    accepted(client, "share", ord_, member1="0", member2="64", **SHARED)
    for decide, agreed in (("approve", {"blset": "1"}), ("review", {"jg": "1", "intro": "同意"})):
        accepted(client, "take_back", ord_)
        accepted(client, "apply", ord_)
        accepted(client, decide, ord_, **agreed)
    assert isinstance(client.act("apply", ord_, {}), Rejected), "it has an owner again"


def the_lookups(client: ErpClient) -> None:
    contract = client.rows("list_contracts", {}).rows[0]
    assert contract["htid"]
    assert client.rows("list_products", {}).rows[0]["cpname"]
    assert {row["name"] for row in client.rows("list_contact_book", {}).rows} >= {"周敏"}
    assert {row["name"] for row in client.rows("list_users", {}).rows} >= {"周敏"}
    stock = client.rows("inventory_summary", {}).rows[0]
    assert float(stock["Num2"]) >= 0
    form = client.form("read_contract", int(contract["ord"]))
    assert form is not None
    assert form.values["contractlist.1.ord" if "contractlist.1.ord" in form.values else "Ord"]
    assert [row.label for row in client.options("jz")] == ["很高", "较高", "一般", "较低", "很低"]
    for vocabulary in ("area", "stage", "users"):
        assert client.tree(vocabulary)


def story(office: Office, **settings: Any) -> int:
    client = office.lane(**settings)
    ord_ = the_customer(client)
    person = the_persons(client, ord_)
    the_follow_ups(client, ord_, person)
    the_standing(client, ord_)
    the_lookups(client)
    client.logout()
    return ord_


def test_a_customers_whole_story_can_be_told_in_every_dialect(office: Office) -> None:
    ord_ = story(office)
    assert {one.error for one in office.exchanges} <= {"", "erp.refused", "erp.absent"}
    assert office.effects(ord_).count("created") == 1
    assert office.effects(ord_).count("modified") == 1
    assert len({seen.session for seen in office.sandbox.log() if seen.session}) == 1, "one session for all doors"


def test_every_operation_of_the_catalogue_was_said_and_understood_at_each_of_its_doors() -> None:
    said: set[tuple[str, str]] = set()
    for dialect in DIALECTS:
        with running(customers=40) as sandbox:
            office = Office(sandbox, dialect)
            story(office, **({"login_path": "/sysa/mobilephone/login.asp"} if dialect == "legacy" else {}))
            said |= office.said()
    doors = {(one.name, dialect) for one in OPERATIONS.values() for dialect in one.paths}
    assert len(doors) > 50
    assert doors - said == set()
    assert OPERATIONS.keys() - {name for name, _ in said} == set(), "the one without an address of its own, too"


@pytest.mark.parametrize(
    ("chosen", "paths"),
    [
        ({}, ["/sysa/mobilephone/salesmanage/custom/add.asp", "/sysa/mobilephone/salesmanage/custom/add.asp"]),
        (
            {"customer.edit": "v3"},
            ["/sysa/mobilephone/salesmanage/custom/add.asp", "/webapi/v3/sales/customer/edit"],
        ),
        (
            {"customer.add": "ov1"},
            ["/webapi/v3/ov1/salesmanage/custom/add", "/sysa/mobilephone/salesmanage/custom/add.asp"],
        ),
        ({"customer.add": "v3"}, ["/webapi/v3/sales/customer/add", "/sysa/mobilephone/salesmanage/custom/add.asp"]),
    ],
)
def test_a_customer_may_be_added_by_one_door_and_changed_by_another(chosen: dict[str, str], paths: list[str]) -> None:
    with running(customers=0) as sandbox:
        office = Office(sandbox, "legacy")
        client = office.lane(dialects=chosen)
        ord_ = create(client, "unit", UNIT_FIELDS)
        assert isinstance(client.save("unit", ord_, UNIT_FIELDS | {"intro": "改"}), Accepted)
        record = client.read(ord_)
        assert record is not None
        assert (record.values["intro"], record.values["khid"]) == ("改", "WX0001")
        saves = ("save_unit", "add_customer", "edit_customer")
        said = [
            one.url.removeprefix(sandbox.url).partition("?")[0] for one in office.exchanges if one.operation in saves
        ]
        assert said == paths


def test_ids_instead_of_names_where_the_installation_takes_them() -> None:
    with running(customers=0, policies={"v3_ids": True}) as sandbox:
        office = Office(sandbox, "v3")
        assert create(office.lane(names="ids"), "unit", UNIT_FIELDS)
        assert [name for name, _ in office.said() if name in ("options", "tree_stage")] == []


def test_names_where_the_installation_takes_only_them() -> None:
    with running(customers=0, policies={"v3_ids": False}) as sandbox:
        office = Office(sandbox, "v3")
        refused = office.lane(names="ids").save("unit", None, UNIT_FIELDS)
        assert isinstance(refused, Rejected)
        assert create(office.lane(), "unit", UNIT_FIELDS | {"area": "321", "jz": "175", "trade": "966"})


def test_a_number_that_is_taken_is_a_duplicate_in_every_dialect(office: Office) -> None:
    client = office.lane()
    create(client, "unit", UNIT_FIELDS)
    fields = UNIT_FIELDS | {"name": "另一家"}
    fresh = client.allocate("unit").ord if client.capabilities.reserves_ids else None
    outcome = client.save("unit", fresh, fields, creates=True)
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.findings[0].field) == ("duplicate", "khid")


def test_a_killed_session_is_renewed_in_every_dialect_and_the_write_takes_effect_once(office: Office) -> None:
    client = office.lane()
    ord_ = create(client, "unit", UNIT_FIELDS)
    office.sandbox.store.kill_sessions()
    assert isinstance(client.save("unit", ord_, UNIT_FIELDS), Accepted)
    office.sandbox.store.kill_sessions()
    accepted(client, "follow_up_customer", ord_, intro="一次", sort="484", plantype="0", lead="0")
    assert [row["intro"] for row in client.rows("list_follow_ups", {"ord": str(ord_), "datatype": "tel"}).rows] == [
        "一次"
    ]
    assert office.effects(ord_).count("modified") == 1


def test_no_evidence_of_a_whole_story_holds_a_secret(office: Office) -> None:
    story(office)
    sessions = {seen.session for seen in office.sandbox.log() if seen.session}
    assert sessions
    for kept in office.exchanges:
        assert not [secret for secret in (*sessions, "demo-pass") if secret in repr(kept)]
