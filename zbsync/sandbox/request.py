"""From a request's bytes to a call: dialect, page, command, session and data, read as leniently as the ERP does.

Source: fact sheet 1.3, 2, 2.1. Called by the server for every request; decides nothing about what the call
may do.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zbsync.sandbox import operations

LEGACY_ROOT = "/sysa/mobilephone/"
OV1_ROOT = "/webapi/v3/ov1/"
V3_ROOT = "/webapi/v3/"
CARRIER = "zbapi-token"
"""The header a session travels in where the body is flat."""


class Unreadable(ValueError):
    """The body is not even leniently an object; the text says where."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Path without the query, lower case: the web server does not care."""
        return urlsplit(self.target).path.lower()

    @property
    def query(self) -> dict[str, str]:
        """Query parameters, names in lower case; the first of a name counts."""
        pairs = parse_qsl(urlsplit(self.target).query, keep_blank_values=True)
        return {name.lower(): value for name, value in reversed(pairs)}


@dataclass(frozen=True)
class Call:
    """A request read as the ERP reads it.

    `dialect` is `legacy`, `ov1`, `v3` or "" (no page of the interface), `page` the path tail without `.asp`,
    `command` the chosen cmdkey ("" is a page load), `data` id -> value as text. `problem` says why the body
    could not be read. `twists` are the faults that change what the page itself does.
    """

    request: Request
    dialect: str = ""
    page: str = ""
    command: str = ""
    session: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    twists: frozenset[str] = frozenset()

    @cached_property
    def operation(self) -> str:
        """Its name in `operations`, "" for none."""
        return operations.name_of(self.dialect, self.page, self.command, self.data, self.query)

    @property
    def writes(self) -> bool:
        """Whether it asks for a change that a person would miss."""
        return self.operation in operations.WRITES

    def param(self, name: str) -> str:
        """A switch of the page: from the URL when it says something, else from the data."""
        return self.query.get(name, "") or self.data.get(name, "")

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the body."""
        return hashlib.sha256(self.request.body).hexdigest()[:16]

    @property
    def content(self) -> str:
        """The same of the data alone, sorted by id: equal for two calls that say the same in two sessions."""
        said = json.dumps(sorted(self.data.items()), ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def speaks_interface(content_type: str) -> bool:
    """Whether the server takes a request for an interface call: either word anywhere in the type."""
    return "json" in content_type.lower() or "zsml" in content_type.lower()


def read_call(request: Request) -> Call:
    """The call in a request. Never raises: what cannot be read is told in `problem`."""
    dialect, page = _place(request.path)
    query = request.query
    try:
        body = read_body(request.body, request.headers.get("content-type", ""))
    except Unreadable as unreadable:
        token = request.headers.get(CARRIER, "") if dialect == "v3" else ""
        return Call(request, dialect, page, session=token, query=query, problem=str(unreadable))
    if dialect == "v3":
        flat = {name: _text(value) for name, value in body.items()}
        return Call(request, dialect, page, "", request.headers.get(CARRIER, ""), query, flat)
    command = query.get("__msgid") or _text(body.get("cmdkey")) or query.get("action", "")
    return Call(request, dialect, page, command, _text(body.get("session")), query, _datas(body.get("datas")))


def _place(path: str) -> tuple[str, str]:
    if path.startswith(OV1_ROOT):
        return "ov1", path.removeprefix(OV1_ROOT)
    if path.startswith(V3_ROOT):
        return "v3", path.removeprefix(V3_ROOT)
    if path.startswith(LEGACY_ROOT) and path.endswith(".asp"):
        return "legacy", path.removeprefix(LEGACY_ROOT).removesuffix(".asp")
    return "", ""


def _datas(datas: Any) -> dict[str, str]:
    if not isinstance(datas, list):
        return {}
    entries = [entry for entry in datas if isinstance(entry, dict)]
    return {_text(entry.get("id")): _text(entry.get("val")) for entry in entries}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def read_body(raw: bytes, content_type: str = "") -> dict[str, Any]:
    """The object in a body: UTF-8 (UTF-16 with `charset=unicode`), strict JSON or the vendor's lax spelling.

    Raises Unreadable.
    """
    try:
        text = raw.decode("utf-16" if "charset=unicode" in content_type.lower() else "utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"编码错误: {wrong.reason}") from wrong
    if not text.strip():
        return {}
    try:
        value = json.loads(text, strict=False)
    except json.JSONDecodeError:
        value = _Lenient(text).document()
    if not isinstance(value, dict):
        raise Unreadable("缺少对象")
    return value


class _Lenient:
    """A small reader of object literals: bare keys, single quotes and trailing commas are fine."""

    _TOKEN = re.compile(
        r"""\s*(?:(?P<mark>[{}\[\]:,])
        |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'
        |(?P<bare>[^\s{}\[\]:,"']+))""",
        re.VERBOSE | re.DOTALL,
    )
    _WORDS = {"true": True, "false": False, "null": None, "undefined": None}

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def document(self) -> Any:
        value = self._value(self._next())
        if self._text[self._at :].strip():
            raise Unreadable(f"第{self._at}个字符后语法错误")
        return value

    def _next(self) -> re.Match[str]:
        token = self._TOKEN.match(self._text, self._at)
        if token is None:
            raise Unreadable(f"第{self._at}个字符处语法错误")
        self._at = token.end()
        return token

    def _value(self, token: re.Match[str]) -> Any:
        if token["mark"] == "{":
            return dict(self._members())
        if token["mark"] == "[":
            return list(self._items())
        if token["mark"]:
            raise Unreadable(f"第{token.start()}个字符处语法错误")
        if token["bare"] is not None:
            return self._bare(token["bare"])
        return self._quoted(token)

    def _quoted(self, token: re.Match[str]) -> str:
        text: str = token["double"] if token["double"] is not None else token["single"]
        loose = text.replace("\\'", "'").replace('\\"', '"').replace('"', '\\"')
        try:
            return str(json.loads(f'"{loose}"', strict=False))
        except json.JSONDecodeError as wrong:
            raise Unreadable(f"第{token.start()}个字符处字符串错误") from wrong

    def _bare(self, word: str) -> Any:
        if word in self._WORDS:
            return self._WORDS[word]
        try:
            return int(word)
        except ValueError:
            return word

    def _members(self) -> list[tuple[str, Any]]:
        members: list[tuple[str, Any]] = []
        while (token := self._next())["mark"] != "}":
            if token["mark"] == ",":
                continue
            key = self._value(token)
            if self._next()["mark"] != ":":
                raise Unreadable(f"第{self._at}个字符处缺少冒号")
            members.append((str(key), self._value(self._next())))
        return members

    def _items(self) -> list[Any]:
        items: list[Any] = []
        while (token := self._next())["mark"] != "]":
            if token["mark"] != ",":
                items.append(self._value(token))
        return items
