"""The pass through all contracts: whose first deal it finds, whose it must not, and how it goes on where it was cut."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.models import make
from tests.pipeline import lookups
from tests.pipeline.pushing import Desk, desk
from zbsync import schedules, tasks
from zbsync.erp.errors import ErpError
from zbsync.models import Contact, Entry, ErpConnection, ErpRecord, Exchange, Heartbeat, MappingRule, Proposal
from zbsync.pipeline import audit, bootstrap, customers, ingest, lookup, propose, wiring
from zbsync.pipeline.lookup import contracts, first_deal

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def read(erp: Desk, until: float | None = None) -> contracts.Report:
    erp.connection.refresh_from_db()
    return contracts.run(erp.connection, until)


def test_a_bound_customer_with_a_contract_gets_its_first_deal(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    contact = lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05")
    report = read(erp)
    contact.refresh_from_db()
    assert (lookups.first_deal(ord_)[:10], contact.proposed_version) == ("2024-03-04", 0)
    assert (report.contracts, report.asked, report.found, report.complete) == (1, 1, 1, True)
    assert Exchange.objects.filter(operation="list_contracts").count() == 2


def test_a_customer_without_a_contact_is_not_asked(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.contract(erp, ord_, "2024-03-05")
    assert (read(erp).asked, lookups.first_deal(ord_)) == (0, "")


def test_a_namesake_without_a_contract_is_asked_and_gets_none(erp: Desk) -> None:
    ord_, namesake = lookups.customer(erp), lookups.customer(erp)
    lookups.bound(erp, namesake)
    lookups.contract(erp, ord_, "2024-03-05")
    report = read(erp)
    assert (report.asked, report.found, lookups.first_deal(namesake)) == (1, 0, "")


def test_what_is_known_is_not_asked_for_again(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05")
    read(erp)
    lookups.contract(erp, ord_, "2024-09-09", 2)
    report = read(erp)
    assert (report.contracts, report.asked, Entry.objects.filter(verb="customer.first_deal").count()) == (2, 0, 1)


def test_an_earlier_contract_that_comes_to_light_moves_the_day(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05")
    read(erp)
    lookups.contract(erp, ord_, "2023-01-15", 2)
    assert read(erp).found == 1
    assert lookups.first_deal(ord_)[:10] == "2023-01-14"
    told = Entry.objects.filter(verb="customer.first_deal").latest("pk")
    assert (told.before or {})["first_deal_at"].startswith("2024-03-05")


def test_many_pages_are_read_and_gone_on_with_where_they_were_cut(erp: Desk, monkeypatch) -> None:
    monkeypatch.setattr(contracts, "PAGE_SIZE_MAX", 2)
    ords = [lookups.customer(erp, f"示例{number}有限公司") for number in range(5)]
    for ord_ in ords:
        lookups.bound(erp, ord_)
        lookups.contract(erp, ord_, "2024-03-05")
    erp.sandbox.faults.arm([{"name": "html_500", "path": "contract", "after": 6}])
    with pytest.raises(ErpError):
        read(erp)
    assert ErpConnection.objects.get(pk=erp.connection.pk).contract_pages == 2
    erp.sandbox.faults.arm([])
    report = read(erp)
    assert (report.pages, report.contracts, report.complete) == (1, 1, True)
    assert all(lookups.first_deal(ord_) for ord_ in ords)
    assert ErpConnection.objects.get(pk=erp.connection.pk).contract_pages == 0


def test_no_time_left_reads_nothing_and_ends_nothing(erp: Desk) -> None:
    report = read(erp, time.monotonic() - 1)
    assert (report.pages, report.complete) == (0, False)
    erp.connection.refresh_from_db()
    assert erp.connection.contracts_at is None


def test_an_erp_without_contracts_is_read_to_its_end(erp: Desk) -> None:
    assert (read(erp).complete, read(erp).contracts) == (True, 0)


def test_it_keeps_off_while_somebody_else_talks(erp: Desk) -> None:
    with wiring.slot(erp.connection) as hold:
        assert hold
        assert read(erp).busy


def test_only_connections_with_bound_customers_are_due_and_only_once_a_day(erp: Desk) -> None:
    now = timezone.now()
    assert contracts.due(now) == []
    lookups.bound(erp, lookups.customer(erp))
    assert contracts.due(now) == [erp.connection]
    read(erp)
    assert contracts.due(now) == []
    assert contracts.due(now + timedelta(days=2)) == [erp.connection]
    ErpConnection.objects.update(contract_pages=3)
    assert contracts.due(now) == [erp.connection], "a pass under way is gone on with"
    ErpConnection.objects.update(paused_at=now, pause_cause="by_hand")
    assert contracts.due(now) == []


def test_the_timetable_reads_them(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    lookups.bound(erp, ord_)
    lookups.contract(erp, ord_, "2024-03-05")
    assert "zbsync.tasks.contracts" in {timer.task for timer in schedules.TIMETABLE}
    tasks.contracts()
    assert lookups.first_deal(ord_)
    assert Heartbeat.objects.get(name="contracts").note == "1 pages"


@pytest.mark.django_db(transaction=True)  # the boundary of a job drops its connection, and a test's own with it
@pytest.mark.parametrize(("cause", "values"), [
    ("no account", {"password_env": "NOT_SET"}),
    ("no ERP", {"base_url": "http://127.0.0.1:9"}),
])  # fmt: skip
def test_a_failure_ends_the_job_and_not_the_worker(erp: Desk, cause: str, values: dict[str, str]) -> None:
    lookups.bound(erp, lookups.customer(erp))
    ErpConnection.objects.update(**values)
    tasks.contracts()
    assert not Heartbeat.objects.exists(), cause


@pytest.mark.parametrize(("text", "day"), [
    ("2024-03-05", (2024, 3, 5)),
    ("2024-3-5", (2024, 3, 5)),
    (" 2024/03/05 00:00:00", (2024, 3, 5)),
    ("2024年3月5日", (2024, 3, 5)),
    ("2024-13-05", None),
    ("05.03.2024", None),
    ("", None),
])  # fmt: skip
def test_a_day_is_read_in_any_of_its_spellings(text: str, day: tuple[int, int, int] | None) -> None:
    found = first_deal.day_of(text)
    assert (found and timezone.localtime(found).timetuple()[:3]) == day


def test_rows_that_name_somebody_else_or_nobody_prove_nothing() -> None:
    rows = [
        {"khmc": "别家", "dateQD": "2020-01-01"},
        {"dateQD": "2020-01-01"},
        {"khmc": "示例 公司", "dateQD": "2024-03-05"},
    ]
    found = first_deal.signed(rows, "示例公司", make.NOW)
    assert found
    assert timezone.localtime(found).year == 2024
    assert first_deal.signed(rows, "", make.NOW) is None


def deal_rule() -> None:
    """The published mapping tells the ERP's first deal in the remark."""
    bootstrap.seed()
    MappingRule.objects.filter(target="intro").update(source="first_deal_at", transform="date", argument="%Y-%m-%d")


def intro(contact: Contact) -> str:
    return str(Proposal.objects.filter(contact=contact).latest("pk").payload.get("intro", ""))


def test_mapping_reads_the_erps_day_while_the_hub_tells_none(erp: Desk, tmp_path) -> None:
    deal_rule()
    ord_ = lookups.customer(erp)
    contact = lookups.bound(erp, ord_, proposed_version=0)
    propose.drain()
    assert intro(contact) == ""
    lookups.contract(erp, ord_, "2024-03-05")
    read(erp)
    propose.drain()
    assert "2024-03-05" in intro(contact)


def test_a_row_of_the_hub_that_does_not_say_it_neither_clears_it_nor_is_a_change(erp: Desk, tmp_path) -> None:
    from tests.hub.samples import json_file

    ord_ = lookups.customer(erp)
    told = {"source_id": "77", "name": "王小明", "phone": "13800001111"}
    ingest.import_file(json_file(tmp_path, told), make.hub(), audit.Actor.job("hub"), now=make.NOW)
    contact = Contact.objects.get(source_id="77")
    make.binding(contact, ord_, connection=erp.connection)
    lookups.contract(erp, ord_, "2024-03-05")
    read(erp)
    report = ingest.import_file(json_file(tmp_path, told), make.hub(), audit.Actor.job("hub"), now=make.NOW)
    contact.refresh_from_db()
    assert (report.counts.changed, contact.version) == (0, 1)
    assert customers.deals.of_contacts([contact.pk]) != {}


def test_the_hubs_own_day_wins(erp: Desk) -> None:
    deal_rule()
    ord_ = lookups.customer(erp)
    contact = lookups.bound(erp, ord_, proposed_version=0, first_deal_at=datetime(2022, 2, 2, tzinfo=UTC))
    lookups.contract(erp, ord_, "2024-03-05")
    read(erp)
    propose.drain()
    assert "2022-02-02" in intro(contact)


def test_of_two_erps_the_earlier_day_counts(erp: Desk) -> None:
    other = make.erp(name="other")
    contact = make.contact()
    for connection, ord_, day in ((erp.connection, 1, 5), (other, 2, 3)):
        make.erp_record(ord_, connection=connection, first_deal_at=datetime(2024, 3, day, tzinfo=UTC))
        make.binding(contact, ord_, connection=connection)
    assert customers.deals.of_contacts([contact.pk]) == {contact.pk: datetime(2024, 3, 3, tzinfo=UTC)}


def test_a_survey_that_reads_the_customer_again_leaves_the_day(erp: Desk) -> None:
    ord_ = lookups.customer(erp)
    ErpRecord.objects.filter(ord=ord_).update(first_deal_at=make.NOW)
    customers.see(erp.connection, [customers.Row(ord_, "新名字有限公司", "", "")], timezone.now())
    assert ErpRecord.objects.get(ord=ord_).first_deal_at == make.NOW


def test_nothing_new_locks_no_rules_and_writes_nothing(erp: Desk, django_assert_num_queries) -> None:
    ord_ = lookups.customer(erp)
    ErpRecord.objects.filter(ord=ord_).update(first_deal_at=make.NOW)
    with django_assert_num_queries(1):
        assert first_deal.note(erp.connection, {ord_: make.NOW}, timezone.now()) == 0
    assert lookup.PERMISSION == "zbsync.view_live"
