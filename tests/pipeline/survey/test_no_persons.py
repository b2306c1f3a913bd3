"""An ERP that lists no contact persons, or not to us: the survey goes on without, tells it, and matching knows it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command

from tests.models import make
from tests.pipeline.matching import codes, matched, proposed
from tests.pipeline.pushing import Desk, desk
from zbsync.admin.freshness import survey_said
from zbsync.erp.errors import Refused
from zbsync.models import Entry, ErpRecord, Exchange, Survey
from zbsync.pipeline import bootstrap, survey

pytestmark = pytest.mark.django_db
PAGE = "salesmanage/person/list"


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=2) as made:
        made.connection.options = {"sort1": "3,7"}
        made.connection.save()
        made.sandbox.store.add_customers([{"name": f"公司{n}", "khid": f"KH{n}"} for n in range(5)])
        yield made


@pytest.mark.parametrize(
    ("policy", "cause"), [({"closed": [PAGE]}, "erp.refused"), ({"missing": [PAGE]}, "erp.wrong_path")]
)
def test_the_survey_goes_on_without_them_and_tells_why(erp: Desk, policy: dict[str, Any], cause: str) -> None:
    erp.sandbox.store.set_policy(**policy)
    report = survey.run(erp.connection)
    assert (report.seen, report.detailed, report.complete) == (5, 5, False)
    assert report.as_json()["unread"]["persons"]["code"] == cause
    kept = Survey.objects.get()
    assert (kept.persons_cause, kept.persons_at, kept.part, kept.cause) == (cause, None, "", "")
    assert kept.finished_at is not None
    assert Entry.objects.filter(verb="survey.persons_unread").count() == 1
    assert "contact persons are not read" in survey_said(erp.connection)


def test_it_is_said_on_the_keyboard(erp: Desk, capsys: Any) -> None:
    erp.sandbox.store.set_policy(closed=[PAGE])
    call_command("survey", "sandbox")
    assert "persons      not read: " in capsys.readouterr().out


def test_a_list_that_comes_back_is_read_again(erp: Desk) -> None:
    erp.sandbox.store.set_policy(closed=[PAGE])
    survey.run(erp.connection)
    erp.sandbox.store.set_policy(closed=[])
    assert survey.run(erp.connection).complete
    kept = Survey.objects.get()
    assert kept.persons_at is not None
    assert (kept.persons_cause, kept.persons_words) == ("", "")


def test_customers_that_are_refused_still_stop_it(erp: Desk) -> None:
    erp.sandbox.store.set_policy(closed=["salesmanage/custom/list"])
    with pytest.raises(Refused):
        survey.run(erp.connection)
    assert not ErpRecord.objects.exists()


def test_matching_asks_for_no_list_of_persons_and_says_what_that_means(erp: Desk) -> None:
    erp.sandbox.store.set_policy(closed=[PAGE])
    bootstrap.seed()
    survey.run(erp.connection)
    bootstrap.seed()
    asked = Exchange.objects.filter(operation="list_persons").count()
    row = matched(proposed(hub=make.hub()))
    assert (row.match_kind, row.match_error) == ("absent", "")
    assert "match.persons_unread" in codes(row)
    assert not row.has_errors
    assert Exchange.objects.filter(operation="list_persons").count() == asked
