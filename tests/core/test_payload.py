"""Payload checks say what the ERP would refuse, before a person sees it; the digest is what an approval names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import OPTIONS, SPECS, codes
from zbsync.core.findings import Severity, errors
from zbsync.core.payload import Checks, FieldSpec, check, payload_digest, width
from zbsync.sentences import say

GOOD = {"name": "王小明", "sort1": "3,7"}


def checked(kind: str = "individual", options: Any = OPTIONS, **values: str) -> list[Any]:
    return check(kind, {**GOOD, **values}, SPECS, options)


def test_a_good_payload_has_no_findings() -> None:
    good = {"ly": "171", "mobile": "13800138000", "hk_xz": "12.50", "date1": "2025-01-31"}
    assert checked(**good) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": ""}, ["payload.required"]),
        ({"name": "", "sort1": ""}, ["payload.required", "payload.required"]),
        ({"name": "长" * 100}, []),
        ({"name": "长" * 101}, ["payload.too_long"]),
        ({"name": "🌟" * 50}, []),
        ({"name": "🌟" * 51}, ["payload.too_long"]),
        ({"ly": "172"}, ["payload.not_an_option"]),
        ({"ly": "网站注册"}, ["payload.not_an_option"]),
        ({"ly": ""}, []),
        ({"sort1": "3"}, ["payload.bad_pair"]),
        ({"sort1": "意向客户/初步接触"}, ["payload.bad_pair"]),
        ({"sort1": "3, 7"}, ["payload.bad_pair"]),
        ({"sort1": "3,9"}, ["payload.not_an_option"]),
        ({"hk_xz": "1,234.50"}, ["payload.not_a_number"]),
        ({"hk_xz": "-3"}, []),
        ({"hk_xz": "3."}, ["payload.not_a_number"]),
        ({"hk_xz": "NaN"}, ["payload.not_a_number"]),
        ({"date1": "2025-02-30"}, ["payload.not_a_date"]),
        ({"date1": "2025-01-31 08:30:00"}, []),
        ({"date1": "31.01.2025"}, ["payload.not_a_date"]),
        ({"telname": "x"}, ["payload.unknown_field"]),
        ({"person_name": "王"}, ["payload.not_for_kind"]),
        ({"pernum1": "3"}, ["payload.not_for_kind"]),
    ],
)
def test_it_finds_what_the_erp_would_refuse(values: dict[str, str], expected: list[str]) -> None:
    assert codes(checked(**values)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("3", []), ("-3", []), ("3.0", ["payload.not_a_number"]), ("three", ["payload.not_a_number"])],
)
def test_a_whole_number_is_whole(value: str, expected: list[str]) -> None:
    assert codes(checked("unit", person_name="王", pernum1=value)) == expected


def test_a_unit_needs_its_person() -> None:
    (finding,) = checked("unit")
    assert (finding.code, finding.field) == ("payload.required", "person_name")
    assert say(finding) == "联系人姓名 is empty, and the ERP requires it."


def test_length_and_limit_are_both_named() -> None:
    (finding,) = checked(name="长" * 120)
    assert say(finding) == "客户名称 has 120 characters, the ERP takes 100. Shorten it."


def test_an_option_that_cannot_be_checked_is_a_warning() -> None:
    (finding,) = checked(trade="137")
    assert codes([finding]) == ["payload.option_unchecked"]
    assert finding.severity is Severity.WARNING


def test_an_empty_vocabulary_counts_as_unread() -> None:
    assert errors(checked(options={"ly": {}, "stage": OPTIONS["stage"]}, ly="171")) == []


@pytest.mark.parametrize(
    ("values", "explained", "expected"),
    [
        ({"name": "王"}, {"sort1"}, []),
        ({"name": "王"}, {"name"}, ["payload.required"]),
        ({**GOOD, "name": "长" * 101}, {"name"}, []),
        ({**GOOD, "name": "长" * 101}, {"sort1"}, ["payload.too_long"]),
        ({**GOOD, "ly": "172"}, {"ly"}, ["payload.not_an_option"]),
        ({**GOOD, "sort1": "3"}, {"sort1"}, ["payload.bad_pair"]),
    ],
)
def test_what_mapping_explained_is_not_reported_twice(
    values: dict[str, str], explained: set[str], expected: list[str]
) -> None:
    assert codes(Checks(SPECS, OPTIONS).check("individual", values, explained)) == expected


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("微信", 2), ("🌟", 2), ("a🌟微", 4)])
def test_length_is_counted_as_the_column_counts(text: str, units: int) -> None:
    assert width(text) == units


@given(st.text())
def test_the_width_is_the_length_in_utf_16(text: str) -> None:
    assert width(text) * 2 == len(text.encode("utf-16-le", "surrogatepass"))


@given(
    st.dictionaries(st.sampled_from([*SPECS, "telname"]), st.text(max_size=120)),
    st.sampled_from(["unit", "individual"]),
)
def test_any_payload_is_judged_without_an_exception(values: dict[str, str], kind: str) -> None:
    codes(check(kind, values, SPECS, OPTIONS))


@pytest.mark.parametrize(
    ("spec", "kind", "has", "needs"),
    [
        (FieldSpec("a", "甲", unit=False, required_unit=True), "unit", False, False),
        (FieldSpec("a", "甲", required_unit=True), "unit", True, True),
        (FieldSpec("a", "甲", required_unit=True), "individual", True, False),
        (FieldSpec("a", "甲", required_individual=True), "individual", True, True),
    ],
)
def test_a_form_cannot_require_what_it_does_not_have(spec: FieldSpec, kind: str, has: bool, needs: bool) -> None:
    assert (spec.for_kind(kind), spec.required_for(kind)) == (has, needs)


APPROVED: dict[str, Any] = {
    "operation": "customer",
    "kind": "unit",
    "target_ord": None,
    "values": GOOD,
    "contact_version": 3,
    "mapping_id": 1,
}


@pytest.mark.parametrize(
    "moved",
    [
        {"operation": "person"},
        {"kind": "individual"},
        {"target_ord": 1207},
        {"values": {**GOOD, "ly": "171"}},
        {"values": {**GOOD, "name": "王小明 "}},
        {"contact_version": 4},
        {"mapping_id": 2},
    ],
)
def test_an_approval_is_void_when_anything_moved(moved: dict[str, Any]) -> None:
    assert payload_digest(**APPROVED) != payload_digest(**{**APPROVED, **moved})


def test_the_order_of_fields_does_not_void_an_approval() -> None:
    assert payload_digest(**APPROVED) == payload_digest(**{**APPROVED, "values": dict(reversed(GOOD.items()))})
