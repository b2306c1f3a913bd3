"""A hub interaction as the ERP's follow-up: one text with its time, and the way it was held."""

from collections.abc import Iterable, Sequence

from zbsync.core.payload import width

INTRO_MAX = 1000
"""UTF-16 units that the ERP's follow-up text holds (fact sheet §4.5)."""


DEFAULT_METHODS: tuple[tuple[str, str], ...] = (
    ("电话", "电话"),
    ("通话", "电话"),
    ("来电", "电话"),
    ("call", "电话"),
    ("邮件", "邮件"),
    ("mail", "邮件"),
    ("上门", "上门"),
    ("拜访", "上门"),
    ("面谈", "上门"),
    ("", "其他"),
)
"""Word in an interaction's method → name of the ERP's option; the empty word stands for all others."""


def intro(at: str, method: str, content: str) -> str:
    """`2026-01-05 08:30 微信：…`, cut to what the ERP holds; "" when there is nothing to tell.

    `at` is the local time as text, "" when the hub does not say.
    """
    head = " ".join(filter(None, (at, method.strip())))
    text = "：".join(filter(None, (head, content.strip())))
    return cut(text, INTRO_MAX) if method.strip() or content.strip() else ""


def told_apart(texts: Iterable[str]) -> list[str]:
    """The same texts, the second of two equal ones marked (2): afterwards each can be found by its words alone."""
    seen: dict[str, int] = {}
    told = []
    for text in texts:
        times = seen[text] = seen.get(text, 0) + 1
        mark = f" ({times})"
        told.append(text if times == 1 or not text else cut(text, INTRO_MAX - len(mark)) + mark)
    return told


def cut(text: str, limit: int) -> str:
    """The text within so many UTF-16 units; a cut one ends in …, and no sign is torn apart."""
    if width(text) <= limit:
        return text
    head = text[: limit - 1]
    while width(head) > limit - 1:
        head = head[:-1]
    return head + "…"


def method_for(method: str, table: Sequence[tuple[str, str]]) -> str:
    """The option's name for an interaction's method: the first word of the table that occurs in it, else the empty one.

    "" when the table has neither.
    """
    folded = method.casefold()
    hit = next((option for word, option in table if word and word.casefold() in folded), "")
    return hit or next((option for word, option in table if not word), "")
