"""The two state tables: every arrow of the design is there, and none that the design forbids."""

import pytest

from zbsync.core.lifecycle import (
    PROPOSAL,
    PROPOSAL_OPEN,
    PUSH,
    PUSH_LEASED,
    PUSH_OPEN,
    IllegalEvent,
    ProposalEvent,
    ProposalState,
    PushEvent,
    PushState,
    next_proposal_state,
    next_push_state,
    proposal_sources,
    push_sources,
)

P = PushState
E = PushEvent


@pytest.mark.parametrize(
    ("state", "event", "to"),
    [
        (P.QUEUED, E.CLAIM, P.LEASED),
        (P.QUEUED, E.CANCEL, P.CANCELLED),
        (P.LEASED, E.RELEASE, P.QUEUED),
        (P.LEASED, E.LAPSE, P.QUEUED),
        (P.LEASED, E.MARK_SENDING, P.SENDING),
        (P.SENDING, E.ACCEPT, P.ACCEPTED),
        (P.SENDING, E.REJECT, P.REJECTED),
        (P.SENDING, E.DEFER, P.QUEUED),
        (P.SENDING, E.GIVE_UP, P.DEAD),
        (P.SENDING, E.DOUBT, P.IN_DOUBT),
        (P.SENDING, E.LAPSE, P.IN_DOUBT),
        (P.IN_DOUBT, E.FOUND, P.ACCEPTED),
        (P.IN_DOUBT, E.PROVED_ABSENT, P.QUEUED),
        (P.ACCEPTED, E.READ_EQUAL, P.VERIFIED),
        (P.ACCEPTED, E.READ_DIFFERENT, P.DRIFTED),
        (P.REJECTED, E.REQUEUE, P.QUEUED),
        (P.DEAD, E.REQUEUE, P.QUEUED),
        (P.DRIFTED, E.BURY, P.BURIED),
    ],
)
def test_a_push_moves_as_designed(state: PushState, event: PushEvent, to: PushState) -> None:
    assert next_push_state(state, event) is to


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (P.QUEUED, E.ACCEPT),
        (P.QUEUED, E.MARK_SENDING),
        (P.SENDING, E.RELEASE),
        (P.SENDING, E.CANCEL),
        (P.IN_DOUBT, E.REQUEUE),
        (P.IN_DOUBT, E.DEFER),
        (P.ACCEPTED, E.REQUEUE),
        (P.VERIFIED, E.BURY),
        (P.BURIED, E.REQUEUE),
    ],
)
def test_a_push_refuses_what_the_design_forbids(state: PushState, event: PushEvent) -> None:
    with pytest.raises(IllegalEvent, match=f"no {event} from {state}"):
        next_push_state(state, event)


def test_what_was_maybe_sent_never_goes_straight_back_but_by_proof() -> None:
    back = {event for (state, event), to in PUSH.items() if state is P.IN_DOUBT and to is P.QUEUED}
    assert back == {E.PROVED_ABSENT}


def test_every_push_state_can_be_reached() -> None:
    assert {P.QUEUED, *PUSH.values()} == set(PushState)


def test_a_closed_push_moves_only_by_a_person_or_is_closed_for_good() -> None:
    closed = set(PushState) - set(PUSH_OPEN)
    by_hand = {E.REQUEUE, E.BURY}
    assert {event for state, event in PUSH if state in closed} <= by_hand | {E.OVERTAKEN}
    assert {to for (_, event), to in PUSH.items() if event is E.OVERTAKEN} == {P.BURIED}


def test_a_lease_begins_with_claim_and_lasts_through_sending() -> None:
    assert {PUSH[P.QUEUED, E.CLAIM], PUSH[P.LEASED, E.MARK_SENDING]} == set(PUSH_LEASED)


def test_it_names_the_states_an_event_is_legal_from() -> None:
    assert set(push_sources(E.LAPSE)) == {P.LEASED, P.SENDING}
    assert set(proposal_sources(ProposalEvent.APPROVE)) == {ProposalState.READY}


@pytest.mark.parametrize("event", list(PushEvent))
def test_every_push_event_is_legal_somewhere(event: PushEvent) -> None:
    assert push_sources(event)


@pytest.mark.parametrize("event", list(ProposalEvent))
def test_every_proposal_event_is_legal_somewhere(event: ProposalEvent) -> None:
    assert proposal_sources(event)


def test_a_proposal_is_matched_then_approved() -> None:
    ready = next_proposal_state(ProposalState.MAPPED, ProposalEvent.MATCHED)
    assert next_proposal_state(ready, ProposalEvent.APPROVE) is ProposalState.APPROVED


@pytest.mark.parametrize("state", [ProposalState.REJECTED, ProposalState.SUPERSEDED])
@pytest.mark.parametrize("event", list(ProposalEvent))
def test_a_final_proposal_stays(state: ProposalState, event: ProposalEvent) -> None:
    with pytest.raises(IllegalEvent):
        next_proposal_state(state, event)


def test_every_open_proposal_gives_way_to_a_newer_contact() -> None:
    superseded = {state for (state, event) in PROPOSAL if event is ProposalEvent.SUPERSEDE}
    assert superseded >= set(PROPOSAL_OPEN)


def test_nothing_unmatched_can_be_approved() -> None:
    for state in set(ProposalState) - {ProposalState.READY}:
        with pytest.raises(IllegalEvent):
            next_proposal_state(state, ProposalEvent.APPROVE)
