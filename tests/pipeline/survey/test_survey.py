"""Reading the ERP's dictionaries and customers over real HTTP, and what the local copy makes of it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from tests.pipeline.pushing import Desk, desk
from zbsync.conf import conf
from zbsync.erp.errors import ErpError, LoginRefused
from zbsync.models import Contact, Entry, ErpRecord, Exchange, Option, SourceCode, Vocabulary
from zbsync.pipeline import bootstrap, propose, survey

pytestmark = pytest.mark.django_db

CUSTOMERS = [
    {"name": "江北示例机械有限公司", "khid": "KH1", "mobile": "139 0000 0001", "weixinAcc": "wx_old"},
    {"name": "张示例", "khid": "KH2", "phone": "13900000002", "intsort": "2"},
    {"name": "无号公司"},
]


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=2) as made:
        made.sandbox.store.add_customers(CUSTOMERS)
        yield made


def ord_of(erp: Desk, name: str) -> int:
    return next(int(one["ord"]) for one in erp.sandbox.store.customers(name=name))


def paths(name: str) -> dict[str, str]:
    return dict(Option.objects.current().filter(vocabulary__name=name).values_list("path", "code"))


def record(name: str) -> ErpRecord:
    return ErpRecord.objects.get(name=name)


def told(report: survey.Report) -> tuple[int, ...]:
    """Seen, new, changed, gone, read in full."""
    return tuple(report.as_json()["customers"].values())


def test_it_reads_every_dictionary(erp: Desk) -> None:
    told = survey.run(erp.connection).as_json()["vocabularies"]
    assert set(told) == {"ly", "trade", "jz", "follow_up", "stage", "area", "users"}
    assert all(one["options"] > 0 and one["retired"] == 0 for one in told.values())


@pytest.mark.parametrize(
    ("name", "path", "code"),
    [("ly", "网站注册", "171"), ("jz", "很高", "175"), ("stage", "意向客户/初步接触", "3,7")],
)
def test_an_option_is_found_by_its_name(erp: Desk, name: str, path: str, code: str) -> None:
    survey.run(erp.connection)
    assert paths(name)[path] == code


def test_departments_are_no_users_and_categories_no_stages(erp: Desk) -> None:
    survey.run(erp.connection)
    assert "0" not in paths("users").values()
    assert all("," in code for code in paths("stage").values())


def test_it_keeps_customers_with_comparable_numbers(erp: Desk) -> None:
    report = survey.run(erp.connection)
    assert told(report)[:4] == (3, 3, 0, 0)
    assert record("江北示例机械有限公司").mobile == "13900000001"
    assert record("张示例").phone == "13900000002"


def test_whole_records_tell_what_a_list_does_not(erp: Desk) -> None:
    assert survey.run(erp.connection).detailed == 3
    kept = record("江北示例机械有限公司")
    assert (kept.khid, kept.weixin, kept.values["khid"]) == ("KH1", "wx_old", "KH1")


def test_details_stop_at_the_budget_and_go_on_next_time(erp: Desk) -> None:
    with override_settings(ZBSYNC=replace(conf(), detail_budget=2)):
        assert [survey.run(erp.connection).detailed for _ in range(3)] == [2, 1, 0]


def test_a_second_survey_changes_nothing(erp: Desk) -> None:
    survey.run(erp.connection)
    before = list(ErpRecord.objects.order_by("ord").values("ord", "name", "khid", "values", "detailed_at"))
    report = survey.run(erp.connection)
    assert told(report) == (3, 0, 0, 0, 0)
    assert list(ErpRecord.objects.order_by("ord").values("ord", "name", "khid", "values", "detailed_at")) == before


def test_a_change_in_the_list_is_read_in_full_again(erp: Desk) -> None:
    survey.run(erp.connection)
    erp.sandbox.store.run("UPDATE customer SET name = '张示例新' WHERE ord = ?", args=(ord_of(erp, "张示例"),))
    report = survey.run(erp.connection)
    assert told(report)[2:] == (1, 0, 1)
    assert record("张示例新").values["name"] == "张示例新"


def test_what_vanished_is_gone_and_what_comes_back_is_not(erp: Desk) -> None:
    survey.run(erp.connection)
    gone = ord_of(erp, "无号公司")
    erp.sandbox.store.delete(gone)
    assert told(survey.run(erp.connection))[3] == 1
    assert record("无号公司").gone_at is not None
    erp.sandbox.store.run("UPDATE customer SET del = 1 WHERE ord = ?", args=(gone,))
    survey.run(erp.connection)
    assert record("无号公司").gone_at is None


def test_pages_are_read_to_the_end(erp: Desk) -> None:
    erp.sandbox.store.add_customers([{"name": f"客户{number}"} for number in range(47)])
    erp.connection.options = {"page_size": 10}
    report = survey.run(erp.connection)
    assert (report.seen, ErpRecord.objects.count(), report.complete) == (50, 50, True)


def test_an_account_that_sees_nobody_erases_nobody(erp: Desk) -> None:
    survey.run(erp.connection)
    erp.sandbox.store.run("UPDATE customer SET del = 2")
    with pytest.raises(survey.SurveyError, match="list_empty"):
        survey.run(erp.connection)
    assert not ErpRecord.objects.filter(gone_at__isnull=False).exists()


def test_a_dictionary_that_is_suddenly_empty_retires_nothing(erp: Desk) -> None:
    survey.run(erp.connection)
    erp.sandbox.store.run("DELETE FROM dictionary WHERE enum = 13")
    with pytest.raises(survey.SurveyError, match="vocabulary_empty"):
        survey.run(erp.connection)
    assert paths("ly")


def test_an_empty_erp_is_a_survey_too() -> None:
    with desk() as made:
        report = survey.run(made.connection)
        made.connection.refresh_from_db()
        assert (report.seen, report.complete) == (0, True)
        assert made.connection.surveyed_at is not None


def test_options_are_retired_renamed_and_revived(erp: Desk) -> None:
    survey.run(erp.connection)
    erp.sandbox.store.drop_option("ly", "朋友介绍")
    assert survey.run(erp.connection).vocabularies["ly"].as_json()["retired"] == 1
    assert "朋友介绍" not in paths("ly")
    erp.sandbox.store.add_option("ly", 172, "老友介绍")
    assert survey.run(erp.connection).vocabularies["ly"].renamed == 1
    assert paths("ly")["老友介绍"] == "172"


def test_a_failed_page_keeps_the_rest_and_marks_nothing_gone(erp: Desk) -> None:
    survey.run(erp.connection)
    erp.connection.refresh_from_db()
    first = erp.connection.surveyed_at
    erp.connection.options = {"page_size": 1}
    erp.sandbox.store.delete(ord_of(erp, "江北示例机械有限公司"))
    erp.sandbox.faults.arm([{"name": "garbage", "path": "list.asp", "after": 1}])
    with pytest.raises(ErpError, match="not_json"):
        survey.run(erp.connection)
    erp.connection.refresh_from_db()
    assert erp.connection.surveyed_at == first
    assert not ErpRecord.objects.filter(gone_at__isnull=False).exists()


def test_time_that_is_up_leaves_a_survey_incomplete(erp: Desk) -> None:
    report = survey.run(erp.connection, until=time.monotonic())
    erp.connection.refresh_from_db()
    assert (report.complete, report.calls, erp.connection.surveyed_at) == (False, 0, None)


def test_a_refused_login_stops_it_and_twice_pauses_the_connection(erp: Desk) -> None:
    with override_settings(ZBSYNC_SECRET=lambda name: "wrong"):
        for _ in range(2):
            with pytest.raises(LoginRefused):
                survey.run(erp.connection)
    erp.connection.refresh_from_db()
    assert erp.connection.pause_cause == "login_refused"


def test_everything_it_said_is_kept_and_counted(erp: Desk) -> None:
    report = survey.run(erp.connection)
    assert report.calls == Exchange.objects.filter(connection=erp.connection).count() == erp.sandbox.store.calls()
    assert set(Entry.objects.values_list("verb", flat=True)) >= {"survey.vocabularies", "survey.customers"}


def test_progress_counts_up_to_all(erp: Desk) -> None:
    heard: list[tuple[int, int | None]] = []
    survey.run(erp.connection, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (3, 3)


def test_a_contact_held_by_a_missing_vocabulary_is_due_again(erp: Desk) -> None:
    bootstrap.seed()
    erp.connection.refresh_from_db()
    contact = make.contact()
    propose.drain()
    held = contact.proposals.get()
    assert held.cause.startswith("mapping.")
    survey.run(erp.connection)
    assert list(Contact.objects.due()) == [contact]
    propose.drain()
    assert contact.proposals.get(state="mapped").payload["jz"] == "289"


def test_a_clean_proposal_is_due_again_only_when_its_option_is_retired(erp: Desk) -> None:
    bootstrap.seed()
    survey.run(erp.connection)
    contact = make.contact()
    propose.drain()
    erp.sandbox.store.add_option("ly", 900, "展会")
    survey.run(erp.connection)
    assert not Contact.objects.due().exists()
    erp.sandbox.store.drop_option("jz", "较高")
    survey.run(erp.connection)
    assert list(Contact.objects.due()) == [contact]


def test_channels_get_their_source_once_the_erp_tells_its_options(erp: Desk) -> None:
    bootstrap.seed()
    make.contact(channel="抖音")
    survey.run(erp.connection)
    codes = dict(SourceCode.objects.filter(connection=erp.connection).values_list("channel", "option"))
    assert codes["微信"] == "微信咨询"
    assert codes["抖音"] == ""


def test_a_source_a_person_chose_stays(erp: Desk) -> None:
    SourceCode.objects.create(connection=erp.connection, channel="微信", option="VIP")
    survey.run(erp.connection)
    assert SourceCode.objects.get(channel="微信").option == "VIP"


def test_statements_do_not_grow_with_a_page(erp: Desk, django_assert_max_num_queries) -> None:
    survey.run(erp.connection)
    erp.sandbox.store.add_customers([{"name": f"客户{number}"} for number in range(57)])
    with (
        override_settings(ZBSYNC=replace(conf(), detail_budget=0)),
        django_assert_max_num_queries(115),
    ):
        assert survey.run(erp.connection).seen == 60


def test_each_vocabulary_tells_when_it_was_read(erp: Desk) -> None:
    survey.run(erp.connection)
    assert Vocabulary.objects.filter(surveyed_at__gte=timezone.now() - timedelta(minutes=1)).count() == 7
