"""What must hold after a fire, asked of the ERP's journal and of our tables. Each question answers rows of its own.

Needs Django set up on the installation's database. It changes nothing.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.fire.table import Row
from tests.bench.fire.town import LEASE_S
from zbsync.core.lifecycle import PushState
from zbsync.core.payload import payload_digest
from zbsync.models import Attempt, Binding, Contact, Entry, Exchange, Proposal, Push
from zbsync.pipeline import outbox
from zbsync.pipeline.tables import OPERATION
from zbsync.sandbox.store import Seen, Store

SAVE = "__sys_dosave"
LOGIN = ("login", "login.asp")
CLOCK_S = 0.05
"""Two readings of one clock may differ by so much."""

WHILE_S = 3 * LEASE_S
"""A request, and what becomes of it here, lie no further apart."""

STATES_FOR_A_PERSON = ("rejected", "dead", "drifted")


@dataclass(frozen=True)
class Ledger:
    """Both sides, read once."""

    store: Store
    deaths: Sequence[float]
    pushes: Sequence[Any]
    seen: Sequence[Seen]

    @classmethod
    def of(cls, store: Store, deaths: Sequence[float]) -> "Ledger":
        """The ledger as it stands."""
        pushes = list(Push.objects.select_related("proposal", "contact").order_by("pk"))
        return cls(store, deaths, pushes, store.log())

    def questions(self) -> Iterator[Row]:
        """Every invariant, one row each."""
        asked: tuple[Callable[[], Row], ...] = (
            self.settled, self.shown, self.once, self.lost, self.unapproved, self.digests, self.values, self.told,
            self.evidence, self.heard, self.chain,
        )  # fmt: skip
        for ask in asked:
            yield ask()

    def _customers(self) -> list[Any]:
        """The pushes that make or change the customer itself."""
        return [push for push in self.pushes if push.operation == OPERATION]

    def settled(self) -> Row:
        """After the calm nobody holds a lease, and nothing waits for a time or for a look."""
        row = Row("no push is left leased or sending, none waits for a machine")
        for push in self.pushes:
            waits = push.state in ("queued", "leased", "sending", "accepted")
            row.want(not waits, f"push {push.pk} is {push.state} {push.cause}")
        return row

    def shown(self) -> Row:
        """What did not arrive stands before a person, with its reason."""
        row = Row("every doubt is settled, or shown with what a person can do")
        for push in self.pushes:
            if push.state == PushState.IN_DOUBT:
                row.want(push.cause in outbox.FOR_A_PERSON, f"push {push.pk} in doubt: {push.cause!r}")
            elif push.state in STATES_FOR_A_PERSON:
                row.want(push.cause, f"push {push.pk} is {push.state} without a reason")
        return row

    def once(self) -> Row:
        """Of the ERP: one customer for a number of ours, made once."""
        row = Row("each approved contact exists exactly once in the ERP")
        held = Counter(one["khid"] for one in self.store.customers() if one["khid"].startswith("WX"))
        made = Counter(seen.ord for seen in self.store.writes() if seen.effect == "created")
        bound = dict(Binding.objects.values_list("contact_id", "ord"))
        for contact in {push.contact for push in self._customers()}:
            arrived = [one for one in self._customers() if one.contact_id == contact.pk and one.state == "verified"]
            creates = {push.ord for push in arrived if push.action == "create"}
            khid = f"WX{contact.source_id}"
            row.want(held[khid] <= 1, f"{khid}: {held[khid]} customers")
            row.want(len(creates) <= 1, f"{khid}: created as {creates}")
            if arrived:
                there = self.store.record(bound.get(contact.pk, 0))
                row.want(
                    there is not None and there["del"] == 1, f"{khid}: bound to {bound.get(contact.pk)}, not there"
                )
                row.want({push.ord for push in arrived} == {bound.get(contact.pk)}, f"{khid}: {bound.get(contact.pk)}")
        for ord_, count in made.items():
            row.want(count == 1, f"customer {ord_} was made {count} times")
        return row

    def lost(self) -> Row:
        """Of us: every approval became a push that came to an end, or a binding."""
        row = Row("no approval is lost")
        pushed = {push.proposal_id: push for push in self.pushes}
        linked = set(Binding.objects.values_list("contact_id", flat=True))
        undone = set(Entry.objects.filter(verb="proposal.undo").values_list("subject_id", flat=True))
        for proposal in Proposal.objects.filter(state="approved"):
            if proposal.pk in undone:
                continue
            kept = pushed.get(proposal.pk) if proposal.action != "link" else proposal.contact_id in linked
            row.want(kept, f"proposal {proposal.pk} ({proposal.action}) came to nothing")
        for push in self.pushes:
            ends = push.state in ("verified", "cancelled", *STATES_FOR_A_PERSON)
            row.want(ends or push.cause, f"push {push.pk} is {push.state}")
        return row

    def unapproved(self) -> Row:
        """Of the ERP: whatever was written there belongs to a push."""
        row = Row("nothing was written that was not approved")
        ours = {push.ord for push in self.pushes}
        approved = set(Entry.objects.filter(verb="proposal.approve").values_list("subject_id", flat=True))
        for seen in self.store.writes():
            row.want(seen.ord in ours, f"call {seen.seq} {seen.effect} customer {seen.ord}, no push's")
        for push in self.pushes:
            row.want(push.proposal_id in approved, f"push {push.pk} of a proposal nobody approved")
        return row

    def digests(self) -> Row:
        """Of us: what was pushed is what was approved, to the letter."""
        row = Row("pushed with exactly the approved digest")
        approvals = Entry.objects.filter(verb="proposal.approve")
        named: dict[Any, Any] = dict(approvals.values_list("subject_id", "after__digest"))
        for push in self.pushes:
            one = push.proposal
            writes = {each["target"]: (each["before"], each["after"]) for each in one.changes if each["written"]}
            digest = payload_digest(
                one.operation, one.kind, one.target_ord, one.payload, one.contact_version, one.mapping_id, writes
            )
            row.want(digest == one.digest == push.digest == named.get(one.pk), f"push {push.pk}: digests differ")
        return row

    def values(self) -> Row:
        """Both: the ERP holds what the last push that arrived meant to say, and every save said what was approved."""
        row = Row("the ERP holds the approved values, every save carried them")
        last: dict[int, Any] = {}
        for push in self._customers():
            if push.state == "verified":
                last[push.contact_id] = push
        for push in last.values():
            found = self.store.record(push.ord)
            held = dict(found) if found else {}
            differ = {name: held.get(name) for name, value in push.payload.items() if held.get(name) != value}
            row.want(not differ, f"customer {push.ord} of push {push.pk}: {differ} instead of {push.payload}")
        for push, body in _saves():
            others = {name for name, value in push.payload.items() if body.get(name) != value}
            row.want(not others, f"push {push.pk} was sent with other {others}")
        return row

    def told(self) -> Row:
        """Of the audit: no step of any push is missing, and each was made from where the last one ended."""
        row = Row("the audit tells every step of every push")
        steps: dict[int, list[Any]] = defaultdict(list)
        for entry in Entry.objects.filter(subject="push").order_by("pk"):
            if isinstance(entry.before, dict) and "state" in entry.before:
                steps[entry.subject_id or 0].append(entry)
        for push in self.pushes:
            chain = [(entry.before["state"], entry.after["state"]) for entry in steps[push.pk]]
            ends = [after for _, after in chain]
            row.want([before for before, _ in chain] == ["queued", *ends[:-1]], f"push {push.pk}: {chain}")
            row.want((ends or ["queued"])[-1] == push.state, f"push {push.pk} is {push.state}, last told {ends[-1:]}")
        return row

    def evidence(self) -> Row:
        """Of tries: each is closed, and none was made that is not written down."""
        row = Row("every attempt is closed and has its exchange, or was found by looking")
        said = set(Exchange.objects.filter(attempt__isnull=False).values_list("attempt_id", flat=True))
        for attempt in Attempt.objects.all():
            row.want(attempt.outcome != "sending", f"attempt {attempt.pk} of push {attempt.push_id} was never closed")
            silent = attempt.cause == "lease_lapsed" or attempt.outcome == "deferred"
            row.want(
                attempt.pk in said or silent, f"attempt {attempt.pk}: {attempt.outcome} {attempt.cause}, no exchange"
            )
        return row

    def heard(self) -> Row:
        """Of the ERP: every request it saw is kept; a save that is not is an attempt whose process died in the
        silence, any other one was in the hands of something that died within the lease. A save that a dead session
        turned away is said once more by the same attempt.
        """
        row = Row("every request the ERP saw has its exchange, or died in the silence")
        kept = _exchanges()
        lapsed = _lapsed()
        for seen in self.seen:
            path = seen.path.lower()
            key = (path, seen.cmdkey, "" if path.endswith(LOGIN) else seen.content)
            since, until = seen.at - WHILE_S, seen.at + CLOCK_S
            if _take(kept[key], since, until):
                row.want(True)
            elif seen.cmdkey == SAVE:
                again = seen.effect == "expired" and any(since <= at <= until for at in lapsed[seen.ord])
                explained = again or _take(lapsed[seen.ord], since, until)
                row.want(explained, f"save {seen.seq} of customer {seen.ord}: {seen.effect}")
            else:
                near = any(seen.at - 1 <= at <= seen.at + WHILE_S for at in self.deaths)
                row.want(near, f"call {seen.seq} {seen.path} {seen.cmdkey} at {seen.at:.1f}, nothing had died")
        return row

    def chain(self) -> Row:
        """Of contacts: nothing is asked or sent twice over."""
        row = Row("a contact has one open proposal and one open push of an operation at most")
        for model, states in ((Proposal, ("blocked", "mapped", "ready")), (Push, ("queued", "leased", "sending"))):
            rows: Any = model._default_manager.filter(state__in=states)
            counted = Counter(rows.values_list("contact_id", "operation"))
            for contact in Contact.objects.values_list("pk", flat=True):
                many = {operation: count for (one, operation), count in counted.items() if one == contact and count > 1}
                row.want(not many, f"contact {contact}: open {model.__name__} {many}")
        return row


def _saves() -> Iterator[tuple[Any, dict[str, str]]]:
    """Every save that was said, with its push and the fields it carried."""
    for said in Exchange.objects.filter(operation__startswith="save_", push__isnull=False).select_related("push"):
        yield said.push, _fields(said.request_body)


def _fields(body: str) -> dict[str, str]:
    told = json.loads(body) if body.startswith("{") else {}
    return {one["id"]: str(one["val"]) for one in told.get("datas", [])}


def _exchanges() -> dict[tuple[str, str, str], list[float]]:
    """When each request was said, oldest first: by page, command and the digest of its data, as the ERP takes it.

    What a login said is redacted here.
    """
    found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for said in Exchange.objects.order_by("at").only("url", "request_body", "at", "operation", "connection"):
        path = "/" + said.url.split("/", 3)[3].partition("?")[0].lower()
        told = json.loads(said.request_body) if said.request_body.startswith("{") else {}
        text = json.dumps(sorted(_fields(said.request_body).items()), ensure_ascii=False, separators=(",", ":"))
        content = "" if said.operation == "login" else hashlib.sha256(text.encode()).hexdigest()[:16]
        found[path, told.get("cmdkey", ""), content].append(said.at.timestamp())
    return found


def _lapsed() -> dict[int | None, list[float]]:
    """When each attempt began whose process vanished, by the id it was made under."""
    found: dict[int | None, list[float]] = defaultdict(list)
    for attempt in Attempt.objects.filter(cause="lease_lapsed").select_related("push").order_by("started_at"):
        found[attempt.push.ord].append(attempt.started_at.timestamp())
    return found


def _take(times: list[float], since: float, until: float) -> bool:
    """Use up the oldest time in the span."""
    for place, at in enumerate(times):
        if since <= at <= until:
            del times[place]
            return True
    return False
