"""Options that vanished: whoever names one is told, contacts that need one are held, and one that is back is there."""

import pytest
from django.utils import timezone

from tests.models import make
from zbsync.models import Contact, ErpConnection, MappingRule, Option, Proposal
from zbsync.pipeline import bootstrap, propose, tables
from zbsync.pipeline.survey import unfit
from zbsync.sentences import say

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> ErpConnection:
    connection = make.erp(surveyed_at=timezone.now())
    make.options(connection)
    bootstrap.seed()
    return connection


def lose(*paths: str) -> None:
    Option.objects.filter(path__in=paths).update(retired_at=timezone.now())


def told() -> set[tuple[str, str, object]]:
    """Value map, code and option of each finding."""
    return {(name, one.code, one.params["value"]) for name, found in unfit.of_mapping().items() for one in found}


def change(target: str, **values: str) -> None:
    MappingRule.objects.filter(target=target).update(**values)


def test_rules_that_fit_have_no_findings(erp: ErpConnection) -> None:
    assert unfit.of_mapping() == {}


@pytest.mark.parametrize("code", ["mapping.option_retired", "mapping.not_an_option"])
def test_a_pair_of_a_value_map(erp: ErpConnection, code: str) -> None:
    lose("较高") if code.endswith("retired") else Option.objects.filter(path="较高").delete()
    assert told() == {("score_to_jz", code, "较高")}


def test_a_default(erp: ErpConnection) -> None:
    change("ly", default="朋友介绍")
    assert told() == set()
    lose("朋友介绍")
    assert told() == {("", "mapping.option_retired", "朋友介绍")}


def test_a_constant(erp: ErpConnection) -> None:
    change("ly", transform="constant", source="", argument="999")
    assert told() == {("", "mapping.not_an_option", "999")}


@pytest.mark.parametrize("setting", ["意向客户/初步接触", "意向客户 ／ 初步接触", "3,7"])
def test_the_connection_s_stage(erp: ErpConnection, setting: str) -> None:
    ErpConnection.objects.update(options={"sort1": setting})
    assert told() == set()
    lose("意向客户/初步接触")
    assert len(told()) == 1


def test_a_dictionary_nobody_read_proves_nothing(erp: ErpConnection) -> None:
    Option.objects.all().delete()
    assert told() == set()


def test_each_erp_is_told_by_its_name(erp: ErpConnection) -> None:
    other = make.erp(name="other", options={})
    make.options(other)
    Option.objects.filter(path="较高", vocabulary__connection=other).update(retired_at=timezone.now())
    (finding,) = unfit.of_mapping()["score_to_jz"]
    assert finding.params["connection"] == "other"


def test_a_channel_whose_source_is_gone(erp: ErpConnection) -> None:
    lose("微信咨询")
    assert unfit.of_sources(tables.targets([erp])[0]) == {"微信": "mapping.option_retired"}


def test_an_option_that_came_back_under_another_code_is_there(erp: ErpConnection) -> None:
    lose("微信咨询")
    make.options(erp, ly={"微信咨询": "999"})
    assert unfit.of_sources(tables.targets([erp])[0]) == {}
    make.contact()
    propose.drain()
    assert Proposal.objects.get().payload["ly"] == "999"


@pytest.mark.parametrize("path", ["微信咨询", "较高"])
def test_contacts_are_held_by_it_and_named_options_are_said(erp: ErpConnection, path: str) -> None:
    lose(path)
    contact = make.contact()
    propose.drain()
    row = contact.proposals.get()
    assert (row.cause, row.has_errors) == ("mapping.option_retired", True)
    (finding,) = [one for one in row.findings if one["code"] == "mapping.option_retired"]
    assert finding["params"]["value"] == path


def test_a_default_that_is_gone_holds_and_sends_no_word_for_a_code(erp: ErpConnection) -> None:
    change("ly", default="朋友介绍")
    lose("朋友介绍")
    contact = make.contact(channel="")
    propose.drain()
    row = contact.proposals.get()
    assert row.cause == "mapping.option_retired"
    assert "ly" not in row.payload
    assert Contact.objects.due().count() == 0


@pytest.mark.parametrize(
    ("options", "dialect"),
    [
        ({}, ""),
        ({"dialects": {"customer.add": "v3"}}, "v3"),
        ({"dialects": {"customer.edit": "v3"}}, "v3"),
        ({"dialects": {"customer.edit": "ov1"}}, ""),
    ],
)
def test_a_rule_for_a_field_that_the_chosen_dialect_cannot_send(
    erp: ErpConnection, options: dict[str, object], dialect: str
) -> None:
    MappingRule.objects.filter(target="intro").update(target="age")
    MappingRule.objects.filter(target="weixinAcc").update(target="pym")
    ErpConnection.objects.update(options={"sort1": "3,7", **options})
    found = [one for one in unfit.of_mapping().get("", []) if one.code == "mapping.not_carried"]
    assert [(one.field, one.params["dialect"]) for one in found] == ([("age", dialect)] if dialect else [])
    assert all(dialect in say(one) and "年龄" in say(one) for one in found)
