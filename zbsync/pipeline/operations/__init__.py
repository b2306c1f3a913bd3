"""The operations a push can be, one family a module: how each is said, looked for and judged.

Called by dispatch, verify and reconcile, which know nothing else of what a push says. `of` finds the family of a push;
a name nobody knows is a bug and raises KeyError.
"""

from collections.abc import Mapping

from zbsync.core.follow import operations
from zbsync.core.outcome import Outcome
from zbsync.erp.client import ErpClient
from zbsync.models import Attempt
from zbsync.pipeline.operations.acts import Acts
from zbsync.pipeline.operations.base import Clock, Judgement, Operation, Seen, nothing_said
from zbsync.pipeline.operations.customer import Customer
from zbsync.pipeline.operations.follow_up import FollowUp
from zbsync.pipeline.operations.person import Person, find_person

__all__ = ["Judgement", "Operation", "Seen", "find_person", "nothing_said", "of", "send"]

_ACTS = Acts()

OPERATIONS: Mapping[str, Operation] = {
    operations.CUSTOMER: Customer(),
    operations.PERSON: Person(),
    operations.FOLLOW_UP: FollowUp(),
    **dict.fromkeys((operations.ASSIGN, *operations.ORDERED), _ACTS),
}
"""`Push.operation` → its family."""


def of(operation: str) -> Operation:
    """The family of an operation. Raises KeyError."""
    return OPERATIONS[operation]


def send(client: ErpClient, *, attempt: Attempt, clock: Clock) -> Outcome:
    """In a lane: say an attempt's push. Raises LoginRefused; everything else is an outcome."""
    return of(attempt.push.operation).send(client, attempt, clock)
