"""The pretend ERP without a socket, for tests of what it decides and of what it says to the server."""

import json
import threading
from typing import Any

from tests.sandbox.caller import ADD, LOGIN, SAVE, datas, unit
from zbsync.sandbox.engine import Engine, Sent
from zbsync.sandbox.request import Request
from zbsync.sandbox.store import Store


class Desk:
    """One engine and one session of the demo account."""

    def __init__(self, store: Store | None = None, **options: Any) -> None:
        self.store = store or Store()
        self.engine = Engine(self.store, **options)
        self.session = self.store.open_session(1, "dev1")

    def post(self, path: str, command: str = "", /, *, session: str | None = None, **fields: Any) -> Sent:
        """One call; `session` other than the desk's own when given."""
        used = self.session if session is None else session
        body = {"session": used, "cmdkey": command, "datas": datas(fields)}
        headers = {"content-type": "application/json"}
        return self.engine.answer(Request("POST", path, headers, json.dumps(body).encode()))

    def login(self, user: str = "demo", word: str = "demo-pass") -> Sent:
        return self.post(LOGIN, user=f"txt:{user}", password=f"txt:{word}", serialnum="txt:dev1", rndcode="")

    def allocate(self, intsort: int = 1) -> int:
        return int(document(self.post(f"{ADD}?intsort={intsort}"))["body"]["bill"]["value"])

    def save(self, ord_: int, /, **fields: Any) -> Sent:
        return self.post(f"{ADD}?intsort=1", SAVE, ord=ord_, **unit(**fields))

    def effects(self) -> list[str]:
        """What every call so far did."""
        return [seen.effect for seen in self.store.log()]


def document(sent: Sent) -> Any:
    return json.loads(sent.body, strict=False)


def text(sent: Sent) -> str:
    """The sentence of a message, or of the header when the body holds none."""
    said = document(sent)
    found = said.get("body", {}).get("message", {}).get("text")
    return str(found or said["header"]["message"])


def at_once(*works: Any) -> list[Any]:
    """Run these in threads that start together; returns what each answered, in order."""
    results: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def work(place: int) -> None:
        gate.wait()
        results[place] = works[place]()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results
