"""The kinds of fault, as data: what each does, what became of the call, and which calls it hits by itself."""

from dataclasses import dataclass
from enum import StrEnum

from zbsync.sandbox import operations


class Processed(StrEnum):
    """What became of a call that a fault hit."""

    NO = "no"
    YES = "yes"
    UNDONE = "undone"
    LATER = "later"


GROUPS: dict[str, frozenset[str]] = {
    "writes": operations.WRITES,
    "calls": operations.NAMES - {"login"},
    "creates": frozenset({"save_customer", "add_customer"}),
}
"""Names for several operations at once."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault. `operation` is what it hits by default: a name, a group of GROUPS, or "" for any call.

    `lasting` is one that changes the ERP for good: it does not come with the weather unless asked for.
    """

    says: str
    processed: Processed = Processed.YES
    operation: str = ""
    seconds: float = 1.0
    text: str = ""
    shape: str = ""
    lasting: bool = False


NO, UNDONE, LATER = Processed.NO, Processed.UNDONE, Processed.LATER

KINDS: dict[str, Kind] = {
    # nothing was processed
    "reset_before": Kind("connection reset before anything was processed", NO),
    "unavailable": Kind("503 with Retry-After (`seconds`)", NO),
    "unavailable_bare": Kind("503 without Retry-After", NO),
    "html_500": Kind("HTTP 500 with HTML, nothing processed", NO),
    "html_200": Kind("a page for people with status 200, nothing processed", NO),
    "script_error": Kind("the page breaks and nothing is kept", NO, "calls", text="未将对象引用设置到对象的实例。"),
    "refuse": Kind(
        "the page refuses with the sentence `text`", NO, "writes", text="本阶段有必填项未填写，请填写后再保存！"
    ),
    # something happens to the ERP just before the call
    "session_kill": Kind("all sessions end just before the call"),
    "captcha": Kind("the device must pass a captcha from now on", operation="login", lasting=True),
    "human_twin": Kind("a colleague has just entered the same customer by hand", operation="creates"),
    "duplicate_refusal": Kind("for this call every rule on duplicates blocks", operation="writes"),
    "option_vanishes": Kind(
        "the option named `text` is gone from its dictionary for good",
        operation="writes",
        text="微信咨询",
        lasting=True,
    ),
    "allocate_twice": Kind("the last ord handed out is handed out again", operation="allocate"),
    # what was said and what was done differ
    "ok_not_stored": Kind("says ok and stores nothing", UNDONE, "writes"),
    "late_commit": Kind("hangs up; takes effect `seconds` later", LATER, "writes"),
    # it took effect, and the caller does not learn it
    "reply_lost": Kind("processed, then hangs up without an answer", operation="writes"),
    "html_500_after_store": Kind("processed, then HTTP 500 with HTML", operation="writes"),
    "html_200_after_store": Kind("processed, then a page for people with status 200", operation="writes"),
    "empty_body": Kind("processed, then an empty body"),
    "garbage": Kind("processed, then half an answer that is no JSON"),
    "cut_body": Kind("processed, then hangs up before the promised length"),
    "slow": Kind("processed, then `seconds` of silence before the answer"),
    "stall": Kind("processed, then silence until the caller hangs up, at most `seconds`", seconds=600),
    "odd_status": Kind(
        "processed, then a status that is none, with the sentence `text`", operation="calls", text="未知错误"
    ),
    "unknown_sentence": Kind(
        "processed, then the sentence `text` for a success", operation="writes", text="本次操作已受理。"
    ),
    # the answer is right but hard to read
    "control_chars": Kind("raw control characters inside the strings of the answer"),
    "bom": Kind("a byte order mark before the answer"),
    "rows_as_object": Kind("rows of a table as objects; `shape` is value, value_id, plain or single", shape="value"),
    "unfilled": Kind("a table that counts hits and leaves its `shape` (rows or cols) unfilled", shape="rows"),
    "entities": Kind("texts as HTML: entities and <br>"),
    "thousands": Kind("thousands separators in ids and numbers"),
    "status_text": Kind("the status as text"),
}

SHAPES = ("value", "value_id", "plain", "single", "rows", "cols")
