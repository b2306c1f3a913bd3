"""Is this contact already a customer? From the local copy while it is fresh."""

import pytest
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.models import make
from tests.pipeline.matching import FRESH, changed, codes, known, matched, proposed
from zbsync.core.matching import Query
from zbsync.models import Entry, ErpConnection, ErpRecord, Exchange, Proposal
from zbsync.pipeline import bootstrap, judgement, match, propose, review, wiring
from zbsync.pipeline.match.case import Case
from zbsync.pipeline.match.local import Copy

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> ErpConnection:
    """A connection with a fresh survey and nobody behind it: whoever asks the ERP fails."""
    connection = make.erp(base_url="http://127.0.0.1:9", surveyed_at=timezone.now() - FRESH)
    make.options(connection)
    bootstrap.seed()
    return connection


def test_somebody_new_is_to_be_created(erp: ErpConnection) -> None:
    row = matched(proposed(notes="问过价格"))
    assert (row.state, row.match_kind, row.action, row.target_ord) == ("ready", "absent", "create", None)
    assert changed(row) == row.payload
    assert (row.cause, row.has_errors, row.match_error) == ("", False, "")


@pytest.mark.parametrize(
    ("of_contact", "of_customer", "rule"),
    [
        ({"source_id": "77"}, {"khid": "WX77"}, "khid"),
        ({"phone": "13800001111"}, {"mobile": "13800001111"}, "mobile"),
        ({"phone": "13800001111"}, {"phone": "13800001111"}, "mobile"),
        ({"wechat_id": "wx_seen"}, {"weixin": "wx_seen"}, "weixin"),
        (
            {"kind": "company", "company": "江北（示例）有限公司"},
            {"name": "江北(示例) 有限公司", "name_normal": "江北(示例)有限公司"},
            "company_name",
        ),
    ],
)
def test_one_exact_key_makes_a_unique_match(erp, of_contact, of_customer, rule) -> None:
    known(501, **of_customer)
    row = matched(proposed(**of_contact))
    assert (row.state, row.match_kind, row.target_ord, row.action) == ("ready", "unique", 501, "update")
    assert row.candidates[0]["rules"] == [rule]
    assert (row.erp_values or {})["name"] == known_name(501)


def known_name(ord_: int) -> str:
    return ErpRecord.objects.get(ord=ord_).name


@pytest.mark.parametrize(
    "of_customer",
    [
        {"mobile": "13800001112"},
        {"weixin": "WX_SEEN"},
        {"khid": "WX770"},
        {"name": "张示例", "name_normal": "张示例"},
        {"mobile": "13800001111", "gone_at": make.NOW},
    ],
)
def test_what_only_looks_alike_is_absent(erp, of_customer) -> None:
    known(501, **of_customer)
    contact = {"source_id": "77", "phone": "13800001111", "wechat_id": "wx_seen", "name": "张示例"}
    assert matched(proposed(**contact)).match_kind == "absent"


def test_an_update_keeps_what_the_erp_has(erp: ErpConnection) -> None:
    known(501, mobile="13800001111", weixin="wx_theirs", name="旧名", values={"intro": "老客户", "khid": "KH9"})
    row = matched(proposed(phone="13800001111", name="新名", wechat_id="wx_ours", notes="问过价格"))
    written = changed(row)
    assert written["name"] == "新名"
    assert written["intro"] == "老客户\n问过价格"
    assert not {"weixinAcc", "khid", "sort1", "mobile"} & set(written)


def test_the_digest_names_the_target(erp: ErpConnection) -> None:
    contact = proposed(phone="13800001111")
    before = contact.proposals.get().digest
    known(501, mobile="13800001111")
    assert matched(contact).digest != before


def test_several_customers_are_ambiguous_and_none_is_taken(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    known(502, phone="13800001111")
    row = matched(proposed(phone="13800001111"))
    assert (row.match_kind, row.target_ord, row.action) == ("ambiguous", None, "")
    assert [one["ord"] for one in row.candidates] == [501, 502]
    assert row.cause == "match.ambiguous"


def test_our_own_number_decides_among_several(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    known(502, khid="WX77")
    row = matched(proposed(source_id="77", phone="13800001111"))
    assert (row.match_kind, row.target_ord) == ("unique", 502)
    assert "match.also" in codes(row)


def test_bound_is_bound_whoever_looks_alike(erp: ErpConnection) -> None:
    contact = proposed(phone="13800001111")
    known(501, mobile="13800001111")
    known(600)
    make.binding(contact, 600)
    row = matched(contact)
    assert (row.match_kind, row.target_ord, row.action) == ("bound", 600, "update")


def test_bound_with_nothing_to_write_needs_nobody(erp: ErpConnection) -> None:
    contact = proposed()
    known(600, values=dict(contact.proposals.get().payload))
    make.binding(contact, 600)
    row = matched(contact)
    assert (row.state, row.cause, row.match_kind) == ("superseded", "nothing_to_write", "bound")


def test_unique_with_nothing_to_write_is_only_linked(erp: ErpConnection) -> None:
    contact = proposed(phone="13800001111")
    known(600, mobile="13800001111", values=dict(contact.proposals.get().payload))
    row = matched(contact)
    assert (row.state, row.action, changed(row)) == ("ready", "link", {})


def test_a_finding_of_the_mapping_stays_and_comes_first(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    known(502, phone="13800001111")
    row = matched(proposed(phone="13800001111", channel="抖音"))
    assert row.cause == "mapping.channel_unmapped"
    assert {"mapping.channel_unmapped", "match.ambiguous"} <= codes(row)


def test_a_person_s_not_the_same_is_obeyed(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    contact = proposed(phone="13800001111")
    Proposal.objects.update(not_same=[501])
    assert matched(contact).match_kind == "absent"


def test_a_person_s_choice_of_a_customer_is_obeyed(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    known(700)
    contact = proposed(phone="13800001111")
    Proposal.objects.update(target_chosen=True, target_ord=700)
    row = matched(contact)
    assert (row.match_kind, row.target_ord, row.action) == ("unique", 700, "update")
    assert "match.also" in codes(row)


def test_a_person_s_create_anyway_is_obeyed(erp: ErpConnection) -> None:
    known(501, mobile="13800001111")
    contact = proposed(phone="13800001111")
    Proposal.objects.update(target_chosen=True, not_same=[501])
    row = matched(contact)
    assert (row.match_kind, row.action, row.has_errors) == ("absent", "create", False)


def test_two_contacts_with_one_mobile_hold_each_other(erp: ErpConnection) -> None:
    one, other = make.contact(phone="13800001111"), make.contact(phone="13800001111")
    propose.drain()
    for contact, twin in ((one, other), (other, one)):
        row = matched(contact)
        assert (row.state, row.cause) == ("ready", judgement.TWIN)
        assert row.findings[0]["params"] == {"mobile": "13800001111", "source_id": twin.source_id}


@pytest.mark.parametrize(
    ("state", "held"), [("blocked", False), ("ready", True), ("rejected", False), ("superseded", False)]
)
def test_only_a_live_claim_on_the_mobile_holds(erp, state, held) -> None:
    make.proposal(contact=make.contact(phone="13800001111", proposed_version=1), state=state, match_kind="absent")
    assert (matched(proposed(phone="13800001111")).cause == judgement.TWIN) is held


def test_a_bound_contact_holds_its_twin_and_its_customer(erp: ErpConnection) -> None:
    make.binding(make.contact(phone="13800001111", proposed_version=1, source_id="old"), 501)
    known(501, mobile="13800001111")
    row = matched(proposed(phone="13800001111"))
    assert {"match.ord_taken", judgement.TWIN} <= codes(row)
    assert row.has_errors


def test_a_bound_contact_is_only_warned_of_its_twin(erp: ErpConnection) -> None:
    contact = proposed(phone="13800001111")
    make.binding(contact, 501)
    known(501, mobile="13800001111")
    make.proposal(contact=make.contact(phone="13800001111", proposed_version=1), state="ready")
    row = matched(contact)
    assert judgement.TWIN in codes(row)
    assert not row.has_errors


def test_it_needs_the_same_statements_for_one_and_for_many(erp, django_assert_max_num_queries) -> None:
    known(501, mobile="13800001111")
    for _ in range(60):
        make.contact(notes="x")
    propose.drain()
    with django_assert_max_num_queries(31):
        assert match.drain().done == 60


@pytest.mark.parametrize("column", ["khid", "mobile", "phone", "weixin"])
def test_looking_by_a_key_reads_its_index_and_not_the_table(erp: ErpConnection, column: str) -> None:
    for number in range(50):
        make.erp_record(number + 1, **{column: str(number)})
    with CaptureQueriesContext(connection) as heard:
        Copy(erp, timezone.now()).look([Case(make.proposal(), Query("1", "1", "1", "1"))])
    spelt = f'"{column}" IN' if connection.vendor == "sqlite" else f'"{column}" = ANY'
    sql = next(one["sql"] for one in heard.captured_queries if spelt in one["sql"])
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            assert f"erp_record_{column}" in str(cursor.fetchall())


def test_it_takes_no_more_than_it_was_told(erp: ErpConnection) -> None:
    for _ in range(3):
        make.contact()
    propose.drain()
    assert match.drain(limit=2).seen == 2
    assert Proposal.objects.to_match().count() == 1


@pytest.mark.parametrize("state", [{"is_active": False}, {"paused_at": make.NOW, "pause_cause": "login_refused"}])
def test_a_connection_that_is_off_is_left_alone(erp, state) -> None:
    proposed()
    ErpConnection.objects.update(**state)
    assert match.drain().seen == 0


def test_somebody_else_s_slot_is_respected(erp: ErpConnection) -> None:
    proposed()
    with wiring.slot(erp):
        assert match.drain().seen == 0
    assert match.drain().seen == 1


def test_the_entry_counts_what_came_of_it(erp: ErpConnection) -> None:
    matched(proposed())
    entry = Entry.objects.get(verb="proposal.match")
    assert entry.after == {"ready": 1, "nothing_to_write": 0, "failed": 0}


def test_an_erp_that_does_not_answer_is_an_error_and_never_absent(erp: ErpConnection) -> None:
    ErpConnection.objects.update(surveyed_at=None)
    contact = proposed()
    with override_settings(ZBSYNC_SECRET=lambda name: "x"):
        row = matched(contact)
        assert (row.state, row.match_kind, row.match_error) == ("mapped", "", "erp.not_sent")
        assert Proposal.objects.filter(match_after__gt=timezone.now()).exists()
        assert match.drain().seen == 0
    assert Exchange.objects.filter(proposal=row, error="erp.not_sent").exists()


def test_a_missing_secret_is_told(erp: ErpConnection) -> None:
    ErpConnection.objects.update(surveyed_at=None)
    with override_settings(ZBSYNC_SECRET=lambda name: ""):
        assert matched(proposed()).match_error == "erp.secret_missing"


def test_two_contacts_for_one_customer_the_second_is_told_once_the_first_has_it(erp: ErpConnection) -> None:
    known(501, mobile="13800001111", weixin="wx_seen")
    first, second = make.contact(phone="13800001111"), make.contact(wechat_id="wx_seen")
    propose.drain()
    match.drain()
    assert review.approve(list(first.proposals.values_list("pk", flat=True)), make.user()).done == 1
    row = matched(second)
    assert (row.state, row.cause) == ("ready", "match.ord_taken")
