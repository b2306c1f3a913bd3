"""What people and the hub do to pushes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.models import make
from tests.models.make import NOW
from zbsync.core.lifecycle import PUSH, PushEvent, PushState
from zbsync.models import Entry, Push
from zbsync.pipeline import audit, outbox

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=10)


def by() -> dict[str, Any]:
    return {"act": audit.new_act(), "actor": outbox.JOB, "now": LATER}


def state(push: Push) -> str:
    push.refresh_from_db()
    return push.state


@pytest.mark.parametrize("start", ["rejected", "dead", "drifted"])
def test_requeue_is_a_new_round_under_a_new_key(start: str) -> None:
    push = make.push(state=start, cause="refused", attempts_made=3, ord=4711)
    key = push.key
    assert outbox.requeue([push.pk], **by(), reason="mended") == [push.pk]
    assert (state(push), push.round, push.attempts_made, push.cause, push.ord) == ("queued", 2, 0, "", 4711)
    assert push.key != key
    assert Entry.objects.get(verb="push.requeue").reason == "mended"


def test_requeue_gives_up_an_id_under_which_the_erp_saves_nothing() -> None:
    push = make.push(state="rejected", cause="absent", ord=4711)
    outbox.requeue([push.pk], **by())
    push.refresh_from_db()
    assert push.ord is None


def test_requeue_leaves_a_contact_with_another_open_push_alone() -> None:
    failed = make.push(state="dead")
    make.push(proposal=make.proposal(state="approved", contact=failed.contact))
    assert outbox.requeue([failed.pk], **by()) == []
    assert state(failed) == "dead"


@pytest.mark.parametrize("verb", [outbox.cancel, outbox.bury, outbox.requeue])
def test_a_verb_moves_only_from_the_states_of_the_table(verb: Callable[..., list[int]]) -> None:
    event = {outbox.cancel: PushEvent.CANCEL, outbox.bury: PushEvent.BURY, outbox.requeue: PushEvent.REQUEUE}[verb]
    pushes = [make.push(state=str(one), ord=9000 + n) for n, one in enumerate(PushState)]
    legal = {push.pk for push in pushes if (PushState(push.state), event) in PUSH}
    assert set(verb([push.pk for push in pushes], **by())) == legal


def test_a_hub_change_voids_what_waits_and_names_what_cannot_be_voided() -> None:
    waiting, sending = make.push(), make.push(state="sending", ord=1)
    done = make.push(state="verified")
    contacts = [push.contact_id for push in (waiting, sending, done)]
    left = outbox.void_queued(contacts, "review.moved", audit.new_act(), outbox.JOB, LATER)
    assert left == {sending.contact_id}
    assert (state(waiting), waiting.cause, state(sending)) == ("cancelled", "review.moved", "sending")


def test_a_second_open_push_of_a_contact_is_refused_by_the_database() -> None:
    first = make.push()
    twin = Push(
        proposal=make.proposal(state="approved", contact=first.contact),
        contact=first.contact,
        connection=first.connection,
        action="create",
        kind="individual",
        digest="d",
        approved_by=first.approved_by,
        created_at=NOW,
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        outbox.enqueue([twin])
