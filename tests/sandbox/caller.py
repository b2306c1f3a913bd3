"""A caller of the sandbox that knows only http.client and JSON: no client code of ours helps or hides anything."""

import http.client
import json
import socket
from typing import Any

from zbsync.sandbox.app import Sandbox
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

ROOT = "/sysa/mobilephone/"
ADD = ROOT + "salesmanage/custom/add.asp"
LIST = ROOT + "salesmanage/custom/list.asp"
PERSON = ROOT + "salesmanage/person/add.asp"
PERSONS = ROOT + "salesmanage/person/list.asp"
ORDER = ROOT + "systemmanage/order.asp?datatype=tel"
TAKE_BACK = ROOT + "salesmanage/custom/takeback.asp"
APPLY = ROOT + "salesmanage/custom/apply.asp"
APPROVE = ROOT + "salesmanage/custom/approve.asp?__msgid=onsave"
REVIEW = ROOT + "salesmanage/custom/approve_set.asp"
SHARE = ROOT + "salesmanage/custom/share.asp"
PROTECT, UNPROTECT = ADD + "?__msgid=profect", ADD + "?__msgid=unprofect"
REPLY = ROOT + "systemmanage/reply.asp?datatype=tel"
REPLY_PERSON = ROOT + "systemmanage/reply.asp?datatype=person"
REPLIES = ROOT + "systemmanage/replylist.asp"
LOGIN = "/webapi/v3/ov1/login"
SAVE, REFRESH = "__sys_dosave", "refresh"


def datas(values: dict[str, Any]) -> list[dict[str, Any]]:
    """`{id: val}` in the envelope's spelling."""
    return [{"id": id_, "val": val} for id_, val in values.items()]


class Caller:
    """One keep-alive connection and, after `login`, one session."""

    def __init__(self, sandbox: Sandbox, timeout: float = 5) -> None:
        self.connection = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=timeout)
        self.session = ""
        self.status = 0
        self.headers = http.client.HTTPMessage()

    def send(self, path: str, body: bytes, content_type: str = "application/json", method: str = "POST") -> bytes:
        """Raw bytes out, raw bytes in."""
        self.connection.request(method, path, body, {"Content-Type": content_type})
        answer = self.connection.getresponse()
        self.status, self.headers = answer.status, answer.headers
        return answer.read()

    def post(self, path: str, body: Any) -> Any:
        """JSON out, JSON in."""
        return json.loads(self.send(path, json.dumps(body).encode()), strict=False)

    def login(self, user: str = DEMO_LOGIN, word: str = DEMO_WORD, serial: str = "dev1", **more: str) -> Any:
        """Log in and keep the session; returns the header of the answer."""
        fields = {"user": f"txt:{user}", "password": f"txt:{word}", "serialnum": serial, "rndcode": ""} | more
        header = self.post(LOGIN, {"datas": datas(fields)})["header"]
        self.session = header.get("session") or self.session
        return header

    def call(self, path: str, command: str = "", /, **fields: Any) -> Any:
        """One call in the session."""
        body: dict[str, Any] = {"session": self.session, "datas": datas(fields)}
        return self.post(path, body | ({"cmdkey": command} if command else {}))

    def said(self, path: str, command: str = "", /, **fields: Any) -> str:
        """The text of a message answer."""
        text: str = self.call(path, command, **fields)["body"]["message"]["text"]
        return text

    def allocate(self, intsort: int = 1) -> int:
        """A new ord."""
        return int(self.call(f"{ADD}?intsort={intsort}", edit="")["body"]["bill"]["value"])

    def save(self, **fields: Any) -> str:
        """Save a unit customer; sensible values where none are given."""
        return self.said(f"{ADD}?intsort=1", SAVE, **unit(**fields))

    def create(self, **fields: Any) -> int:
        """Allocate and save; returns the ord."""
        ord_ = self.allocate()
        text = self.save(ord=ord_, **fields)
        assert text == "保存成功！", text
        return ord_

    def detail(self, ord_: int, *, edit: bool = True) -> dict[str, dict[str, Any]]:
        """The fields of a customer by id."""
        return fields_of(self.call(ADD + ("?edit=1" if edit else ""), ord=ord_))

    def values(self, ord_: int) -> dict[str, str]:
        """The raw values of a customer that are not empty."""
        return {id_: field["value"] for id_, field in self.detail(ord_).items() if field["value"]}

    def rows(self, path: str = LIST, /, **filters: Any) -> list[dict[str, str]]:
        """The rows of a list, zipped with its columns."""
        table = self.call(path, REFRESH, **filters)["body"]["source"]["table"]
        names = [column["id"] for column in table["cols"]]
        return [dict(zip(names, row, strict=True)) for row in table["rows"]]

    def names(self, path: str = LIST, /, **filters: Any) -> list[str]:
        """The customer names of a list."""
        return [row["name"] for row in self.rows(path, **filters)]


def unit(**fields: Any) -> dict[str, Any]:
    """A unit customer's form with what it cannot do without."""
    return {"name": "示例公司", "sort1": "3,7", "person_name": "王工"} | fields


def fields_of(answer: Any) -> dict[str, dict[str, Any]]:
    """Field id -> field of a bill."""
    groups = answer["body"]["bill"]["groups"]
    return {field["id"]: field for group in groups for field in group["fields"]}


def exchange_raw(sandbox: Sandbox, request: bytes) -> bytes:
    """These very bytes out on a fresh connection; everything that comes back until the answer is complete."""
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as wire:
        wire.sendall(request)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        body = answer.read()
        head = "".join(f"{name}: {value}\r\n" for name, value in answer.getheaders())
        return f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode("latin-1") + body
