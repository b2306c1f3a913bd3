"""The forms of a draft and what its pages cost: what is offered, what is read out of them, how many questions."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.people import browser
from tests.models import make
from zbsync.admin.erp import targets
from zbsync.admin.workbench.forms import rule_forms
from zbsync.core.defaults import DEFAULT_RULES
from zbsync.core.mapping import COLUMNS, Policy, Rule, TooLong
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Mapping
from zbsync.pipeline import bootstrap, publish

pytestmark = pytest.mark.django_db


def sent(*rules: Rule, **more: str) -> dict[str, str]:
    """The forms of these rules as a browser sends them."""
    data = {"rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": str(len(rules)), **more}
    for at, rule in enumerate(rules):
        values: dict[str, Any] = {name: getattr(rule, name) for name in COLUMNS if name != "required"}
        data |= {f"rules-{at}-{name}": str(value) for name, value in values.items()}
        data |= {f"rules-{at}-required": "on"} if rule.required else {}
    return data


def test_what_is_shown_is_what_comes_back() -> None:
    forms = rule_forms([], sent(*DEFAULT_RULES))
    assert forms.is_valid(), forms.errors
    assert tuple(forms.rules()) == DEFAULT_RULES


def test_rules_come_in_the_order_of_their_numbers_and_those_without_last() -> None:
    one, two, three = Rule("intro", "notes", position=2), Rule("job", "name", position=1), Rule("c2", "remark")
    forms = rule_forms([], sent(three, one, two, **{"rules-0-position": ""}))
    assert forms.is_valid(), forms.errors
    assert [rule.target for rule in forms.rules()] == ["job", "intro", "c2"]


def test_every_column_is_read() -> None:
    rule = Rule("intro", "notes", "cut", "20", "无", required=True, policy=Policy.NEVER, too_long=TooLong.SPILL,
                applies_to="unit", position=7)  # fmt: skip
    forms = rule_forms([], sent(rule))
    assert forms.is_valid(), forms.errors
    assert forms.rules() == [rule]
    assert {name for name in COLUMNS if getattr(rule, name) == getattr(Rule(""), name)} == set()


def test_a_rule_shows_its_help_and_its_options() -> None:
    (form, blank) = rule_forms([replace(DEFAULT_RULES[8], position=1)])
    assert form.help[1]
    assert form.fields["default"].widget.attrs["list"] == "zb-options-jz"
    assert form.rule == replace(DEFAULT_RULES[8], position=1)
    assert blank.rule is None


def test_every_field_of_the_erp_is_offered_once_under_its_kind() -> None:
    offered = [name for _title, group in targets.grouped() for name, _words in group]
    assert sorted(offered) == sorted(FIELDS)
    assert len(targets.grouped()) == 2


@pytest.mark.parametrize(("name", "most"), [("changelist", 15), ("compare", 25), ("import", 15), ("unmapped", 25)])
def test_a_page_asks_no_more_for_many_versions(name: str, most: int) -> None:
    make.options(make.erp())
    bootstrap.seed()
    client = browser("mapper")

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"admin:zbsync_mapping_{name}")).status_code == 200
        return len(seen)

    publish.draft(Mapping.objects.get(), make.user())
    few = asked()
    for _ in range(12):
        publish.draft(Mapping.objects.get(version=1), make.user())
    assert asked() == few <= most
