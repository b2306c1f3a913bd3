"""A hub contact as captions and values, for the decision screen and the contact's page. It asks nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import pgettext

from zbsync.models import Contact
from zbsync.sentences.names import hub_field

SHOWN = (
    "company", "name", "phone", "wechat_id", "channel", "score", "listing", "k_code", "confidence", "owner",
    "first_deal_at", "source_updated_at", "email", "address", "notes", "remark", "summary",
)  # fmt: skip
"""What a reviewer reads, the most telling first. What is empty is left out."""
TONES = {"black": "bad", "gray": "warn", "white": "ok"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. `tone` makes a pill of the value, `note` is a pill after it."""

    name: str
    caption: str
    value: str
    tone: str = ""
    note: str = ""
    note_tone: str = ""


def when(moment: datetime) -> str:
    """A moment in the desk's own time, in a spelling that no country reads otherwise."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def contact_facts(contact: Contact, deal: datetime | None = None) -> list[Fact]:
    """All that the hub says of a contact and that is not empty, then its other fields. `deal` is the first contract
    in the ERP, which stands in for a first deal that the hub does not tell.
    """
    facts = [_fact(contact, name) for name in SHOWN if getattr(contact, name) not in ("", None)]
    if deal and contact.first_deal_at is None:
        note = pgettext("first deal", "by its contracts in the ERP")
        facts.append(Fact("first_deal_at", hub_field("first_deal_at"), when(deal)[:10], "", note, "info"))
    return [*facts, *(Fact(f"extra.{key}", key, _plain(value)) for key, value in contact.extra.items())]


def _fact(contact: Contact, name: str) -> Fact:
    value = getattr(contact, name)
    caption = hub_field(name)
    if name == "listing":
        return Fact(name, caption, str(contact.get_listing_display()), TONES.get(value, "mute"))
    if name == "phone":
        verified = contact.phone_verified
        note = pgettext("phone", "verified") if verified else pgettext("phone", "not verified")
        return Fact(name, caption, value, "", note, "ok" if verified else "warn")
    if isinstance(value, datetime):
        return Fact(name, caption, when(value))
    return Fact(name, caption, f"{value:g}" if isinstance(value, float) else str(value))


def _plain(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
