"""The canary of a large batch: a few of each operation go first, and what becomes of them decides about the rest."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zbsync.core.lifecycle import PushState


class Canary(StrEnum):
    """How the first few of a batch are doing."""

    WAIT = "wait"
    """They are on their way, or none of the rest is left."""
    MORE = "more"
    """Some were cancelled or closed: others must take their place."""
    GO_ON = "go_on"
    """All are in the ERP as approved."""
    HOLD = "hold"
    """One failed: a person decides about the rest."""


ENDED = frozenset({PushState.CANCELLED, PushState.BURIED})
"""States of a push that tells nothing about the others."""

BAD = frozenset({PushState.REJECTED, PushState.DRIFTED, PushState.IN_DOUBT, PushState.DEAD})
"""States of one of the first few that hold the rest."""


@dataclass(frozen=True, slots=True)
class Few:
    """The first few of one operation in a batch: the states of those that were let go, and how many of it wait."""

    states: tuple[PushState, ...]
    waiting: int = 0

    @property
    def telling(self) -> list[PushState]:
        """The states that say something about the rest."""
        return [state for state in self.states if state not in ENDED]


def judge(few: Collection[Few], size: int) -> Canary:
    """What the first few of each operation say about the rest of their batch, which goes or waits as a whole."""
    telling = [state for one in few for state in one.telling]
    if any(state in BAD for state in telling):
        return Canary.HOLD
    if any(missing(one, size) for one in few):
        return Canary.MORE
    return Canary.GO_ON if all(state is PushState.VERIFIED for state in telling) else Canary.WAIT


def missing(one: Few, size: int) -> int:
    """How many more of this operation must go, so that `size` of it can tell, or all there are."""
    return min(one.waiting, max(0, size - len(one.telling)))


def first_few(kinds: Sequence[str], size: int) -> list[int]:
    """Places of those that go first: of each kind one, then a second of each, and so on; in their own order."""
    seen: dict[str, int] = {}
    ranked = []
    for place, kind in enumerate(kinds):
        seen[kind] = seen.get(kind, 0) + 1
        ranked.append((seen[kind], place))
    return sorted(place for _, place in sorted(ranked)[:size])
