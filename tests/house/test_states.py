"""README's state tables are core.lifecycle's, row by row."""

import re

import pytest

from tests.house.tree import ROOT, table
from zbsync.core import lifecycle, retry

README = (ROOT / "README.md").read_text()


def told(heading: str) -> list[tuple[str, str, str]]:
    """(from, event, to) of each row that starts somewhere."""
    return [(row[0], row[1], row[2]) for row in table(README, heading) if row[0] != "–"]


@pytest.mark.parametrize(
    ("heading", "arrows"),
    [("### Proposal", lifecycle.PROPOSAL), ("### Push", lifecycle.PUSH)],
    ids=["proposal", "push"],
)
def test_the_readme_tells_the_arrows_that_are(heading, arrows) -> None:
    rows = told(heading)
    known = {(str(state), str(event), str(target)) for (state, event), target in arrows.items()}
    assert set(rows) == known
    assert len(rows) == len(known), "a row is told twice"


@pytest.mark.parametrize(
    ("heading", "states"),
    [("### Proposal", lifecycle.ProposalState), ("### Push", lifecycle.PushState)],
    ids=["proposal", "push"],
)
def test_every_state_is_told(heading, states) -> None:
    rows = told(heading)
    assert {row[0] for row in rows} | {row[2] for row in rows} == {str(state) for state in states}


def test_every_event_leads_somewhere() -> None:
    assert {event for _, event in lifecycle.PUSH} == set(lifecycle.PushEvent)
    assert {event for _, event in lifecycle.PROPOSAL} == set(lifecycle.ProposalEvent)


def test_nothing_in_doubt_or_sending_goes_back_without_a_proof() -> None:
    back = {
        event
        for (state, event), target in lifecycle.PUSH.items()
        if target == "queued" and state in {"sending", "in_doubt"}
    }
    assert back == {lifecycle.PushEvent.DEFER, lifecycle.PushEvent.PROVED_ABSENT}


def test_the_readme_tells_the_classes_of_failures_as_they_are() -> None:
    rows = table(README, "### Tries again")
    told = {row[0]: (row[1] == "yes", tuple(re.findall(r"[a-z_.]+", row[3]))) for row in rows}
    assert told == {str(kind): (kind in retry.BY_ITSELF, causes) for kind, causes in retry.CLASSES.items()}
    assert all(row[2] for row in rows), "each says what follows"
