"""A person changes a proposal: what the verbs `edit`, `bind`, `create_anyway` and `not_same` share.

They work on a locked row in memory; `pipeline.judgement` works out what follows, `store` writes the row back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from zbsync.core.findings import Finding, Severity
from zbsync.core.matching import ErpView, Match
from zbsync.core.payload import Checks
from zbsync.models import Binding, ErpRecord, Proposal, hands
from zbsync.pipeline import bulk, following, worklist
from zbsync.pipeline.audit import Line
from zbsync.pipeline.judgement import TWIN, findings_of, kind_differs, settle_difference, settle_findings

STORED = (
    "payload", "fields", "edits", "findings", "has_errors", "cause", "digest", "match_kind", "candidates", "not_same",
    "target_ord", "target_chosen", "action", "erp_values", "changes", "match_error", "match_after", "touched_at",
    "title", "mobile", "wechat_id", "hands",
)  # fmt: skip
"""What a person's change may touch; the state is the worklist's."""


def store(rows: Sequence[Proposal], now: datetime) -> None:
    """Write locked rows back in one statement, without their state."""
    for row in rows:
        row.touched_at = now
        if not row.target_chosen or row.target_ord is not None:
            row.hands = hands.without(row.hands, hands.CREATED)
    bulk.update(rows, STORED)


def record_of(row: Proposal, ord_: int) -> ErpRecord | None:
    """The mirror's record of a customer; None when it was never read in full or is gone."""
    return ErpRecord.objects.filter(
        connection_id=row.connection_id, ord=ord_, detailed_at__isnull=False, gone_at__isnull=True
    ).first()


def view_of(record: ErpRecord) -> ErpView:
    """The mirror's record as matching reads it."""
    return ErpView(record.ord, record.name, record.khid, record.mobile, record.phone, record.weixin)


def aim(row: Proposal, match: Match, record: ErpRecord | None, *, chosen: bool) -> None:
    """Give the row this match: target, action, difference, findings, digest. A known target needs its record.

    A choice also answers the question whether another contact with the same number is in the way.
    """
    row.match_kind, row.target_ord, row.target_chosen = match.kind.value, match.ord, chosen
    row.match_error, row.match_after = "", None
    row.erp_values = record.values if record is not None else None
    settle_difference(row)
    kept = [one for one in findings_of(row) if not one.code.startswith("match.") or (one.code == TWIN and not chosen)]
    settle_findings(row, [*kept, *match.findings, *kind_differs(row)])


def unbind(bindings: Sequence[Binding]) -> list[Line]:
    """Remove bindings; returns the audit line of each."""
    if bindings:
        Binding.objects.filter(pk__in=[one.pk for one in bindings]).delete()
        worklist.follow_again([one.contact_id for one in bindings])
    return [
        Line("binding", one.pk, one.contact_id, {"ord": one.ord, "connection": one.connection_id}) for one in bindings
    ]


def recheck(row: Proposal, edited: str, checks: Checks) -> list[Finding]:
    """All findings after an edit: what mapping said of that field is settled, the payload is checked anew."""
    kept = [
        one
        for one in findings_of(row)
        if not one.code.startswith("payload.") and not (one.code.startswith("mapping.") and one.field == edited)
    ]
    explained = [one.field for one in kept if one.code.startswith("mapping.")]
    return [*kept, *following.check(row.operation, row.kind, row.payload, checks, explained)]


def wrong_with(field: str, found: Iterable[Finding]) -> list[Finding]:
    """The errors of a value for this field. What matching said was about the value before: it may be why it changes."""
    about = (one for one in found if one.field == field and not one.code.startswith("match."))
    return [one for one in about if one.severity is Severity.ERROR]


def snapshot(row: Proposal) -> dict[str, Any]:
    """What an entry tells of a target: before and after."""
    return {"state": row.state, "match": row.match_kind, "ord": row.target_ord, "action": row.action}
