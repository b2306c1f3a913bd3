"""What a name is found by: its pairs of characters, and those of its pinyin initials.

The only module that knows `pypinyin`. Propose keeps `index_text` beside each proposal, the search turns what a person
typed into a phrase of the same pairs with `phrase`: so two Chinese characters, or two initials, are enough for an
index to answer. It reads no table and knows no database.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from pypinyin import Style, lazy_pinyin

LONGEST = 60
"""So many characters of a name are looked through; what follows is legal form and address."""
HAN = re.compile("[\u3400-\u9fff\U00020000-\U000323af]+")
PERSON = re.compile("[\u3400-\u9fff\U00020000-\U000323af]{2,4}")
"""A Chinese person's name: only there a surname's own reading counts."""

SURNAMES = {
    "仇": "q", "区": "o", "单": "s", "召": "s", "尉": "yw", "查": "z", "秘": "b", "种": "c", "繁": "p", "翟": "zd",
    "藏": "z", "覃": "qt", "解": "x", "谌": "cs", "郇": "xh", "隗": "kw", "乐": "yl", "句": "g", "曾": "z", "祭": "z",
    "折": "s", "阚": "k", "么": "y",
}  # fmt: skip
"""Surnames and the first letters they are read with; several where families differ."""
LEGAL_FORM = "有限"
"""What follows is the same in nearly all companies, and read once."""
DOUBLE = {"万俟": "mq", "尉迟": "yc", "长孙": "zs", "澹台": "tt", "单于": "cy", "令狐": "lh", "鲜于": "xy"}


def plain(text: str) -> str:
    """What counts of a text: letters and digits of any script, narrow and in small letters."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def index_text(*names: str) -> str:
    """The pairs of these names and of their initials, one after another; what `phrase` of any part of them is in."""
    parts = [plain(name)[:LONGEST] for name in dict.fromkeys(names) if name]
    spoken = itertools.chain.from_iterable(map(initials, parts))
    return " ".join(itertools.chain.from_iterable(map(_pairs, dict.fromkeys((*parts, *spoken)))))


def phrase(text: str) -> list[str]:
    """The pairs that a name with this text in it has in a row; [] when nothing of the text counts."""
    wanted = plain(text)
    return [wanted] if len(wanted) == 1 else [left + right for left, right in itertools.pairwise(wanted)]


def _pairs(text: str) -> Iterator[str]:
    """The first character, then each pair."""
    yield from text[:1]
    yield from (left + right for left, right in itertools.pairwise(text))


def initials(text: str) -> tuple[str, ...]:
    """The pinyin initials of a name, in each way it may be read; () when it has no Chinese character."""
    if not HAN.search(text):
        return ()
    head, mark, form = text.partition(LEGAL_FORM)
    first = _read(head) + (_read(mark + form) if mark else "")
    if not PERSON.fullmatch(text):
        return (first,)
    if text[:2] in DOUBLE:
        return (DOUBLE[text[:2]] + first[2:],)
    return tuple(letter + first[1:] for letter in SURNAMES.get(text[0], first[:1]))


def _read(text: str) -> str:
    """First letters; what is not Chinese stays, and keeps no run of Chinese from being known already."""
    return HAN.sub(lambda run: _letters(run[0]), text)


@lru_cache(maxsize=20_000)
def _letters(run: str) -> str:
    """By dictionary, which knows that 重庆 is no 重量."""
    return "".join(lazy_pinyin(run, style=Style.FIRST_LETTER, errors=lambda other: other))
