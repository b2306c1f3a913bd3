"""What follows for a proposal from payload, target and findings: difference, action, digest, cause.

Shared by propose, match (the machine's judgement) and review (a person's). It works on a row in memory and writes
nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from zbsync.core import sought
from zbsync.core.diff import changes, written
from zbsync.core.findings import Finding, Severity, errors
from zbsync.core.follow.operations import CUSTOMER, FOLLOW_UP, PERSON
from zbsync.core.keys import digest
from zbsync.core.mapping import Policy
from zbsync.core.matching import MatchKind
from zbsync.core.payload import INDIVIDUAL, UNIT, payload_digest
from zbsync.erp.catalogue import FIELDS, UNIT_ONLY
from zbsync.models import Action, Contact, Proposal
from zbsync.pipeline import following
from zbsync.pipeline.judgement import door

TWIN = "match.same_mobile_contact"
"""The cause that holds a proposal while another contact with its number is proposed, approved or bound."""


_POLICIES = {policy.value: policy for policy in Policy}
"""A look into a table, where making one of its value would cost the most of a proposal's difference."""


def settle_difference(row: Proposal) -> None:
    """Work out `changes`, `action`, `digest` and what the door cannot say from payload, match, target and the ERP
    record seen. The row's connection is at hand, so that many rows ask for nothing.

    Nothing is known to be done while nobody looked, while several customers may be meant, or when the target's
    record is not at hand.
    """
    if row.operation != CUSTOMER:
        _settle_following(row)
        return
    policies = _policies(row)
    lacks_record = row.target_ord is not None and row.erp_values is None
    if row.match_kind in ("", MatchKind.AMBIGUOUS) or lacks_record:
        row.changes, row.action = [], ""
    else:
        way = door.of(row.connection, row.kind, creates=row.target_ord is None)
        made = door.sayable(changes(_writable(row), policies, row.erp_values, FIELDS), way)
        row.changes = [change.as_json() for change in made]
        row.action = _action(row, bool(written(made)))
        _settle_door(row, list(door.findings(row, made, way)))
    row.digest = digest_of(row)


def _policies(row: Proposal) -> dict[str, Policy]:
    return {one["target"]: _POLICIES[one["policy"]] for one in row.fields if one.get("policy")}


def _settle_door(row: Proposal, found: list[Finding]) -> None:
    """Put what the door cannot say in the place of what another one could not."""
    if found or any(one["code"] in door.CODES for one in row.findings):
        kept = (one for one in findings_of(row) if one.code not in door.CODES)
        settle_findings(row, [*kept, *found])


def _settle_following(row: Proposal) -> None:
    """The same for what follows a customer: only a contact person is compared with anything."""
    if row.match_kind != MatchKind.BOUND:
        row.changes, row.action = [], ""
    else:
        policies = _policies(row)
        made = changes(row.payload, policies, row.erp_values, following.specs(row.operation, row.kind))
        row.changes = [change.as_json() for change in made]
        row.action = _action_following(row, bool(written(made)))
    row.digest = digest_of(row)


def _action_following(row: Proposal, writes: bool) -> str:
    if row.operation == FOLLOW_UP or (row.operation == PERSON and row.person_ord is None):
        return Action.CREATE.value
    return Action.UPDATE.value if writes or row.operation != PERSON else Action.LINK.value


def digest_of(row: Proposal) -> str:
    """What an approval of this row names: payload, target, versions, and every value that would be written.

    What follows a customer rests on no version of the whole contact: the stage `follow` closes it when its own ground
    moved, so one that still stands is the one that was shown.
    """
    if row.operation != CUSTOMER:
        told = {one["target"]: [one["before"], one["after"]] for one in row.changes if one["written"]}
        return digest([row.operation, row.subject, row.target_ord, row.person_ord, row.payload, told])
    writes = {one["target"]: (one["before"], one["after"]) for one in row.changes if one["written"]}
    return payload_digest(
        row.operation, row.kind, row.target_ord, row.payload, row.contact_version, row.mapping_id, writes
    )


def erp_kind(values: Mapping[str, str]) -> str:
    """Which kind of customer the ERP has: its form says so itself, or by the fields only a unit customer has."""
    told = {"1": UNIT, "2": INDIVIDUAL}.get(values.get("intsort", ""))
    return told or (UNIT if UNIT_ONLY & values.keys() else INDIVIDUAL)


def kind_differs(row: Proposal) -> list[Finding]:
    """The ERP has a person where we have a company, or the other way round."""
    if row.erp_values is None or (kind := erp_kind(row.erp_values)) == row.kind:
        return []
    params = {"ord": row.target_ord, "erp": kind, "ours": row.kind}
    return [Finding("match.kind_differs", severity=Severity.WARNING, params=params)]


def _writable(row: Proposal) -> dict[str, str]:
    """The payload without what the target's form has no place for: the ERP would take it and store nothing."""
    if row.erp_values is None:
        return dict(row.payload)
    kind = erp_kind(row.erp_values)
    return {name: value for name, value in row.payload.items() if name not in FIELDS or FIELDS[name].for_kind(kind)}


def _action(row: Proposal, writes: bool) -> str:
    if row.target_ord is None:
        return Action.CREATE.value
    return Action.UPDATE.value if writes else Action.LINK.value


def findings_of(row: Proposal) -> list[Finding]:
    """The stored findings as values."""
    return [Finding.from_json(one) for one in row.findings]


def settle_findings(row: Proposal, found: Iterable[Finding]) -> None:
    """Store findings with what the list is filtered by: whether there are errors, and the first one's code."""
    kept = list(found)
    stopping = errors(kept)
    row.findings = [one.as_json() for one in kept]
    row.has_errors, row.cause = bool(stopping), stopping[0].code[:60] if stopping else ""


def row_for(contact: Contact, now: datetime, **given: Any) -> Proposal:
    """An unsaved proposal about a contact, with the copies that lists are searched by."""
    return Proposal(
        contact_id=contact.pk,
        hub_id=contact.hub_id,
        contact_version=contact.version,
        title=contact.company or contact.name or contact.source_id,
        person=contact.name,
        mobile=contact.mobile,
        wechat_id=contact.wechat_id,
        k_code=contact.k_code,
        channel=contact.channel,
        score=contact.score,
        sought=sought.index_text(contact.company, contact.name),
        created_at=now,
        touched_at=now,
        **given,
    )
