"""When to try again: by cause, one table, and by the clock. The pipeline asks; clients never retry a write themselves.

Five classes, after what is known of the ERP's side. Only what was provably not processed goes again by itself; for
everything else a person decides, or looking does. Settle obeys the table, the pages group and offer mends by it, and
README tells it.
"""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

CAP_S = 3600.0
"""Seconds: no wait of our own is longer than this."""


class RetryClass(StrEnum):
    """Why a push did not come to its end."""

    NOT_SENT = "not_sent"
    LIMITED = "limited"
    DATA = "data"
    DUPLICATE = "duplicate"
    UNKNOWN = "unknown"


BY_ITSELF = frozenset({RetryClass.NOT_SENT, RetryClass.LIMITED})
"""The classes that are tried again without a person, on `next_try`'s schedule."""

CLASSES: Mapping[RetryClass, tuple[str, ...]] = {
    RetryClass.NOT_SENT: (
        *("not_sent", "expired", "login_failed", "login_refused", "captcha_demanded", "wrong_path"),
        *("lease_short", "slot_lost", "out_of_time", "paused", "proved_absent"),
    ),
    RetryClass.LIMITED: ("unavailable", "too_many_requests"),
    RetryClass.DATA: ("refused", "absent", "erp_gone", "erp_moved", "read_different"),
    RetryClass.DUPLICATE: ("duplicate",),
    RetryClass.UNKNOWN: (
        *("lost_reply", "server_fault", "script_error", "empty_answer", "not_json", "unknown_answer", "error"),
        *("lease_lapsed", "bug", "not_stored", "tries_used", "in_doubt.other_record", "in_doubt.no_id"),
        "push.binding_conflict",
    ),
}
"""Class → the causes of a push or an attempt that belong to it."""

_CLASS_OF = {cause: kind for kind, causes in CLASSES.items() for cause in causes}


def class_of(cause: str, *, said: bool = True) -> RetryClass:
    """The class of a cause; one nobody knows is UNKNOWN, the safe side.

    `said` False: it befell a question before the save, so nothing was said that could have taken effect, and what
    would be unknown was simply not sent.
    """
    found = _CLASS_OF.get(cause, RetryClass.UNKNOWN)
    return RetryClass.NOT_SENT if found is RetryClass.UNKNOWN and not said else found


def next_try(
    attempts: int,
    now: datetime,
    *,
    base_s: float,
    max_attempts: int,
    jitter: float,
    retry_after_s: float | None = None,
) -> datetime | None:
    """When the next try is due; None = give up.

    `attempts` are the tries already made (≥ 1). The wait starts at `base_s` seconds and doubles up to an
    hour, plus up to a half by `jitter` in [0, 1). The ERP's own wish (`retry_after_s`) is obeyed when it is
    longer, even beyond that.
    """
    if attempts >= max_attempts:
        return None
    doubled = base_s * 2.0 ** min(max(attempts, 1) - 1, 30)
    wait = min(CAP_S, doubled * (1 + jitter / 2))
    if retry_after_s is not None and math.isfinite(retry_after_s):
        wait = max(wait, retry_after_s)
    return now + timedelta(seconds=wait)


_QUOTED = re.compile(r"[“\"'‘「『【\[(（].*?[”\"'’」』】\])）]")
_NUMBER = re.compile(r"\d[\d,.:/-]*")
_SPACE = re.compile(r"\s+")


def pattern(sentence: str, values: Iterable[str] = ()) -> str:
    """The ERP's sentence without what belongs to one customer, so that the same refusal of many reads the same.

    `values` are the texts that were sent, struck out where the sentence repeats one; so are numbers and what stands
    in quotes or brackets. At most 200 characters.
    """
    text = sentence
    for value in sorted({value.strip() for value in values}, key=len, reverse=True):
        if len(value) >= 2:
            text = text.replace(value, "…")
    text = _NUMBER.sub("…", _QUOTED.sub("…", text))
    return _SPACE.sub(" ", text).strip()[:200]


def about(findings: Iterable[Mapping[str, Any]], differences: Iterable[Mapping[str, Any]] = ()) -> str:
    """The field a failure is about: the first that a stored finding, else a stored difference, names; "" if none."""
    named = (one.get("field") or "" for one in findings)
    differing = (one.get("target") or "" for one in differences)
    return next((str(name) for name in (*named, *differing) if name), "")[:50]
