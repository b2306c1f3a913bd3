"""Matching: exact comparison, and never silently the first of several."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import codes
from zbsync.core.findings import Severity
from zbsync.core.matching import (
    RULES,
    Candidate,
    ErpView,
    Match,
    MatchKind,
    Query,
    judge,
    normalise_company,
    query_for,
    rules_that_fire,
)

QUERY = Query("WXc-1", "13800138000", "wxid_wang", "示例科技有限公司")
KHID = ErpView(1, khid="WXc-1")
MOBILE = ErpView(2, mobile="138 0013 8000")
PHONE = ErpView(3, phone="138-0013-8000")
WEIXIN = ErpView(4, weixin="wxid_wang")
NAME = ErpView(5, name="示例科技有限公司")
STRANGER = ErpView(9, "示例科技有限公司重庆分公司", "WXc-10", "13800138001", "010-88886666", "wxid_wang2")

views = st.builds(
    ErpView,
    st.integers(1, 4),
    st.sampled_from(["", "示例科技有限公司", "他人"]),
    st.sampled_from(["", "WXc-1", "KH1"]),
    st.sampled_from(["", "13800138000", "13900139000"]),
    st.sampled_from(["", "13800138000"]),
    st.sampled_from(["", "wxid_wang"]),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("示例（重庆）有限公司", "示例(重庆)有限公司"),
        ("示例【重庆】有限公司", "示例(重庆)有限公司"),
        (" 示例 科技　有限公司", "示例科技有限公司"),
        ("ＡＢＣ Ltd", "abc ltd"),
        ("STRASSE", "straße"),
    ],
)
def test_spellings_of_one_company_are_one(one: str, other: str) -> None:
    assert normalise_company(one) == normalise_company(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("示例有限公司", "示例集团"), ("示例有限公司", "示例"), ("示例1厂", "示例2厂"), ("示例(重庆)", "示例(渝)")],
)
def test_different_companies_stay_different(one: str, other: str) -> None:
    assert normalise_company(one) != normalise_company(other)


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert normalise_company(normalise_company(name)) == normalise_company(name)


@pytest.mark.parametrize(("kind", "company"), [("unit", "示例科技有限公司"), ("individual", "")])
def test_only_a_unit_is_looked_for_by_name(kind: str, company: str) -> None:
    values = {"khid": " WXc-1 ", "mobile": "+86 13800138000", "weixinAcc": "wxid_wang", "name": "示例科技 有限公司"}
    assert query_for(kind, values) == replace(QUERY, company=company)


def test_an_empty_payload_asks_for_nothing() -> None:
    assert not query_for("unit", {})
    assert query_for("unit", {"khid": "WX1"})


@pytest.mark.parametrize(
    ("view", "rules"),
    [
        (KHID, ("khid",)),
        (MOBILE, ("mobile",)),
        (PHONE, ("mobile",)),
        (WEIXIN, ("weixin",)),
        (NAME, ("company_name",)),
        (ErpView(6, "示例科技 有限公司", "WXc-1", "", "+8613800138000", "wxid_wang"), RULES),
        (STRANGER, ()),
        (ErpView(7), ()),
        (ErpView(7, mobile="13800138000 13900139000"), ()),
        (ErpView(7, khid="wxc-1", weixin="WXID_WANG"), ()),
    ],
)
def test_a_rule_fires_only_on_equality(view: ErpView, rules: tuple[str, ...]) -> None:
    assert rules_that_fire(QUERY, view) == rules


def test_what_is_unknown_on_both_sides_is_not_equal() -> None:
    assert rules_that_fire(Query(), ErpView(7)) == ()


@pytest.mark.parametrize(
    ("seen", "kind", "ord_"),
    [
        ([], MatchKind.ABSENT, None),
        ([STRANGER], MatchKind.ABSENT, None),
        ([KHID], MatchKind.UNIQUE, 1),
        ([MOBILE], MatchKind.UNIQUE, 2),
        ([PHONE], MatchKind.UNIQUE, 3),
        ([WEIXIN], MatchKind.UNIQUE, 4),
        ([NAME], MatchKind.UNIQUE, 5),
        ([STRANGER, NAME], MatchKind.UNIQUE, 5),
        ([MOBILE, MOBILE], MatchKind.UNIQUE, 2),
        ([KHID, MOBILE], MatchKind.UNIQUE, 1),
        ([MOBILE, PHONE], MatchKind.AMBIGUOUS, None),
        ([MOBILE, WEIXIN, NAME], MatchKind.AMBIGUOUS, None),
        ([KHID, replace(KHID, ord=8)], MatchKind.AMBIGUOUS, None),
    ],
)
def test_it_judges(seen: list[ErpView], kind: MatchKind, ord_: int | None) -> None:
    match = judge(QUERY, seen)
    assert (match.kind, match.ord) == (kind, ord_)


def test_a_binding_decides_alone() -> None:
    match = judge(QUERY, [MOBILE], bound_ord=77)
    assert (match.kind, match.ord) == (MatchKind.BOUND, 77)
    assert [one.ord for one in match.candidates] == [2]
    assert codes(match.findings) == ["match.also"]


def test_a_bound_customer_is_no_stranger_to_itself() -> None:
    assert judge(QUERY, [MOBILE], bound_ord=2).findings == ()


def test_a_strong_hit_still_tells_of_the_weaker_ones() -> None:
    match = judge(QUERY, [MOBILE, KHID])
    assert [(one.code, one.field, one.params["ord"]) for one in match.findings] == [("match.also", "mobile", 2)]
    assert match.findings[0].severity is Severity.WARNING


def test_ambiguity_names_all_customers() -> None:
    match = judge(QUERY, [WEIXIN, MOBILE])
    assert codes(match.findings) == ["match.ambiguous"]
    assert match.findings[0].params == {"count": 2, "ords": "2, 4"}


def test_the_most_telling_candidate_stands_first() -> None:
    both = ErpView(8, mobile="13800138000", weixin="wxid_wang")
    assert [one.ord for one in judge(QUERY, [NAME, WEIXIN, MOBILE, both]).candidates] == [8, 2, 4, 5]


def test_two_readings_of_one_customer_are_one_candidate() -> None:
    row, detail = ErpView(8, "示例", mobile="13800138000"), ErpView(8, khid="WXc-1")
    (one,) = judge(QUERY, [row, detail]).candidates
    assert one.rules == ("khid", "mobile")
    assert one.view == ErpView(8, "示例", "WXc-1", "13800138000")


def test_two_readings_complete_one_another() -> None:
    row = ErpView(8, "示例", mobile="13800138000")
    detail = ErpView(8, "", "WXc-1", "", "010-88886666", "wxid_wang")
    for readings in ([row, detail], [detail, row]):
        (one,) = judge(QUERY, readings).candidates
        assert one.view == ErpView(8, "示例", "WXc-1", "13800138000", "010-88886666", "wxid_wang")
        assert one.rules == ("khid", "mobile", "weixin")


def test_not_the_same_is_left_out() -> None:
    assert judge(QUERY, [MOBILE], not_same=[2]) == Match(MatchKind.ABSENT)
    assert judge(QUERY, [MOBILE, WEIXIN], not_same=[2]).ord == 4


def test_a_number_held_by_somebody_else_is_an_error() -> None:
    match = judge(QUERY, [KHID], not_same={1})
    assert match.kind is MatchKind.ABSENT
    assert codes(match.findings) == ["match.khid_taken"]
    assert match.findings[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("view", "field"),
    [
        (ErpView(8, khid="KH00031", mobile="13800138000"), "khid"),
        (ErpView(8, khid="WXc-1", mobile="13900139000"), "mobile"),
        (ErpView(8, khid="WXc-1", phone="010-88886666"), "mobile"),
        (ErpView(8, weixin="wxid_li", mobile="13800138000"), "weixin"),
        (ErpView(8, name="他人有限公司", mobile="13800138000"), "company_name"),
    ],
)
def test_where_the_one_found_differs_is_told(view: ErpView, field: str) -> None:
    match = judge(QUERY, [view])
    assert codes(match.findings) == ["match.differs"]
    assert match.findings[0].field == field
    assert match.findings[0].severity is Severity.WARNING


def test_an_individual_may_go_by_any_name() -> None:
    assert judge(replace(QUERY, company=""), [ErpView(8, name="王总", mobile="13800138000")]).findings == ()


@given(st.lists(views, max_size=6), st.sets(st.integers(1, 4)))
def test_it_never_picks_one_of_several(seen: list[ErpView], not_same: set[int]) -> None:
    match = judge(QUERY, seen, not_same=not_same)
    by_khid = {one.ord for one in match.candidates if "khid" in one.rules}
    deciding = by_khid or {one.ord for one in match.candidates}
    expected = {0: MatchKind.ABSENT, 1: MatchKind.UNIQUE}.get(len(deciding), MatchKind.AMBIGUOUS)
    assert match.kind is expected
    assert {match.ord} == (deciding if match.kind is MatchKind.UNIQUE else {None})
    assert not deciding & not_same


@given(st.lists(views, max_size=5))
def test_the_order_of_hits_does_not_matter_to_the_judgement(seen: list[ErpView]) -> None:
    one, other = judge(QUERY, seen), judge(QUERY, seen[::-1])
    assert (one.kind, one.ord) == (other.kind, other.ord)
    assert [c.ord for c in one.candidates] == [c.ord for c in other.candidates]


@pytest.mark.parametrize("view", [KHID, MOBILE, STRANGER])
def test_a_candidate_reads_back_what_it_stored(view: ErpView) -> None:
    candidate = Candidate(view.ord, ("mobile",), view)
    stored: Any = candidate.as_json()
    assert stored["view"]["ord"] == view.ord
    assert Candidate.from_json(stored) == candidate
