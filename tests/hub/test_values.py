"""One value at a time: what people write, and what it means."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zbsync.hub import values
from zbsync.hub.values import SHANGHAI, BadValue

LIMITED = values.text(10)
KEY = values.text(50, key=True)
KIND = values.one_of(values.KINDS, "intake.not_a_kind")
LIST = values.one_of(values.LISTS, "intake.not_a_list_name")


def refused(clean, value) -> str:
    with pytest.raises(BadValue) as caught:
        clean(value)
    return caught.value.code


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("  张三 ", "张三"),
        ("\u3000张三\u00a0", "张三"),
        ("a\x00b\x07", "ab"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ufeff张三", "张三"),
        ("a\ud83d", "a"),
        (1001, "1001"),
        (1001.0, "1001"),
        (1.5, "1.5"),
        (True, "true"),
        (None, ""),
        (date(2026, 1, 5), "2026-01-05"),
    ],
)
def test_text_is_cleaned(written, meant) -> None:
    assert LIMITED(written) == meant


@given(st.text())
def test_clean_text_can_be_stored_and_is_clean_already(written) -> None:
    clean = values.text(None)
    once = clean(written)
    assert "\x00" not in once
    assert clean(once) == once
    assert once.encode().decode() == once


def test_text_that_is_too_long_names_both_lengths() -> None:
    with pytest.raises(BadValue) as caught:
        LIMITED("一二三四五六七八九十百")
    assert caught.value.code == "intake.too_long"
    assert caught.value.params == {"length": 11, "max": 10}


@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_text_is_no_list_and_no_object(value) -> None:
    assert refused(LIMITED, value) == "intake.not_text"


@pytest.mark.parametrize("value", ["1.38E+10", "1e+17", "1.38001E+10", 1.2345678901234568e17])
def test_a_key_that_a_spreadsheet_rounded_is_refused(value) -> None:
    assert refused(KEY, value) == "intake.spoiled_number"


@pytest.mark.parametrize("value", ["13800138000", "+86 138 0013 8000", "wx_E+1", "E+10", 13800138000.0])
def test_a_key_that_only_looks_odd_stays(value) -> None:
    assert KEY(value)


@pytest.mark.parametrize("value", [True, 1, 1.0, "1", "是", "TRUE", "Yes", "√", "✓", "已验证", "１", " y "])
def test_yes_has_many_spellings(value) -> None:
    assert values.yes_no(value) is True


@pytest.mark.parametrize("value", [False, 0, 0.0, "0", "否", "false", "N", "×", "未验证", "", None, " "])
def test_no_has_many_spellings(value) -> None:
    assert values.yes_no(value) is False


@pytest.mark.parametrize("value", ["也许", "2", 2, "yes no"])
def test_maybe_is_neither(value) -> None:
    assert refused(values.yes_no, value) == "intake.not_yes_or_no"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("85", 85.0),
        (85, 85.0),
        ("85.5", 85.5),
        ("85分", 85.0),
        ("85 %", 85.0),
        ("８５", 85.0),
        ("1,200", 1200.0),
        ("1,234,567.5", 1234567.5),
        ("-1,200", -1200.0),
        ("１，２００分", 1200.0),
        ("-3", -3.0),
        ("", None),
        (None, None),
        (" ", None),
    ],
)
def test_a_number_is_read(written, meant) -> None:
    assert values.number(written) == meant


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        "1e5",
        "85,5",
        "1,2",
        "1,20",
        "1200,300",
        ",5",
        "1,200,",
        "1,,200",
        "--5",
        "nan",
        "inf",
        float("nan"),
        float("inf"),
        "1.2.3",
        "0x10",
    ],
)
def test_what_is_no_number_is_refused(value) -> None:
    assert refused(values.number, value) == "intake.not_a_number"


@pytest.mark.parametrize(("written", "meant"), [("100", 100), (0, 0), (87.0, 87), ("", None)])
def test_a_percentage_is_whole(written, meant) -> None:
    assert values.percent(written) == meant


@pytest.mark.parametrize("value", ["101", -1, "0.87", 87.5])
def test_a_percentage_out_of_bounds_is_refused(value) -> None:
    assert refused(values.percent, value) == "intake.not_a_percentage"


@pytest.mark.parametrize(
    ("clean", "written", "meant"),
    [
        (KIND, "公司", "company"),
        (KIND, "Company", "company"),
        (KIND, "个人客户", "individual"),
        (KIND, "", ""),
        (LIST, "白名单", "white"),
        (LIST, "GREY", "gray"),
        (LIST, "Black", "black"),
        (LIST, "无", ""),
    ],
)
def test_a_fixed_set_has_synonyms(clean, written, meant) -> None:
    assert clean(written) == meant


@pytest.mark.parametrize(("clean", "code"), [(KIND, "intake.not_a_kind"), (LIST, "intake.not_a_list_name")])
def test_a_word_outside_the_set_is_refused(clean, code) -> None:
    assert refused(clean, "紫") == code


EIGHT = datetime(2026, 1, 5, 0, 3, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 4, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-05T08:03:00+08:00", EIGHT),
        ("2026-01-05T00:03:00Z", EIGHT),
        ("2026-01-05 08:03", EIGHT),
        ("2026/1/5 8:03", EIGHT),
        ("2026/1/5 8:03:00", EIGHT),
        ("2026.1.5 08:03", EIGHT),
        ("2026年1月5日 8时3分", EIGHT),
        ("2026年1月5日", MIDNIGHT),
        ("2026-01-05", MIDNIGHT),
        ("20260105", MIDNIGHT),
        ("２０２６-０１-０５", MIDNIGHT),
        (date(2026, 1, 5), MIDNIGHT),
        (datetime.fromisoformat("2026-01-05 08:03"), EIGHT),
        (46027, MIDNIGHT),
        ("46027", MIDNIGHT),
        (46027.33541666667, EIGHT),
        (1767571380, EIGHT),
        ("1767571380", EIGHT),
        (1767571380000, EIGHT),
        ("", None),
        (None, None),
        ("0000-00-00 00:00:00", None),
    ],
)
def test_a_time_is_read_as_chinese_time_unless_it_says_otherwise(written, meant) -> None:
    assert values.moment(written) == meant


def test_the_summer_time_of_the_eighties_is_known() -> None:
    assert values.moment("1988-07-01 09:00") == datetime(1988, 7, 1, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    ["2026-13-01", "2026-02-30", "5/1/2026", "昨天", "12", 12, True, "20261301", "0001-01-01", [2026], float("nan")],
)
def test_what_is_no_time_is_refused(value) -> None:
    assert refused(values.moment, value) == "intake.not_a_date"


@given(st.datetimes(min_value=datetime.fromisoformat("1992-01-01"), max_value=datetime.fromisoformat("2200-01-01")))
def test_a_time_without_a_zone_is_eight_hours_ahead(at) -> None:
    found = values.moment(at.isoformat(" "))
    assert found is not None
    assert (at - found.replace(tzinfo=None)).total_seconds() == 8 * 3600


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)))  # noqa: DTZ001
def test_the_usual_spelling_of_a_time_is_read_as_any_other(at) -> None:
    """To the second it is read the short way from 1993 on; with a fraction it never is."""
    assert values.moment(at.isoformat(" ")) == values.moment(f"{at.isoformat()}.000") == at.replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize("value", ["2026-10-32 08:00:00", "2026-10-01 08:00:60", "二〇二六年十月一日的上午八时整"])
def test_what_is_as_long_as_a_time_is_none_for_that(value) -> None:
    assert refused(values.moment, value) == "intake.not_a_date"


def test_a_zone_that_is_written_counts() -> None:
    assert values.moment("2026-10-01T08+00:00") == datetime(2026, 10, 1, 8, tzinfo=UTC)
