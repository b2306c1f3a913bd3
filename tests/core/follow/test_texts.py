"""A hub interaction as one text of the ERP's, and the way it was held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.follow.texts import DEFAULT_METHODS, INTRO_MAX, cut, intro, method_for, told_apart
from zbsync.core.payload import width


@pytest.mark.parametrize(
    ("at", "method", "content", "text"),
    [
        ("2026-01-05 08:30", "微信", "要报价", "2026-01-05 08:30 微信：要报价"),
        ("2026-01-05 08:30", "", "要报价", "2026-01-05 08:30：要报价"),
        ("", "微信", "要报价", "微信：要报价"),
        ("", "", " 要报价 ", "要报价"),
        ("2026-01-05 08:30", "电话", "", "2026-01-05 08:30 电话"),
        ("2026-01-05 08:30", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_an_interaction_is_told_with_its_time_and_its_way(at: str, method: str, content: str, text: str) -> None:
    assert intro(at, method, content) == text


@given(st.text(alphabet="ab😀价", max_size=1500))
def test_no_text_is_longer_than_the_erp_holds_and_none_is_torn(content: str) -> None:
    text = intro("2026-01-05 08:30", "微信", content)
    assert width(text) <= INTRO_MAX
    assert text.encode("utf-16")
    if width(content) > INTRO_MAX:
        assert text.endswith("…")


@pytest.mark.parametrize(("text", "limit", "short"), [("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("a😀😀", 4, "a😀…")])
def test_an_emoji_counts_twice_and_is_kept_whole(text: str, limit: int, short: str) -> None:
    assert cut(text, limit) == short


def test_equal_texts_are_told_apart_by_a_number() -> None:
    assert told_apart(["你好", "在吗", "你好", "你好", "", ""]) == ["你好", "在吗", "你好 (2)", "你好 (3)", "", ""]


def test_long_equal_texts_are_told_apart_within_the_limit() -> None:
    long = "价" * INTRO_MAX
    first, second = told_apart([long, long])
    assert first != second
    assert width(second) <= INTRO_MAX


@pytest.mark.parametrize(
    ("method", "way"),
    [
        ("电话", "电话"),
        ("语音通话", "电话"),
        ("Phone CALL", "电话"),
        ("E-Mail", "邮件"),
        ("上门拜访", "上门"),
        ("微信", "其他"),
        ("", "其他"),
    ],
)
def test_the_default_words_find_the_way(method: str, way: str) -> None:
    assert method_for(method, DEFAULT_METHODS) == way


def test_the_first_word_of_the_table_counts_and_an_empty_table_knows_nothing() -> None:
    assert method_for("电话邮件", [("邮件", "邮件"), ("电话", "电话")]) == "邮件"
    assert method_for("微信", [("电话", "电话")]) == ""
