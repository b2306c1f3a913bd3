"""The breaker of a connection: it trips when too much fails, and after a good probe a few pushes decide."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Limits:
    """What a connection may bear. `share` of at least `least` attempts that failed, `unknown` pushes whose doubt is
    not ended; 0 switches either off. `few` pushes must be accepted before a connection on trial is open again.
    """

    share: float
    least: int
    unknown: int
    few: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of a connection's attempts of late: `ended`, those of them that `failed`, and `unknown` pushes that
    are in doubt still. A duplicate is a fact about one customer, no failure.
    """

    ended: int = 0
    failed: int = 0
    unknown: int = 0


SHARE, UNKNOWN, HALF_OPEN = "breaker.share", "breaker.unknown", "breaker.half_open"
"""Causes of a pause that nobody asked for, and that a good probe may end; as sentences "pause.breaker.share",
"pause.breaker.unknown" and "pause.breaker.half_open".
"""


def trips(counts: Counts, limits: Limits) -> str:
    """The cause for which the connection is to be paused now, "" when it may go on."""
    if limits.unknown and counts.unknown >= limits.unknown:
        return UNKNOWN
    heard = counts.ended and counts.ended >= limits.least
    if limits.share and heard and counts.failed >= limits.share * counts.ended:
        return SHARE
    return ""


class HalfOpen(StrEnum):
    """What a connection on trial does next."""

    GO_ON = "go_on"
    OPEN = "open"
    PAUSE = "pause"


def when_half_open(counts: Counts, limits: Limits) -> HalfOpen:
    """After a probe: one failure pauses again, enough good attempts open fully."""
    if counts.failed:
        return HalfOpen.PAUSE
    return HalfOpen.OPEN if counts.ended >= limits.few else HalfOpen.GO_ON
