"""What the tests of this floor share: one connection, answers at will, and an ERP that answers from a list."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.wire import load
from zbsync.erp.client import ErpClient, ErpConfig, LoginGuard
from zbsync.erp.exchange import Exchange
from zbsync.erp.wire import WireAnswer

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
PASSWORD = "demo-pass"
SESSION = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"

UNIT_FIELDS = {
    "name": "渝北示例机械有限公司",
    "khid": "WX0001",
    "sort1": "3,7",
    "ly": "171",
    "person_name": "王工",
    "mobile": "13800000000",
    "weixinAcc": "wx_demo",
    "intro": "要两台样机\n下周回电",
}
PERSON_FIELDS = {
    "name": "李示例",
    "khid": "WX0002",
    "sort1": "3,7",
    "ly": "978",
    "mobile": "13900000000",
}

Document = Mapping[str, Any]
Reply = WireAnswer | httpx.TransportError | Callable[[httpx.Request], httpx.Response]


def config(**changes: Any) -> ErpConfig:
    """The demo account at an invented ERP."""
    settings: dict[str, Any] = {
        "base_url": "http://erp.example",
        "username": "demo",
        "password": PASSWORD,
        "serialnum": "fixedserial01",
    }
    return ErpConfig(**(settings | changes))


def golden(case: str, folder: str = "legacy", body: bytes | None = None) -> WireAnswer:
    """The golden answer of a case, with another body where one is given."""
    kept = load(case, folder)
    headers = {name.lower(): value for name, value in kept.response_headers}
    return WireAnswer(kept.status, headers, kept.response_body if body is None else body)


def answer(document: Any, status: int = 200, **headers: str) -> WireAnswer:
    """An answer with this document; bytes and text go out as they are."""
    if isinstance(document, str):
        document = document.encode()
    body = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return WireAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def said(text: str) -> WireAnswer:
    """A processed request with this sentence."""
    return answer({"header": {"status": 0, "message": "ok"}, "body": {"model": "message", "message": {"text": text}}})


def header(text: str, status: Any = 1) -> WireAnswer:
    """An answer that stops at the header."""
    return answer({"header": {"status": status, "message": text}})


def source(**part: Any) -> WireAnswer:
    """A SourceClass answer."""
    return answer({"header": {"status": 0, "message": "ok"}, "body": {"model": "source", "source": part}})


def bill(*fields: Document, value: Any = "1207") -> WireAnswer:
    """A form with these fields."""
    part = {"value": value, "groups": [{"id": "base", "fields": list(fields)}]}
    return answer({"header": {"status": 0, "message": "ok"}, "body": {"model": "bill", "bill": part}})


class ScriptedErp:
    """Lets everybody in with session-1, session-2… and answers the rest from a list, the last one for ever."""

    def __init__(self, *replies: Reply, login: Reply | None = None) -> None:
        self.replies = list(replies)
        self.login = login
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.logins = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """One request in, the next prepared reply out."""
        path = request.url.raw_path.decode()
        self.asked.append((path, json.loads(request.content)))
        if "login" in path:
            self.logins += 1
            document = {"header": {"status": 0, "message": "ok", "session": f"session-{self.logins}"}}
            return self._play(self.login or answer(document), request)
        return self._play(self.replies.pop(0) if len(self.replies) > 1 else self.replies[0], request)

    @property
    def work(self) -> list[dict[str, Any]]:
        """Bodies of what was asked besides logins."""
        return [body for path, body in self.asked if "login" not in path]

    @staticmethod
    def _play(reply: Reply, request: httpx.Request) -> httpx.Response:
        if isinstance(reply, httpx.TransportError):
            raise reply
        if isinstance(reply, WireAnswer):
            return httpx.Response(reply.status, headers=dict(reply.headers), content=reply.body)
        return reply(request)


class Lane:
    """A client at a scripted ERP, with what it recorded and how long it slept."""

    def __init__(
        self,
        *replies: Reply,
        login: Reply | None = None,
        guard: LoginGuard | None = None,
        record: Callable[[Exchange], None] | None = None,
        **settings: Any,
    ) -> None:
        self.erp = ScriptedErp(*(replies or (said("保存成功！"),)), login=login)
        self.guard = guard or LoginGuard()
        self.exchanges: list[Exchange] = []
        self.slept: list[float] = []
        self.client = ErpClient(
            config(**settings),
            self.guard,
            record or self.exchanges.append,
            transport=httpx.MockTransport(self.erp),
            now=lambda: NOW,
            sleep=self.slept.append,
        )
