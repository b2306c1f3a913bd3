"""The client against the other reading of the wire, over real HTTP: every operation, proved from the ERP's side."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.erp.support import PERSON_FIELDS, UNIT_FIELDS, config
from zbsync.core.diff import compare
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Rejected
from zbsync.erp.catalogue import FIELDS, fields_for
from zbsync.erp.client import CustomerRecord, ErpClient, LoginGuard, overlay
from zbsync.erp.errors import CaptchaDemanded, LoginRefused
from zbsync.erp.exchange import Exchange
from zbsync.sandbox.app import Sandbox, running


@dataclass
class Desk:
    """A sandbox with one lane to it."""

    sandbox: Sandbox
    guard: LoginGuard = field(default_factory=LoginGuard)
    exchanges: list[Exchange] = field(default_factory=list)

    def lane(self, **settings: object) -> ErpClient:
        """Another lane of the same connection."""
        return ErpClient(
            config(base_url=self.sandbox.url, **settings), self.guard, self.exchanges.append, sleep=lambda _: None
        )

    def effects(self) -> list[str]:
        """What the ERP did, in order."""
        return [seen.effect for seen in self.sandbox.log()]


@pytest.fixture
def desk() -> Iterator[Desk]:
    with running(customers=0) as sandbox:
        yield Desk(sandbox)


def created(client: ErpClient, kind: str, fields: dict[str, str]) -> CustomerRecord:
    """A new customer, read back."""
    made = client.allocate(kind)
    assert client.save(kind, made.ord, fields) == Accepted(made.ord, "保存成功！")
    record = client.read(made.ord)
    assert record is not None
    return record


@pytest.mark.parametrize(("kind", "fields"), [("unit", UNIT_FIELDS), ("individual", PERSON_FIELDS)])
def test_a_new_customer_is_read_back_as_it_was_sent(desk: Desk, kind: str, fields: dict[str, str]) -> None:
    record = created(desk.lane(), kind, fields)
    assert record.kind == kind
    assert compare(fields, record.values, FIELDS) == []
    assert record.labels["sort1"] == "意向客户,初步接触"
    assert desk.effects() == ["login", "allocated", "created", "read"]


def test_a_save_under_the_same_id_again_changes_and_does_not_double(desk: Desk) -> None:
    client = desk.lane()
    record = created(client, "unit", UNIT_FIELDS)
    assert isinstance(client.save("unit", record.ord, UNIT_FIELDS), Accepted)
    assert client.customers({"khid": "WX0001"}).record_count == 1
    assert desk.effects().count("created") == 1


def test_an_update_keeps_every_field_it_does_not_change(desk: Desk) -> None:
    client = desk.lane()
    before = created(client, "unit", UNIT_FIELDS | {"bank_1": "示例银行", "zijin": "1234567", "address": "渝北区1号"})
    assert isinstance(client.save("unit", before.ord, overlay(before, {"intro": "O'Brien", "khid": ""})), Accepted)
    after = client.read(before.ord)
    assert after is not None
    changed = {name for name, value in after.values.items() if value != before.values[name]}
    assert changed == {"intro"}
    assert after.values["intro"] == "O’Brien"


def test_what_is_left_out_is_blanked_which_is_why_an_update_overlays(desk: Desk) -> None:
    client = desk.lane()
    record = created(client, "unit", UNIT_FIELDS)
    client.save("unit", record.ord, {name: UNIT_FIELDS[name] for name in ("name", "sort1", "person_name")})
    after = client.read(record.ord)
    assert after is not None
    assert after.values["mobile"] == ""


def test_an_id_without_a_save_is_no_customer(desk: Desk) -> None:
    client = desk.lane()
    made = client.allocate("unit")
    assert made.khid.startswith("KH")
    assert client.read(made.ord) is None
    desk.sandbox.store.set_policy(draft_opens="blank")
    blank = client.read(made.ord)
    assert blank is not None
    assert not blank.saved


def test_a_customer_nobody_has_is_none(desk: Desk) -> None:
    assert desk.lane().read(999_999) is None


@pytest.mark.parametrize(
    ("changes", "cause", "fields"),
    [
        ({"name": ""}, "refused", ["name"]),
        ({"name": "长" * 101}, "refused", ["name"]),
        ({"person_name": ""}, "refused", ["person_name"]),
        ({"sort1": "3,999"}, "refused", ["sort1"]),
        ({"mobile": "1" * 51}, "refused", ["mobile"]),
    ],
)
def test_a_refusal_names_the_field(desk: Desk, changes: dict[str, str], cause: str, fields: list[str]) -> None:
    client = desk.lane()
    outcome = client.save("unit", client.allocate("unit").ord, UNIT_FIELDS | changes)
    assert isinstance(outcome, Rejected)
    assert outcome.cause == cause
    assert [finding.field for finding in outcome.findings] == fields
    assert desk.effects()[-1] == "refused"


def test_a_number_that_is_taken_is_a_duplicate(desk: Desk) -> None:
    client = desk.lane()
    created(client, "unit", UNIT_FIELDS)
    outcome = client.save("unit", client.allocate("unit").ord, UNIT_FIELDS | {"name": "另一家"})
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.findings[0].field) == ("duplicate", "khid")


def test_lists_are_read_with_ids_that_lead_back(desk: Desk) -> None:
    client = desk.lane()
    record = created(client, "unit", UNIT_FIELDS)
    (row,) = client.customers({"telord": str(record.ord)}).rows
    assert (row["ord"], row["name"], row["mobile"]) == (str(record.ord), UNIT_FIELDS["name"], UNIT_FIELDS["mobile"])
    (person,) = client.persons({"mobile": "13800000000"}).rows
    assert (person["company"], person["person_name"]) == (str(record.ord), "王工")


def test_a_hit_may_be_anything_that_looks_alike(desk: Desk) -> None:
    client = desk.lane()
    created(client, "individual", PERSON_FIELDS)
    assert client.customers({"khid": "X000"}).record_count == 1, "fuzzy: only an exact comparison counts"
    assert client.customers({"khid": "WX0009"}).rows == []


def test_all_pages_hold_all_customers_once() -> None:
    with running(customers=0) as sandbox:
        client = Desk(sandbox).lane()
        for number in range(7):
            created(client, "individual", PERSON_FIELDS | {"khid": f"WX{number}", "name": f"客户{number}"})
        pages = [client.customers({}, number, 3) for number in (1, 2, 3)]
        ords = [row["ord"] for page in pages for row in page.rows]
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert len(set(ords)) == 7


@pytest.mark.parametrize("columns", [["ord", "name"], ["mobile", "ord", "phone", "name"]])
def test_columns_may_stand_in_any_order(desk: Desk, columns: list[str]) -> None:
    client = desk.lane()
    record = created(client, "unit", UNIT_FIELDS)
    desk.sandbox.store.set_policy(list_columns=columns)
    (row,) = client.customers({}).rows
    assert list(row) == columns
    assert row["ord"] == str(record.ord)


def test_vocabularies_have_what_a_mapping_needs(desk: Desk) -> None:
    client = desk.lane()
    assert {row.label: row.code for row in client.options("ly")}["微信咨询"] == "978"
    assert [row.label for row in client.options("jz")] == ["很高", "较高", "一般", "较低", "很低"]
    assert {row.code for row in client.options("follow_up")} >= {"481", "484"}
    assert client.options("trade")
    ways = {
        "/".join(node.label for node in way): ",".join(node.code for node in way)
        for top in client.tree("stage")
        for way in top.walk()
    }
    assert ways["意向客户/初步接触"] == "3,7"
    assert client.tree("area")
    assert client.tree("users")


@pytest.mark.parametrize("kind", ["unit", "individual"])
def test_both_readings_know_the_same_form(desk: Desk, kind: str) -> None:
    form = {known.id: known for known in desk.lane().allocate(kind).form}
    ours = fields_for(kind)
    assert ours.keys() <= form.keys()
    assert {name for name, known in form.items() if known.required} == {
        name for name, spec in ours.items() if spec.required_for(kind)
    }
    assert [
        (name, spec.caption, form[name].caption)
        for name, spec in ours.items()
        if not name.startswith("bank2") and spec.caption != form[name].caption
    ] == []
    assert [name for name, spec in ours.items() if spec.max_length and spec.max_length != form[name].max_length] == []


def test_the_other_content_type_works_too(desk: Desk) -> None:
    assert desk.lane(content_type="application/zsml").check()["customers"] == 0


def test_an_older_erp_without_the_new_door_lets_us_in(desk: Desk) -> None:
    desk.sandbox.store.set_policy(ov1=False)
    client = desk.lane()
    assert client.check()["dialect"] == "legacy"
    assert [seen.status for seen in desk.sandbox.log()][:2] == [404, 200]


def test_a_killed_session_is_renewed_and_the_save_takes_effect_once(desk: Desk) -> None:
    client = desk.lane()
    made = client.allocate("unit")
    desk.sandbox.store.kill_sessions()
    assert isinstance(client.save("unit", made.ord, UNIT_FIELDS), Accepted)
    assert desk.effects().count("login") == 2
    assert desk.effects().count("created") == 1


def test_a_wrong_password_is_tried_twice_whatever_the_number_of_lanes(desk: Desk) -> None:
    for _ in range(4):
        with pytest.raises(LoginRefused):
            desk.lane(password="wrong").allocate("unit")
    assert desk.effects() == ["login_refused", "login_refused"]
    assert desk.guard.closed


def test_a_captcha_is_a_case_for_a_person(desk: Desk) -> None:
    desk.sandbox.store.count_failure("fixedserial01", 3)
    with pytest.raises(CaptchaDemanded, match="验证码"):
        desk.lane().check()
    assert desk.guard.closed


def test_a_frozen_account_stops_the_lane(desk: Desk) -> None:
    client = desk.lane()
    client.check()
    desk.sandbox.store.freeze(1)
    with pytest.raises(LoginRefused, match="冻结"):
        client.save("unit", 1, UNIT_FIELDS)


def test_an_account_without_mobile_login_is_refused(desk: Desk) -> None:
    with pytest.raises(LoginRefused, match="不允许移动登录"):
        desk.lane(username="wulei", password="wulei-pass").check()


def test_each_lane_has_a_session_of_its_own(desk: Desk) -> None:
    for lane in (desk.lane(), desk.lane()):
        lane.customers({})
    assert len({seen.session for seen in desk.sandbox.log(effect="listed")}) == 2


def test_no_evidence_of_a_whole_day_holds_a_secret(desk: Desk) -> None:
    client = desk.lane()
    created(client, "unit", UNIT_FIELDS)
    client.check()
    sessions = {seen.session for seen in desk.sandbox.log() if seen.session}
    assert sessions
    for kept in desk.exchanges:
        assert not [secret for secret in (*sessions, "demo-pass") if secret in repr(kept)]


def test_a_sandbox_that_is_gone_was_told_nothing() -> None:
    with running(customers=0) as sandbox:
        desk = Desk(sandbox)
        client = desk.lane()
        client.check()
    assert isinstance(client.save("unit", 1, UNIT_FIELDS), Deferred)


def test_a_sentence_nobody_taught_us_is_doubt_until_it_is_taught(desk: Desk) -> None:
    desk.sandbox.store.set_policy(ok_text="已入库")
    made = desk.lane().allocate("unit")
    assert isinstance(desk.lane().save("unit", made.ord, UNIT_FIELDS), InDoubt)
    taught = desk.lane(phrases={"success": "已入库"})
    assert isinstance(taught.save("unit", made.ord, UNIT_FIELDS), Accepted)
