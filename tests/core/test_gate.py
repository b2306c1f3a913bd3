"""The gate: every rule, every finding, with the actual values."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.samples import COMPANY, PERSON, codes
from zbsync.core.defaults import DEFAULT_GATE
from zbsync.core.findings import Finding, Severity
from zbsync.core.gate import CATALOGUE, GateRule, ParamSpec, check_params, compile_gate
from zbsync.core.records import ContactRecord, Listing
from zbsync.sentences import say

GATE = compile_gate(DEFAULT_GATE)


def judged(rule: str, settings: dict[str, Any] | None = None, **changed: Any) -> list[Finding]:
    return compile_gate([GateRule(rule, settings or {})]).judge(replace(PERSON, **changed))


@pytest.mark.parametrize("contact", [PERSON, COMPANY])
def test_a_good_contact_is_eligible(contact: ContactRecord) -> None:
    assert GATE.judge(contact) == []


def test_it_lists_everything_at_once() -> None:
    worst = ContactRecord("c-9", listing=Listing.BLACK)
    assert codes(GATE.judge(worst)) == [
        "gate.phone_missing",
        "gate.name_missing",
        "gate.score_missing",
        "gate.black_listed",
    ]


def test_every_finding_stops_the_contact() -> None:
    findings = GATE.judge(ContactRecord("c-9", name="x", phone="1", score=1, listing=Listing.BLACK))
    assert {finding.severity for finding in findings} == {Severity.ERROR}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"phone": "", "mobile": ""}, ["gate.phone_missing"]),
        ({"phone": "010-88886666", "mobile": ""}, ["gate.phone_not_mobile"]),
        (
            {"phone": "12345", "mobile": "", "phone_verified": False},
            ["gate.phone_not_mobile", "gate.phone_not_verified"],
        ),
        ({"phone_verified": False}, ["gate.phone_not_verified"]),
        ({"phone": "+86 138 0013 8000", "mobile": ""}, []),
        ({"phone": "", "mobile": "13800138000"}, []),
        ({"phone": "12800138000", "mobile": "12800138000"}, ["gate.phone_not_mobile"]),
    ],
)
def test_the_phone_must_be_a_verified_mobile(changed: dict[str, Any], expected: list[str]) -> None:
    assert codes(judged("phone_verified", **changed)) == expected


def test_verification_can_be_waived_but_not_the_number() -> None:
    waived = {"require_verified": False}
    assert judged("phone_verified", waived, phone_verified=False) == []
    assert codes(judged("phone_verified", waived, phone="123", mobile="")) == ["gate.phone_not_mobile"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("王小明", []),
        ("Li", []),
        ("", ["gate.name_missing"]),
        ("王", ["gate.name_short"]),
        ("王🌟", ["gate.name_short"]),
        ("🌟🌟🌟", ["gate.name_no_letters"]),
        ("……", ["gate.name_no_letters"]),
        ("👨‍👩‍👧", ["gate.name_no_letters"]),
        ("微信用户", ["gate.name_placeholder"]),
        ("新客户3", ["gate.name_placeholder"]),
        ("【新客户】", ["gate.name_placeholder"]),
        ("TEST", ["gate.name_placeholder"]),
        ("ｔｅｓｔ０１", ["gate.name_placeholder"]),
        ("未知", ["gate.name_placeholder"]),
        ("未知花园", []),
        ("无", ["gate.name_placeholder"]),
        ("58同城", []),
        ("360", []),
        ("Ålesund", []),
    ],
)
def test_the_name_must_be_a_name(name: str, expected: list[str]) -> None:
    assert codes(judged("name_complete", name=name)) == expected


def test_a_company_is_judged_by_its_company_name() -> None:
    gate = compile_gate([GateRule("name_complete", {})])
    assert gate.judge(replace(COMPANY, name="")) == []
    (finding,) = gate.judge(replace(COMPANY, company="测试"))
    assert (finding.code, finding.field) == ("gate.name_placeholder", "company")


def test_a_company_without_a_company_name_is_judged_by_its_own() -> None:
    assert compile_gate([GateRule("name_complete", {})]).judge(replace(COMPANY, company="")) == []


def test_the_list_of_placeholders_can_be_changed() -> None:
    settings = {"placeholders": ["Kunde"]}
    assert codes(judged("name_complete", settings, name="kunde 7")) == ["gate.name_placeholder"]
    assert judged("name_complete", settings, name="微信用户") == []


def test_the_length_of_a_name_can_be_changed() -> None:
    (finding,) = judged("name_complete", {"min_length": 4}, name="王 小明")
    assert finding.params == {"name": "王 小明", "length": 3, "needs": 4}


@pytest.mark.parametrize(
    ("score", "minimum", "expected"),
    [
        (60, 60, []),
        (59.9, 60, ["gate.score_low"]),
        (0, 0, []),
        (None, 0, ["gate.score_missing"]),
        (float("nan"), 0, ["gate.score_low"]),
        (99.5, 99.5, []),
    ],
)
def test_the_score_must_reach_the_minimum(score: float | None, minimum: float, expected: list[str]) -> None:
    assert codes(judged("score", {"minimum": minimum}, score=score)) == expected


@pytest.mark.parametrize(("score", "shown"), [(57.0, 57), (57.5, 57.5), (float("-inf"), "-inf")])
def test_the_finding_says_the_actual_score(score: float, shown: object) -> None:
    (finding,) = judged("score", score=score)
    assert finding == Finding("gate.score_low", "score", params={"score": shown, "needs": 60})


def test_a_score_too_low_reads_as_a_person_would_say_it() -> None:
    (finding,) = judged("score", score=57.0)
    assert say(finding) == "Score 57, needs 60."


@pytest.mark.parametrize(
    ("listing", "settings", "expected"),
    [
        (Listing.BLACK, {}, ["gate.black_listed"]),
        (Listing.GRAY, {}, []),
        (Listing.NONE, {}, []),
        (Listing.WHITE, {"only_white": True}, []),
        (Listing.GRAY, {"only_white": True}, ["gate.not_white_listed"]),
        (Listing.NONE, {"only_white": True}, ["gate.not_white_listed"]),
        (Listing.BLACK, {"only_white": True}, ["gate.black_listed"]),
    ],
)
def test_the_black_list_stops(listing: Listing, settings: dict[str, Any], expected: list[str]) -> None:
    assert codes(judged("not_black_listed", settings, listing=listing)) == expected


def test_what_is_gone_at_the_source_never_passes() -> None:
    assert codes(compile_gate([]).judge(replace(PERSON, deleted=True))) == ["gate.deleted"]


def test_a_gate_without_rules_lets_all_pass() -> None:
    assert compile_gate([]).judge(ContactRecord("c-9")) == []


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="phone_verifed"):
        compile_gate([GateRule("phone_verifed", {})])


def test_a_bad_setting_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="minimum"):
        compile_gate([GateRule("score", {"minimum": 101})])


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("score", {"minimum": 60}),
        ("score", {"minimum": 59.5}),
        ("score", {}),
        ("name_complete", {"min_length": 1, "placeholders": []}),
        ("phone_verified", {"require_verified": False}),
    ],
)
def test_fitting_settings_are_taken(rule: str, settings: dict[str, Any]) -> None:
    assert check_params(rule, settings) == []


@pytest.mark.parametrize(
    ("rule", "settings", "expected"),
    [
        ("score", {"minimum": "60"}, ["gate.bad_param"]),
        ("score", {"minimum": True}, ["gate.bad_param"]),
        ("score", {"minimum": -1}, ["gate.bad_param"]),
        ("score", {"minimum": float("nan")}, ["gate.bad_param"]),
        ("score", {"minimum": None}, ["gate.bad_param"]),
        ("name_complete", {"min_length": 2.5, "placeholders": "test"}, ["gate.bad_param", "gate.bad_param"]),
        ("name_complete", {"placeholders": ["a", 1]}, ["gate.bad_param"]),
        ("phone_verified", {"require_verified": 1}, ["gate.bad_param"]),
        ("phone_verified", {"verified": True}, ["gate.unknown_param"]),
        ("colour", {"blue": True}, ["gate.unknown_rule"]),
    ],
)
def test_bad_settings_are_all_named(rule: str, settings: dict[str, Any], expected: list[str]) -> None:
    assert codes(check_params(rule, settings)) == expected


def test_the_finding_on_a_setting_says_the_mend() -> None:
    (finding,) = check_params("score", {"minimum": 101})
    assert say(finding) == "The rule score is high enough: “101” does not fit the setting minimum; give a number 0…100."


@pytest.mark.parametrize("spec", CATALOGUE.values(), ids=lambda spec: spec.code)
def test_every_rule_accepts_its_own_defaults(spec: Any) -> None:
    assert check_params(spec.code, {param.name: param.default for param in spec.params}) == []


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_rule_of_the_catalogue_can_be_compiled(code: str) -> None:
    assert compile_gate([GateRule(code, {})]).judge(PERSON) == []


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_rule_of_the_catalogue_can_stop_somebody(code: str) -> None:
    assert compile_gate([GateRule(code, {})]).judge(ContactRecord("c-9", listing=Listing.BLACK))


@pytest.mark.parametrize(
    ("spec", "value", "fits"),
    [
        (ParamSpec("n", "int", 1, 1, 3), 1, True),
        (ParamSpec("n", "int", 1, 1, 3), 3, True),
        (ParamSpec("n", "int", 1, 1, 3), 0, False),
        (ParamSpec("n", "int", 1, 1, 3), 4, False),
        (ParamSpec("n", "int", 1), 10**9, True),
        (ParamSpec("n", "float", 1.0, min=0), 0.5, True),
        (ParamSpec("n", "float", 1.0, min=0), -0.5, False),
        (ParamSpec("n", "float", 1.0, max=2), 2.5, False),
        (ParamSpec("n", "text", ""), "x", True),
        (ParamSpec("n", "text", ""), 1, False),
        (ParamSpec("n", "list", []), ("a", "b"), True),
        (ParamSpec("n", "list", []), "ab", False),
        (ParamSpec("n", "bool", False), False, True),
        (ParamSpec("n", "bool", False), "false", False),
    ],
)
def test_a_setting_has_a_type_and_limits(spec: ParamSpec, value: object, fits: bool) -> None:
    assert spec.accepts(value) == fits


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (ParamSpec("n", "int", 1, 1, 50), "int 1…50"),
        (ParamSpec("n", "float", 1, 0.5, 100), "float 0.5…100"),
        (ParamSpec("n", "float", 1, min=0), "float 0…"),
        (ParamSpec("n", "int", 1, max=9), "int …9"),
        (ParamSpec("n", "list", []), "list"),
    ],
)
def test_what_a_setting_expects_is_said_in_short(spec: ParamSpec, said: str) -> None:
    assert spec.expects == said
