"""One request and its reply, kept as evidence, redacted at birth.

`client` makes one for everything that goes over the wire and hands it to its `record` callback; the pipeline
stores it. The constructor is the redaction: there is no way to an Exchange that leads around a Redactor.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from zbsync.core.redact import Redactor
from zbsync.erp.wire import WireAnswer, WireRequest

BODY_MAX = 65_536
"""Characters of a body that are kept; a longer one ends in the digest of the whole."""


@dataclass(frozen=True, slots=True, init=False)
class Exchange:
    """Evidence. `at` is aware; `elapsed_ms` milliseconds; `status` None when no reply came; `error` a code or
    "".

    The two digests are SHA-256 over the whole redacted body: taken over the raw one they would let a short
    secret be guessed and confirmed.
    """

    at: datetime
    operation: str
    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str
    status: int | None
    response_headers: dict[str, str]
    response_body: str
    elapsed_ms: float
    error: str
    request_digest: str
    response_digest: str

    def __init__(
        self,
        redactor: Redactor,
        at: datetime,
        base_url: str,
        request: WireRequest,
        answer: WireAnswer | None,
        elapsed_ms: float = 0.0,
        error: str = "",
    ) -> None:
        """Redact first, then cut: a secret on the cut would survive in part the other way round."""
        if at.tzinfo is None:
            raise ValueError("at: an exchange wants a time with its zone")
        asked = redactor.text(request.body.decode("utf-8", "replace"))
        answered = redactor.text(answer.text if answer else "")
        values = {
            "at": at,
            "operation": request.operation,
            "method": request.method,
            "url": redactor.text(base_url + request.path),
            "request_headers": dict(redactor.headers(request.headers)),
            "request_body": _cut(asked),
            "status": answer.status if answer else None,
            "response_headers": dict(redactor.headers(answer.headers if answer else {})),
            "response_body": _cut(answered),
            "elapsed_ms": round(elapsed_ms, 1),
            "error": redactor.text(error),
            "request_digest": _digest(asked),
            "response_digest": _digest(answered),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _cut(text: str) -> str:
    if len(text) <= BODY_MAX:
        return text
    return f"{text[:BODY_MAX]}… [cut: {len(text)} characters in all, SHA-256 {_digest(text)}]"
