"""When to try again: by the clock and by cause."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.samples import NOON
from zbsync.core.retry import BY_ITSELF, CAP_S, CLASSES, RetryClass, about, class_of, next_try, pattern
from zbsync.erp.errors import ErpError


def wait(attempts: int, *, base_s: float = 30, jitter: float = 0.0, retry_after_s: float | None = None) -> float:
    due = next_try(attempts, NOON, base_s=base_s, max_attempts=100, jitter=jitter, retry_after_s=retry_after_s)
    assert due is not None
    return (due - NOON).total_seconds()


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (99, 3600)])
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: float) -> None:
    assert wait(attempts) == seconds


@pytest.mark.parametrize(("attempts", "gives_up"), [(1, False), (4, False), (5, True), (6, True)])
def test_it_gives_up_after_the_last_try(attempts: int, gives_up: bool) -> None:
    due = next_try(attempts, NOON, base_s=1, max_attempts=5, jitter=0, retry_after_s=10)
    assert (due is None) == gives_up


@pytest.mark.parametrize(
    ("retry_after_s", "seconds"),
    [(None, 30), (0, 30), (5, 30), (45.5, 45.5), (7200, 7200), (-5, 30), (float("nan"), 30), (float("inf"), 30)],
)
def test_the_erps_own_wish_is_obeyed_when_longer(retry_after_s: float | None, seconds: float) -> None:
    assert wait(1, retry_after_s=retry_after_s) == seconds


@given(st.integers(1, 99), st.floats(0, 1, exclude_max=True), st.floats(0.01, 600))
def test_jitter_adds_at_most_a_half_and_never_breaks_the_cap(attempts: int, jitter: float, base_s: float) -> None:
    plain = wait(attempts, base_s=base_s)
    jittered = wait(attempts, base_s=base_s, jitter=jitter)
    assert plain <= jittered <= min(CAP_S, plain * 1.5 + 1e-3)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 30), (0.5, 37.5), (0.9, 43.5)])
def test_jitter_spreads_the_wait(jitter: float, seconds: float) -> None:
    assert wait(1, jitter=jitter) == pytest.approx(seconds)


def test_the_first_try_waits_no_less_than_the_base_even_when_nothing_was_counted() -> None:
    assert wait(0) == wait(1) == 30


def test_the_time_keeps_its_zone() -> None:
    due = next_try(1, NOON, base_s=30, max_attempts=3, jitter=0)
    assert due == NOON + timedelta(seconds=30)
    assert due is not None
    assert due.tzinfo is NOON.tzinfo


def leaves(kind: type[ErpError]) -> set[str]:
    """The codes of the error tree, without their family."""
    own = {kind.code.removeprefix("erp.")}
    return own.union(*(leaves(one) for one in kind.__subclasses__()))


def test_every_error_of_the_erp_has_a_class() -> None:
    known = {cause for causes in CLASSES.values() for cause in causes}
    assert leaves(ErpError) <= known
    assert sum(len(causes) for causes in CLASSES.values()) == len(known), "a cause stands in one class"


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        ("not_sent", RetryClass.NOT_SENT),
        ("too_many_requests", RetryClass.LIMITED),
        ("refused", RetryClass.DATA),
        ("duplicate", RetryClass.DUPLICATE),
        ("lost_reply", RetryClass.UNKNOWN),
        ("a_cause_from_tomorrow", RetryClass.UNKNOWN),
    ],
)
def test_a_cause_has_its_class_and_one_nobody_knows_is_unknown(cause: str, kind: RetryClass) -> None:
    assert class_of(cause) is kind


def test_what_befell_a_question_before_the_save_was_simply_not_sent() -> None:
    assert class_of("lost_reply", said=False) is RetryClass.NOT_SENT
    assert class_of("unavailable", said=False) is RetryClass.LIMITED
    assert class_of("refused", said=False) is RetryClass.DATA


def test_only_what_was_not_processed_goes_again_by_itself() -> None:
    assert {RetryClass.NOT_SENT, RetryClass.LIMITED} == BY_ITSELF


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("相同客户编号WX1已存在！", "相同客户编号WX2已存在！"),
        ("“王小明”超过20个字", "“李四”超过30个字"),
        ("客户【甲公司】已被 2024-01-05 保护", "客户【乙公司】已被 2025-11-20  保护"),
        ("电话 13800001111 不正确", "电话 13900002222 不正确"),
    ],
)
def test_the_same_refusal_of_two_customers_reads_the_same(one: str, other: str) -> None:
    assert pattern(one, ["WX1"]) == pattern(other, ["WX2"])


def test_other_refusals_stay_apart_and_a_short_value_strikes_nothing_out() -> None:
    assert pattern("客户编号已存在") != pattern("手机已存在")
    assert pattern("备注不能为空", ["空"]) == "备注不能为空"


@given(st.text(max_size=400), st.lists(st.text(max_size=8), max_size=4))
def test_a_pattern_is_short_and_its_own_pattern(sentence: str, values: list[str]) -> None:
    once = pattern(sentence, values)
    assert len(once) <= 200
    assert "\n" not in once


@pytest.mark.parametrize(
    ("findings", "differences", "field"),
    [
        ([{"field": ""}, {"field": "khid"}, {"field": "name"}], [], "khid"),
        ([{"code": "erp.refused"}], [{"target": "intro"}], "intro"),
        ([], [], ""),
    ],
)
def test_a_failure_is_about_the_first_field_it_names(findings: Any, differences: Any, field: str) -> None:
    assert about(findings, differences) == field
