"""Adjectives of querysets: each picks the rows its name says, and no other state slips in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import F, QuerySet
from django.utils import timezone

from tests.models import make
from zbsync.core.lifecycle import PUSH_OPEN, ProposalState, PushState
from zbsync.models import Contact, Option, Proposal, Push, Vocabulary

pytestmark = pytest.mark.django_db

PROPOSALS: dict[str, tuple[Callable[[], QuerySet[Proposal]], set[str]]] = {
    "open": (Proposal.objects.open, {"blocked", "mapped", "ready"}),
    "blocked": (Proposal.objects.blocked, {"blocked"}),
    "to match": (Proposal.objects.to_match, {"mapped"}),
    "for review": (Proposal.objects.for_review, {"ready"}),
}
PUSHES: dict[str, tuple[Callable[[], QuerySet[Push]], set[str]]] = {
    "queued": (Push.objects.queued, {"queued"}),
    "under way": (Push.objects.under_way, {"queued", "leased", "sending", "in_doubt", "accepted"}),
    "accepted": (Push.objects.accepted, {"accepted"}),
    "in doubt": (Push.objects.in_doubt, {"in_doubt"}),
    "failed": (Push.objects.failed, {"rejected", "dead", "drifted"}),
}


@pytest.mark.parametrize("adjective", PROPOSALS)
def test_an_adjective_of_proposals_means_these_states(adjective: str) -> None:
    for state in ProposalState:
        make.proposal(state=state.value)
    chosen, states = PROPOSALS[adjective]
    assert {row.state for row in chosen()} == states
    assert chosen().count() == len(states)


@pytest.mark.parametrize("adjective", PUSHES)
def test_an_adjective_of_pushes_means_these_states(adjective: str) -> None:
    for state in PushState:
        make.push(state=state.value)
    chosen, states = PUSHES[adjective]
    assert {row.state for row in chosen()} == states
    assert chosen().count() == len(states)


@pytest.mark.parametrize(
    ("version", "proposed", "due"), [(1, 0, True), (1, 1, False), (3, 2, True), (3, 3, False), (9, 0, True)]
)
def test_a_contact_is_due_while_its_version_was_not_proposed(version: int, proposed: int, due: bool) -> None:
    contact = make.contact(version=version, proposed_version=proposed)
    assert list(Contact.objects.due()) == ([contact] if due else [])


def test_a_new_version_makes_a_contact_due_again() -> None:
    contact = make.contact(version=1, proposed_version=1)
    assert not Contact.objects.due().exists()
    Contact.objects.filter(pk=contact.pk).update(version=F("version") + 1)
    assert Contact.objects.due().get() == contact


@pytest.mark.parametrize(("proposed", "followed", "due"), [(0, 0, False), (1, 0, True), (1, 1, False), (2, 1, True)])
def test_a_contact_is_to_be_followed_once_it_was_proposed(proposed: int, followed: int, due: bool) -> None:
    contact = make.contact(version=2, proposed_version=proposed, followed_version=followed)
    assert list(Contact.objects.to_follow()) == ([contact] if due else [])


def test_only_customers_are_matched() -> None:
    make.proposal(operation="followup.add", subject="i1")
    assert not Proposal.objects.to_match().exists()


def test_what_was_accepted_and_cannot_be_read_back_is_at_its_end() -> None:
    make.push(state="accepted", cause="not_readable")
    assert not Push.objects.under_way().exists()


def test_who_is_gone_at_the_source_is_not_present_and_still_due() -> None:
    here, gone = make.contact(), make.contact(deleted_at=make.NOW)
    assert list(Contact.objects.present()) == [here]
    assert set(Contact.objects.due()) == {here, gone}


def test_adjectives_can_be_put_one_after_the_other() -> None:
    wanted = make.contact()
    make.contact(deleted_at=make.NOW)
    make.contact(proposed_version=1)
    assert list(Contact.objects.due().present()) == [wanted]
    assert list(Contact.objects.present().due()) == [wanted]


def test_an_option_is_current_until_it_is_retired() -> None:
    make.options(make.erp(), ly={"微信咨询": "978", "网站注册": "171"})
    Option.objects.filter(code="171").update(retired_at=timezone.now())
    assert [row.code for row in Option.objects.current()] == ["978"]
    assert [row.code for row in Vocabulary.objects.get().options.all()] == ["978", "171"]


@pytest.mark.parametrize("state", sorted(state.value for state in PushState))
def test_a_push_is_open_or_leaves_room_for_the_next(state: str) -> None:
    """The unique constraint and the table of states mean the same by "open"."""
    contact = make.contact()
    make.push(proposal=make.proposal(contact=contact, state="approved"), state=state)
    blocking = Push.objects.filter(state__in=PUSH_OPEN, contact=contact)
    assert blocking.exists() == (state in {"queued", "leased", "sending", "in_doubt", "accepted"})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"company": "示例公司", "name": "张三"}, "示例公司"),
        ({"company": "", "name": "张三"}, "张三"),
        ({"company": "", "name": "", "source_id": "c-77"}, "c-77"),
    ],
)
def test_a_contact_goes_by_its_best_name(given: dict[str, Any], shown: str) -> None:
    assert str(make.contact(**given)) == shown


@pytest.mark.parametrize(
    ("options", "name", "value"),
    [({}, "khid", ""), ({"khid": "erp"}, "khid", "erp"), ({"pace_ms": 0}, "pace_ms", 0), ({"a": None}, "b", "")],
)
def test_an_option_of_a_connection_is_there_or_empty(options: dict[str, Any], name: str, value: Any) -> None:
    connection = make.erp(options=options)
    assert connection.option(name) == value
    assert connection.option("nowhere", 20) == 20
