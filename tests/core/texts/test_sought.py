"""Names are found by any two characters in a row, and by their pinyin initials, whatever way they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.core.sought import LONGEST, index_text, initials, phrase, plain


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("王小明", ("wxm",)),
        ("西安丰峰商贸有限公司", ("xaffsmyxgs",)),
        ("重庆长安汽车有限公司", ("cqcaqcyxgs",)),
        ("招商银行", ("zsyh",)),
        ("单田芳", ("stf",)),
        ("曾国", ("zg",)),
        ("解小龙", ("xxl",)),
        ("尉迟恭", ("ycg",)),
        ("覃明", ("qm", "tm")),
        ("Example Co", ()),
        ("", ()),
    ],
)
def test_initials_are_those_a_colleague_would_type(name, read) -> None:
    assert initials(plain(name)) == read


@pytest.mark.parametrize("typed", ["小明", "王小", "xm", "WXM", "ｗｘｍ", "王", "w"])
def test_a_person_is_found_by_it(typed) -> None:
    assert " ".join(phrase(typed)) in index_text("示例印刷有限公司", "王小明")


def test_spaces_and_signs_in_a_name_do_not_hide_it() -> None:
    assert " ".join(phrase("商贸有限公司")) in index_text("西安丰峰商贸 （有限公司）")


@pytest.mark.parametrize("typed", ["", "  ", "😀", "（）"])
def test_what_has_neither_letter_nor_digit_asks_for_nothing(typed) -> None:
    assert phrase(typed) == []


def test_a_name_that_is_told_twice_is_kept_once() -> None:
    assert index_text("王小明", "王小明") == index_text("王小明", "") == index_text("王小明")


def test_only_the_beginning_of_an_endless_name_is_kept() -> None:
    assert len(index_text("张" * 10_000)) < 10 * LONGEST


@given(st.text(max_size=LONGEST // 2), st.integers(0, 20), st.integers(2, 9))
def test_every_part_of_two_characters_or_more_finds_the_name(name, start, length) -> None:
    part = plain(name)[start : start + length]
    if len(part) > 1 and len(plain(name)) <= LONGEST:
        assert " ".join(phrase(part)) in index_text(name)
