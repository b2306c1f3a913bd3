"""Approving proposals, entries included, against the bare UPDATE and bulk INSERTs. `python -m tests.bench approve`."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from tests.bench import Report, throw_away_database

PROPOSALS = 10_000
STATEMENTS, TIMES = 40, 5.0
"""At most so many statements per 1,000, and less than so many times the bare writes."""


def run(report: Report) -> None:
    """Measure on a throw-away SQLite file."""
    with throw_away_database():
        _measure(report)


def _measure(report: Report) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from tests.pipeline.reviewing import person
    from zbsync.models import Entry, Proposal, Push
    from zbsync.pipeline import review

    by = person("bench")
    _fill(PROPOSALS)
    plain = min(_bare(by, number) for number in range(2))
    taken = _timed(lambda: review.approve(Proposal.objects.for_review(), by))
    approved, entries = Push.objects.count(), Entry.objects.count()
    _fill(1000, offset=PROPOSALS)
    with CaptureQueriesContext(connection) as asked:
        review.approve(Proposal.objects.for_review(), by)
    assert approved == entries == PROPOSALS
    report(f"approve: {approved} proposals in {taken:.2f} s, {taken / plain:.1f} × the bare writes (under {TIMES:g} ×)")
    report(f"  {len(asked)} statements for 1,000 (at most {STATEMENTS})")


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _fill(count: int, offset: int = 0) -> None:
    """Contacts with a proposal to create each, as propose and match leave them."""
    from tests.pipeline.reviewing import SOME_TIME, erp, hub, mapping, proposal
    from zbsync.models import Contact, Proposal
    from zbsync.pipeline import bulk

    owner, pattern = hub(), proposal()
    Proposal.objects.filter(pk=pattern.pk).update(state="superseded")
    contacts = [
        Contact(hub=owner, source_id=f"b{number}", digest="d" * 64, name=f"王{number}", changed_at=SOME_TIME,
                proposed_version=1, eligible=True)
        for number in range(offset, offset + count)
    ]  # fmt: skip
    bulk.insert(contacts)
    ids = Contact.objects.filter(source_id__startswith="b").order_by("-pk").values_list("pk", flat=True)[:count]
    columns = {
        one.attname: getattr(pattern, one.attname) for one in Proposal._meta.concrete_fields if one.attname != "id"
    }
    told = columns | {"hub_id": owner.pk, "connection_id": erp().pk, "mapping_id": mapping().pk, "state": "ready"}
    bulk.insert([Proposal(**(told | {"contact_id": pk, "digest": f"{pk:064d}"})) for pk in sorted(ids)])


def _bare(by: Any, number: int) -> float:
    """The least that must be written for the same result, by Django's own means; undone afterwards."""
    from django.db import transaction
    from django.utils import timezone

    from zbsync.models import Entry, Proposal, Push

    rows = list(Proposal.objects.for_review().values("pk", "contact_id", "connection_id", "payload", "digest", "title"))
    now, act = timezone.now(), uuid.uuid4()
    pushes = [
        Push(proposal_id=row["pk"], contact_id=row["contact_id"], connection_id=row["connection_id"], action="create",
             kind="individual", payload=row["payload"], digest=row["digest"], key=f"{number}-{row['pk']}",
             title=row["title"], not_before=now, created_at=now, approved_by=by)
        for row in rows
    ]  # fmt: skip
    entries = [
        Entry(act=act, at=now, actor=by, actor_name="bench", verb="proposal.approve", subject="proposal",
              subject_id=row["pk"], contact_id=row["contact_id"], before={"state": "ready"},
              after={"state": "approved", "action": "create", "digest": row["digest"]})
        for row in rows
    ]  # fmt: skip

    def write() -> None:
        for start in range(0, len(rows), 1000):
            batch = slice(start, start + 1000)
            with transaction.atomic():
                ids = [row["pk"] for row in rows[batch]]
                Proposal.objects.filter(pk__in=ids).update(state="approved", decided_by=by, decided_at=now)
                Push.objects.bulk_create(pushes[batch])
                Entry.objects.bulk_create(entries[batch])

    with transaction.atomic():
        taken = _timed(write)
        transaction.set_rollback(True)
    return taken
