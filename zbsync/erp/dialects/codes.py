"""Answers that carry a code instead of a header: v3's `{Code, Msg}` and the helper's `{flag, code, msg}` (fact sheet
§1.4, §3).

Read by `v3`, and by `envelope` because a door may answer in another's shape when the session is at fault. 200 is ok,
300 refused, 400 the token, 500 a crash. A code and a sentence that contradict each other are doubt.
"""

from collections.abc import Mapping
from typing import Any

from zbsync.erp import errors
from zbsync.erp.catalogue import fields_named_in
from zbsync.erp.dialects.reading import LEAVES, shown
from zbsync.erp.phrases import Meaning, Phrases

OK, REFUSED, TOKEN, CRASHED = 200, 300, 400, 500


def has_code(document: Mapping[str, Any]) -> bool:
    """Whether the document is of this kind."""
    return "Code" in document or ("flag" in document and "code" in document)


def check_code(document: Mapping[str, Any], phrases: Phrases, operation: str) -> str:
    """The sentence beside the code for "ok". Raises what every other code means."""
    code = _code(document.get("Code", document.get("code")))
    text = shown(document.get("Msg", document.get("msg")))
    if code == OK and document.get("flag", True) not in (False, 0, "false", "0"):
        return text
    if code == TOKEN and (not text or phrases.says("token", text)):
        raise errors.Expired(text or "Code 400")
    if code == CRASHED:
        raise errors.ScriptError(text or "Code 500")
    if code == REFUSED:
        raise _refusal(text, phrases, operation)
    raise errors.UnknownAnswer(f"Code {code}: {text}")


def _code(raw: Any) -> int:
    try:
        return int(raw)
    except (TypeError, ValueError):
        raise errors.UnknownAnswer(f"Code {raw!r} is no number") from None


def _refusal(text: str, phrases: Phrases, operation: str) -> errors.ErpError:
    """The code said no already, so a sentence that no phrase knows is a refusal too; one that says yes is doubt."""
    meaning = phrases.of_message(text)
    if meaning is Meaning.SUCCESS:
        return errors.UnknownAnswer(f"Code {REFUSED}: {text}")
    if meaning in LEAVES:
        return LEAVES[meaning](text)
    named = fields_named_in(text, operation)
    return errors.Duplicate(text, named) if meaning is Meaning.DUPLICATE else errors.Refused(text, named)
