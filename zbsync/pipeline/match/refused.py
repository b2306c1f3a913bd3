"""What the ERP refused as a duplicate comes to the match desk: proposed again, and looked for by the field it named.

The ERP has told that there is somebody; who, a look finds, and the candidate stands on the new proposal. Read from the
pushes, so that nothing is forgotten: whatever proposal of the contact says the same value is looked for this way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core import retry
from zbsync.core.findings import Finding, Severity
from zbsync.core.lifecycle import PushState
from zbsync.core.matching import Match, Query, normalise_company
from zbsync.core.phones import comparable
from zbsync.models import ErpConnection, Proposal, Push
from zbsync.pipeline import audit, worklist
from zbsync.pipeline.match.asking import ACTOR
from zbsync.pipeline.match.case import Case, Told


def waiting(connections: Iterable[ErpConnection | int]) -> QuerySet[Push]:
    """Refused as a duplicate, and nothing was proposed for the contact since."""
    causes = retry.CLASSES[retry.RetryClass.DUPLICATE]
    refused = Push.objects.filter(state=PushState.REJECTED, cause__in=causes, connection__in=list(connections))
    return worklist.to_reopen(refused.filter(operation="customer.save"))


def reopen(connection: ErpConnection) -> int:
    """Propose one batch of them again; answers how many."""
    ids = list(waiting([connection]).order_by("pk").values_list("pk", flat=True)[: conf().batch_size])
    if not ids:
        return 0
    with transaction.atomic():
        rows = Push.objects.filter(pk__in=ids, state=PushState.REJECTED)
        return len(worklist.reopen(rows, audit.new_act(), ACTOR, timezone.now(), reason="duplicate"))


def told(connection: ErpConnection, rows: Iterable[Proposal]) -> Mapping[int, Told]:
    """Proposal id -> what the ERP refused of the same contact, as long as the proposal says the same; one statement."""
    by_contact = {row.contact_id: row for row in rows}
    causes = retry.CLASSES[retry.RetryClass.DUPLICATE]
    refused = Push.objects.filter(
        connection=connection, contact__in=list(by_contact), state=PushState.REJECTED, cause__in=causes
    )
    found: dict[int, Told] = {}
    for push in refused.order_by("pk"):
        row = by_contact[push.contact_id]
        first: dict[str, Any] = next(iter(push.findings), {})
        name = str(first.get("field", ""))
        if row.operation == push.operation and row.payload.get(name, "") == push.payload.get(name, ""):
            caption = str(first.get("params", {}).get("caption", name))
            found[row.pk] = Told(name, caption, push.message)
    return found


def query_of(case: Case) -> Query:
    """What is looked for: as ever, and by the value the ERP named, for a person's name is no key otherwise."""
    if case.told is None:
        return case.query
    value = case.row.payload.get(case.told.field, "")
    if case.told.field == "name":
        return replace(case.query, company=normalise_company(value))
    if case.told.field == "phone" and not case.query.mobile:
        return replace(case.query, mobile=comparable(value))
    return case.query


def said(case: Case, match: Match) -> list[Finding]:
    """Why the proposal is back: with the customer that was found, or without one, and then a person must go on."""
    if case.told is None:
        return []
    params = {"caption": case.told.caption, "sentence": case.told.sentence}
    if match.candidates or match.ord is not None:
        return [Finding("match.refused_duplicate", case.told.field, Severity.WARNING, params)]
    severity = Severity.WARNING if case.decided else Severity.ERROR
    return [Finding("match.duplicate_unseen", case.told.field, severity, params)]
