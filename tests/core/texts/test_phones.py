"""Numbers as people write them."""

import phonenumbers
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zbsync.core.phones import comparable, digits, mobile_digits

SPACERS = st.sampled_from(["", " ", "-", "–", "　", "\u200b", ".", "\t"])


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "138–0013–8000",
        "+86 138 0013 8000",
        "+8613800138000",
        "0086-13800138000",
        "86 13800138000",
        "(+86) 138.0013.8000",
        "013800138000",
        "１３８００１３８０００",
        "＋８６１３８００１３８０００",
        "138\u200b00138000",
        " 13800138000\n",
        "（86）13800138000",
    ],
)
def test_it_reads_a_mobile_in_any_spelling(written: str) -> None:
    assert mobile_digits(written) == "13800138000"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "1380013800",
        "138001380000",
        "12800138000",
        "010-88886666",
        "400-800-1234",
        "+1 650 253 0000",
        "+852 9123 4567",
        "13800138000转12",
        "13800138000/13900139000",
        "13800138000 13900139000",
        "电话13800138000",
        "1380013800O",
        "+86",
        "١٣٨٠٠١٣٨٠٠٠",
        "13800138000\n13800138000",
    ],
)
def test_it_takes_nothing_else_for_a_mobile(written: str) -> None:
    assert mobile_digits(written) == ""


@pytest.mark.parametrize("head", ["130", "147", "159", "166", "170", "173", "177", "186", "191", "192", "199"])
def test_it_knows_the_networks_of_today(head: str) -> None:
    assert mobile_digits(f"{head}12345678") == f"{head}12345678"


def is_mobile(number: str) -> bool:
    """What the whole of `phonenumbers` says. A number such as 11000002100 it cannot even parse."""
    try:
        parsed = phonenumbers.parse(number, "CN")
    except phonenumbers.NumberParseException:
        return False
    return (
        phonenumbers.is_valid_number(parsed)
        and phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
        and str(parsed.national_number) == number
    )


@given(st.from_regex(r"\A1[0-9]{10}\Z"))
@example("11000002200")
@example("11000002100")
def test_it_agrees_with_a_full_parse(number: str) -> None:
    assert mobile_digits(number) == (number if is_mobile(number) else "")


@given(st.lists(SPACERS, min_size=11, max_size=11), st.sampled_from(["", "+86", "0086", "86", "+86 "]))
def test_spacing_and_prefix_never_change_the_number(spacers: list[str], prefix: str) -> None:
    written = prefix + "".join(a + b for a, b in zip("13912345678", spacers, strict=True))
    assert mobile_digits(written) == "13912345678"


@given(st.text(max_size=30))
def test_the_answer_is_eleven_digits_or_nothing(text: str) -> None:
    found = mobile_digits(text)
    assert found == "" or (len(found) == 11 and found.isascii() and found.isdecimal())
    assert mobile_digits(found) == found


@pytest.mark.parametrize(
    ("written", "expected"),
    [("010-8888 6666", "01088886666"), ("４００", "400"), ("none", ""), ("", ""), ("ext. 12", "12")],
)
def test_digits_are_what_is_left(written: str, expected: str) -> None:
    assert digits(written) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+86 138-0013-8000", "13800138000"),
        ("010-88886666", "010 8888 6666"),
        ("0086 13800138000", "138 0013 8000"),
    ],
)
def test_two_spellings_of_one_number_compare_equal(one: str, other: str) -> None:
    assert comparable(one) == comparable(other) != ""
