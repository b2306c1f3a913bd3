"""A survey that was cut off goes on where it stood, whoever cut it off, and says of nobody that they are gone who only
moved to another page.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from tests.models import make
from tests.pipeline.pushing import Desk, desk
from zbsync.conf import conf
from zbsync.erp.errors import ErpError
from zbsync.models import ErpConnection, ErpPerson, ErpRecord, Survey
from zbsync.pipeline import survey
from zbsync.pipeline.survey.progress import Pages

pytestmark = pytest.mark.django_db
PAGE, CUSTOMERS = 10, 95


class Killed(BaseException):
    """What no handler of ours may catch: the process is gone."""


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=1, settings={"detail_budget": 0}) as made:
        made.sandbox.store.add_customers({"name": f"客户{number}"} for number in range(CUSTOMERS))
        made.connection.options = {"page_size": PAGE}
        made.connection.save()
        yield made


def killer(at: int) -> Any:
    """A listener that ends the process once `at` rows are kept."""

    def heard(done: int, total: int | None) -> None:
        if done >= at:
            raise Killed

    return heard


def kill(erp: Desk, at: int) -> Survey:
    """A survey that dies after `at` rows; returns what it left behind."""
    with pytest.raises(Killed):
        survey.run(erp.connection, progress=killer(at))
    return Survey.objects.get()


def asked(erp: Desk, page: str = "custom/list.asp") -> int:
    return sum(page in seen.path.lower() for seen in erp.sandbox.log())


def test_a_killed_survey_leaves_behind_how_far_it_got(erp: Desk) -> None:
    left = kill(erp, 40)
    assert (left.part, left.page_size, left.pages) == ("customers", PAGE, 10)
    assert left.pages_done == 4
    assert ErpRecord.objects.count() >= 40
    erp.connection.refresh_from_db()
    assert erp.connection.surveyed_at is None


def test_the_next_one_goes_on_where_it_stood(erp: Desk) -> None:
    kill(erp, 60)
    before = asked(erp)
    report = survey.run(erp.connection)
    assert report.resumed
    assert report.complete
    assert report.seen == ErpRecord.objects.count() == CUSTOMERS
    # The first page tells how many there are now; then the four that were missing.
    assert asked(erp) - before <= 1 + 4
    assert asked(erp, "source.asp") == 4, "the dictionaries were read by the run before"


def test_it_counts_since_the_first_of_the_runs(erp: Desk) -> None:
    kill(erp, 50)
    report = survey.run(erp.connection)
    assert report.as_json()["customers"] == {
        "seen": CUSTOMERS,
        "new": CUSTOMERS,
        "changed": 0,
        "gone": 0,
        "detailed": 0,
    }
    assert report.as_json()["vocabularies"]["ly"]["options"] > 0


def test_a_page_that_fails_is_asked_again_by_the_next_run(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "garbage", "path": "list.asp", "after": 5, "count": 1}])
    with pytest.raises(ErpError, match="not_json"):
        survey.run(erp.connection)
    left = Survey.objects.get()
    assert (left.part, left.cause, left.token) == ("customers", "erp.not_json", None)
    assert 0 < left.pages_done < 10
    assert survey.run(erp.connection).seen == CUSTOMERS


def test_time_that_is_up_is_no_failure(erp: Desk) -> None:
    while not (report := survey.run(erp.connection, time.monotonic() + 0.05)).complete:
        assert Survey.objects.get().cause == ""
    assert report.seen == ErpRecord.objects.filter(gone_at__isnull=True).count() == CUSTOMERS


def test_persons_are_gone_on_with_too(erp: Desk) -> None:
    with pytest.raises(Killed):
        survey.run(erp.connection, progress=_second_list(30))
    assert Survey.objects.get().part == "persons"
    before = asked(erp)
    assert survey.run(erp.connection).as_json()["persons"]["seen"] == CUSTOMERS
    assert asked(erp) == before, "the customers were read by the run before"


def _second_list(at: int) -> Any:
    """Dies `at` rows into the second list that is read."""
    lists = iter(range(2))
    state = {"list": next(lists), "last": 0}

    def heard(done: int, total: int | None) -> None:
        if done < state["last"]:
            state["list"] = next(lists)
        state["last"] = done
        if state["list"] == 1 and done >= at:
            raise Killed

    return heard


def test_one_that_is_too_old_starts_anew(erp: Desk) -> None:
    kill(erp, 60)
    Survey.objects.update(started_at=timezone.now() - timedelta(seconds=conf().mirror_max_age_s + 1))
    report = survey.run(erp.connection)
    assert (report.resumed, report.seen) == (False, CUSTOMERS)
    assert Survey.objects.filter(started_at__gt=timezone.now() - timedelta(minutes=1)).exists()


def test_pages_of_another_size_start_anew(erp: Desk) -> None:
    kill(erp, 60)
    erp.connection.options = {"page_size": 50}
    assert not survey.run(erp.connection).resumed


def test_a_run_that_was_overtaken_keeps_nothing_more(erp: Desk) -> None:
    kept: list[int] = []

    def overtake(done: int, total: int | None) -> None:
        if done >= 30 and not kept:
            kept.append(ErpRecord.objects.count())
            Survey.objects.update(token="0" * 32, until=timezone.now() + timedelta(seconds=60))

    with pytest.raises(survey.SurveyError, match="taken_over"):
        survey.run(erp.connection, progress=overtake)
    assert kept[0] < CUSTOMERS
    assert [ErpRecord.objects.count(), Survey.objects.get().pages_done * PAGE] == kept * 2


def test_what_vanished_between_two_runs_is_asked_for_before_it_is_gone(erp: Desk) -> None:
    survey.run(erp.connection)
    first = ErpRecord.objects.order_by("ord")[0].ord
    kill(erp, 60)
    erp.sandbox.store.delete(first)  # whoever stood first on page 7 stands on page 6 now
    with override_settings(ZBSYNC=replace(conf(), detail_budget=50)):
        report = survey.run(erp.connection)
    assert ErpRecord.objects.filter(gone_at__isnull=False).count() == 0, "it was seen before it went"
    assert report.as_json()["customers"]["gone"] == 0
    assert survey.run(erp.connection).as_json()["customers"]["gone"] == 1
    assert ErpRecord.objects.get(gone_at__isnull=False).ord == first


def test_a_list_that_grows_shorter_while_it_is_read_marks_nobody_unasked(erp: Desk) -> None:
    survey.run(erp.connection)
    ords = list(ErpRecord.objects.order_by("ord").values_list("ord", flat=True))

    gone: list[int] = []

    def shorten(done: int, total: int | None) -> None:
        if 30 <= done < 60 and total == CUSTOMERS and ords[5] not in gone:
            gone.append(ords[5])
            erp.sandbox.store.delete(ords[5])

    erp.connection.lanes = 1
    survey.run(erp.connection, progress=shorten)
    passed_over = ErpRecord.objects.filter(seen_at__lt=Survey.objects.get().started_at)
    assert passed_over.exists(), "somebody moved from one page to the one before"
    assert not ErpRecord.objects.filter(gone_at__isnull=False).exists()


def test_pages_that_come_out_of_order_count_once_those_before_them_are_there() -> None:
    pages = Pages(2)
    assert [pages.keep(number) for number in (5, 4, 3, 3, 1, 7, 6)] == [2, 2, 5, 5, 5, 5, 7]


def test_persons_are_kept_with_their_customer(erp: Desk) -> None:
    ord_ = int(erp.sandbox.store.customers()[0]["ord"])
    erp.sandbox.store.save_person(0, ord_, {"person_name": "李示例", "mobile": "138 0000 1111"})
    survey.run(erp.connection)
    person = ErpPerson.objects.get(name="李示例")
    assert (person.customer, person.mobile, person.gone_at) == (ord_, "13800001111", None)
    assert Survey.objects.get().persons_at is not None


def test_a_person_who_vanished_is_gone(erp: Desk) -> None:
    ord_ = int(erp.sandbox.store.customers()[0]["ord"])
    person = erp.sandbox.store.save_person(0, ord_, {"person_name": "李示例"})
    survey.run(erp.connection)
    erp.sandbox.store.run("UPDATE person SET del = 2 WHERE ord = ?", args=(person,))
    assert survey.run(erp.connection).as_json()["persons"]["gone"] == 1
    assert ErpPerson.objects.get(gone_at__isnull=False).ord == person


# When the timetable reads on


def due() -> list[ErpConnection]:
    return survey.due(timezone.now())


def test_a_copy_that_nobody_asked_for_yet_waits_for_a_person() -> None:
    make.erp()
    assert due() == []


@pytest.mark.parametrize(("hours", "is_due"), [(1, False), (13, True)])
def test_a_copy_half_as_old_as_it_may_be_is_due(hours: int, is_due: bool) -> None:
    make.erp(surveyed_at=timezone.now() - timedelta(hours=hours))
    assert bool(due()) is is_due


def test_one_that_was_cut_off_is_due_and_one_in_hand_is_not(erp: Desk) -> None:
    kill(erp, 40)
    Survey.objects.update(token="0" * 32, until=timezone.now() + timedelta(seconds=60))
    assert due() == []
    Survey.objects.update(token=None, until=None, touched_at=timezone.now() - timedelta(hours=1))
    assert due() == [erp.connection]


def test_a_failing_one_is_left_in_peace_for_a_while(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "garbage", "path": "list.asp"}])
    survey.ask(erp.connection, survey.ACTOR, timezone.now())
    assert survey.drain() == 0
    assert Survey.objects.get().cause == "erp.not_json"
    assert due() == []


def test_a_person_s_wish_is_carried_out_once(erp: Desk) -> None:
    survey.ask(erp.connection, survey.ACTOR, timezone.now())
    assert due() == [erp.connection]
    assert survey.drain() == 1
    assert due() == []
    erp.connection.refresh_from_db()
    assert erp.connection.surveyed_at is not None


def test_a_paused_connection_is_left_alone(erp: Desk) -> None:
    survey.ask(erp.connection, survey.ACTOR, timezone.now())
    ErpConnection.objects.update(paused_at=timezone.now(), pause_cause="captcha")
    assert due() == []
