"""What gate and mapping look things up in: compiled from rows, never stale, never more statements than needed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.models import make
from zbsync.core.mapping import MappingError
from zbsync.models import (
    ErpConnection,
    GateSetting,
    Mapping,
    MappingRule,
    Option,
    SourceCode,
    ValueMap,
    ValueMapEntry,
)
from zbsync.pipeline import bootstrap, tables

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> ErpConnection:
    made = make.erp()
    make.options(made)
    bootstrap.seed()
    return made


def published() -> Mapping:
    found = tables.lock_rules()
    assert found is not None
    return found


def target(erp: ErpConnection) -> tables.Target:
    [only] = tables.targets([erp])
    return only


def codes(erp: ErpConnection) -> dict[str, str]:
    return dict(SourceCode.objects.filter(connection=erp).values_list("channel", "option"))


def value_map(name: str, kind: str, **pairs: str) -> None:
    row = ValueMap.objects.create(name=name, kind=kind)
    for key, value in pairs.items():
        ValueMapEntry.objects.create(value_map=row, key=key.removeprefix("n"), value=value)


def test_nothing_published_is_no_mapping() -> None:
    make.mapping(state="draft")
    assert tables.lock_rules() is None


def test_of_all_versions_the_published_one_counts(erp: ErpConnection) -> None:
    make.mapping(version=7, state="retired")
    make.mapping(version=9, state="draft")
    assert published().version == 1


def test_a_rule_set_is_the_published_rules_with_the_enabled_gate(erp: ErpConnection) -> None:
    rules = tables.rule_set(published())
    assert (rules.version, rules.mapping_id) == (1, published().pk)
    held = rules.gate.judge(make.contact(phone="", mobile="", phone_verified=False).to_record())
    assert held
    GateSetting.objects.update(is_enabled=False)
    assert not tables.rule_set(published()).gate.judge(make.contact(phone="", mobile="").to_record())


def test_a_rule_that_changed_is_never_served_from_memory(erp: ErpConnection) -> None:
    contact, tables_ = make.contact(notes="一", summary="二").to_record(), target(erp).tables
    assert tables.rule_set(published()).plan.apply(contact, tables_).values["intro"] == "一"
    MappingRule.objects.filter(target="intro").update(source="summary")
    assert tables.rule_set(published()).plan.apply(contact, tables_).values["intro"] == "二"
    MappingRule.objects.filter(target="intro").update(source="notes")
    assert tables.rule_set(published()).plan.apply(contact, tables_).values["intro"] == "一"


def test_a_broken_rule_is_named_and_nobody_passes(erp: ErpConnection) -> None:
    MappingRule.objects.filter(target="intro").update(transform="nosuch")
    with pytest.raises(MappingError) as caught:
        tables.rule_set(published())
    assert [(one.field, one.params["position"]) for one in caught.value.findings] == [("intro", 13)]


@pytest.mark.parametrize("params", [{"min": "many"}, {"nosuch": 1}])
def test_a_broken_gate_stops_everything_and_lets_nobody_through(erp: ErpConnection, params: dict[str, Any]) -> None:
    code = GateSetting.objects.exclude(params={}).earliest("position").code
    GateSetting.objects.filter(code=code).update(params=params)
    with pytest.raises(ValueError, match=code.rpartition(".")[2]):
        tables.rule_set(published())


@pytest.mark.parametrize(
    ("change", "reads"),
    [({}, False), ({"source": "interactions"}, True), ({"transform": "join", "argument": "{interactions}"}, True),
     ({"source": "notes"}, False)],
)  # fmt: skip
def test_interactions_are_loaded_only_for_rules_that_speak_of_them(change: dict[str, str], reads: bool) -> None:
    mapping = make.mapping()
    MappingRule.objects.create(mapping=mapping, target="intro", **{"source": "name", **change})
    rules = tables.read_rules(mapping)
    assert any(tables.reads(rule, "interactions") for rule in rules) is reads


def test_options_of_a_connection_are_its_own(erp: ErpConnection) -> None:
    other = make.erp(name="other")
    make.options(other, ly={"微信咨询": "9"})
    mine, theirs = tables.targets([erp, other])
    assert mine.tables.options["ly"]["微信咨询"] == "181"
    assert theirs.tables.options == {"ly": {"微信咨询": "9"}}
    assert mine.connection == erp


def test_a_retired_option_is_none(erp: ErpConnection) -> None:
    Option.objects.filter(path="微信咨询").update(retired_at=timezone.now())
    assert "微信咨询" not in target(erp).tables.options["ly"]


def test_an_undecided_channel_is_known_and_leads_nowhere(erp: ErpConnection) -> None:
    SourceCode.objects.create(connection=erp, channel="展会", option="")
    sources = target(erp).tables.source_codes
    assert sources["展会"] is None
    assert sources["微信"] == "微信咨询"
    assert "抖音" not in sources


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({}, {}),
        ({"sort1": "3,7"}, {"sort1": "3,7"}),
        ({"khid": "erp", "pace_ms": 50}, {"khid": "erp"}),
        ({"sort1": ""}, {}),
    ],
)
def test_only_the_settings_that_mapping_knows_reach_it(options: dict[str, Any], settings: dict[str, str]) -> None:
    assert target(make.erp(options=options)).tables.settings == settings


def test_targets_are_few_statements_however_many_connections(erp: ErpConnection) -> None:
    connections = [erp, *(make.erp(name=f"erp{n}") for n in range(5))]
    for one in connections[1:]:
        make.options(one)
    counted = []
    for some in (connections[:1], connections):
        with CaptureQueriesContext(connection) as caught:
            tables.targets(some)
        counted.append(len(caught))
    assert counted == [3, 3]


def test_a_broken_value_map_is_missing_and_the_others_stand(erp: ErpConnection) -> None:
    value_map("good", "exact", a="1", b="2")
    value_map("broken", "threshold", n60="很高", nhigh="一般")
    found = tables.value_maps()
    assert set(found) == {"score_to_jz", "good"}
    assert found["good"].pairs == (("a", "1"), ("b", "2"))


def test_a_value_map_without_entries_is_missing() -> None:
    ValueMap.objects.create(name="empty", kind="exact")
    assert tables.value_maps() == {}


def test_channels_are_told_once_and_not_the_empty_one() -> None:
    for channel in ("微信", "微信", "", "抖音"):
        make.contact(channel=channel)
    assert sorted(tables.seen_channels()) == ["微信", "抖音"]


def test_a_channel_gets_the_default_the_erp_has(erp: ErpConnection) -> None:
    SourceCode.objects.all().delete()
    assert tables.add_source_codes(erp, ["微信", "网站", "广告", "展会"]) == 4
    assert codes(erp) == {"微信": "微信咨询", "网站": "网站注册", "广告": "", "展会": ""}


def test_what_a_person_decided_is_left_alone(erp: ErpConnection) -> None:
    SourceCode.objects.filter(channel="微信").update(option="朋友介绍")
    assert tables.add_source_codes(erp, ["微信"]) == 0
    assert codes(erp)["微信"] == "朋友介绍"


def test_an_undecided_channel_is_decided_when_the_erp_gets_the_option(erp: ErpConnection) -> None:
    tables.add_source_codes(erp, ["广告"])
    assert codes(erp)["广告"] == ""
    make.options(erp, ly={"广告宣传": "174"})
    assert tables.add_source_codes(erp, []) == 1
    assert codes(erp)["广告"] == "广告宣传"
    assert tables.add_source_codes(erp, ["广告"]) == 0


def test_source_codes_of_one_connection_are_not_those_of_another(erp: ErpConnection) -> None:
    other = make.erp(name="other")
    tables.add_source_codes(other, ["微信"])
    assert (codes(erp)["微信"], codes(other)["微信"]) == ("微信咨询", "")


def test_adding_many_channels_is_a_constant_number_of_statements(erp: ErpConnection) -> None:
    counted = []
    for size in (1, 60):
        channels = [f"渠道{size}-{n}" for n in range(size)]
        with CaptureQueriesContext(connection) as caught:
            assert tables.add_source_codes(erp, channels) == size
        counted.append(len(caught))
    assert counted[0] == counted[1]
