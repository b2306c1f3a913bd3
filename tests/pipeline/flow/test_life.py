"""Random lives: whatever hub, rules, reviewers and jobs do in whatever order, some things always hold."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models import make
from zbsync.core.lifecycle import PROPOSAL_OPEN, PUSH_OPEN
from zbsync.core.outcome import Accepted, Outcome, Rejected
from zbsync.core.payload import payload_digest
from zbsync.models import Binding, Contact, Entry, ErpRecord, GateSetting, Proposal, Push
from zbsync.models import Mapping as Rules
from zbsync.pipeline import audit, bootstrap, match, outbox, propose, publish, review
from zbsync.pipeline.propose import LOST

pytestmark = pytest.mark.django_db
many = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
NUMBERS = ("13800001111", "13800002222", "13800003333")
NAMES = ("张三", "李四", "王五")


@contextmanager
def installation() -> Iterator[None]:
    """Three contacts, of whom two share a number; three customers, one known by number, one by our number, one by
    nothing; the copy of the ERP is fresh, so that nobody has to be asked.
    """
    with transaction.atomic():
        erp = make.erp(surveyed_at=timezone.now(), base_url="http://127.0.0.1:9")
        make.options(erp)
        bootstrap.seed()
        for number, phone in enumerate((NUMBERS[0], NUMBERS[0], NUMBERS[1])):
            make.contact(source_id=f"c{number}", name=NAMES[number], phone=phone, wechat_id="", notes="想要报价")
        for ord_, values in ((901, {"mobile": NUMBERS[1]}), (902, {"khid": "WXc0"}), (903, {"name": "陌生人"})):
            known = {"name": "客户", **values}
            columns = {name: known[name] for name in ("mobile", "khid") if name in known}
            make.erp_record(ord_, values=known, detailed_at=timezone.now(), **columns)
        propose.drain()
        match.drain()
        yield
        transaction.set_rollback(True)


def moved(which: int, **values: Any) -> None:
    """The hub changes a contact, as ingest writes it."""
    Contact.objects.filter(source_id=f"c{which}").update(version=F("version") + 1, **values)


def latest(which: int) -> Proposal | None:
    return Proposal.objects.filter(contact__source_id=f"c{which}").order_by("-pk").first()


def on(verb: Callable[[Proposal], Any]) -> Callable[[int], Any]:
    """A person's verb on the latest proposal of a contact, as it is shown."""

    def act(which: int) -> Any:
        row = latest(which)
        return verb(row) if row is not None else None

    return act


def pushes(which: int) -> list[int]:
    return list(Push.objects.filter(contact__source_id=f"c{which}").values_list("pk", flat=True))


def new_rules(which: int) -> None:
    made = publish.draft(Rules.objects.get(state="published"), make.user())
    made.rules.filter(target="intro").update(transform=("upper", "strip", "copy")[which])
    publish.publish(made, make.user())


def new_gate(which: int) -> None:
    with transaction.atomic():
        GateSetting.objects.filter(code="score").update(params={"minimum": (60, 90, 10)[which]})
        publish.reconsider(audit.Actor.of(make.user()), reason="score")


def answered(which: int) -> None:
    """The worker claims what is due and the ERP takes it: settled as a stage would."""
    erp = make.erp()
    for push in outbox.claim(erp, 1, timezone.now()):
        if push.ord is None:
            outbox.reserve(erp, [outbox.Reserved(push, 1000 + push.pk, "")], timezone.now())
            push.ord = 1000 + push.pk
        (attempt,) = outbox.mark_sending([push], timezone.now()) or (None,)
        if attempt is not None:
            said = outbox.Said(attempt.push, ANSWERS[which](attempt.push), (), attempt)
            outbox.settle(erp, [said], timezone.now())


ANSWERS: tuple[Callable[[Push], Outcome], ...] = (
    lambda push: Accepted(push.ord or 0),
    lambda push: Accepted(push.ord or 0),
    lambda push: Rejected("refused"),
)


def by() -> Any:
    return make.user()


def colleague() -> Any:
    """Who edits; nobody approves their own edits."""
    return make.user("colleague")


STEPS: Mapping[str, Callable[[int], Any]] = {
    "rename": lambda which: moved(which, name="改名"),
    "renumber": lambda which: moved(which, phone=NUMBERS[2], mobile=NUMBERS[2]),
    "spoil": lambda which: moved(which, score=1.0),
    "mend": lambda which: moved(which, score=95.0),
    "delete": lambda which: moved(which, deleted_at=make.NOW),
    "revive": lambda which: moved(which, deleted_at=None),
    "rules": new_rules,
    "gate": new_gate,
    "propose": lambda which: propose.drain(),
    "match": lambda which: match.drain(),
    "think": lambda which: (propose.drain(), match.drain()),
    "approve": on(lambda row: review.approve([row.pk], by(), digests={row.pk: row.digest})),
    "approve_all": lambda which: review.approve(Proposal.objects.for_review(), by(), shown_at=timezone.now()),
    "reject": on(lambda row: review.reject([row.pk], by(), reason="no")),
    "edit": on(lambda row: review.edit(row.pk, "intro", "he called", "r", colleague(), row.digest)),
    "edit_key": on(lambda row: review.edit(row.pk, "mobile", NUMBERS[1], "r", colleague(), row.digest)),
    "bind": on(lambda row: review.bind(row.pk, 903, "r", by(), row.digest)),
    "create": on(lambda row: review.create_anyway([row.pk], by(), "r")),
    "not_same": on(lambda row: review.not_same(row.pk, 901, by(), digest=row.digest)),
    "undo": on(lambda row: review.undo([row.pk], by(), "r")),
    "cancel": lambda which: review.cancel(pushes(which), by(), "r"),
    "requeue": lambda which: review.requeue(pushes(which), by(), "r"),
    "answer": answered,
    "gone": lambda which: ErpRecord.objects.filter(ord=901 + which).update(gone_at=make.NOW),
}
OFTEN = ("think", "approve", "answer", "edit", "think")
lives = st.lists(st.tuples(st.sampled_from([*sorted(STEPS), *OFTEN]), st.integers(0, 2)), min_size=5, max_size=20)


def most(rows: Any) -> int:
    return max(Counter(rows.values_list("contact_id", "connection_id", "operation")).values(), default=0)


def check() -> None:
    """What holds at any time."""
    assert most(Proposal.objects.filter(state__in=PROPOSAL_OPEN)) <= 1
    assert most(Push.objects.filter(state__in=PUSH_OPEN)) <= 1
    for row in Proposal.objects.select_related("push"):
        writes = {one["target"]: (one["before"], one["after"]) for one in row.changes if one["written"]}
        versions = row.contact_version, row.mapping_id
        assert row.digest == payload_digest(row.operation, row.kind, row.target_ord, row.payload, *versions, writes)
        push = getattr(row, "push", None)
        assert (push is not None) is (row.state == "approved" and row.action != "link")
        if push is not None:
            check_push(row, push, writes)
    check_entries()


def check_push(row: Proposal, push: Push, writes: Mapping[str, tuple[str, str]]) -> None:
    """A push carries what was approved: these values, to this customer, over these."""
    assert push.digest == row.digest
    assert push.payload == {name: after for name, (_, after) in writes.items()}
    assert push.base == ({name: old for name, (old, _) in writes.items()} if push.action == "update" else {})
    assert push.action == row.action
    if push.action == "update":
        assert push.ord == row.target_ord
        undone = Entry.objects.filter(subject_id=row.pk, verb="proposal.undo").exists()
        let_go = Entry.objects.filter(contact_id=row.contact_id, verb="binding.remove").exists()
        held = Binding.objects.filter(contact=row.contact_id, ord=push.ord or 0).exists()
        assert held or undone or let_go


def check_entries() -> None:
    """Each decision, and each push that moved, has its entry; the last one tells the state."""
    for state, verb in (("approved", "proposal.approve"), ("rejected", "proposal.reject")):
        decided = list(Proposal.objects.filter(state=state).order_by("pk").values_list("pk", flat=True))
        told = Entry.objects.filter(verb=verb).order_by("subject_id").values_list("subject_id", flat=True)
        assert list(told) == decided
    for push in Push.objects.exclude(state="queued", attempts_made=0, round=1):
        entries = Entry.objects.filter(subject="push", subject_id=push.pk).order_by("-pk")
        states = [one.after["state"] for one in entries if one.after and "state" in one.after]
        assert states[:1] == [push.state]


@many
@given(steps=lives)
def test_no_life_breaks_what_always_holds(steps: list[tuple[str, int]]) -> None:
    with installation():
        for step, which in steps:
            STEPS[step](which)
            check()


@many
@given(steps=lives)
def test_every_life_comes_to_rest_with_nothing_stale_lost_or_stuck(steps: list[tuple[str, int]]) -> None:
    with installation():
        for step, which in steps:
            STEPS[step](which)
        for _ in range(3):
            propose.drain()
            match.drain()
        assert (propose.drain().seen, match.drain().seen) == (0, 0)
        check_open()
        check_declined()
        for which in range(3):
            check_edits(which)
        left: Counter[str] = Counter()
        for row in Proposal.objects.for_review().filter(has_errors=False):
            left += review.approve([row.pk], by(), shown_at=timezone.now()).left_out
        assert set(left) <= {"review.push_open", "review.ord_taken", "review.bound", "review.moved"}
        assert "review.moved" not in left or Contact.objects.due().exists()


def check_open() -> None:
    """What is open is of the contact as it is and of the rules in force; only who is being sent waits."""
    for row in Proposal.objects.open().exclude(contact__in=Contact.objects.due().values("pk")):
        assert row.state in ("blocked", "ready")
        assert (row.contact_version, row.mapping.state) == (row.contact.version, "published")
        assert row.contact.deleted_at is None


def check_declined() -> None:
    """What was declined stays so until the contact changes, or the decline is taken back."""
    for row in Proposal.objects.filter(state="rejected", contact_version=F("contact__version")):
        undone = Entry.objects.filter(verb="proposal.undo", subject_id=row.pk).exists()
        assert undone or not Proposal.objects.filter(contact=row.contact_id, pk__gt=row.pk).exists()


def check_edits(which: int) -> None:
    """An edit is in the next proposal, or the next proposal tells that it is not."""
    for older, newer in pairwise(Proposal.objects.filter(contact__source_id=f"c{which}").order_by("pk")):
        differs = {name for name, one in older.edits.items() if one["value"] != before_edits(newer, name)}
        told = [one["params"]["fields"] for one in newer.findings if one["code"] == LOST]
        assert differs <= {name for fields in told for name in fields.split(", ")}


def before_edits(row: Proposal, name: str) -> str:
    """What the mapping had said."""
    edit = row.edits.get(name)
    return str(edit["before"] if edit else row.payload.get(name, ""))
