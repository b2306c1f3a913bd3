"""The story itself: all rows about one contact, and the shape outsiders rely on."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import chain

from django.db.models import Q

from zbsync.core.findings import Finding
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.lifecycle import ProposalState
from zbsync.core.records import JSONObject
from zbsync.models import Attempt, Binding, Contact, Entry, Exchange, Interaction, Proposal, Push
from zbsync.pipeline.story import moments
from zbsync.pipeline.story.shapes import exchange_json, findings_of, match_json, plain, proposal_json, said

JUDGED = ("name", "phone", "mobile", "phone_verified", "score", "listing")
"""What the gate looks at: shown with every verdict, so that a passed rule can be checked too."""


@dataclass(slots=True)
class Story:
    """All rows about one contact, oldest first; `timeline()` merges them by time."""

    contact: Contact
    proposals: list[Proposal]
    pushes: list[Push]
    bindings: list[Binding]
    interactions: list[Interaction]
    entries: list[Entry]
    attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def proposal(self) -> Proposal | None:
        """The latest proposal of the customer itself."""
        return next((row for row in reversed(self.proposals) if row.operation == CUSTOMER), None)

    @property
    def following(self) -> list[Proposal]:
        """The proposals of what follows the customer, without those that were overtaken."""
        others = (row for row in self.proposals if row.operation != CUSTOMER)
        return [row for row in others if row.state != ProposalState.SUPERSEDED]

    @property
    def gate_findings(self) -> list[Finding]:
        """Why the gate held the latest proposal; [] when it did not."""
        return findings_of(self.proposal.gate_findings) if self.proposal else []

    @property
    def findings(self) -> list[Finding]:
        """What mapping, payload check and match say of the latest proposal."""
        return findings_of(self.proposal.findings) if self.proposal else []

    @property
    def verdict(self) -> str:
        """`gone`, `unknown` (not judged yet), `blocked` or `eligible`."""
        if self.contact.deleted_at is not None:
            return "gone"
        if self.contact.eligible is None:
            return "unknown"
        return "eligible" if self.contact.eligible else "blocked"

    def timeline(self) -> list[moments.Moment]:
        """Everything that happened, by time."""
        return sorted(
            chain(
                moments.seen(self.contact, self.interactions),
                moments.proposed(self.proposals),
                map(moments.acted, self.entries),
                map(moments.said, self.exchanges),
            ),
            key=lambda moment: moment.at,
        )

    def as_json(self) -> JSONObject:
        """The shape of `explain --json` (contract), with the timeline added."""
        row = self.proposal
        judged = plain(self.contact, JUDGED)
        return {
            "contact": plain(self.contact) | {"hub": self.contact.hub.name},
            "gate": {"verdict": self.verdict, "findings": said(self.gate_findings), "values": judged},
            "mapping": {"version": row.mapping.version if row else None, "fields": row.fields if row else []},
            "match": match_json(row) if row else {},
            "proposal": proposal_json(row) if row else {},
            "following": [proposal_json(row) for row in self.following],
            "bindings": [plain(one, ("ord", "khid", "provenance", "bound_at")) for one in self.bindings],
            "pushes": [self._push(push) for push in self.pushes],
            "timeline": [moment.as_json() for moment in self.timeline()],
        }

    def exchanges_of(self, push: Push, attempt: Attempt | None) -> list[Exchange]:
        """What was said during one attempt, or, with None, around them (reserving an id, reading back)."""
        attempt_id = attempt.pk if attempt else None
        return [one for one in self.exchanges if one.push_id == push.pk and one.attempt_id == attempt_id]

    def _push(self, push: Push) -> JSONObject:
        attempts = [
            plain(attempt, ("number", "outcome", "cause", "message", "started_at", "finished_at"))
            | {"exchanges": [exchange_json(one) for one in self.exchanges_of(push, attempt)]}
            for attempt in self.attempts.get(push.pk, [])
        ]
        columns = (
            "id", "state", "operation", "subject", "action", "ord", "khid", "cause", "message", "payload", "base",
            "differences", "created_at", "settled_at", "verified_at",
        )  # fmt: skip
        told = plain(push, columns) | {"findings": said(findings_of(push.findings)), "attempts": attempts}
        return told | {"exchanges": [exchange_json(one) for one in self.exchanges_of(push, None)]}


def of(contact: Contact) -> Story:
    """The story of a contact: seven queries, and one for its hub when the caller has not read it."""
    pushes = list(Push.objects.filter(contact=contact).select_related("approved_by").order_by("pk"))
    attempts: dict[int, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(push__contact=contact).order_by("push", "number"):
        attempts[attempt.push_id].append(attempt)
    proposals = Proposal.objects.filter(contact=contact).select_related("mapping", "connection", "decided_by")
    about = Q(push__contact=contact) | Q(proposal__contact=contact)
    return Story(
        contact,
        list(proposals.order_by("pk")),
        pushes,
        list(Binding.objects.filter(contact=contact).select_related("connection", "bound_by")),
        list(Interaction.objects.filter(contact=contact).order_by("at", "pk")),
        list(Entry.objects.filter(contact_id=contact.pk).order_by("pk")),
        dict(attempts),
        list(Exchange.objects.filter(about).order_by("at", "pk")),
    )
