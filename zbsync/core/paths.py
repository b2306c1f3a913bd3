"""Source paths: how a mapping rule names a place in a contact.

Called by the mapping compiler and the transforms that read further fields. A path is read once, at compile
time, into a function; applying it to a contact never fails: what is not there is None. It never changes a
contact.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter

from zbsync.core.records import ContactRecord, InteractionRecord, JSONValue

Read = Callable[[ContactRecord], JSONValue]

_NESTED = ("extra", "interactions")
_FIELDS = tuple(field.name for field in fields(ContactRecord))
_INTERACTION = tuple(field.name for field in fields(InteractionRecord))

SOURCES: tuple[str, ...] = (
    *(name for name in _FIELDS if name not in (*_NESTED, "deleted")),
    "interactions.last.content",
    "interactions.last.at",
    "interactions.last.method",
    "interactions.count",
)
"""The hub fields offered in the editor; `extra.<key>` is legal too, its keys differ from hub to hub."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class PathError(ValueError):
    """A path nobody can follow. `code` is a finding code, `place` the part that is wrong."""

    def __init__(self, code: str, place: str) -> None:
        super().__init__(f"{code}: {place!r}")
        self.code = code
        self.place = place


def compile_path(path: str) -> Read:
    """The reader of `path`: `name`, `extra.tags.0`, `interactions.last.content`, `interactions.count`.

    Raises PathError (`path.empty`, `path.unknown_field`, `path.not_nested`, `path.incomplete`).
    """
    head, *rest = path.strip().split(".")
    if not head:
        raise PathError("path.empty", path)
    if head not in _FIELDS:
        raise PathError("path.unknown_field", head)
    if not all(rest):
        raise PathError("path.incomplete", path)
    if head == "interactions":
        return _interactions(rest, path)
    if head == "extra":
        return _extra(tuple(rest), path)
    if rest:
        raise PathError("path.not_nested", path)
    return attrgetter(head)


def _extra(keys: tuple[str, ...], path: str) -> Read:
    if not keys:
        raise PathError("path.incomplete", path)

    def read(record: ContactRecord) -> JSONValue:
        value: JSONValue = record.extra
        for key in keys:
            if isinstance(value, list):
                value = _at(value, int(key)) if key.isdecimal() else None
            else:
                value = value.get(key) if hasattr(value, "get") else None
            if value is None:
                return None
        return value

    return read


def _interactions(rest: list[str], path: str) -> Read:
    if rest == ["count"]:
        return lambda record: len(record.interactions)
    if len(rest) != 2:
        raise PathError("path.incomplete", path)
    which, name = rest
    if name not in _INTERACTION:
        raise PathError("path.unknown_field", name)
    if which == "last":
        return lambda record: getattr(latest(record), name, None)
    if which.isdecimal():
        index = int(which)
        return lambda record: getattr(_at(record.interactions, index), name, None)
    raise PathError("path.unknown_field", which)


def _at(values: list[JSONValue] | tuple[InteractionRecord, ...], index: int) -> JSONValue:
    return values[index] if index < len(values) else None


def in_time(record: ContactRecord) -> list[InteractionRecord]:
    """The interactions, oldest first; those without a time come before all others, in the order they were
    given."""
    return sorted(record.interactions, key=lambda one: one.at or _BEFORE_ALL)


def latest(record: ContactRecord) -> InteractionRecord | None:
    """The newest interaction, None when there is none."""
    return in_time(record)[-1] if record.interactions else None
