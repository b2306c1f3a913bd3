"""What a fault does to an answer: another answer in its place, or the right one made hard to read."""

import re
from collections.abc import Callable
from typing import Any

from zbsync.sandbox.documents import JSON, Reply, html, message
from zbsync.sandbox.faults.rules import Rule, Struck
from zbsync.sandbox.request import Call

ODD = 9
"""A status that means nothing in particular."""


def instead(call: Call, struck: Struck) -> Reply | None:
    """The answer of a fault that keeps the call from being processed at all."""
    if "unavailable_bare" in struck:
        return html(503)
    if "unavailable" in struck:
        return html(503, [("Retry-After", f"{struck['unavailable'].wait_s:g}")])
    if "html_500" in struck:
        return html(500)
    if "html_200" in struck:
        return html(200)
    flat = call.dialect == "v3"
    if "script_error" in struck:
        text = struck["script_error"].text
        broken = {"Code": 500, "Msg": text} if flat else message(f"服务器异常: 【{text}】")
        return Reply(broken, effect="script_error")
    if "refuse" in struck:
        text = struck["refuse"].text
        return Reply({"Code": 300, "Msg": text} if flat else message(text), effect="refused")
    return None


def spoil(reply: Reply, struck: Struck) -> tuple[Reply, bytes]:
    """What goes over the wire for an answer: status and headers, and the body as the faults leave it."""
    for name, status in (("html_500_after_store", 500), ("html_200_after_store", 200)):
        if name in struck:
            page = html(status)
            return page, page.encoded()
    if reply.document is not None:
        for name, distort in _DISTORTIONS.items():
            if name in struck:
                distort(reply.document, struck[name])
    body = reply.encoded()
    if "control_chars" in struck and reply.document is not None:
        body = _raw_controls(body)
    if "bom" in struck:
        body = b"\xef\xbb\xbf" + body
    if "garbage" in struck:
        body = body[: len(body) // 2]
    if "empty_body" in struck:
        body = b""
    return reply, body


def _table(document: JSON) -> JSON | None:
    """The table of an answer, if it has one with rows."""
    table: JSON | None = document.get("body", {}).get("source", {}).get("table")
    return table if table and table["rows"] else None


def _rows_as_object(document: JSON, rule: Rule) -> None:
    if document.get("Rows"):
        document["Rows"] = [dict(zip(document["Cols"], row, strict=True)) for row in document["Rows"]]
    table = _table(document)
    if table is None:
        return
    names = [column["id"] for column in table["cols"]]
    plain = [dict(zip(names, row, strict=True)) for row in table["rows"]]
    if rule.shape.startswith("value"):
        key = rule.shape.partition("_")[2] or "ord"
        table["rows"] = [{"value": row, key: named["ord"]} for row, named in zip(table["rows"], plain, strict=True)]
    else:
        table["rows"] = plain[0] if rule.shape == "single" and len(plain) == 1 else plain


def _unfilled(document: JSON, rule: Rule) -> None:
    part = "cols" if rule.shape == "cols" else "rows"
    if (table := _table(document)) is not None:
        table[part] = []
    elif document.get("Rows"):
        document[part.title()] = []


def _entities(document: JSON, _rule: Rule) -> None:
    """The texts people read; raw values and ids stay as they are."""
    body = document.get("body", {})
    said = body.get("message")
    if said:
        said["text"] = as_html(said["text"])
    for group in body.get("bill", {}).get("groups", []):
        for one in group["fields"]:
            if one.get("text"):
                one["text"] = as_html(one["text"])
    if (table := _table(document)) is not None:
        table["rows"] = [[as_html(cell) for cell in row] for row in table["rows"]]
    if "Msg" in document:
        document["Msg"] = as_html(document["Msg"])
        document["Rows"] = [[as_html(cell) for cell in row] for row in document.get("Rows", [])]
        if not document["Rows"]:
            del document["Rows"]


def as_html(text: Any) -> Any:
    """A text as the PC pages would show it: marks as entities, the first Chinese character too, lines as <br>."""
    if not isinstance(text, str):
        return text
    marked = re.sub(r"[&<>\"']", lambda found: f"&#{ord(found[0])};", text)
    marked = re.sub(r"[^\x00-\x7f]", lambda found: f"&#{ord(found[0])};", marked, count=1)
    return marked.replace("\n", "<br>")


def _thousands(document: JSON, _rule: Rule) -> None:
    bill = document.get("body", {}).get("bill")
    if bill:
        bill["value"] = _separated(bill["value"])
    table = _table(document)
    if table is not None and isinstance(table["rows"], list) and isinstance(table["rows"][0], list):
        whole = [place for place, column in enumerate(table["cols"]) if column["dbtype"] == "int"]
        for row in table["rows"]:
            for place in whole:
                row[place] = _separated(row[place])


def _separated(cell: str) -> str:
    return f"{int(cell):,}" if cell.isdecimal() else cell


def _status_text(document: JSON, _rule: Rule) -> None:
    if "header" in document:
        document["header"]["status"] = str(document["header"]["status"])
    if "Code" in document:
        document["Code"] = str(document["Code"])


def _odd_status(document: JSON, rule: Rule) -> None:
    if "header" in document:
        document["header"] |= {"status": ODD, "message": rule.text}
    if "Code" in document:
        document |= {"Code": 100 * ODD, "Msg": rule.text}


def _unknown_sentence(document: JSON, rule: Rule) -> None:
    """Only a success is rephrased: a refusal stays one."""
    said = document.get("body", {}).get("message")
    if said and said["target"] == "close":
        said["text"] = rule.text
    if document.get("Code") == 200:
        document |= {"Code": 201, "Msg": rule.text}


_DISTORTIONS: dict[str, Callable[[JSON, Rule], None]] = {
    "unknown_sentence": _unknown_sentence,
    "entities": _entities,
    "thousands": _thousands,
    "unfilled": _unfilled,
    "rows_as_object": _rows_as_object,
    "odd_status": _odd_status,
    "status_text": _status_text,
}
"""In the order in which they are applied: what needs rows as lists comes before what makes objects of them."""

_ESCAPE = re.compile(rb'\\(?:["\\/bfrtn]|u[0-9a-fA-F]{4})')
_RAW = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t", b"\\b": b"\b", b"\\f": b"\f"}


def _raw_controls(body: bytes) -> bytes:
    """Control characters of the data unescaped, and one more in the message and in every caption."""
    raw = _ESCAPE.sub(lambda match: _RAW.get(match[0], match[0]), body)
    return raw.replace(b'"message":"ok"', b'"message":"ok\x0b"').replace(b'"caption":"', b'"caption":"\x0b')
