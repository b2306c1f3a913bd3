"""What goes out, in bytes: the pieces of a request that every dialect is made of (fact sheet §2.1)."""

import json
from collections.abc import Mapping, Sequence

from zbsync.core.payload import KINDS
from zbsync.erp.catalogue import OPERATIONS, Operation
from zbsync.erp.commands import ListRows

Datas = Sequence[tuple[str, str | int]]


def headers(content_type: str) -> dict[str, str]:
    """The server looks for the content type and answers any other one with a page for people."""
    return {"Content-Type": f"{content_type}; charset=utf-8", "Accept": "application/json"}


def datas(pairs: Datas) -> list[dict[str, str | int]]:
    """Fields of a ZBDocument request."""
    return [{"id": name, "val": value} for name, value in pairs]


def said(text: str) -> str:
    """A straight apostrophe breaks statements on older builds (§5); the typographic one reads the same."""
    return text.replace("'", "\u2019")


def packed(body: Mapping[str, object]) -> bytes:
    """Strict JSON in UTF-8; half a character is a question mark."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def known_kind(kind: str) -> str:
    """The kind itself; raises ValueError for a word that is none."""
    if kind not in KINDS:
        raise ValueError(f"kind: {kind!r} is not one of {', '.join(KINDS)}")
    return kind


def known_fields(operation: str, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields as they are said, the id apart. Raises ValueError for one the operation does not have."""
    unknown = sorted(set(fields) - OPERATIONS[operation].asked.keys())
    if unknown:
        raise ValueError(f"{operation} has no field {', '.join(unknown)}")
    return [(name, said(value)) for name, value in fields.items() if name != "ord"]


def known_filters(command: ListRows) -> list[tuple[str, str]]:
    """The filters as they are said. Raises ValueError for one the ERP would ignore and for a page that is none."""
    operation: Operation = OPERATIONS[command.operation]
    unknown = sorted(set(command.filters) - operation.filters)
    if unknown:
        raise ValueError(f"{operation.name} has no filter {', '.join(unknown)}: it would answer with everybody")
    if command.page < 1 or command.size < 1:
        raise ValueError("page and size start at 1")
    return [(name, said(value)) for name, value in command.filters.items()]
