"""The door for whoever drives the sandbox from outside: `/__sandbox__/…`, JSON, no part of the pretend ERP.

GET state, GET log (`?since=N&limit=M` and any column, for example `?khid=WX1&effect=created`), GET tally
(what every write came to), POST faults, POST policies, POST reset (`{"customers": N}`). Bad input is answered
400 with `{"error"}` and changes nothing.
"""

import json
from collections.abc import Callable
from typing import Any

from zbsync.sandbox.documents import JSON, Reply
from zbsync.sandbox.faults import Faults
from zbsync.sandbox.request import Request
from zbsync.sandbox.store import Store

ROOT = "/__sandbox__/"


class Control:
    """Looks into a store and turns its faults and policies."""

    def __init__(self, store: Store, faults: Faults, seed_customers: Callable[[int | None], None]) -> None:
        """`seed_customers(n)` refills a wiped store; None means as many as at the start."""
        self._store = store
        self._faults = faults
        self._seed_customers = seed_customers

    def answer(self, request: Request) -> Reply:
        """The answer to one request under ROOT."""
        verb = getattr(self, f"_{request.method.lower()}_{request.path.removeprefix(ROOT)}", None)
        if verb is None:
            return _json({"error": "GET state, GET log, GET tally, POST faults, POST policies, POST reset"}, 404)
        try:
            return _json(verb(request))
        except (ValueError, OverflowError) as wrong:
            return _json({"error": str(wrong)}, 400)

    def _get_state(self, _request: Request) -> JSON:
        return self._store.state() | {"faults": self._faults.armed()}

    def _get_log(self, request: Request) -> JSON:
        query: dict[str, Any] = request.query
        since, limit = int(query.pop("since", 0)), int(query.pop("limit", -1))
        return {"calls": [seen.as_json() for seen in self._store.log(since, limit, **query)]}

    def _get_tally(self, _request: Request) -> JSON:
        return self._store.tally()

    def _post_faults(self, request: Request) -> JSON:
        self._faults.arm(_body(request, []))
        return {"faults": self._faults.armed()}

    def _post_policies(self, request: Request) -> JSON:
        self._store.set_policy(**_object(request))
        return {"policies": self._store.policies()}

    def _post_reset(self, request: Request) -> JSON:
        count = _object(request).get("customers")
        if count is not None and (not isinstance(count, int) or count < 0):
            raise ValueError(f"customers is a number of customers, not {count!r}")
        self._faults.arm([])
        self._store.wipe()
        self._seed_customers(count)
        return self._store.state()


def _body(request: Request, default: Any) -> Any:
    return json.loads(request.body) if request.body.strip() else default


def _object(request: Request) -> JSON:
    body = _body(request, {})
    if not isinstance(body, dict):
        raise ValueError("the body is a JSON object")
    return body


def _json(document: JSON, status: int = 200) -> Reply:
    return Reply(document, status=status)
