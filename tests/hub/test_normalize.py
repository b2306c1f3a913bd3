"""A row becomes what it says: clean, derived where it must be, and silent where the row is silent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.keys import digest
from zbsync.core.records import InteractionRecord
from zbsync.hub.normalize import FIELDS, LIMITS, normalise
from zbsync.models import Contact, Interaction

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def said(**row):
    result = normalise({"source_id": "c1", **row})
    assert result.said is not None, result.findings
    return result.said


def codes(**row) -> list[tuple[str, str]]:
    result = normalise({"source_id": "c1", **row})
    assert result.said is None
    return [(finding.field, finding.code) for finding in result.findings]


def test_a_row_says_only_what_it_names() -> None:
    assert said(name="张三") == {"source_id": "c1", "name": "张三", "deleted": False}


def test_what_is_named_and_empty_is_emptied() -> None:
    found = said(name="", score=None, phone_verified="", notes=None)
    assert (found["name"], found["score"], found["phone_verified"], found["notes"]) == ("", None, False, "")


def test_contract_names_become_columns() -> None:
    found = said(list="白名单", updated_at="2026-01-05T00:00:00Z")
    assert found["listing"] == "white"
    assert found["source_updated_at"] == datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [("+86 138-0013-8000", "13800138000"), ("010-12345678", ""), ("", ""), (13800138000, "13800138000")],
)
def test_the_mobile_follows_the_phone(phone, mobile) -> None:
    assert said(phone=phone)["mobile"] == mobile


def test_the_phone_stays_as_written() -> None:
    assert said(phone=" +86 138-0013-8000 ")["phone"] == "+86 138-0013-8000"


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({"company": "江北示例有限公司"}, "company"),
        ({"company": ""}, "individual"),
        ({"company": "江北示例有限公司", "kind": "个人"}, "individual"),
        ({"company": "江北示例有限公司", "kind": ""}, "company"),
    ],
)
def test_the_kind_follows_the_company_unless_said(row, kind) -> None:
    assert said(**row)["kind"] == kind


def test_the_kind_stays_silent_when_nothing_speaks_of_it() -> None:
    assert "kind" not in said(name="张三", kind="")


def test_unknown_keys_are_kept() -> None:
    assert said(level="A", tags=["x", {"y": None}])["extra"] == {"level": "A", "tags": ["x", {"y": None}]}


def test_an_object_called_extra_is_the_unknown_keys() -> None:
    assert said(extra={"level": "A"}, area="渝")["extra"] == {"level": "A", "area": "渝"}


def test_unknown_values_lose_what_no_database_holds() -> None:
    assert said(note="a\x00b", deep=[{"k\x00": "v\ud83d"}])["extra"] == {"note": "ab", "deep": [{"k": "v"}]}


@pytest.mark.parametrize(
    ("value", "code"), [(float("nan"), "intake.not_a_number"), (float("inf"), "intake.not_a_number")]
)
def test_an_unknown_number_must_be_one(value, code) -> None:
    assert codes(level=[value]) == [("level", code)]


def test_a_value_nested_without_end_is_refused() -> None:
    deep: list = []
    for _ in range(60):
        deep = [deep]
    assert codes(level=deep) == [("level", "intake.too_deep")]


def test_every_field_that_does_not_fit_is_named() -> None:
    assert codes(score="abc", phone="1.38E+10", kind="紫", updated_at="2026-13-01") == [
        ("score", "intake.not_a_number"),
        ("phone", "intake.spoiled_number"),
        ("kind", "intake.not_a_kind"),
        ("updated_at", "intake.not_a_date"),
    ]


@pytest.mark.parametrize("row", [{}, {"source_id": ""}, {"source_id": None}, {"source_id": " \x00 "}])
def test_nobody_is_taken_without_an_id(row) -> None:
    result = normalise({"name": "张三", **row})
    assert [finding.code for finding in result.findings] == ["intake.source_id_missing"]


def test_an_id_that_is_wrong_is_not_also_missing() -> None:
    assert [finding.code for finding in normalise({"source_id": "1.5E+12"}).findings] == ["intake.spoiled_number"]


def test_the_bad_value_is_shown_cut() -> None:
    finding = normalise({"source_id": "c1", "name": "长" * 700}).findings[0]
    assert finding.params["max"] == 500
    assert len(finding.params["value"]) == 200


@pytest.mark.parametrize("value", [True, "是", 1])
def test_a_contact_may_be_gone(value) -> None:
    assert said(deleted=value)["deleted"] is True


def test_interactions_are_read_and_the_later_of_one_id_stands() -> None:
    first = {"source_id": "i1", "at": "2026-01-05 08:00", "method": "微信", "content": "你好"}
    found = said(interactions=[first, {**first, "content": "再见"}, {"source_id": 2}])["interactions"]
    assert found == (
        InteractionRecord("i1", datetime(2026, 1, 5, tzinfo=UTC), "微信", "再见"),
        InteractionRecord("2", None, "", ""),
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("你好", "intake.not_interactions"),
        ({"source_id": "i1"}, "intake.not_interactions"),
        (["你好"], "intake.bad_interaction"),
        ([{"at": "2026-01-05"}], "intake.bad_interaction"),
        ([{"source_id": "i1", "at": "昨天"}], "intake.bad_interaction"),
        ([{"source_id": "i1", "method": "长" * 101}], "intake.bad_interaction"),
    ],
)
def test_interactions_that_do_not_fit_are_refused(value, code) -> None:
    assert codes(interactions=value) == [("interactions", code)]


def test_a_bad_interaction_is_named_by_place_and_part() -> None:
    row = {"source_id": "c1", "interactions": [{"source_id": "i1"}, {"source_id": "i2", "at": "昨天"}]}
    params = normalise(row).findings[0].params
    assert (params["position"], params["part"]) == (2, "at")


@pytest.mark.parametrize("name", sorted(LIMITS))
def test_limits_are_those_of_the_mirror(name) -> None:
    assert vars(Contact._meta.get_field(name))["max_length"] == LIMITS[name]


@pytest.mark.parametrize(("name", "limit"), [("source_id", 200), ("method", 100)])
def test_limits_of_interactions_are_those_of_the_mirror(name, limit) -> None:
    assert vars(Interaction._meta.get_field(name))["max_length"] == limit


@given(st.dictionaries(st.sampled_from([*FIELDS, "level", "extra"]), JSON))
def test_no_json_breaks_it_and_what_it_lets_in_can_be_stored(row) -> None:
    result = normalise(row)
    assert (result.said is None) == bool(result.findings)
    if result.said:
        assert result.said["source_id"].strip()
        digest(result.said.get("extra"))
        for name, limit in LIMITS.items():
            assert limit is None or len(result.said.get(name, "")) <= limit
