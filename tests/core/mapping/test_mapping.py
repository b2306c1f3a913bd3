"""Mappings: compiled with all their faults named at once, applied with the origin of every field."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import COMPANY, PERSON, SPECS, codes, tables
from zbsync.core.findings import Severity, errors
from zbsync.core.mapping import Mapped, MappingError, Policy, Rule, TooLong, compile_mapping
from zbsync.core.payload import FieldSpec, width
from zbsync.core.records import ContactRecord
from zbsync.sentences import say


def mapped(*rules: Rule, record: ContactRecord = PERSON, **changed: Any) -> Mapped:
    return compile_mapping(rules, SPECS).apply(record, tables(**changed))


def faults(*rules: Rule) -> MappingError:
    with pytest.raises(MappingError) as raised:
        compile_mapping(rules, SPECS)
    return raised.value


def test_every_field_knows_where_it_came_from() -> None:
    assert mapped(Rule("ly", "channel", "source_code", policy=Policy.ON_CREATE)).fields == [
        {
            "target": "ly",
            "value": "978",
            "label": "微信咨询",
            "source": "channel",
            "transform": "source_code",
            "policy": "on_create",
            "edited_by": "",
        }
    ]


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (Rule("name", "name"), "name"),
        (Rule("name", transform="first_of", argument="company,name"), "company,name"),
        (Rule("name", transform="template", argument="{name}!"), "{name}!"),
        (Rule("khid", transform="khid"), "source_id"),
        (Rule("sort1", transform="stage"), "connection.sort1"),
        (Rule("sort1", "extra.stage", "stage"), "extra.stage"),
        (Rule("intro", transform="join_interactions"), "interactions"),
    ],
)
def test_the_origin_is_named_even_without_a_source_path(rule: Rule, source: str) -> None:
    assert mapped(rule).fields[0]["source"] == source


def test_a_plain_text_has_no_label() -> None:
    assert mapped(Rule("name", "name")).fields[0]["label"] == ""


@pytest.mark.parametrize(("record", "kind"), [(PERSON, "individual"), (COMPANY, "unit")])
def test_the_kind_follows_the_contact(record: ContactRecord, kind: str) -> None:
    assert mapped(Rule("name", "name"), record=record).kind == kind


def test_a_rule_applies_to_the_kind_it_names() -> None:
    rules = (Rule("name", "company", applies_to="unit"), Rule("name", "name", applies_to="individual"))
    assert mapped(*rules).values == {"name": "王小明"}
    assert mapped(*rules, record=COMPANY).values == {"name": "示例科技有限公司"}


def test_a_rule_for_both_skips_the_form_without_the_field() -> None:
    rule = Rule("person_name", "name")
    assert mapped(rule).values == {}
    assert mapped(rule, record=COMPANY).values == {"person_name": "王小明"}


def test_what_is_empty_is_left_out() -> None:
    result = mapped(Rule("email", "email"), Rule("address", "extra.nothing"), Rule("name", "name"))
    assert result.values == {"name": "王小明"}
    assert [field["target"] for field in result.fields] == ["name"]
    assert result.findings == []


def test_white_space_alone_is_empty() -> None:
    assert mapped(Rule("intro", "notes"), record=replace(PERSON, notes=" \n ")).values == {}


def test_what_is_required_and_empty_is_a_finding() -> None:
    (finding,) = mapped(Rule("email", "email", required=True)).findings
    assert codes([finding]) == ["mapping.required"]
    assert say(finding) == "电子邮件 is empty: e-mail has nothing. Fill it in here or in the hub."


def test_a_default_stands_in_for_nothing() -> None:
    assert mapped(Rule("email", "email", default="none@erp.example", required=True)).values == {
        "email": "none@erp.example"
    }


def test_a_default_option_is_given_by_its_label() -> None:
    assert mapped(Rule("jz", "extra.worth", "option", "jz", default="很低")).values == {"jz": "290"}


def test_a_failure_with_a_default_is_a_warning() -> None:
    rule = Rule("ly", "channel", "source_code", default="网站注册")
    result = mapped(rule, record=replace(PERSON, channel="抖音"))
    assert result.values == {"ly": "171"}
    assert [(one.code, one.severity) for one in result.findings] == [("mapping.channel_unmapped", Severity.WARNING)]


def test_a_failure_is_said_once_even_when_required() -> None:
    result = mapped(Rule("ly", "channel", "source_code", required=True), record=replace(PERSON, channel="抖音"))
    assert codes(result.findings) == ["mapping.channel_unmapped"]
    assert result.values == {}


@pytest.mark.parametrize(
    ("rule", "changed", "field", "said"),
    [
        (
            Rule("ly", "channel", "source_code"),
            {"source_codes": {}},
            "ly",
            "The channel “微信” has no source code",
        ),
        (
            Rule("ly", "channel", "source_code"),
            {"options": {"ly": {"其他": "1"}}},
            "ly",
            "“微信咨询” is not one of",
        ),
        (Rule("sort1", transform="stage"), {"settings": {}}, "sort1", "option sort1 of the ERP connection"),
        (Rule("jz", "score", "option", "jz"), {}, "jz", "“91” is not one of the ERP's options “value grade”"),
        (Rule("mobile", "name", "mobile"), {}, "mobile", "手机: “王小明” is not a valid mainland mobile"),
    ],
)
def test_a_failure_names_field_value_and_mend(rule: Rule, changed: Any, field: str, said: str) -> None:
    (finding,) = mapped(rule, **changed).findings
    assert finding.field == field
    assert said in say(finding)
    assert errors([finding]) == [finding]


LONG = "长" * 120


def test_a_value_too_long_is_held_whole() -> None:
    result = mapped(Rule("name", "name"), record=replace(PERSON, name=LONG))
    assert result.values == {"name": LONG}
    assert [(one.code, one.params["length"], one.params["max"]) for one in result.findings] == [
        ("mapping.too_long", 120, 100)
    ]


def test_a_value_too_long_is_cut_with_a_mark() -> None:
    result = mapped(Rule("name", "name", too_long=TooLong.CUT), record=replace(PERSON, name=LONG))
    assert result.values == {"name": "长" * 99 + "…"}
    assert codes(result.findings) == ["mapping.cut"]
    assert errors(result.findings) == []


def test_what_spills_goes_to_the_notes_whole() -> None:
    rules = (Rule("name", "name", too_long=TooLong.SPILL), Rule("intro", "notes"))
    result = mapped(*rules, record=replace(PERSON, name="甲" * 99 + "乙丙"))
    assert result.values == {"name": "甲" * 99 + "…", "intro": "下午联系\n【客户名称】…乙丙"}
    assert codes(result.findings) == ["mapping.spilled"]


def test_what_spills_finds_the_notes_whatever_the_order_of_rules() -> None:
    rules = (Rule("intro", "notes"), Rule("name", "name", too_long=TooLong.SPILL))
    result = mapped(*rules, record=replace(PERSON, name="甲" * 99 + "乙丙"))
    assert result.values["intro"] == "下午联系\n【客户名称】…乙丙"


def test_what_spills_makes_notes_of_its_own_when_there_is_no_rule_for_them() -> None:
    result = mapped(Rule("name", "name", too_long=TooLong.SPILL), record=replace(PERSON, name="甲" * 99 + "乙丙"))
    assert result.values["intro"] == "【客户名称】…乙丙"
    (field,) = [field for field in result.fields if field["target"] == "intro"]
    assert (field["transform"], field["policy"]) == ("spill", "append")


def test_what_spills_is_itself_cut_when_the_notes_cannot_hold_it() -> None:
    rule = Rule("product", "summary", too_long=TooLong.SPILL)
    result = mapped(rule, record=replace(PERSON, summary="述" * 9000))
    assert codes(result.findings) == ["mapping.spilled", "mapping.cut"]
    assert {name: width(value) for name, value in result.values.items()} == {"product": 4000, "intro": 4000}
    assert errors(result.findings) == []


def test_two_fields_may_spill() -> None:
    rules = (
        Rule("name", "name", too_long=TooLong.SPILL),
        Rule("address", "address", too_long=TooLong.SPILL),
        Rule("intro", "notes"),
    )
    result = mapped(*rules, record=replace(PERSON, name="甲" * 99 + "乙丙", address="路" * 199 + "一号"))
    assert result.values["intro"].splitlines() == ["下午联系", "【客户名称】…乙丙", "【客户地址】…一号"]


def test_what_fits_exactly_is_left_alone() -> None:
    for too_long in TooLong:
        result = mapped(Rule("name", "name", too_long=too_long), record=replace(PERSON, name="长" * 100))
        assert (result.values["name"], result.findings) == ("长" * 100, [])


def test_a_field_without_a_limit_takes_any_length() -> None:
    plan = compile_mapping([Rule("memo", "notes")], {"memo": FieldSpec("memo", "备忘")})
    assert len(plan.apply(replace(PERSON, notes="记" * 9000), tables()).values["memo"]) == 9000


def test_the_spilled_field_looks_like_any_other() -> None:
    result = mapped(Rule("name", "name", too_long=TooLong.SPILL), record=replace(PERSON, name=LONG))
    assert [field["edited_by"] for field in result.fields] == ["", ""]
    assert {frozenset(field) for field in result.fields} == {frozenset(result.fields[0])}


def test_notes_that_overflow_cannot_spill_into_themselves() -> None:
    rule = Rule("intro", "notes", too_long=TooLong.SPILL)
    result = mapped(rule, record=replace(PERSON, notes="记" * 4100))
    assert codes(result.findings) == ["mapping.cut"]
    assert result.values["intro"] == "记" * 3999 + "…"


def test_what_spills_into_full_notes_is_held_when_the_rule_says_so() -> None:
    rules = (Rule("name", "name", too_long=TooLong.SPILL), Rule("intro", "notes"))
    result = mapped(*rules, record=replace(PERSON, name=LONG, notes="记" * 4000))
    assert codes(result.findings) == ["mapping.spilled", "mapping.too_long"]


@given(st.text(st.sampled_from("长a🌟"), min_size=1, max_size=40), st.integers(2, 12))
def test_a_cut_value_always_fits_and_is_a_head(text: str, limit: int) -> None:
    specs = {"name": FieldSpec("name", "客户名称", max_length=limit)}
    plan = compile_mapping([Rule("name", "name", too_long=TooLong.CUT)], specs)
    kept = plan.apply(replace(PERSON, name=text), tables()).values["name"]
    assert width(kept) <= limit
    assert text.startswith(kept.removesuffix("…"))
    assert (kept == text) == (width(text) <= limit)


@given(st.text(st.sampled_from("长a🌟\n"), min_size=101, max_size=300).filter(lambda text: text == text.strip()))
def test_nothing_is_lost_when_it_spills(text: str) -> None:
    result = mapped(Rule("name", "name", too_long=TooLong.SPILL), record=replace(PERSON, name=text))
    head, rest = result.values["name"], result.values["intro"]
    assert head.removesuffix("…") + rest.removeprefix("【客户名称】…") == text


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule("telname", "name"), "mapping.unknown_target"),
        (Rule("name", "nmae"), "mapping.bad_path"),
        (Rule("name"), "mapping.source_missing"),
        (Rule("name", "name", "shout"), "mapping.unknown_transform"),
        (Rule("name", "name", "cut", "many"), "mapping.bad_argument"),
        (Rule("name", "name", applies_to="firm"), "mapping.bad_kind"),
        (Rule("person_name", "name", applies_to="individual"), "mapping.not_for_kind"),
        (Rule("name", "name", "upper", "x"), "mapping.argument_unused"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(rule: Rule, code: str) -> None:
    error = faults(Rule("khid", transform="khid"), rule)
    assert codes(error.findings) == [code]
    assert error.findings[0].params["position"] == 2
    assert error.findings[0].field == rule.target


def test_all_bad_rules_are_named_at_once() -> None:
    error = faults(Rule("nope", "name", position=7), Rule("name", "name", "shout", position=8), Rule("jz", position=9))
    assert [(one.params["position"], one.code) for one in error.findings] == [
        (7, "mapping.unknown_target"),
        (8, "mapping.unknown_transform"),
        (9, "mapping.source_missing"),
    ]
    assert "rule 7: mapping.unknown_target (nope)" in str(error)


def test_two_faults_of_one_rule_are_both_named() -> None:
    assert codes(faults(Rule("nope", "nmae", "shout")).findings) == [
        "mapping.unknown_target",
        "mapping.bad_path",
        "mapping.unknown_transform",
    ]


def test_one_target_has_one_rule_for_each_kind() -> None:
    error = faults(Rule("name", "name"), Rule("name", "company", applies_to="unit"))
    assert [(one.code, one.params["kind"]) for one in error.findings] == [("mapping.duplicate_target", "unit")]


def test_a_target_may_have_one_rule_for_units_and_another_for_persons() -> None:
    rules = (Rule("name", "company", applies_to="unit"), Rule("name", "name", applies_to="individual"))
    assert compile_mapping(rules, SPECS).policies("unit") == {"name": Policy.ALWAYS}


def test_a_rule_keeps_the_position_it_was_given() -> None:
    assert faults(Rule("nope", "name", position=70)).findings[0].params["position"] == 70


def test_a_required_option_that_is_empty_is_held() -> None:
    result = mapped(Rule("trade", "extra.trade", "option", "trade", required=True))
    assert codes(result.findings) == ["mapping.required"]


def test_a_default_that_is_no_label_is_taken_as_it_is() -> None:
    assert mapped(Rule("jz", "extra.worth", "option", "jz", default="175")).values == {"jz": "175"}


def test_an_option_code_shows_its_words() -> None:
    (field,) = mapped(Rule("jz", "score", "value_map", "score_to_jz:jz")).fields
    assert (field["value"], field["label"]) == ("175", "很高")


def test_no_contact_can_make_it_raise() -> None:
    rules = [
        Rule(target, source, name, argument)
        for target, source, name, argument in (
            ("name", "extra.shop", "strip", ""),
            ("mobile", "extra.tags", "mobile", ""),
            ("ly", "extra.shop.city", "source_code", ""),
            ("jz", "extra.level", "value_map", "score_to_jz:jz"),
            ("date1", "extra.tags", "date", ""),
            ("intro", "interactions.last.at", "copy", ""),
        )
    ]
    plan = compile_mapping(rules, SPECS)
    for record in (PERSON, COMPANY, ContactRecord("c-9"), replace(PERSON, extra={"tags": "x", "level": [1]})):
        codes(plan.apply(record, tables()).findings)


def test_a_mapping_without_rules_maps_nothing() -> None:
    assert mapped() == Mapped("individual", {}, [], [])


def test_it_knows_the_policies_of_a_kind() -> None:
    plan = compile_mapping([Rule("name", "name"), Rule("person_name", "name", policy=Policy.IF_EMPTY)], SPECS)
    assert plan.policies("unit") == {"name": Policy.ALWAYS, "person_name": Policy.IF_EMPTY}
    assert plan.policies("individual") == {"name": Policy.ALWAYS}


def test_applying_twice_gives_the_same_and_shares_nothing() -> None:
    plan = compile_mapping([Rule("name", "name")], SPECS)
    one, other = plan.apply(PERSON, tables()), plan.apply(PERSON, tables())
    assert one == other
    assert one.values is not other.values
    assert one.fields[0] is not other.fields[0]
