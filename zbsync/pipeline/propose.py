"""Gate and mapping: each contact that moved gets a new proposal, held by the gate or ready to be matched.

Called by the drain and by `run`. A batch is one transaction: it locks the rules, reads contacts that are due,
closes their older proposals, writes the new ones and marks the contacts as proposed, each only if it is still
the version that was read. No ERP call, no network. A contact whose push is being sent waits for its end.
"""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from zbsync.conf import conf
from zbsync.core.findings import Finding, Severity, errors
from zbsync.core.lifecycle import PUSH_OPEN, ProposalState, PushState
from zbsync.core.records import ContactRecord
from zbsync.models import Contact, ErpConnection, Proposal, Push
from zbsync.models.contact import ContactQuerySet
from zbsync.pipeline import audit, bulk, customers, judgement, outbox, tables, worklist
from zbsync.pipeline.tally import Tally

MOVED = "contact.moved"
GONE = "contact.gone"
"""Why an older proposal is closed: the contact or a rule changed; it is gone at the source."""

LOST = "review.edits_lost"
"""A person's edits of the proposal before are not in this one."""

_ACTOR = audit.Actor.job("propose")
_ON_ITS_WAY = [state.value for state in PUSH_OPEN if state is not PushState.QUEUED]

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one batch works with."""

    rules: tables.RuleSet
    targets: Sequence[tables.Target]
    act: uuid.UUID
    now: datetime


def due() -> ContactQuerySet:
    """Contacts a drain would take up now: due, and nothing of theirs is being said to the ERP."""
    talking = Push.objects.filter(contact=OuterRef("pk"), operation=tables.OPERATION, state__in=_ON_ITS_WAY)
    return Contact.objects.due().filter(~Exists(talking))


def drain(until: float | None = None, limit: int | None = None, progress: Progress | None = None) -> Tally:
    """Propose for every contact that is due, in batches, until none is left or `until` (monotonic) passes.

    `done` counts contacts with a proposal for the ERP, `failed` those the gate or a finding holds.
    """
    began, tally, last = time.monotonic(), Tally(), 0
    while limit is None or tally.seen < limit:
        size = conf().batch_size if limit is None else min(conf().batch_size, limit - tally.seen)
        before = last
        took, last = _batch(before, size)
        tally.add(took)
        if progress:
            progress(tally.seen, None)
        if last == before or (until is not None and time.monotonic() >= until):
            break
    tally.seconds = time.monotonic() - began
    return tally


@transaction.atomic
def _batch(after: int, size: int) -> tuple[Tally, int]:
    """One batch of contacts behind the id `after`; returns what was done and the last id taken up."""
    mapping = tables.lock_rules()
    connections = list(ErpConnection.objects.filter(is_active=True).order_by("id"))
    if mapping is None or not connections:
        return Tally(), after
    contacts = list(due().filter(pk__gt=after).order_by("pk")[:size])
    if not contacts:
        return Tally(), after
    batch = _Batch(tables.rule_set(mapping), tables.targets(connections), audit.new_act(), timezone.now())
    free, superseded = _close_older(contacts, batch)
    proposals = [proposal for contact, record in _records(free, batch) for proposal in _propose(contact, record, batch)]
    older = worklist.last_of([contact.pk for contact in free], tables.OPERATION)
    for proposal in proposals:
        _carry_over(proposal, older.get((proposal.contact_id, proposal.connection_id)))
        proposal.digest = judgement.digest_of(proposal)
    worklist.insert(proposals)
    _mark(free, proposals)
    _add_channels(free, batch)
    counts = Counter(proposal.state for proposal in proposals)
    held = {proposal.contact_id for proposal in proposals if proposal.cause}
    _tell(batch, len(free), superseded, counts)
    return Tally(len(free), len(free) - len(held), len(held)), contacts[-1].pk


def _close_older(contacts: Sequence[Contact], batch: _Batch) -> tuple[list[Contact], int]:
    """Void what waits to be sent and supersede what waits for a person; returns the contacts that are free of either,
    and how many proposals were closed.

    Open proposals are locked first: an approval under way has either queued its push by then, which is void with the
    others, or finds its proposal closed.
    """
    ids = [contact.pk for contact in contacts]
    older = worklist.open_of(ids, tables.OPERATION)
    busy = outbox.void_queued(ids, "review.moved", batch.act, _ACTOR, batch.now)
    free = [contact for contact in contacts if contact.pk not in busy]
    closing = {contact.pk: GONE if contact.deleted_at else MOVED for contact in free}
    for cause in (MOVED, GONE):
        rows = [row.pk for row in older if closing.get(row.contact_id) == cause]
        worklist.supersede(rows, cause, batch.act, _ACTOR, batch.now)
    return free, sum(row.contact_id in closing for row in older)


def _records(contacts: Sequence[Contact], batch: _Batch) -> Iterator[tuple[Contact, ContactRecord]]:
    """The contacts that are still there, as gate and mapping read them."""
    present = [contact for contact in contacts if contact.deleted_at is None]
    rules = batch.rules
    return customers.contacts.records(present, interactions=rules.reads_interactions, deals=rules.reads_deals)


def _propose(contact: Contact, record: ContactRecord, batch: _Batch) -> Iterator[Proposal]:
    """One proposal per connection. What the gate holds is mapped too: "why" wants the whole story."""
    verdict = batch.rules.gate.judge(record)
    for target in batch.targets:
        mapped = batch.rules.plan.apply(record, target.tables)
        explained = {finding.field for finding in mapped.findings}
        findings = [*mapped.findings, *target.checks.check(mapped.kind, mapped.values, explained)]
        yield judgement.row_for(
            contact,
            batch.now,
            connection_id=target.connection.pk,
            operation=tables.OPERATION,
            mapping_id=batch.rules.mapping_id,
            state=ProposalState.BLOCKED.value if errors(verdict) else ProposalState.MAPPED.value,
            kind=mapped.kind,
            payload=mapped.values,
            fields=mapped.fields,
            gate_findings=[finding.as_json() for finding in verdict],
            findings=[finding.as_json() for finding in findings],
            has_errors=bool(errors(findings)),
            cause=_cause([*verdict, *findings]),
        )


def _cause(findings: Sequence[Finding]) -> str:
    return next((finding.code for finding in errors(findings)), "")


def _carry_over(proposal: Proposal, older: Proposal | None) -> None:
    """What a person said of contact and customer outlives the version: who is not the same, who it is.

    "Create anyway" does not: the new version may well be somebody who is there. Nor do edits, which were made to
    another text; the new proposal says which went.
    """
    if older is None:
        return
    lost: dict[str, str | None] = {}
    if older.state == ProposalState.SUPERSEDED:  # nobody decided on it: who edited the one before has not seen it
        told = (one["params"]["fields"] for one in older.findings if one["code"] == LOST)
        lost = dict.fromkeys(name for fields in told for name in fields.split(", "))
    lost |= {name: one["value"] for name, one in older.edits.items()}
    gone = [name for name, value in lost.items() if value is None or value != proposal.payload.get(name, "")]
    if gone:
        proposal.findings.append(Finding(LOST, severity=Severity.INFO, params={"fields": ", ".join(gone)}).as_json())
    proposal.not_same = older.not_same
    if older.target_chosen and older.target_ord is not None:
        proposal.target_chosen, proposal.target_ord = True, older.target_ord


def _mark(contacts: Sequence[Contact], proposals: Sequence[Proposal]) -> None:
    """Contacts are proposed as of the version that was read; one that moved meanwhile stays due."""
    eligible = {proposal.contact_id for proposal in proposals if proposal.state == ProposalState.MAPPED}
    for contact in contacts:
        contact.proposed_version, contact.eligible = contact.version, contact.pk in eligible
    bulk.update(contacts, ("proposed_version", "eligible"), where=("id", "version"))


def _add_channels(contacts: Sequence[Contact], batch: _Batch) -> None:
    """A channel nobody has met gets its row in the table of source codes, for a person to decide."""
    channels = {contact.channel for contact in contacts if contact.channel}
    for target in batch.targets:
        if unmet := channels - target.tables.source_codes.keys():
            tables.add_source_codes(target.connection, unmet)


def _tell(batch: _Batch, seen: int, superseded: int, counts: Mapping[str, int]) -> None:
    after = {"contacts": seen, "superseded": superseded, "mapping": batch.rules.version, **counts}
    audit.write(batch.act, _ACTOR, "proposal.propose", [audit.Line("contact", after=after)], now=batch.now)
