"""A contact's story: everything that happened, in one shape, in the order of time, for a constant number of queries."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import override

from tests.pipeline.reviewing import SOME_TIME, contact, erp, person, proposal, push
from zbsync.models import Attempt, Contact, Exchange, Interaction, Proposal
from zbsync.pipeline import review, story

pytestmark = pytest.mark.django_db
SCORE = {"code": "gate.score_low", "field": "score", "severity": "error", "params": {"score": 57, "needs": 60}}


def told_of(row: Contact) -> dict:
    return json.loads(json.dumps(story.of(row).as_json(), cls=DjangoJSONEncoder))


def sent(row: Proposal, state: str = "accepted") -> Attempt:
    """A push that was tried once: one exchange before the try, one during it."""
    made = push(row, state=state, ord=9, khid="WX1")
    attempt = Attempt.objects.create(
        push=made, number=1, token=uuid.uuid4(), key=made.key, outcome="accepted", message="保存成功",
        started_at=SOME_TIME, finished_at=SOME_TIME + timedelta(seconds=1),
    )  # fmt: skip
    said(made, None, "allocate")
    said(made, attempt, "save")
    return attempt


def said(made, attempt, operation) -> None:
    Exchange.objects.create(
        connection=erp(), push=made, attempt=attempt, at=SOME_TIME + timedelta(minutes=2), operation=operation,
        method="POST", url="http://erp.example/", request_body="asked", response_body="answered", status=200,
        digest="d" * 64, error="" if attempt else "slow",
    )  # fmt: skip


def test_it_has_the_shape_outsiders_rely_on() -> None:
    row = proposal()
    review.edit(row.pk, "intro", "other", "he said so", person(), row.digest)
    Proposal.objects.update(state="approved", decided_by=person(), decided_at=SOME_TIME)
    sent(Proposal.objects.get())
    told = told_of(row.contact)
    assert told["contact"]["source_id"] == row.contact.source_id
    assert told["contact"]["hub"] == "file"
    assert told["gate"]["verdict"] == "eligible"
    assert told["mapping"]["version"] == 1
    fields = {one["target"]: one for one in told["mapping"]["fields"]}
    assert (fields["intro"]["value"], fields["intro"]["edited_by"]) == ("other", "wang")
    assert {"target", "value", "source", "transform", "edited_by"} <= set(fields["name"])
    assert (told["match"]["kind"], told["match"]["ord"]) == ("absent", None)
    assert (told["proposal"]["state"], told["proposal"]["decided_by"]) == ("approved", "wang")
    (one,) = told["pushes"]
    assert (one["state"], one["operation"], one["ord"], one["khid"]) == ("accepted", "customer.save", 9, "WX1")
    (attempt,) = one["attempts"]
    assert (attempt["number"], attempt["outcome"]) == (1, "accepted")
    (exchange,) = attempt["exchanges"]
    assert {"at", "request", "response", "digest"} <= set(exchange)
    assert exchange["operation"] == "save"
    assert [two["operation"] for two in one["exchanges"]] == ["allocate"]


def test_a_contact_nobody_looked_at_yet_has_a_story_too() -> None:
    told = told_of(contact(eligible=None, proposed_version=0))
    assert told["gate"] == {"verdict": "unknown", "findings": [], "values": told["gate"]["values"]}
    assert (told["mapping"], told["match"], told["proposal"]) == ({"version": None, "fields": []}, {}, {})
    assert [one["what"] for one in told["timeline"]] == ["contact.change"]


@pytest.mark.parametrize(
    ("more", "verdict"),
    [({"eligible": False}, "blocked"), ({"eligible": True}, "eligible"), ({"deleted_at": SOME_TIME}, "gone")],
)
def test_the_verdict_is_one_word(more, verdict) -> None:
    assert story.of(contact(**more)).verdict == verdict


def test_the_gate_is_told_with_the_actual_values() -> None:
    row = proposal(contact(eligible=False, score=57.0), state="blocked", gate_findings=[SCORE])
    with override("en"):
        gate = told_of(row.contact)["gate"]
    assert gate["findings"][0]["sentence"] == "Score 57, needs 60."
    assert gate["findings"][0]["params"] == {"score": 57, "needs": 60}
    assert gate["values"]["score"] == 57.0


def test_the_latest_proposal_is_the_one_that_counts() -> None:
    old = proposal(state="superseded")
    new = proposal(old.contact)
    assert told_of(old.contact)["proposal"]["id"] == new.pk


def test_the_timeline_is_in_the_order_of_time() -> None:
    row = proposal(matched_at=SOME_TIME + timedelta(minutes=1), gate_findings=[SCORE])
    Interaction.objects.create(
        contact=row.contact, source_id="i", at=SOME_TIME - timedelta(days=1), method="电话", content="hello"
    )
    Interaction.objects.create(contact=row.contact, source_id="j", at=None)
    sent(row)
    review.reject([row.pk], person(), reason="no")
    moments = story.of(row.contact).timeline()
    assert [one.what for one in moments] == [
        "hub.interaction", "contact.change", "proposal.propose", "proposal.match", "exchange", "exchange",
        "proposal.reject",
    ]  # fmt: skip
    assert (moments[-1].who, moments[-1].reason) == ("wang", "no")
    assert moments[2].after == {"version": 1, "mapping": 1, "findings": ["gate.score_low"]}
    assert moments[4].exchange is not None
    assert moments[4].after == {"operation": "allocate", "status": 200, "elapsed_ms": 0, "error": "slow"}


def test_acts_are_told_in_words() -> None:
    row = proposal()
    review.approve([row.pk], person())
    with override("en"):
        assert "Approved" in [one.sentence for one in story.of(row.contact).timeline()]


def test_another_contact_stays_out_of_it() -> None:
    row, other = proposal(), proposal()
    sent(other)
    review.reject([other.pk, row.pk], person())
    told = story.of(row.contact)
    assert (told.pushes, told.exchanges, len(told.entries)) == ([], [], 1)


def test_it_costs_the_same_however_much_happened(django_assert_num_queries) -> None:
    row = proposal(state="superseded")
    for _ in range(5):
        sent(proposal(row.contact, state="superseded"), state="verified")
    about = Contact.objects.select_related("hub").get(pk=row.contact_id)
    with django_assert_num_queries(7):
        told = story.of(about)
        assert len(told.as_json()["pushes"]) == 5
