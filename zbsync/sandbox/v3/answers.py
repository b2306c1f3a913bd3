"""The shapes of the flat dialect: a code with a sentence, a table, an object (fact sheet 3)."""

from collections.abc import Sequence
from typing import Any

from zbsync.sandbox.documents import JSON

OK, FAILED, NO_TOKEN, BROKEN = 200, 300, 400, 500
"""Values of `Code`; the HTTP status is 200 with each."""


def said(code: int, text: str) -> JSON:
    """A code and its sentence."""
    return {"Code": code, "Msg": text}


def helper(code: int, text: str) -> JSON:
    """The same as the interface of 32.10 says it."""
    return {"flag": False, "code": code, "msg": text, "datas": None}


def shown(data: JSON) -> JSON:
    """One object."""
    return said(OK, "") | {"Data": data}


def table(columns: Sequence[str], rows: list[list[Any]], page: tuple[int, int, int]) -> JSON:
    """A page of rows; `page` is index, size, count of records. Without a hit no column is named."""
    index, size, count = page
    pages = {"RecordCount": count, "PageSize": size, "PageIndex": index, "PageCount": -(-count // size)}
    return said(OK, "") | {"Page": pages, "Cols": list(columns) if count else [], "Rows": rows}
