"""One value of a hub's row, brought to what the mirror holds. Called by `normalize`, field by field.

Every function takes what a file or JSON can hold and returns the clean value, or raises `BadValue` with the code of
what is wrong. Times come back in UTC; those written without a zone are Chinese time (the hub runs there).
"""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from zbsync.core.records import JSONValue, Kind, Listing

SHANGHAI = ZoneInfo("Asia/Shanghai")
_CST = timedelta(hours=8)
_CST_ONLY_SINCE = 1992
"""China had summer time until 1991; since then a fixed offset says the same, five times as fast."""
_FIXED_OFFSET = f"{_CST_ONLY_SINCE}"
"""What begins with a later year is later as a text, too."""
_TO_THE_SECOND = len("2026-10-01 08:00:00")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial counts days of the wall clock
_EXCEL_DAYS = range(10_000, 80_000)
_UNIX_S, _UNIX_MS = range(10**8, 10**10), range(10**11, 10**13)
_DATE = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2}))?(?:\.\d+)?\s*[分秒]?)?\Z"
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z")
_SPOILED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_EXACT = 2**53
"""Above this a spreadsheet's number has lost digits."""

YES = frozenset("true t yes y 1 1.0 on 是 真 对 有 √ ✓ ✔ ☑ 已验证 已认证 已核实 verified".split())
NO = frozenset("false f no n 0 0.0 off 否 假 错 无 × ✗ ✘ ☐ x 未验证 未认证 未核实 unverified".split())
KINDS = {
    **dict.fromkeys("company unit organization 公司 企业 单位 单位客户 企业客户 公司客户".split(), Kind.COMPANY.value),
    **dict.fromkeys("individual person personal 个人 个人客户 自然人".split(), Kind.INDIVIDUAL.value),
}
LISTS = {
    **dict.fromkeys("white 白 白名单 whitelist".split(), Listing.WHITE.value),
    **dict.fromkeys("gray grey 灰 灰名单 graylist greylist".split(), Listing.GRAY.value),
    **dict.fromkeys("black 黑 黑名单 blacklist".split(), Listing.BLACK.value),
    **dict.fromkeys(["none", "无", "-"], Listing.NONE.value),
}


class BadValue(ValueError):
    """A value that does not fit its field; `code` says how, `params` what would."""

    def __init__(self, code: str, **params: JSONValue) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def scrub(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which no database holds; line ends are \\n."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def plain(value: Any) -> str:
    """Any scalar as text: whole floats lose their `.0`, times become ISO; a list or an object is refused."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _of_float(value)
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    raise BadValue("intake.not_text")


def _of_float(value: float) -> str:
    if not math.isfinite(value):
        raise BadValue("intake.not_a_number")
    if not value.is_integer():
        return repr(value)
    if abs(value) > _EXACT:
        raise BadValue("intake.spoiled_number")
    return str(int(value))


def text(limit: int | None, *, key: bool = False) -> Callable[[Any], str]:
    """Cleaner of a text column of `limit` characters; a `key` must not be a number that a spreadsheet spoiled."""

    def clean(value: Any) -> str:
        written = value if type(value) is str else plain(value)
        if not written.isprintable():
            written = scrub(written)
        written = written.strip()
        if limit is not None and len(written) > limit:
            raise BadValue("intake.too_long", length=len(written), max=limit)
        if key and "+" in written and _SPOILED.match(written):
            raise BadValue("intake.spoiled_number")
        return written

    return clean


def _token(value: Any) -> str:
    """The value as a bare lower-case word in ASCII digits."""
    word = plain(value).strip()
    if not word.isascii():
        word = unicodedata.normalize("NFKC", scrub(word)).strip()
    return word.casefold()


def yes_no(value: Any) -> bool:
    """是, true, √, 1 … and their opposites; empty is no."""
    if type(value) is bool:
        return value
    word = value if value in ("1", "0", "是", "否") else _token(value)  # the usual ones need no folding
    if word in YES:
        return True
    if word in NO or not word:
        return False
    raise BadValue("intake.not_yes_or_no")


def number(value: Any) -> float | None:
    """A finite number, also written `85分`, `85%`, `1,200`, in full-width digits; None when empty."""
    if type(value) is float or type(value) is int or (type(value) is str and value.isdecimal()):
        found = float(value)
    else:
        word = _token(value).rstrip("分%").strip()
        if not word:
            return None
        if _THOUSANDS.match(word):
            word = word.replace(",", "")  # any other comma may be a decimal one: 85,5 is not 855
        if not _NUMBER.match(word):
            raise BadValue("intake.not_a_number")
        found = float(word)
    if not math.isfinite(found):
        raise BadValue("intake.not_a_number")
    return found


def percent(value: Any) -> int | None:
    """A whole number from 0 to 100; None when empty."""
    found = number(value)
    if found is None:
        return None
    if not found.is_integer() or not 0 <= found <= 100:
        raise BadValue("intake.not_a_percentage")
    return int(found)


def one_of(words: dict[str, str], code: str) -> Callable[[Any], str]:
    """Cleaner of a field with a fixed set of values and many spellings; empty stays empty."""

    def clean(value: Any) -> str:
        word = _token(value)
        found = words.get(word) if word else ""
        if found is None:
            raise BadValue(code)
        return found

    return clean


def _utc(moment: datetime) -> datetime:
    try:
        if moment.tzinfo is None:
            if moment.year >= _CST_ONLY_SINCE:
                return (moment - _CST).replace(tzinfo=UTC)
            moment = moment.replace(tzinfo=SHANGHAI)
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadValue("intake.not_a_date") from None


def _from_number(count: float) -> datetime:
    """Excel's days since 1900, or Unix seconds or milliseconds, told apart by size."""
    whole = int(count)
    if whole in _EXCEL_DAYS:
        return _utc(_EXCEL_EPOCH + timedelta(seconds=round(count * 86_400)))
    if whole in _UNIX_S:
        return datetime.fromtimestamp(count, UTC)
    if whole in _UNIX_MS:
        return datetime.fromtimestamp(count / 1000, UTC)
    raise BadValue("intake.not_a_date")


def moment(value: Any) -> datetime | None:
    """A point in time, in UTC; None when empty. ISO, `2026/1/5 8:03`, `2026年1月5日`, Excel serials, Unix times."""
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - _utc gives it the zone
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return _from_number(value)
    if value is None:
        return None
    raise BadValue("intake.not_a_date")


def _from_text(value: str) -> datetime | None:
    if len(value) == _TO_THE_SECOND and value > _FIXED_OFFSET:
        try:
            # The usual spelling, at half the price: the wall clock of +08:00 read as UTC is eight hours ahead of it.
            return datetime.fromisoformat(f"{value}+00:00") - _CST
        except ValueError:
            pass
    if not value or value.startswith("0000-00-00"):
        return None
    try:
        if not value.isdigit():
            return _utc(datetime.fromisoformat(value))
    except ValueError:
        pass
    value = unicodedata.normalize("NFKC", value)
    if _NUMBER.match(value):
        return _from_compact(value) if len(value) == 8 and value.isdigit() else _from_number(float(value))
    return _from_words(value)


def _from_compact(value: str) -> datetime:
    try:
        return _utc(datetime(int(value[:4]), int(value[4:6]), int(value[6:])))  # noqa: DTZ001 - as above
    except ValueError:
        raise BadValue("intake.not_a_date") from None


def _from_words(value: str) -> datetime:
    match = _DATE.match(value)
    if match is None:
        raise BadValue("intake.not_a_date")
    try:
        return _utc(datetime(*(int(part or 0) for part in match.groups())))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        raise BadValue("intake.not_a_date") from None
