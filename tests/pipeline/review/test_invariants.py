"""Whatever people do in whatever order, some things always hold. Random rows, random verbs, real database."""

from collections import Counter

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pipeline.reviewing import SOME_TIME, ambiguous, contact, erp, person, proposal, push, record
from zbsync.core.lifecycle import PUSH_OPEN
from zbsync.core.payload import payload_digest
from zbsync.models import Binding, Contact, Entry, Proposal, Push
from zbsync.pipeline import review

pytestmark = pytest.mark.django_db
ERP = {"name": "王小明", "khid": "KH9", "mobile": "13800000001", "sort1": "3,7", "intro": "old"}
many = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def create() -> Proposal:
    return proposal()


def update() -> Proposal:
    return proposal(target_ord=9, erp_values=ERP)


def link() -> Proposal:
    return proposal(target_ord=10, erp_values=ERP, action="link")


def bound() -> Proposal:
    ord_ = contact().pk + 1000
    row = proposal(target_ord=ord_, erp_values=ERP, match_kind="bound")
    Binding.objects.create(contact=row.contact, connection=erp(), ord=ord_, provenance="settle")
    return row


def bound_elsewhere() -> Proposal:
    row = proposal(target_ord=9, erp_values=ERP)
    Binding.objects.create(contact=row.contact, connection=erp(), ord=row.contact_id + 5000, provenance="settle")
    return row


def busy() -> Proposal:
    row = proposal()
    push(proposal(row.contact, state="approved", decided_by=person(), decided_at=SOME_TIME))
    return row


def changed() -> Proposal:
    row = proposal()
    Contact.objects.filter(pk=row.contact_id).update(version=2)
    return row


def broken() -> Proposal:
    return proposal(has_errors=True, cause="payload.required")


def waiting() -> Proposal:
    return proposal(state="mapped", match_kind="", action="", changes=[])


MAKERS = [create, update, link, bound, bound_elsewhere, busy, changed, broken, waiting, ambiguous]
worlds = st.lists(st.sampled_from(MAKERS), min_size=1, max_size=8)


def check() -> None:
    """What must hold at any time."""
    for row in Proposal.objects.select_related("contact"):
        writes = {one["target"]: (one["before"], one["after"]) for one in row.changes if one["written"]}
        digest = payload_digest(
            row.operation, row.kind, row.target_ord, row.payload, row.contact_version, row.mapping_id, writes
        )
        assert row.digest == digest
        assert row.has_errors == any(one["severity"] == "error" for one in row.findings) or not row.findings
    open_pushes = Push.objects.filter(state__in=PUSH_OPEN).values_list("contact_id", flat=True)
    assert max(Counter(open_pushes).values(), default=1) == 1
    for one in Push.objects.select_related("proposal"):
        assert one.proposal.state == "approved"
        assert one.digest == one.proposal.digest
        assert set(one.payload) <= set(one.proposal.payload)
        assert set(one.base) == (set(one.payload) if one.action == "update" else set())
    for row in Proposal.objects.filter(state="approved", action="link"):
        bindings = Binding.objects.filter(contact=row.contact_id, ord=row.target_ord or 0)
        undone = Entry.objects.filter(verb="proposal.undo", subject_id=row.pk)
        assert bindings.exists() or undone.exists()


@many
@given(world=worlds)
def test_a_preview_is_what_then_happens(world) -> None:
    with transaction.atomic():
        for make in world:
            make()
        rows = Proposal.objects.exclude(state="approved")
        shown = review.preview(rows, "approve", person())
        decision = review.approve(rows, person(), shown_at=shown.shown_at)
        # Two rows for one ERP customer are the one thing a count per row cannot know.
        late = decision.left_out["review.ord_taken"] - shown.left_out.get("review.ord_taken", 0)
        assert decision.done == shown.total - late
        assert decision.done + decision.left_out.total() == shown.total + sum(shown.left_out.values())
        assert late <= max(0, world.count(update) - 1) + max(0, world.count(link) - 1)
        check()
        transaction.set_rollback(True)


@many
@given(world=worlds)
def test_every_decision_has_exactly_one_entry(world) -> None:
    with transaction.atomic():
        for make in world:
            make()
        decision = review.approve(Proposal.objects.for_review(), person())
        declined = review.reject(Proposal.objects.all(), person())
        told = Entry.objects.filter(verb__in=["proposal.approve", "proposal.reject"])
        assert Counter(told.values_list("act", flat=True)) == +Counter(
            {decision.act: decision.done, declined.act: declined.done}
        )
        assert told.values("subject_id").distinct().count() == decision.done + declined.done
        transaction.set_rollback(True)


@many
@given(world=worlds)
def test_an_approval_that_is_undone_leaves_nothing_on_its_way(world) -> None:
    with transaction.atomic():
        for make in world:
            make()
        before = (set(Binding.objects.values_list("contact", "ord")), Push.objects.filter(state="queued").count())
        decision = review.approve(Proposal.objects.for_review(), person())
        due = Contact.objects.due().count()
        undone = review.undo(decision.act, person())
        assert (undone.done, undone.left_out.total()) == (decision.done, 0)
        after = (set(Binding.objects.values_list("contact", "ord")), Push.objects.filter(state="queued").count())
        assert after == before
        assert Contact.objects.due().count() == due + decision.done
        check()
        transaction.set_rollback(True)


VERBS = ["approve", "reject", "edit", "rename", "bind", "create", "not_same", "undo", "cancel", "bury"]
verbs = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 4)), max_size=14)


def do(verb: str, row: Proposal) -> None:
    """One verb of one person on one row, with what they see now."""
    by, digest = person(), Proposal.objects.get(pk=row.pk).digest
    pushes = list(Push.objects.filter(proposal=row).values_list("pk", flat=True))
    acts = {
        "approve": lambda: review.approve([row.pk], by, digests={row.pk: digest}),
        "reject": lambda: review.reject([row.pk], by, shown_at=timezone.now()),
        "edit": lambda: review.edit(row.pk, "intro", "he called again", "r", by, digest),
        "rename": lambda: review.edit(row.pk, "mobile", "13900000009", "r", by, digest),
        "bind": lambda: review.bind(row.pk, 11, "r", by, digest),
        "create": lambda: review.create_anyway([row.pk], by),
        "not_same": lambda: review.not_same(row.pk, 12, by, digest=digest),
        "undo": lambda: review.undo([row.pk], by),
        "cancel": lambda: review.cancel(pushes, by),
        "bury": lambda: review.bury(pushes, by),
    }
    decision = acts[verb]()
    asked = len(pushes) if verb in ("cancel", "bury") else 1
    assert decision.done + decision.left_out.total() == asked
    entries = Entry.objects.filter(act=decision.act)
    assert entries.exists() is bool(decision.done)


@many
@given(world=st.lists(st.sampled_from(MAKERS[:4] + MAKERS[7:]), min_size=5, max_size=5), said=verbs)
def test_no_order_of_verbs_breaks_it(world, said) -> None:
    with transaction.atomic():
        record(11, **ERP)
        rows = [make() for make in world]
        for verb, which in said:
            do(verb, rows[which])
            check()
        transaction.set_rollback(True)
