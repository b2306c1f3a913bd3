"""Transforms that need nothing but the contact: texts, numbers, dates."""

import json
import string
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from types import NoneType
from typing import Any

from zbsync.core.paths import PathError, Read, compile_path, in_time
from zbsync.core.phones import digits, mobile_digits
from zbsync.core.records import ContactRecord, JSONValue
from zbsync.core.transforms.tables import Tables, TransformError

Step = Callable[[JSONValue, ContactRecord, Tables], str]

CHINA = timezone(timedelta(hours=8))
"""The ERP's dates carry no zone and mean the mainland's only one."""

INTERACTIONS_DEFAULT = 5


def _local(at: datetime) -> datetime:
    return at.astimezone(CHINA) if at.tzinfo else at


def _json(value: JSONValue) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _joined(values: Iterable[JSONValue]) -> str:
    return ", ".join(filter(None, map(text_of, values)))


_AS_TEXT: Mapping[type, Callable[[Any], str]] = {
    NoneType: lambda _: "",
    bool: lambda value: "true" if value else "false",
    float: lambda value: str(int(value)) if value.is_integer() else str(value),
    datetime: lambda value: _local(value).strftime("%Y-%m-%d %H:%M:%S"),
    list: _joined,
    tuple: _joined,
    dict: _json,
}


def text_of(value: JSONValue) -> str:
    """Any hub value as text: None is "", 57.0 is 57, times are Chinese local time, lists get commas."""
    return _AS_TEXT.get(value.__class__, str)(value)


def plain(change: Callable[[str], str]) -> Callable[[str], Step]:
    """A transform that only changes the text and takes no argument."""

    def compile_(argument: str) -> Step:
        if argument.strip():
            raise TransformError("mapping.argument_unused", argument=argument)
        return lambda value, record, tables: change(text_of(value))

    return compile_


def to_mobile(text: str) -> str:
    """The 11 digits; raises TransformError when there is a text and it is no mainland mobile."""
    found = mobile_digits(text)
    if text.strip() and not found:
        raise TransformError("mapping.not_a_mobile", value=text)
    return found


copy = plain(lambda text: text)
strip = plain(lambda text: " ".join(text.split()))
mobile = plain(to_mobile)
only_digits = plain(digits)
upper = plain(str.upper)
lower = plain(str.lower)


def _reader(path: str, argument: str) -> Read:
    try:
        return compile_path(path)
    except PathError as error:
        raise TransformError("mapping.bad_path", path=error.place, argument=argument) from None


def first_of(argument: str) -> Step:
    """The first path that gives something: `company,name`."""
    readers = [_reader(path, argument) for path in argument.split(",")]

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        for read in readers:
            text = text_of(read(record))
            if text:
                return text
        return ""

    return run


def template(argument: str) -> Step:
    """Fixed text and paths: `WX{source_id}`. Empty when all of its paths are."""
    try:
        parsed = list(string.Formatter().parse(argument))
    except ValueError:
        raise TransformError("mapping.bad_argument", argument=argument, expects="…{name}…") from None
    parts = [
        (literal, None if path is None else _reader(path, argument)) for literal, path, _spec, _conversion in parsed
    ]
    if not any(read for _literal, read in parts):
        raise TransformError("mapping.bad_argument", argument=argument, expects="…{name}…")

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        said = [(literal, text_of(read(record)) if read else "") for literal, read in parts]
        if not any(text for _literal, text in said):
            return ""
        return "".join(literal + text for literal, text in said)

    return run


def constant(argument: str) -> Step:
    """Always the argument."""
    if not argument:
        raise TransformError("mapping.bad_argument", argument=argument, expects="…")
    return lambda value, record, tables: argument


def _count(argument: str, default: int | None = None) -> int:
    text = argument.strip()
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise TransformError("mapping.bad_argument", argument=argument, expects="1, 2, 3…")
    return int(text)


def cut(argument: str) -> Step:
    """The first n characters."""
    count = _count(argument)
    return lambda value, record, tables: text_of(value)[:count]


def join_interactions(argument: str) -> Step:
    """The latest n interactions, oldest first, one a line: time, method, content."""
    count = _count(argument, INTERACTIONS_DEFAULT)

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        lines = []
        for one in in_time(record)[-count:]:
            at = _local(one.at).strftime("%Y-%m-%d %H:%M") if one.at else ""
            if one.content:
                lines.append(" ".join(filter(None, (at, one.method, one.content))))
        return "\n".join(lines)

    return run


def date(argument: str) -> Step:
    """A time in the given format (strftime), by default the date alone."""
    form = argument or "%Y-%m-%d"

    def run(value: JSONValue, record: ContactRecord, tables: Tables) -> str:
        if isinstance(value, str) and value.strip():
            try:
                value = datetime.fromisoformat(value.strip())
            except ValueError:
                raise TransformError("mapping.not_a_date", value=value) from None
        return _local(value).strftime(form) if isinstance(value, datetime) else ""

    return run
