"""What a batch of contacts rests on: their customers, what was talked about, and what was proposed before.

Read once per batch, a constant number of statements; locks are taken in the order proposals, pushes, contacts, as
everywhere.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Q

from zbsync.core.follow.operations import CUSTOMER, WAITING, WAITING_FAILED, WITHDRAWN
from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.models import Binding, Contact, ErpRecord, Interaction, Proposal, Push

NOTHING_TO_WRITE = "nothing_to_write"
FAILED = (PushState.REJECTED, PushState.DEAD, PushState.DRIFTED, PushState.IN_DOUBT)
ON_ITS_WAY = (PushState.QUEUED, PushState.LEASED, PushState.SENDING, PushState.ACCEPTED)
CLOSED = (PushState.CANCELLED, PushState.BURIED)

Pair = tuple[int, int]
"""Contact and connection."""

Key = tuple[int, int, str, str]
"""Contact, connection, operation, subject."""


@dataclass(frozen=True, slots=True)
class Customer:
    """How a contact's customer stands in one ERP: its id, and the cause for which what follows it waits ("": free).

    `created` says that we made it and read it back, `mobile` the number of its first contact person.
    """

    ord: int | None = None
    cause: str = WAITING
    created: bool = False
    mobile: str | None = None


@dataclass(slots=True)
class Ground:
    """One batch. `before` is the last proposal of each key that still counts, with its push's state and cause."""

    contacts: list[Contact]
    customers: dict[Pair, Customer] = field(default_factory=dict)
    spoken: dict[int, list[Interaction]] = field(default_factory=dict)
    before: dict[Key, Proposal] = field(default_factory=dict)

    def of(self, contact: Contact, connection_id: int) -> Customer:
        """A contact's customer in one ERP."""
        return self.customers.get((contact.pk, connection_id), Customer())


def read(after: int, size: int) -> Ground | None:
    """The next contacts behind the id `after`, locked, with all they rest on; None when there are none.

    Wants a transaction. Contacts that another drain took meanwhile are left out.
    """
    ids = list(Contact.objects.to_follow().filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:size])
    if not ids:
        return None
    open_ = Proposal.objects.open().filter(contact__in=ids).exclude(operation=CUSTOMER)
    list(open_.order_by("pk").select_for_update().values_list("pk", flat=True))
    waiting = Push.objects.queued().filter(contact__in=ids).exclude(operation=CUSTOMER)
    list(waiting.order_by("pk").select_for_update().values_list("pk", flat=True))
    due = Contact.objects.to_follow().filter(pk__in=ids)
    ground = Ground(list(due.order_by("pk").select_for_update()), before=_before(ids))
    ground.customers = _customers(ids)
    for one in Interaction.objects.filter(contact__in=ids).order_by("pk"):
        ground.spoken.setdefault(one.contact_id, []).append(one)
    return ground


def _before(ids: Collection[int]) -> dict[Key, Proposal]:
    """The last proposal of each key that was not overtaken or taken back. That a person has nothing to write counts."""
    counts = ~Q(state=ProposalState.SUPERSEDED) | Q(cause=NOTHING_TO_WRITE)
    rows = Proposal.objects.filter(counts, contact__in=ids).exclude(operation=CUSTOMER).exclude(cause=WITHDRAWN)
    told = rows.defer("gate_findings", "candidates").annotate(
        push_id_=F("push__pk"),
        push_state=F("push__state"),
        push_cause=F("push__cause"),
        push_ord=F("push__ord"),
        push_person=F("push__person_ord"),
    )
    return {key_of(row): row for row in told.order_by("pk")}


def key_of(row: Proposal) -> Key:
    """What of a proposal there is one at a time."""
    return row.contact_id, row.connection_id, row.operation, row.subject


def _customers(ids: Collection[int]) -> dict[Pair, Customer]:
    bound = {
        (contact_id, connection_id): ord_
        for contact_id, connection_id, ord_ in Binding.objects.filter(contact__in=ids).values_list(
            "contact_id", "connection_id", "ord"
        )
    }
    mobiles = _mobiles(bound)
    pushes: dict[Pair, list[Mapping[str, Any]]] = defaultdict(list)
    said = Push.objects.filter(contact__in=ids, operation=CUSTOMER).exclude(state__in=CLOSED).order_by("pk")
    for row in said.values("contact_id", "connection_id", "state", "action"):
        pushes[row["contact_id"], row["connection_id"]].append(row)
    return {
        pair: Customer(
            bound.get(pair),
            _cause(bound.get(pair), pushes[pair]),
            any(row["action"] == "create" and row["state"] == PushState.VERIFIED for row in pushes[pair]),
            mobiles.get(pair),
        )
        for pair in {*bound, *pushes}
    }


def _cause(ord_: int | None, pushes: Sequence[Mapping[str, Any]]) -> str:
    last = pushes[-1]["state"] if pushes else ""
    if last in FAILED:
        return WAITING_FAILED
    return WAITING if ord_ is None or last in ON_ITS_WAY else ""


def _mobiles(bound: Mapping[Pair, int]) -> dict[Pair, str]:
    """The number of each customer's first person, as far as the mirror knows the customer in full."""
    owners = {connection_id for _, connection_id in bound}
    known = ErpRecord.objects.filter(connection__in=owners, ord__in=set(bound.values()), detailed_at__isnull=False)
    numbers = {(one.connection_id, one.ord): one.mobile or one.phone for one in known.only(*_NUMBERS)}
    return {pair: numbers[pair[1], ord_] for pair, ord_ in bound.items() if (pair[1], ord_) in numbers}


_NUMBERS = ("connection_id", "ord", "mobile", "phone")
