"""The worklist: the only writer of `Proposal.state`.

Called by propose (insert, supersede), match (settle, postpone) and review (decide, rematch). Every change
locks the rows, asks `core.lifecycle` which states the event may leave, and writes only those rows: a
compare-and-swap of many rows in two statements. All of it runs in the caller's transaction, so that a deed
and its entry cannot part. It judges nothing and talks to nobody.
"""

import copy
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from zbsync.core.follow.operations import CUSTOMER, WITHDRAWN
from zbsync.core.lifecycle import ProposalEvent, ProposalState, next_proposal_state, proposal_sources
from zbsync.models import Contact, MappingState, Proposal, Push, hands
from zbsync.pipeline import audit, bulk, judgement, tables

_MATCH_FIELDS = (
    "state", "digest", "findings", "has_errors", "cause", "match_kind", "candidates", "target_ord", "action",
    "erp_values", "changes", "match_error", "match_after", "matched_at", "touched_at", "person_ord",
)  # fmt: skip

_LOCKED = (
    "id", "state", "operation", "digest", "contact_id", "connection_id", "edits", "target_chosen", "target_ord",
    "not_same",
)  # fmt: skip


def insert(proposals: Sequence[Proposal]) -> None:
    """Insert new proposals; IntegrityError when a contact has an open one. Keys are not read back."""
    _in_transaction()
    bulk.insert(proposals)


def open_of(contact_ids: Collection[int], operation: str) -> list[Proposal]:
    """The open proposals of these contacts, locked: at most one per contact and connection."""
    rows = Proposal.objects.open().filter(contact_id__in=contact_ids, operation=operation)
    return list(rows.only(*_LOCKED).order_by("pk").select_for_update())


def last_of(contact_ids: Collection[int], operation: str) -> dict[tuple[int, int], Proposal]:
    """The latest proposal of each contact, whatever became of it, by (contact, connection): what a person did to it."""
    of = Proposal.objects.filter(contact_id__in=contact_ids, operation=operation).order_by()
    last = of.values("contact_id", "connection_id").annotate(last=Max("pk")).values("last")
    worked = "contact_id", "connection_id", "state", "edits", "findings", "not_same", "target_chosen", "target_ord"
    return {(row.contact_id, row.connection_id): row for row in Proposal.objects.filter(pk__in=last).only(*worked)}


def supersede(ids: Collection[int], cause: str, act: uuid.UUID, actor: audit.Actor, now: datetime) -> set[int]:
    """Close open proposals whose ground moved; returns those that were open.

    An entry is written for each that a person had worked on (edited, chosen a target, judged a candidate):
    their work is void and somebody may ask why. The rest is counted in the entry of the caller's batch.
    """
    rows = _movable(ids, ProposalEvent.SUPERSEDE)
    _move(rows, ProposalEvent.SUPERSEDE, cause=cause, touched_at=now)
    lines = [
        audit.Line(
            "proposal",
            row.pk,
            row.contact_id,
            before={"state": row.state, "edits": row.edits, "target": row.target_ord},
            after={"state": "superseded", "cause": cause},
        )
        for row in rows
        if row.edits or row.target_chosen or row.not_same
    ]
    if lines:
        audit.write(act, actor, "proposal.supersede", lines, now=now, reason=cause)
    return {row.pk for row in rows}


def hold(seen: Mapping[int, str]) -> set[int]:
    """Lock the rows to match that are as they were taken up, all at once and by id; returns theirs.

    `seen` is id → digest at that time: a row somebody changed meanwhile is left alone and stays due.
    """
    _in_transaction()
    rows = Proposal.objects.filter(pk__among=seen.keys(), state__in=proposal_sources(ProposalEvent.MATCHED))
    held = rows.order_by("pk").select_for_update().values_list("pk", "digest")
    return {pk for pk, digest in held if digest == seen[pk]}


def settle_match(rows: Sequence[Proposal], event: ProposalEvent = ProposalEvent.MATCHED) -> None:
    """Store what matching found on rows in `hold`: MATCHED (to review), SUPERSEDE (nothing is left to do) or, for what
    follows a customer, REMATCH (its customer is away).
    """
    _in_transaction()
    for row in rows:
        row.state = next_proposal_state(ProposalState(row.state), event).value
    bulk.update(rows, _MATCH_FIELDS)


def restate(rows: Sequence[Proposal]) -> None:
    """Store why locked rows that stay where they are wait."""
    _in_transaction()
    bulk.update(rows, ("cause", "has_errors", "touched_at"), where=("id", "state"))


def postpone(rows: Sequence[Proposal]) -> None:
    """Looking failed: tell `match_error` and `match_after`, and keep the rows, in `hold`, to match as they are."""
    _in_transaction()
    bulk.update(rows, ("match_error", "match_after"), where=("id", "state", "digest"))


def looked_again(ids: Collection[int], now: datetime) -> int:
    """Approved proposals whose customer was looked for again, and is as absent as before."""
    _in_transaction()
    return Proposal.objects.filter(pk__in=list(ids), state=ProposalState.APPROVED).update(matched_at=now)


def decide(
    digests: Mapping[int, str], event: ProposalEvent, by: AbstractBaseUser, now: datetime, reason: str = ""
) -> set[int]:
    """A person's decision (APPROVE, REJECT) on rows that are still as shown; returns the ids that moved.

    `digests` is id → the digest the person saw. The caller has checked the permission and writes the entries.
    """
    rows = [row for row in _movable(digests, event) if row.digest == digests[row.pk]]
    _move(rows, event, decided_by=by, decided_at=now, reason=reason[:500], touched_at=now)
    if event is ProposalEvent.APPROVE:
        _tell_rivals(rows)
    return {row.pk for row in rows}


def rematch(ids: Collection[int]) -> set[int]:
    """Send proposals to review back to be matched (a person edited a key, or chose a target not read yet)."""
    rows = _movable(ids, ProposalEvent.REMATCH)
    _move(rows, ProposalEvent.REMATCH, match_after=None, match_error="")
    return {row.pk for row in rows}


def remap(contacts: Q, *, declined: bool = False) -> int:
    """Make these contacts due again for gate and mapping, because the rules changed; returns how many.

    What a person declined stays declined, as long as the contact is the same, unless `declined` asks for it. The
    caller holds `tables.lock_rules()`, so that no batch under the old rules can end after this.
    """
    _in_transaction()
    rows = Contact.objects.present().filter(contacts, proposed_version__gt=0)
    if not declined:
        same = {"contact": OuterRef("pk"), "contact_version": OuterRef("version")}
        of_version = Proposal.objects.filter(operation=CUSTOMER, **same)
        wanted = of_version.exclude(state__in=[ProposalState.REJECTED, ProposalState.SUPERSEDED])
        rows = rows.filter(~Exists(of_version.filter(state=ProposalState.REJECTED)) | Exists(wanted))
    return rows.update(proposed_version=0, followed_version=0)


def withdraw(ids: Collection[int]) -> None:
    """Say of decided proposals that nothing came of them and that they may be proposed again; their state stays."""
    _in_transaction()
    decided = Proposal.objects.filter(pk__in=ids, state__in=[ProposalState.APPROVED, ProposalState.REJECTED])
    decided.update(cause=WITHDRAWN)


def follow_again(contact_ids: Collection[int]) -> None:
    """Have what follows these contacts' customers looked at again: a binding came or went, a rule changed."""
    _in_transaction()
    Contact.objects.filter(pk__in=contact_ids).update(followed_version=0)


def tell_remapped(
    pushes: Mapping[int, int], act: uuid.UUID, actor: audit.Actor, now: datetime, reason: str = ""
) -> None:
    """Entries for failed pushes (id -> contact) whose contacts a person made due again."""
    lines = [audit.Line("push", pk, contact_id, after={"proposed": "again"}) for pk, contact_id in pushes.items()]
    audit.write(act, actor, "contact.remap", lines, now=now, reason=reason)


def to_reopen(pushes: QuerySet[Push]) -> QuerySet[Push]:
    """Those of the pushes whose proposal may be put before a person again as it was: nothing newer was proposed for
    the contact, and neither contact nor mapping moved, or else propose makes a newer one by itself.
    """
    newer = Proposal.objects.filter(
        contact=OuterRef("contact"),
        connection=OuterRef("connection"),
        operation=OuterRef("operation"),
        pk__gt=OuterRef("proposal_id"),
    )
    still = Q(proposal__contact_version=F("contact__version"), contact__deleted_at__isnull=True)
    settled = Q(contact__proposed_version=F("contact__version"), proposal__mapping__state=MappingState.PUBLISHED)
    return pushes.filter(still & settled & ~Exists(newer))


def reopen(
    pushes: QuerySet[Push],
    act: uuid.UUID,
    actor: audit.Actor,
    now: datetime,
    *,
    reason: str = "",
    change: Callable[[Proposal], bool] = lambda _row: True,
) -> set[int]:
    """Propose again what these failed pushes said: a new proposal each, to be matched; answers the pushes' ids.

    A person's edits and "not the same" stay, the choice of a target does not: it has failed. `change` may rework the
    new row, and leaves it out by answering False.
    """
    _in_transaction()
    tables.lock_rules()  # so that propose makes no proposal of these contacts meanwhile
    rows = to_reopen(pushes).select_related("proposal__connection").order_by("pk")
    made = {push.pk: copied for push in rows if change(copied := _again(push.proposal, now))}
    insert(list(made.values()))
    lines = [audit.Line("push", pk, row.contact_id, after={"proposed": "again"}) for pk, row in made.items()]
    audit.write(act, actor, "proposal.reopen", lines, now=now, reason=reason)
    return set(made)


def _again(row: Proposal, now: datetime) -> Proposal:
    """A decided proposal as if it had just been mapped."""
    fresh = copy.copy(row)
    fresh.pk, fresh._state = None, copy.copy(row._state)
    fresh._state.adding = True
    fresh.state, fresh.match_kind, fresh.match_error = ProposalState.MAPPED, "", ""
    fresh.target_ord = fresh.erp_values = fresh.match_after = fresh.matched_at = None
    fresh.target_chosen, fresh.candidates = False, []
    fresh.hands = hands.without(fresh.hands, hands.CREATED)
    fresh.decided_at = fresh.decided_by = None
    fresh.reason, fresh.created_at, fresh.touched_at = "", now, now
    kept = (one for one in judgement.findings_of(row) if not one.code.startswith("match."))
    judgement.settle_findings(fresh, kept)
    judgement.settle_difference(fresh)
    return fresh


def _in_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("the worklist changes states only inside a transaction")


def _movable(ids: Collection[int] | Mapping[int, str], event: ProposalEvent) -> list[Proposal]:
    """The rows that the event may move, locked until the transaction ends."""
    _in_transaction()
    if not ids:
        return []
    rows = Proposal.objects.filter(pk__in=list(ids), state__in=proposal_sources(event)).only(*_LOCKED)
    return list(rows.order_by("id").select_for_update())


def _move(rows: Sequence[Proposal], event: ProposalEvent, **values: object) -> None:
    """Write the event's target state and `values` to rows that `_movable` locked."""
    targets: dict[str, list[int]] = {}
    for row in rows:
        targets.setdefault(next_proposal_state(ProposalState(row.state), event), []).append(row.pk)
    for target, ids in targets.items():
        Proposal.objects.filter(pk__in=ids).update(state=target, **values)


def _tell_rivals(rows: Sequence[Proposal]) -> None:
    """Whoever waits for the customer that one of these just took is matched afresh, and then told so.

    Rows that somebody else has in hand are passed over, never waited for: their ids may be lower than those already
    locked here. Approving such a row finds the customer taken.
    """
    taken = [row for row in rows if row.operation == CUSTOMER and row.target_ord is not None]
    if not taken:
        return
    mine = Q(pk__in=[row.pk for row in rows])
    waiting = Proposal.objects.for_review().filter(
        operation=CUSTOMER,
        target_ord__in={row.target_ord for row in taken},
        connection_id__in={row.connection_id for row in taken},
    )
    free = waiting.exclude(mine).order_by("pk").select_for_update(skip_locked=True)
    rematch(list(free.values_list("pk", flat=True)))
