"""The two state tables: which event leads from which state to which. Everything else asks here.

`pipeline.worklist` (proposals) and `pipeline.outbox` (pushes) are the only writers of the states; the database checks
that a state is in its list; README's pictures are tested against these tables.
"""

from enum import StrEnum


class ProposalState(StrEnum):
    """Where a proposal stands; the last three are final."""

    BLOCKED = "blocked"
    MAPPED = "mapped"
    READY = "ready"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"


class ProposalEvent(StrEnum):
    """What can happen to a proposal."""

    MATCHED = "matched"
    REMATCH = "rematch"
    APPROVE = "approve"
    REJECT = "reject"
    SUPERSEDE = "supersede"


class PushState(StrEnum):
    """Where a push stands."""

    QUEUED = "queued"
    LEASED = "leased"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    DRIFTED = "drifted"
    REJECTED = "rejected"
    DEAD = "dead"
    CANCELLED = "cancelled"
    BURIED = "buried"


class PushEvent(StrEnum):
    """What can happen to a push."""

    CLAIM = "claim"
    RELEASE = "release"
    LAPSE = "lapse"
    MARK_SENDING = "mark_sending"
    ACCEPT = "accept"
    REJECT = "reject"
    DEFER = "defer"
    GIVE_UP = "give_up"
    DOUBT = "doubt"
    FOUND = "found"
    PROVED_ABSENT = "proved_absent"
    READ_EQUAL = "read_equal"
    READ_DIFFERENT = "read_different"
    REQUEUE = "requeue"
    BURY = "bury"
    CANCEL = "cancel"
    OVERTAKEN = "overtaken"


_P = ProposalState
_PE = ProposalEvent

PROPOSAL: dict[tuple[ProposalState, ProposalEvent], ProposalState] = {
    (_P.MAPPED, _PE.MATCHED): _P.READY,
    (_P.READY, _PE.REMATCH): _P.MAPPED,
    (_P.READY, _PE.APPROVE): _P.APPROVED,
    (_P.READY, _PE.REJECT): _P.REJECTED,
    (_P.MAPPED, _PE.REJECT): _P.REJECTED,
    (_P.BLOCKED, _PE.SUPERSEDE): _P.SUPERSEDED,
    (_P.MAPPED, _PE.SUPERSEDE): _P.SUPERSEDED,
    (_P.READY, _PE.SUPERSEDE): _P.SUPERSEDED,
}

PROPOSAL_OPEN = (_P.BLOCKED, _P.MAPPED, _P.READY)
"""At most one proposal per contact, connection and operation may be in one of these."""

_S = PushState
_E = PushEvent

PUSH: dict[tuple[PushState, PushEvent], PushState] = {
    (_S.QUEUED, _E.CLAIM): _S.LEASED,
    (_S.QUEUED, _E.CANCEL): _S.CANCELLED,
    (_S.LEASED, _E.RELEASE): _S.QUEUED,
    (_S.LEASED, _E.LAPSE): _S.QUEUED,
    # Before anything was said, an answer to a question (allocate, read before update) may already decide.
    (_S.LEASED, _E.REJECT): _S.REJECTED,
    (_S.LEASED, _E.DEFER): _S.QUEUED,
    (_S.LEASED, _E.GIVE_UP): _S.DEAD,
    # The contact moved after the approval, or a person took it back: nothing was said yet.
    (_S.LEASED, _E.CANCEL): _S.CANCELLED,
    (_S.LEASED, _E.MARK_SENDING): _S.SENDING,
    (_S.SENDING, _E.ACCEPT): _S.ACCEPTED,
    (_S.SENDING, _E.REJECT): _S.REJECTED,
    (_S.SENDING, _E.DEFER): _S.QUEUED,
    (_S.SENDING, _E.GIVE_UP): _S.DEAD,
    (_S.SENDING, _E.DOUBT): _S.IN_DOUBT,
    (_S.SENDING, _E.LAPSE): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.FOUND): _S.ACCEPTED,
    (_S.IN_DOUBT, _E.PROVED_ABSENT): _S.QUEUED,
    (_S.IN_DOUBT, _E.BURY): _S.BURIED,
    (_S.ACCEPTED, _E.READ_EQUAL): _S.VERIFIED,
    (_S.ACCEPTED, _E.READ_DIFFERENT): _S.DRIFTED,
    (_S.REJECTED, _E.REQUEUE): _S.QUEUED,
    (_S.REJECTED, _E.BURY): _S.BURIED,
    (_S.DEAD, _E.REQUEUE): _S.QUEUED,
    (_S.DEAD, _E.BURY): _S.BURIED,
    (_S.DRIFTED, _E.REQUEUE): _S.QUEUED,
    (_S.DRIFTED, _E.BURY): _S.BURIED,
    # A later push of the same contact did what this one failed to do: nobody has to look at it any more.
    (_S.REJECTED, _E.OVERTAKEN): _S.BURIED,
    (_S.DEAD, _E.OVERTAKEN): _S.BURIED,
    (_S.DRIFTED, _E.OVERTAKEN): _S.BURIED,
}

PUSH_OPEN = (_S.QUEUED, _S.LEASED, _S.SENDING, _S.IN_DOUBT, _S.ACCEPTED)
"""At most one push per contact, connection and operation may be in one of these."""

PUSH_LEASED = (_S.LEASED, _S.SENDING)
"""The states in which the lease fields are set; in all others they are null."""


class IllegalEvent(ValueError):
    """The table has no such arrow: a programming error, or a race the caller must report."""


def next_proposal_state(state: ProposalState, event: ProposalEvent) -> ProposalState:
    """Where `event` leads from `state`; raises IllegalEvent when the table has no such arrow."""
    try:
        return PROPOSAL[state, event]
    except KeyError:
        raise IllegalEvent(f"proposal: no {event} from {state}") from None


def next_push_state(state: PushState, event: PushEvent) -> PushState:
    """Where `event` leads from `state`; raises IllegalEvent when the table has no such arrow."""
    try:
        return PUSH[state, event]
    except KeyError:
        raise IllegalEvent(f"push: no {event} from {state}") from None


def push_sources(event: PushEvent) -> tuple[PushState, ...]:
    """The states from which `event` is legal, for the `WHERE state IN (…)` of a compare-and-swap."""
    return tuple(state for state, known in PUSH if known is event)


def proposal_sources(event: ProposalEvent) -> tuple[ProposalState, ...]:
    """The states from which `event` is legal."""
    return tuple(state for state, known in PROPOSAL if known is event)
