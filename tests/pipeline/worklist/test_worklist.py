"""The only writer of a proposal's state: legal moves, rows as they were shown, and nothing outside a transaction."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from tests.models import make
from zbsync.core.lifecycle import ProposalEvent, proposal_sources
from zbsync.models import Contact, Entry, Proposal
from zbsync.pipeline import audit, worklist

pytestmark = pytest.mark.django_db

ACTOR = audit.Actor.job("test")
STATES = ["blocked", "mapped", "ready", "approved", "rejected", "superseded"]
WAITING: dict[str, Any] = {"match_kind": "absent", "action": "create"}


@pytest.fixture
def _atomic() -> Any:
    with transaction.atomic():
        yield


def in_state(state: str, **given: Any) -> Proposal:
    return make.proposal(state=state, **(WAITING | given))


def state_of(row: Proposal) -> str:
    return Proposal.objects.values_list("state", flat=True).get(pk=row.pk)


def supersede(row: Proposal) -> set[int]:
    return worklist.supersede([row.pk], "contact.moved", audit.new_act(), ACTOR, make.NOW)


def matched(row: Proposal) -> set[int]:
    mine = worklist.hold({row.pk: row.digest})
    worklist.settle_match([row] if mine else [])
    return mine


def decide(event: ProposalEvent) -> Callable[[Proposal], set[int]]:
    return lambda row: worklist.decide({row.pk: row.digest}, event, make.user(), make.NOW, "because")


MOVES: list[tuple[ProposalEvent, Callable[[Proposal], set[int]], str]] = [
    (ProposalEvent.SUPERSEDE, supersede, "superseded"),
    (ProposalEvent.MATCHED, matched, "ready"),
    (ProposalEvent.REMATCH, lambda row: worklist.rematch([row.pk]), "mapped"),
    (ProposalEvent.APPROVE, decide(ProposalEvent.APPROVE), "approved"),
    (ProposalEvent.REJECT, decide(ProposalEvent.REJECT), "rejected"),
]


@pytest.mark.usefixtures("_atomic")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("event", "move", "target"), MOVES, ids=[str(event) for event, _, _ in MOVES])
def test_an_event_moves_only_the_states_it_may(
    event: ProposalEvent, move: Callable[[Proposal], set[int]], target: str, state: str
) -> None:
    row = in_state(state)
    moved = move(row)
    legal = state in proposal_sources(event)
    assert moved == ({row.pk} if legal else set())
    assert state_of(row) == (target if legal else state)


@pytest.mark.parametrize(("event", "move", "target"), MOVES, ids=[str(event) for event, _, _ in MOVES])
@pytest.mark.django_db(transaction=True)
def test_nothing_moves_outside_a_transaction(
    event: ProposalEvent, move: Callable[[Proposal], set[int]], target: str
) -> None:
    row = in_state(str(proposal_sources(event)[0]))
    with pytest.raises(RuntimeError, match="transaction"):
        move(row)
    assert state_of(row) != target


@pytest.mark.usefixtures("_atomic")
@pytest.mark.parametrize("event", [ProposalEvent.APPROVE, ProposalEvent.REJECT])
def test_a_decision_on_something_else_than_was_shown_moves_nothing(event: ProposalEvent) -> None:
    row = in_state("ready")
    assert worklist.decide({row.pk: "0" * 64}, event, make.user(), make.NOW) == set()
    assert state_of(row) == "ready"


@pytest.mark.usefixtures("_atomic")
def test_a_decision_is_signed() -> None:
    row = in_state("ready")
    decide(ProposalEvent.REJECT)(row)
    row.refresh_from_db()
    assert (row.decided_by, row.decided_at, row.reason, row.touched_at) == (
        make.user(),
        make.NOW,
        "because",
        make.NOW,
    )


@pytest.mark.usefixtures("_atomic")
def test_of_two_deciders_the_second_moves_nothing() -> None:
    row = in_state("ready")
    assert decide(ProposalEvent.REJECT)(row) == {row.pk}
    assert decide(ProposalEvent.APPROVE)(row) == set()
    assert state_of(row) == "rejected"


@pytest.mark.usefixtures("_atomic")
def test_matching_leaves_a_row_alone_that_somebody_changed() -> None:
    row = in_state("mapped")
    assert worklist.hold({row.pk: "0" * 64}) == set()
    assert state_of(row) == "mapped"


@pytest.mark.usefixtures("_atomic")
def test_postponing_tells_why_and_keeps_the_state() -> None:
    row, changed = in_state("mapped"), in_state("mapped")
    for one in (row, changed):
        one.match_error, one.match_after = "erp.not_sent", make.NOW
    Proposal.objects.filter(pk=changed.pk).update(digest="0" * 64)
    worklist.postpone([row, changed])
    assert list(Proposal.objects.order_by("pk").values_list("state", "match_error")) == [
        ("mapped", "erp.not_sent"),
        ("mapped", ""),
    ]


@pytest.mark.usefixtures("_atomic")
def test_rematching_is_due_at_once() -> None:
    row = in_state("ready", match_after=make.NOW, match_error="x")
    worklist.rematch([row.pk])
    row.refresh_from_db()
    assert (row.match_after, row.match_error) == (None, "")


@pytest.mark.usefixtures("_atomic")
def test_a_thousand_rows_move_in_a_handful_of_statements(django_assert_max_num_queries: Any) -> None:
    rows, by = [in_state("ready") for _ in range(100)], make.user()
    with django_assert_max_num_queries(3):
        moved = worklist.decide({row.pk: row.digest for row in rows}, ProposalEvent.APPROVE, by, make.NOW)
    assert len(moved) == 100


@pytest.mark.usefixtures("_atomic")
def test_superseding_writes_entries_only_for_a_person_s_work() -> None:
    plain, edited = in_state("ready"), in_state("ready", edits={"name": {"before": "a"}})
    worklist.supersede([plain.pk, edited.pk], "contact.moved", audit.new_act(), ACTOR, make.NOW)
    entry = Entry.objects.get()
    assert (entry.subject_id, entry.reason) == (edited.pk, "contact.moved")
    assert (entry.before or {})["edits"] == {"name": {"before": "a"}}


@pytest.mark.usefixtures("_atomic")
@pytest.mark.parametrize(
    ("given", "due"), [({}, 0), ({"proposed_version": 1}, 1), ({"proposed_version": 1, "deleted_at": make.NOW}, 0)]
)
def test_mapping_again_takes_who_was_mapped_and_is_still_there(given: dict[str, Any], due: int) -> None:
    make.contact(**given)
    assert worklist.remap(Q()) == due


@pytest.mark.usefixtures("_atomic")
def test_mapping_again_takes_only_who_is_meant() -> None:
    one, other = make.contact(proposed_version=1), make.contact(proposed_version=1)
    assert worklist.remap(Q(pk=one.pk)) == 1
    assert list(Contact.objects.due()) == [one]
    assert other.proposed_version == 1
