"""The inbox of values that no rule knows: every one once, with how many contacts it holds, and nothing else."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.people import someone
from tests.models import make
from tests.pipeline.publish.drafting import with_trades
from zbsync.models import MappingRule, Scope, ValueMapEntry
from zbsync.pipeline import propose, publish

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installed() -> None:
    """Trades by a value map that knows one of them."""
    with_trades()


def rows(by: User | None = None) -> list[tuple[str, str, str, int]]:
    propose.drain()
    found = publish.inbox(by or make.user())
    return [(one.code.partition(".")[2], one.place, one.value, one.held) for one in found.rows]


def test_a_value_without_a_pair_is_told_once_with_how_many_it_holds() -> None:
    for trade in ("机械", "机械", "食品", "印刷"):
        make.contact(extra={"trade": trade})
    assert rows() == [("no_pair", "trades", "机械", 2), ("no_pair", "trades", "食品", 1)]


def test_what_there_is_to_choose_from_is_the_dictionary_the_rule_names() -> None:
    make.contact(extra={"trade": "机械"})
    propose.drain()
    found = publish.inbox(make.user())
    assert found.offered == {"trades": ["印刷业", "制造业"]}
    assert found.exact == {"trades"}


def test_a_pair_frees_whom_it_held() -> None:
    make.contact(extra={"trade": "机械"})
    assert rows()
    publish.add_pairs("trades", {"机械": "制造业"}, someone("mapper"))
    assert rows() == []


def test_channels_options_and_maps_that_are_missing_are_told_too() -> None:
    make.contact(channel="抖音")
    ValueMapEntry.objects.filter(key="90").update(value="极高")
    make.contact(score=95.0)
    assert sorted(rows()) == [("channel_unmapped", "", "抖音", 1), ("not_an_option", "jz", "极高", 1)]
    MappingRule.objects.filter(target="jz").update(argument="nothing:jz")
    make.contact(score=95.0)
    assert ("value_map_missing", "nothing", "", 1) in rows()


def test_whom_the_gate_holds_waits_for_no_pair() -> None:
    make.contact(extra={"trade": "机械"}, score=1.0)
    assert rows() == []


def test_a_value_that_has_a_default_holds_nobody() -> None:
    MappingRule.objects.filter(target="trade").update(default="印刷业")
    make.contact(extra={"trade": "机械"})
    assert rows() == []


def test_a_limited_person_sees_what_is_theirs() -> None:
    make.contact(extra={"trade": "机械"}, owner="王")
    make.contact(extra={"trade": "食品"}, owner="李")
    person = someone("mapper")
    Scope.objects.create(user=person, owner="王")
    assert rows(person) == [("no_pair", "trades", "机械", 1)]


def test_the_number_of_statements_is_constant() -> None:
    person = make.user()

    def asked() -> int:
        propose.drain()
        with CaptureQueriesContext(connection) as seen:
            publish.inbox(person)
        return len(seen)

    make.contact(extra={"trade": "机械"})
    few = asked()
    for number in range(20):
        make.contact(extra={"trade": f"行业{number}"})
    assert asked() == few < 15
