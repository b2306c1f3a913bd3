"""Moments: single things that happened, from entries, exchanges and the rows themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.records import JSONObject
from zbsync.models import Contact, Entry, Exchange, Interaction, Proposal
from zbsync.sentences import tell


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: `what` is a code for `sentences.tell`; a thing said on the wire has its exchange."""

    at: datetime
    what: str
    who: str = ""
    subject: str = ""
    subject_id: int | None = None
    before: Any = None
    after: Any = None
    reason: str = ""
    exchange: Exchange | None = None

    @property
    def sentence(self) -> str:
        """What happened, in the active language."""
        return tell(self.what)

    def as_json(self) -> JSONObject:
        """`{"at", "what", "sentence", "who", "subject", "subject_id", "before", "after", "reason"}`."""
        return {
            "at": self.at.isoformat(),
            "what": self.what,
            "sentence": self.sentence,
            "who": self.who,
            "subject": self.subject,
            "subject_id": self.subject_id,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
        }


def seen(contact: Contact, interactions: list[Interaction]) -> Iterator[Moment]:
    """What happened at the hub."""
    for one in interactions:
        if one.at is not None:
            yield Moment(one.at, "hub.interaction", one.method, "interaction", one.pk, after=one.content)
    yield Moment(
        contact.changed_at, "contact.change", subject="contact", subject_id=contact.pk,
        after={"version": contact.version},
    )  # fmt: skip


def proposed(proposals: list[Proposal]) -> Iterator[Moment]:
    """What gate, mapping and match did: machines' work, which has no entry per row."""
    for row in proposals:
        told: JSONObject = {"version": row.contact_version, "mapping": row.mapping.version}
        if row.operation != CUSTOMER:
            told["operation"] = row.operation
        codes = [one["code"] for one in row.gate_findings]
        yield Moment(
            row.created_at, "proposal.propose", subject="proposal", subject_id=row.pk,
            after=told | {"findings": codes} if codes else told,
        )  # fmt: skip
        if row.matched_at is not None:
            after = {"match": row.match_kind, "ord": row.target_ord}
            yield Moment(row.matched_at, "proposal.match", subject="proposal", subject_id=row.pk, after=after)


def acted(entry: Entry) -> Moment:
    """What a person or a job did."""
    return Moment(
        entry.at, entry.verb, entry.actor_name, entry.subject, entry.subject_id, entry.before, entry.after, entry.reason
    )


def said(row: Exchange) -> Moment:
    """What was said on the wire."""
    after = {"operation": row.operation, "status": row.status, "elapsed_ms": round(row.elapsed_ms)}
    if row.error:
        after["error"] = row.error
    return Moment(row.at, "exchange", "", "exchange", row.pk, after=after, exchange=row)
