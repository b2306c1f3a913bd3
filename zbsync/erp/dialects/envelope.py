"""ZBDocument, the answer of the older doors: `{header, body}` with a model in the body (fact sheet §2.2, §3).

Shared by every dialect that answers in it. `reading` has made the bytes a document; here its header, its model and its
sentence are read. Whatever does not fit raises the `errors` leaf that says how far the request got.
"""

from collections.abc import Mapping
from typing import Any

from zbsync.erp import errors
from zbsync.erp.dialects.codes import check_code, has_code
from zbsync.erp.dialects.reading import LEAVES, JSONObject, check_status, parse, refusal, shown
from zbsync.erp.phrases import Meaning, Phrases
from zbsync.erp.wire import WireAnswer


def open_document(answer: WireAnswer, phrases: Phrases, operation: str = "") -> tuple[JSONObject, JSONObject]:
    """Header and body of a processed request. Raises the fitting leaf when it was not or cannot be read."""
    check_status(answer, phrases)
    document = parse(answer, phrases)
    if "header" not in document and "success" in document:
        # A rare third shape without a header (fact sheet §2.2).
        text = shown(document.get("msg"))
        if document["success"] not in (True, 1, "true", "1"):
            raise refusal(text, phrases, operation)
        return {}, {"model": "message", "message": {"text": text or "success"}}
    if has_code(document):
        raise errors.UnknownAnswer(f"a code where a header was expected: {check_code(document, phrases, operation)}")
    header = check_header(document, phrases)
    body = document.get("body")
    return header, body if isinstance(body, dict) else {}


def check_header(document: JSONObject, phrases: Phrases) -> JSONObject:
    """The header of a processed request; raises what another status means."""
    header = document.get("header")
    if not isinstance(header, dict):
        raise errors.UnknownAnswer("the document has no header")
    status = header_status(header)
    if status != 0:
        text = shown(header.get("message"))
        meaning = phrases.of_header(text, status)
        raise LEAVES.get(meaning, errors.UnknownAnswer)(text or f"header status {status}")
    return header


def header_status(header: Mapping[str, Any]) -> int:
    """0 = processed. A number in real life, a text in the vendor's template. Raises UnknownAnswer for neither."""
    try:
        return int(header.get("status", ""))
    except (TypeError, ValueError):
        raise errors.UnknownAnswer(f"header status {header.get('status')!r} is no number") from None


def sentence(body: Mapping[str, Any]) -> str | None:
    """The text of a message body; None when the body is of another model."""
    message = body.get("message")
    if body.get("model") == "message" and isinstance(message, dict):
        return shown(message.get("text"))
    return None


def success(body: Mapping[str, Any], phrases: Phrases, operation: str = "") -> str:
    """The ERP's sentence of success. Raises what its sentence means otherwise: "ok" in the header proves
    nothing.
    """
    text = sentence(body)
    if text is None:
        raise errors.UnknownAnswer(f"a message was expected, the answer is {body.get('model')!r}")
    if phrases.of_message(text) is Meaning.SUCCESS:
        return text
    raise refusal(text, phrases, operation)


def expect(body: Mapping[str, Any], model: str, phrases: Phrases, operation: str = "") -> JSONObject:
    """The part of the body named by its model. A sentence in its place is raised as what it means."""
    text = sentence(body)
    if text is not None:
        raise refusal(text, phrases, operation)
    part = body.get(model)
    if not isinstance(part, dict):
        raise errors.UnknownAnswer(f"{model!r} was expected, the answer is {body.get('model')!r}")
    return part
