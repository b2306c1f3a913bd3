"""Transforms: what each makes of a value, and what each refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.core.samples import COMPANY, NOON, PERSON, codes, tables
from zbsync.core.records import ContactRecord, Kind
from zbsync.core.transforms import (
    Tables,
    TransformError,
    ValueMap,
    check_value_map,
    compile_transform,
    text_of,
    transform,
)

BARE = ContactRecord("c-9")


def refused(
    name: str, value: Any, argument: str = "", record: ContactRecord = PERSON, **changed: Any
) -> TransformError:
    with pytest.raises(TransformError) as raised:
        transform(name, value, argument, record, tables(**changed))
    return raised.value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("微信", "微信"),
        ("", ""),
        (57, "57"),
        (57.0, "57"),
        (57.5, "57.5"),
        (True, "true"),
        (False, "false"),
        (Kind.COMPANY, "company"),
        (["老客户", None, 3.0], "老客户, 3"),
        ((), ""),
        ({"b": 1, "a": "微"}, '{"a": "微", "b": 1}'),
        (datetime(2025, 3, 1, 23, 30, tzinfo=UTC), "2025-03-02 07:30:00"),
        (datetime(2025, 3, 1, 23, 30), "2025-03-01 23:30:00"),  # noqa: DTZ001  a hub that names no zone
    ],
)
def test_any_value_has_a_text(value: Any, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("name", "value", "argument", "expected"),
    [
        ("copy", " 王 ", "", " 王 "),
        ("strip", "  王 \t小\n明 ", "", "王 小 明"),
        ("strip", None, "", ""),
        ("first_of", None, "company,name", "王小明"),
        ("first_of", None, " company , extra.level ", "VIP"),
        ("first_of", None, "company,remark", ""),
        ("template", None, "WX{source_id}", "WXc-1"),
        ("template", None, "{name}/{extra.level}", "王小明/VIP"),
        ("template", None, "{{{name}}}", "{王小明}"),
        ("template", None, "来自{company}", ""),
        ("template", None, "{company}·{name}", "·王小明"),
        ("mobile", "+86 138-0013-8000", "", "13800138000"),
        ("mobile", "", "", ""),
        ("mobile", None, "", ""),
        ("digits", "020-8888 转 6", "", "02088886"),
        ("cut", "一二三四五", "3", "一二三"),
        ("cut", "一二", "3", "一二"),
        ("option", "很高", "jz", "175"),
        ("option", " 很高 ", "jz", "175"),
        ("option", "175", "jz", "175"),
        ("option", 175, "jz", "175"),
        ("option", "", "jz", ""),
        ("source_code", "微信", "", "978"),
        ("source_code", "", "", ""),
        ("source_code", "微信", "ly", "978"),
        ("value_map", 91.0, "score_to_jz", "很高"),
        ("value_map", 91.0, "score_to_jz:jz", "175"),
        ("value_map", None, "score_to_jz:jz", ""),
        ("constant", None, "个人", "个人"),
        ("khid", None, "", "WXc-1"),
        ("khid", None, "K-", "K-c-1"),
        ("stage", None, "", "3,7"),
        ("stage", "重点客户/已报价", "", "4,9"),
        ("stage", "重点客户 ／ 已报价", "", "4,9"),
        ("stage", "4,9", "", "4,9"),
        ("upper", "vip", "", "VIP"),
        ("lower", "WXID_A", "", "wxid_a"),
        ("date", datetime(2025, 3, 1, 23, 30, tzinfo=UTC), "", "2025-03-02"),
        ("date", "2025-03-01T12:00:00+08:00", "%Y-%m-%d %H:%M:%S", "2025-03-01 12:00:00"),
        ("date", "2025-03-01", "", "2025-03-01"),
        ("date", None, "", ""),
        ("date", "", "", ""),
    ],
)
def test_it_makes(name: str, value: Any, argument: str, expected: str) -> None:
    assert transform(name, value, argument, PERSON, tables()) == expected


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (100, "很高"),
        (90, "很高"),
        (89.9, "较高"),
        (75, "较高"),
        (74.99, "一般"),
        (60, "一般"),
        (59, "较低"),
        (45, "较低"),
        (44, "很低"),
        (0, "很低"),
        (-3, "很低"),
    ],
)
def test_the_highest_bound_reached_wins(score: float, words: str) -> None:
    assert transform("value_map", score, "score_to_jz", PERSON, tables()) == words


def test_an_exact_map_wants_the_very_text() -> None:
    grades = {"grade": ValueMap("grade", "exact", [("VIP", "重点"), (" A ", "普通")])}
    assert transform("value_map", "VIP", "grade", PERSON, tables(value_maps=grades)) == "重点"
    assert transform("value_map", "A", "grade", PERSON, tables(value_maps=grades)) == "普通"
    error = refused("value_map", "vip", "grade", value_maps=grades)
    assert (error.code, error.params) == ("mapping.no_pair", {"map": "grade", "value": "vip"})


def test_a_threshold_map_without_a_floor_has_a_below() -> None:
    steps = {"s": ValueMap("s", "threshold", [("10", "b"), ("60", "a")])}
    assert transform("value_map", 10, "s", PERSON, tables(value_maps=steps)) == "b"
    assert refused("value_map", 9, "s", value_maps=steps).code == "mapping.no_pair"


def test_nothing_is_above_every_bound_when_the_score_is_no_number() -> None:
    steps = {"s": ValueMap("s", "threshold", [("10", "b")])}
    assert refused("value_map", float("nan"), "s", value_maps=steps).code == "mapping.no_pair"


@pytest.mark.parametrize(
    ("name", "value", "argument", "changed", "code"),
    [
        ("mobile", "010-88886666", "", {}, "mapping.not_a_mobile"),
        ("option", "极高", "jz", {}, "mapping.not_an_option"),
        ("option", "银行", "trade", {}, "mapping.vocabulary_missing"),
        ("source_code", "抖音", "", {}, "mapping.channel_unmapped"),
        ("source_code", "展会", "", {}, "mapping.channel_unmapped"),
        ("source_code", "微信", "", {"source_codes": {"微信": "微信"}}, "mapping.not_an_option"),
        ("source_code", "微信", "", {"options": {}}, "mapping.vocabulary_missing"),
        ("value_map", 91, "nothing", {}, "mapping.value_map_missing"),
        ("value_map", "高", "score_to_jz", {}, "mapping.not_a_number"),
        ("value_map", 91, "score_to_jz:jz", {"options": {"jz": {"好": "1"}}}, "mapping.not_an_option"),
        ("stage", None, "", {"settings": {}}, "mapping.sort1_missing"),
        ("stage", None, "", {"settings": {"sort1": "意向/无"}}, "mapping.not_an_option"),
        ("stage", None, "", {"settings": {"sort1": "3,99"}}, "mapping.not_an_option"),
        ("stage", None, "", {"options": {}}, "mapping.vocabulary_missing"),
        ("khid", None, "", {"settings": {"khid": "uuid"}}, "mapping.bad_setting"),
        ("date", "明天", "", {}, "mapping.not_a_date"),
    ],
)
def test_it_refuses_with_the_value(name: str, value: Any, argument: str, changed: Any, code: str) -> None:
    assert refused(name, value, argument, **changed).code == code


@pytest.mark.parametrize(
    ("name", "argument", "code"),
    [
        ("shout", "", "mapping.unknown_transform"),
        ("copy", "x", "mapping.argument_unused"),
        ("mobile", "11", "mapping.argument_unused"),
        ("first_of", "company,,name", "mapping.bad_path"),
        ("first_of", "", "mapping.bad_path"),
        ("template", "WX{sourceid}", "mapping.bad_path"),
        ("template", "WX{", "mapping.bad_argument"),
        ("template", "WX", "mapping.bad_argument"),
        ("cut", "", "mapping.bad_argument"),
        ("cut", "0", "mapping.bad_argument"),
        ("cut", "-3", "mapping.bad_argument"),
        ("cut", "３", "mapping.bad_argument"),
        ("join_interactions", "all", "mapping.bad_argument"),
        ("option", " ", "mapping.bad_argument"),
        ("value_map", "", "mapping.bad_argument"),
        ("value_map", ":jz", "mapping.bad_argument"),
        ("constant", "", "mapping.bad_argument"),
    ],
)
def test_a_bad_argument_is_refused_before_any_contact(name: str, argument: str, code: str) -> None:
    with pytest.raises(TransformError) as raised:
        compile_transform(name, argument)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("setting", "expected"), [("wx", "WXc-1"), ("", "WXc-1"), ("erp", ""), ("k_code", PERSON.k_code)]
)
def test_the_connection_decides_the_customer_number(setting: str, expected: str) -> None:
    assert transform("khid", None, "", PERSON, tables(settings={"khid": setting})) == expected


@pytest.mark.parametrize(("k_code", "code"), [("", "mapping.k_code_missing"), ("K" * 51, "mapping.k_code_long")])
def test_a_k_code_must_be_there_and_fit(k_code: str, code: str) -> None:
    assert refused("khid", None, record=replace(PERSON, k_code=k_code), settings={"khid": "k_code"}).code == code


def test_a_k_code_as_long_as_the_column_fits() -> None:
    record = replace(PERSON, k_code="K" * 50)
    assert transform("khid", None, "", record, tables(settings={"khid": "k_code"})) == "K" * 50


def test_ids_are_taken_as_stage_before_the_first_survey() -> None:
    assert transform("stage", None, "", PERSON, tables(options={}, settings={"sort1": "3,7"})) == "3,7"


def test_interactions_are_joined_oldest_first_in_local_time() -> None:
    assert transform("join_interactions", None, "", PERSON, tables()).splitlines() == [
        "2025-02-01 11:00 电话 第一次",
        "2025-02-02 11:00 微信 第二次",
    ]


def test_only_the_latest_interactions_are_joined() -> None:
    assert transform("join_interactions", None, "1", PERSON, tables()) == "2025-02-02 11:00 微信 第二次"
    assert transform("join_interactions", None, "1", BARE, tables()) == ""


def test_a_silent_interaction_leaves_no_line() -> None:
    silent = replace(PERSON.interactions[0], content="")
    undated = replace(PERSON.interactions[1], at=None, method="")
    record = replace(PERSON, interactions=(silent, undated))
    assert transform("join_interactions", None, "", record, tables()) == "第一次"


def test_the_first_of_several_prefers_the_company() -> None:
    assert transform("first_of", None, "company,name", COMPANY, tables()) == "示例科技有限公司"


def test_times_are_told_in_the_mainlands_zone_whatever_zone_they_come_in() -> None:
    new_york = timezone(timedelta(hours=-5))
    assert text_of(NOON) == text_of(NOON.astimezone(new_york)) == "2025-03-01 20:00:00"


@pytest.mark.parametrize(
    ("kind", "pairs", "expected"),
    [
        ("exact", [("a", "1"), ("b", "2")], []),
        ("threshold", [("90", "a"), ("", "b")], []),
        ("fuzzy", [("a", "1")], ["mapping.bad_map_kind"]),
        ("threshold", [("high", "a"), ("90%", "b")], ["mapping.bad_bound", "mapping.bad_bound"]),
        ("threshold", [("90", "a"), ("90.0", "b")], ["mapping.pair_twice"]),
        ("threshold", [("nan", "a")], ["mapping.bad_bound"]),
        ("exact", [("a", "1"), (" a ", "2")], ["mapping.pair_twice"]),
        ("exact", [("a", " ")], ["mapping.pair_empty"]),
    ],
)
def test_a_value_map_is_checked_pair_by_pair(kind: str, pairs: Any, expected: list[str]) -> None:
    assert codes(check_value_map("m", kind, pairs)) == expected


def test_a_value_map_cannot_be_made_with_a_bound_that_is_no_number() -> None:
    with pytest.raises(ValueError, match="high"):
        ValueMap("m", "threshold", [("high", "a")])


def test_tables_know_the_words_of_every_code() -> None:
    assert tables().labels["jz"]["175"] == "很高"
    assert Tables().labels == {}
