"""The shapes an ERP page answers in: ZBDocument with its message, bill, source and report bodies, and HTML.

Used by the pages (`legacy`) and by the faults; knows nothing of the store. Source: fact sheet 3.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]


@dataclass(slots=True)
class Reply:
    """What a page says, before faults spoil it. `document` wins over `text`.

    `effect` is what it did to the store: `login`, `login_refused`, `logout`, `allocated`, `created`, `modified`
    (a customer), `person_created`, `person_modified`, `appended` (a follow-up), `changed` (an act), `read`,
    `listed`, `refused`, `script_error`, `expired`, `not_stored`, `pending` or `none`.
    """

    document: JSON | None = None
    text: str = ""
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    effect: str = "none"
    ord: int | None = None
    khid: str = ""

    def encoded(self) -> bytes:
        """The body as UTF-8 without BOM; JSON without spaces, Chinese as itself."""
        if self.document is None:
            return self.text.encode()
        return json.dumps(self.document, ensure_ascii=False, separators=(",", ":")).encode()


class Refused(Exception):
    """A page says no in a sentence of its own; nothing is stored. `str(exc)` is the sentence."""


class ScriptError(Exception):
    """A page broke while it ran; nothing is stored. `str(exc)` is the detail between the brackets."""


def header(session: str = "", **more: Any) -> JSON:
    """The head of every processed call: "ok" whatever happened. Some pages repeat the session in it."""
    head: JSON = {"status": 0, "message": "ok"}
    if session:
        head["session"] = session
    return head | more


def message(text: str, *, target: str = "self", session: str = "") -> JSON:
    """MessageClass: success and refusal alike, only the text tells."""
    said = {"title": "", "text": text, "url": "", "wait": 0, "target": target, "uitype": "", "data": ""}
    return {"header": header(session), "body": {"model": "message", "message": said}}


def bill(caption: str, page: str, ord_: int, groups: list[JSON], session: str) -> JSON:
    """BillClass: a form with its values. `page` is the path tail without `.asp`."""
    tool = {"caption": "保存", "url": f"mobilephone/{page.lower()}.asp?__msgid=__sys_dosave&ord={ord_}"}
    content = {
        "id": "sysamobilephone" + page.replace("/", "") + "_bill",
        "caption": caption,
        "uitype": "bill",
        "value": str(ord_),
        "tools": [tool],
        "groups": groups,
    }
    return {"header": header(session), "body": {"model": "bill", "action": "init", "bill": content}}


def table(columns: Sequence[tuple[str, str]], rows: list[list[str]], page: tuple[int, int, int]) -> JSON:
    """Source table; `page` is index, size, count of records. Without a hit nothing is filled in."""
    index, size, count = page
    if count:
        pages = {"pageindex": index, "pagesize": size, "pagecount": -(-count // size), "recordcount": count}
    else:
        columns, pages = (), {"pageindex": 0, "pagesize": 0, "pagecount": 0, "recordcount": 0}
    content = {"page": pages, "cols": [{"id": name, "dbtype": kind} for name, kind in columns], "rows": rows}
    source = {"type": "table", "uitype": "", "text": "mlistvw", "table": content}
    return {"header": header(), "body": {"model": "source", "action": "table", "source": source}}


def options(pairs: Sequence[tuple[str, str]]) -> JSON:
    """Options source from (name, value) pairs, for a form field or as an answer's source."""
    return {"type": "options", "options": [{"n": name, "v": value} for name, value in pairs]}


def trees(nodes: list[JSON], uitype: str = "radio") -> JSON:
    """Tree source; a node is `{"text", "value", "nodes"}`."""
    return {"type": "trees", "uitype": uitype, "trees": {"nodes": nodes}}


def source(content: JSON) -> JSON:
    """A source answered on its own."""
    return {"header": header(), "body": {"model": "source", "action": content["type"], "source": content}}


def skeleton(caption: str) -> JSON:
    """What a list page says when nobody asked for data: its looks."""
    report: JSON = {"caption": caption, "id": "mlistvw", "sorts": [], "tools": [], "search": [], "group": []}
    return {"header": header(), "body": {"model": "report", "action": "init", "report": report}}


_HTML = "<html><head><title>{title}</title></head><body><h2>{title}</h2></body></html>"
_TITLES = {
    200: "客户管理",
    404: "404 - File or directory not found.",
    500: "500 - Internal server error.",
    503: "503 - Service unavailable.",
}


def html(status: int, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """A page of the web server or the PC program instead of an answer."""
    return Reply(text=_HTML.format(title=_TITLES[status]), status=status, headers=list(headers))
