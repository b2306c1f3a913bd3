"""From bytes to a document and from a sentence to what it means: what every dialect reads first (fact sheet §2.2).

Checks in the sheet's order: HTTP status, a body at all, JSON. Whatever does not fit raises the `errors` leaf that says
how far the request got.
"""

import html
import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from zbsync.erp import errors
from zbsync.erp.catalogue import fields_named_in
from zbsync.erp.phrases import Meaning, Phrases
from zbsync.erp.wire import WireAnswer

JSONObject = dict[str, Any]

SENTENCE_MAX = 500
"""Characters of an answer that go into an error's message; the exchange keeps the rest."""

REDIRECT_PAGE_MAX = 2_000
"""Bytes up to which a page may be nothing but a redirect to the login; a real page is longer and no such
proof.
"""

_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.IGNORECASE | re.DOTALL)
_UNSTORABLE = re.compile(r"\x00|\\u(?:0000|d[89a-f])", re.IGNORECASE)
"""Spellings of NUL and of surrogates, whole pairs included: a quick look before the thorough one."""

_BREAKS = re.compile(r"<br\s*/?>", re.IGNORECASE)


def plain(value: Any) -> str:
    """A raw value as text: entities resolved, nothing else touched; None is ""."""
    if value.__class__ is str:
        return html.unescape(value) if "&" in value else value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return html.unescape(text) if "&" in text else text


def shown(value: Any) -> str:
    """A text meant for people: line breaks instead of `<br>`, entities resolved, no white space around it."""
    return plain(_BREAKS.sub("\n", value) if value.__class__ is str and "<" in value else value).strip()


def check_status(answer: WireAnswer, phrases: Phrases) -> None:
    """Raise for every HTTP status but 200, and for a redirect to the login, whichever way it comes."""
    status = answer.status
    if status == 200:
        return
    text = f"HTTP {status} {_gist(answer)}".strip()
    after = retry_after(answer)
    if status == 429:
        raise errors.TooManyRequests(text, after)
    if status == 503 and after is not None:
        raise errors.Unavailable(text, after)
    if status in (404, 405):
        raise errors.WrongPath(text)
    if 300 <= status < 400:
        target = answer.headers.get("location", "")
        if phrases.says("expired_page", f"location='{target}'"):
            raise errors.Expired(text)
        raise errors.UnknownAnswer(f"{text}: redirected to {target}")
    raise errors.ServerFault(text) if status >= 500 else errors.UnknownAnswer(text)


def retry_after(answer: WireAnswer) -> float | None:
    """Seconds the ERP asks to wait, from seconds or from a date next to the answer's own; None when it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait.total_seconds(), 0.0)


def parse(answer: WireAnswer, phrases: Phrases) -> JSONObject:
    """The JSON document: UTF-8 whatever the header says, byte order marks and control characters allowed."""
    if not answer.body.strip(b"\xef\xbb\xbf \r\n\t"):
        raise errors.EmptyAnswer
    try:
        text = answer.body.decode("utf-8").lstrip("\ufeff \r\n\t")
        document, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        if len(answer.body) <= REDIRECT_PAGE_MAX and phrases.says("expired_page", answer.text):
            raise errors.Expired(_gist(answer) or "sent to the login page") from None
        raise errors.NotJSON(_gist(answer)) from None
    rest = text[end:].strip("\ufeff\0 \r\n\t")
    if rest:
        # A page that crashes after it has flushed its document goes on in HTML.
        raise errors.ScriptError(_strip(rest))
    if not isinstance(document, dict):
        raise errors.UnknownAnswer("the document is no object")
    return _storable(document) if _UNSTORABLE.search(text) else document


def _storable(value: Any) -> Any:
    """The document without what no database takes: NUL, and halves of characters that a column cut in two."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def refusal(text: str, phrases: Phrases, operation: str = "") -> errors.ErpError:
    """The leaf for a sentence that is not the success that was hoped for; `operation` knows the captions in it."""
    meaning = phrases.of_message(text)
    if meaning is Meaning.DUPLICATE:
        return errors.Duplicate(text, fields_named_in(text, operation))
    if meaning is Meaning.REFUSED:
        return errors.Refused(text, fields_named_in(text, operation))
    return LEAVES.get(meaning, errors.UnknownAnswer)(text)


LEAVES: Mapping[Meaning, type[errors.ErpError]] = {
    Meaning.SCRIPT: errors.ScriptError,
    Meaning.CAPTCHA: errors.CaptchaDemanded,
    Meaning.EXPIRED: errors.Expired,
    Meaning.LATER: errors.Unavailable,
    Meaning.ABSENT: errors.Absent,
}
"""The leaf for each meaning that says how far the request got."""


def _gist(answer: WireAnswer) -> str:
    return _strip(answer.text)


def _strip(text: str) -> str:
    return " ".join(html.unescape(_TAGS.sub(" ", text[:50_000])).replace("\0", "").split())[:SENTENCE_MAX]
