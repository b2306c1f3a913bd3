"""One batch of contacts: what should follow their customers against what was proposed, and the moves between.

Keeps what stands, closes what moved, proposes what is missing, frees and holds by the state of the customer. All in one
transaction; a contact that moves meanwhile stays due.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from zbsync.conf import conf
from zbsync.core.findings import errors
from zbsync.core.follow.operations import ASSIGN, FOLLOW_UP, ORDERED, PERSON, WAITS
from zbsync.core.lifecycle import PROPOSAL_OPEN, ProposalEvent, ProposalState, PushState
from zbsync.core.matching import MatchKind
from zbsync.core.payload import INDIVIDUAL, UNIT
from zbsync.core.records import Kind
from zbsync.models import Contact, ErpConnection, Proposal
from zbsync.pipeline import audit, bulk, judgement, outbox, tables, worklist
from zbsync.pipeline.follow import wanted
from zbsync.pipeline.follow.assigning import CREATED, Turns
from zbsync.pipeline.follow.ground import Customer, Ground, read
from zbsync.pipeline.follow.wanted import Rules, Wanted
from zbsync.pipeline.tally import Tally

MOVED, GONE = "contact.moved", "contact.gone"
"""Why an older proposal is closed: its ground moved; the contact is gone at the source."""

VOIDED = frozenset({MOVED, GONE, "review.moved"})
"""Causes of a cancelled push that make room for a new proposal; what a person cancelled stays as it is."""

_ACTOR = audit.Actor.job("follow")


@transaction.atomic
def batch(after: int, limit: int | None, now: datetime) -> tuple[Tally, int]:
    """One batch of contacts behind the id `after`; returns what was done and the last id taken up."""
    mapping = tables.lock_rules()
    connections = list(ErpConnection.objects.filter(is_active=True).order_by("id"))
    if mapping is None or not connections:
        return Tally(), after
    size = conf().batch_size if limit is None else min(conf().batch_size, limit)
    ground = read(after, size)
    if ground is None:
        return Tally(), after
    if not ground.contacts:
        return Tally(), after
    rules, ways = tables.rule_set(mapping), wanted.ways()
    work = _Work(ground, mapping.pk, now)
    for target in tables.targets(connections):
        work.consider_all(Rules.of(target, rules.plan, ways))
    work.store()
    return Tally(len(ground.contacts), len(ground.contacts), 0), ground.contacts[-1].pk


@dataclass
class _Work:
    """The moves of one batch, gathered and then carried out with a constant number of statements."""

    ground: Ground
    mapping_id: int
    now: datetime
    closing: dict[str, list[int]] = field(default_factory=dict)
    voiding: dict[str, list[int]] = field(default_factory=dict)
    withdrawn: list[int] = field(default_factory=list)
    new: list[Proposal] = field(default_factory=list)
    freed: list[Proposal] = field(default_factory=list)
    held: list[Proposal] = field(default_factory=list)
    restated: list[Proposal] = field(default_factory=list)
    turns: list[Turns] = field(default_factory=list)

    def consider_all(self, rules: Rules) -> None:
        """Every contact of the batch, for one connection."""
        mine: dict[int, list[Any]] = {}
        for row in self.ground.before.values():
            if row.connection_id == rules.target.connection.pk:
                mine.setdefault(row.contact_id, []).append(row)
        turns = _Lazy(rules.target, self.turns)
        for contact in self.ground.contacts:
            customer = self.ground.of(contact, rules.target.connection.pk)
            self._consider(contact, customer, rules, turns, mine.get(contact.pk, []))

    def _consider(
        self, contact: Contact, customer: Customer, rules: Rules, turns: "_Lazy", before: Sequence[Any]
    ) -> None:
        alive = contact.deleted_at is None
        good = alive and bool(contact.eligible)
        found = list(self._wanted(contact, customer, rules)) if good else []
        known = {(row.operation, row.subject): row for row in before}
        person_ord = _person_ord(known.get((PERSON, contact.mobile)))
        for one in found:
            old = known.pop((one.operation, one.subject), None)
            if old is None or self._is_void(old, one.payload, customer):
                self._propose(contact, customer, rules, one, person_ord)
            elif old.state in PROPOSAL_OPEN:
                self._adjust(old, customer, person_ord)
        for row in known.values():
            stays = alive and (row.operation in ORDERED or (good and self._waits(row, customer)))
            if stays and row.state in PROPOSAL_OPEN:
                self._adjust(row, customer, person_ord)
            elif not stays:
                self._close(row, MOVED if alive else GONE)
        if good and customer.created and not customer.cause:
            self._assign(contact, customer, rules, turns, self.ground.before)

    def _wanted(self, contact: Contact, customer: Customer, rules: Rules) -> Iterable[Wanted]:
        yield from wanted.follow_ups(_kind(contact), self.ground.spoken.get(contact.pk, []), rules)
        if not customer.cause and (person := wanted.person(contact, customer, rules)):
            yield person

    def _waits(self, row: Proposal, customer: Customer) -> bool:
        """Whether what is not worked out while the customer is away stays: held, not closed."""
        return row.operation == ASSIGN or (row.operation == PERSON and bool(customer.cause))

    def _assign(
        self, contact: Contact, customer: Customer, rules: Rules, turns: "_Lazy", before: dict[Any, Proposal]
    ) -> None:
        """An owner for a customer we made, once. One that was held for want of a user is worked out anew."""
        old = before.get((contact.pk, rules.target.connection.pk, ASSIGN, CREATED))
        if old is not None and old.state != ProposalState.BLOCKED:
            return
        one = turns.get().wanted(contact)
        if old is not None and one is not None and old.findings == [found.as_json() for found in one.findings]:
            return
        if old is not None:
            self._close(old, MOVED)
        if one is not None:
            self._propose(contact, customer, rules, one, None)

    def _is_void(self, old: Any, payload: dict[str, str], customer: Customer) -> bool:
        """Whether the older proposal makes room for a new one; it is closed on the way."""
        if old.state == ProposalState.SUPERSEDED:  # a person of whom there was nothing to write
            return bool(old.payload != payload)
        same = _as_made(old) == payload
        if old.state in PROPOSAL_OPEN:
            if not same:
                self._close(old, MOVED)
            return not same
        if old.state != ProposalState.APPROVED or old.push_state is None:
            return bool(old.operation == PERSON and not same)
        if old.push_state == PushState.QUEUED and (not same or old.push_ord != customer.ord):
            self._close(old, MOVED)
            return True
        if old.push_state == PushState.CANCELLED and old.push_cause in VOIDED:
            self.withdrawn.append(old.pk)
            return True
        return bool(old.operation == PERSON and old.push_state == PushState.VERIFIED and not same)

    def _close(self, row: Any, cause: str) -> None:
        if row.state in PROPOSAL_OPEN:
            self.closing.setdefault(cause, []).append(row.pk)
        elif row.state == ProposalState.APPROVED and row.push_state == PushState.QUEUED:
            self.voiding.setdefault(cause, []).append(row.push_id_)
            self.withdrawn.append(row.pk)

    def _propose(self, contact: Contact, customer: Customer, rules: Rules, one: Wanted, person_ord: int | None) -> None:
        row = judgement.row_for(
            contact,
            self.now,
            connection_id=rules.target.connection.pk,
            operation=one.operation,
            subject=one.subject,
            mapping_id=self.mapping_id,
            kind=_kind(contact),
            state=ProposalState.MAPPED.value,
            payload=one.payload,
            fields=one.fields,
        )
        judgement.settle_findings(row, one.findings)
        if one.operation == ASSIGN and errors(one.findings):
            row.state = ProposalState.BLOCKED.value
        elif customer.cause:
            row.cause = customer.cause
        elif one.operation != PERSON:
            self._aim(row, customer, person_ord)
            row.state = ProposalState.READY.value
        row.digest = judgement.digest_of(row)
        self.new.append(row)

    def _adjust(self, row: Proposal, customer: Customer, person_ord: int | None) -> None:
        """An open proposal that stands: held while its customer is away, free when it is there, aimed at its id."""
        if row.state == ProposalState.BLOCKED:
            return
        if customer.cause:
            if row.state == ProposalState.READY:
                self._unaim(row, customer.cause)
                self.held.append(row)
            elif row.cause != customer.cause:
                row.cause, row.touched_at = customer.cause, self.now
                self.restated.append(row)
        elif row.state == ProposalState.READY and row.target_ord != customer.ord:
            self.held.append(row)
            self._aim(row, customer, person_ord)
            self.freed.append(row)
        elif row.state == ProposalState.MAPPED and row.operation != PERSON:
            self._aim(row, customer, person_ord)
            self.freed.append(row)
        elif row.state == ProposalState.MAPPED and row.cause in WAITS:
            judgement.settle_findings(row, judgement.findings_of(row))
            row.touched_at = self.now
            self.restated.append(row)

    def _aim(self, row: Proposal, customer: Customer, person_ord: int | None) -> None:
        row.match_kind, row.target_ord, row.erp_values = MatchKind.BOUND.value, customer.ord, None
        row.person_ord = person_ord if row.operation == FOLLOW_UP else None
        row.matched_at = row.touched_at = self.now
        judgement.settle_findings(row, judgement.findings_of(row))
        judgement.settle_difference(row)

    def _unaim(self, row: Proposal, cause: str) -> None:
        row.match_kind, row.target_ord, row.person_ord, row.erp_values = "", None, None, None
        row.touched_at = self.now
        judgement.settle_difference(row)
        row.cause = cause

    def store(self) -> None:
        """Carry the moves out, mark the contacts, and write the entry."""
        act = audit.new_act()
        for cause, ids in self.closing.items():
            worklist.supersede(ids, cause, act, _ACTOR, self.now)
        for cause, ids in self.voiding.items():
            outbox.void(ids, cause, act=act, actor=_ACTOR, now=self.now)
        worklist.withdraw(self.withdrawn)
        worklist.settle_match(self.held, ProposalEvent.REMATCH)
        worklist.settle_match(self.freed)
        worklist.restate(self.restated)
        worklist.insert(self.new)
        for turns in self.turns:
            turns.store()
        for contact in self.ground.contacts:
            contact.followed_version = contact.version
        bulk.update(self.ground.contacts, ("followed_version",))
        counts = Counter(row.operation for row in self.new)
        told = {"contacts": len(self.ground.contacts), "freed": len(self.freed), "held": len(self.held), **counts}
        if self.new or self.freed or self.held or self.closing:
            audit.write(act, _ACTOR, "proposal.follow", [audit.Line("contact", after=told)], now=self.now)


class _Lazy:
    """The turns of one connection, read and locked only when somebody is to be assigned."""

    def __init__(self, target: tables.Target, made: list[Turns]) -> None:
        self._target, self._made = target, made
        self._turns: Turns | None = None

    def get(self) -> Turns:
        """The turns, the same for the whole batch."""
        if self._turns is None:
            self._turns = Turns(self._target)
            self._made.append(self._turns)
        return self._turns


def _kind(contact: Contact) -> str:
    return UNIT if contact.kind == Kind.COMPANY else INDIVIDUAL


def _as_made(row: Proposal) -> dict[str, str]:
    """The payload as it was before a person edited it."""
    before = {name: edit["before"] for name, edit in row.edits.items()}
    return {name: value for name, value in {**row.payload, **before}.items() if value}


def _person_ord(row: Any) -> int | None:
    """The contact's own id among the customer's persons, once that was read back or was found to be so already."""
    if row is None:
        return None
    known = row.state == ProposalState.APPROVED and row.push_state == PushState.VERIFIED
    there: int | None = row.push_person if known else row.person_ord
    return there if known or row.state == ProposalState.SUPERSEDED else None
