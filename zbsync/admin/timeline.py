"""Entries and exchanges as a timeline that people can read. What happened comes from `pipeline.story`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext as _

from zbsync.admin.causes import short
from zbsync.admin.render import body_text
from zbsync.core.findings import Finding
from zbsync.erp.catalogue import FIELDS
from zbsync.models import Action, Entry, Exchange, MatchChoice, Proposal, ProposalStateChoice, PushStateChoice
from zbsync.pipeline.story import Moment
from zbsync.sentences import SENTENCES, say, tell
from zbsync.sentences.auditing import TOLD
from zbsync.sentences.names import OPERATIONS, VOCABULARIES, called, who

RECENT = 20
"""Entries under a decision screen; the story has them all."""
BAD = ("push.reject", "push.give_up", "push.read_different", "proposal.reject")
WARN = ("push.doubt", "push.lapse", "push.defer", "proposal.supersede")
GOOD = ("push.read_equal", "push.accept", "push.found", "proposal.approve", "binding.settle")

CODES: dict[tuple[str, str], type[TextChoices]] = {
    ("proposal", "state"): ProposalStateChoice,
    ("push", "state"): PushStateChoice,
    ("", "action"): Action,
    ("", "match"): MatchChoice,
}
"""(subject, name) of what an entry tells, and the words for its codes."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One exchange, folded: the bodies are redacted since they were stored."""

    title: str
    address: str
    request: Any
    response: Any
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, ready to be shown."""

    at: datetime
    sentence: str
    who: str
    reason: str
    tone: str
    changes: list[tuple[str, str, str]]
    """Name, before, after."""
    wire: Wire | None = None


def history(row: Proposal) -> list[Step]:
    """What was done to a proposal's contact lately, newest first; one query."""
    entries = Entry.objects.filter(contact_id=row.contact_id).order_by("-id")[:RECENT]
    return [
        Step(
            one.at,
            tell(one.verb),
            who(one.actor_name),
            _reason(one.reason),
            tone(one.verb),
            changes(one.subject, one.before, one.after),
        )
        for one in entries
    ]


def steps(moments: Iterable[Moment], *, wire: bool) -> list[Step]:
    """A story's moments; exchanges are told without their bodies to who may not see them."""
    return [
        Step(
            one.at,
            one.sentence,
            who(one.who),
            _reason(one.reason),
            tone(one.what),
            changes(one.subject, one.before, one.after),
            _wire(one) if wire else None,
        )
        for one in moments
    ]


def tone(verb: str) -> str:
    """How a moment is coloured; the sentence says the same in words."""
    for name, verbs in (("bad", BAD), ("warn", WARN), ("ok", GOOD)):
        if verb in verbs:
            return name
    return "mute" if verb == "exchange" else "info"


def _reason(text: str) -> str:
    """A job's reason is a code; a person's is what they wrote."""
    return say(Finding(text)) if text in SENTENCES else text


def changes(subject: str, before: Any, after: Any) -> list[tuple[str, str, str]]:
    """Name by name where both are objects, else as one line without a name."""
    old = before if isinstance(before, Mapping) else {"": before} if before not in (None, "") else {}
    new = after if isinstance(after, Mapping) else {"": after} if after not in (None, "") else {}
    names = [name for name in dict.fromkeys((*old, *new)) if name != "digest" and old.get(name) != new.get(name)]
    return [
        (_caption(name), _words(subject, name, old.get(name)), _words(subject, name, new.get(name))) for name in names
    ]


def _caption(name: str) -> str:
    """The name as people know it: ours, or the ERP's caption of a field."""
    if name in TOLD:
        return str(TOLD[name])
    return FIELDS[name].caption if name in FIELDS else called({**OPERATIONS, **VOCABULARIES}, name)


def _words(subject: str, name: str, value: Any) -> str:
    """A code in the words that the lists use for it."""
    if name == "cause" and isinstance(value, str):
        return say(Finding(value)) if value else ""
    if name == "operation" and isinstance(value, str):
        return called(OPERATIONS, value)
    choices = CODES.get((subject, name)) or CODES.get(("", name))
    if choices is not None and isinstance(value, str):
        return str(dict(choices.choices).get(value, value))
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "、".join(map(short, map(_plain, value)))
    if isinstance(value, Mapping):
        return "、".join(
            _("%(name)s: %(value)s") % {"name": _caption(name), "value": _plain(one)} for name, one in value.items()
        )
    return str(value)


def _wire(moment: Moment) -> Wire | None:
    return wire_of(moment.exchange) if moment.exchange is not None else None


def wire_of(row: Exchange) -> Wire:
    """One exchange, folded, for whoever may see it."""
    outcome = row.error or str(row.status or "–")
    return Wire(
        f"{called(OPERATIONS, row.operation)} · {outcome} · {row.elapsed_ms:.0f} ms",
        f"{row.method} {row.url}",
        body_text(row.request_body),
        body_text(row.response_body),
        reverse("admin:zbsync_exchange_change", args=[row.pk]),
    )
