"""The neutral contact record: what a hub door hands to ingest, and what gate and mapping read.

Built by `hub.normalize` (from a file or a webhook) and by `models.contact` (from the mirror). The field names are
the ones outsiders write into files (contract: "Contact records").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

JSONValue = Any
"""None, bool, int, float, str, or lists and string-keyed dicts of them."""
JSONObject = dict[str, JSONValue]


class Kind(StrEnum):
    """What the contact is; decides between the ERP's unit and individual customer."""

    COMPANY = "company"
    INDIVIDUAL = "individual"


class Listing(StrEnum):
    """The hub's own judgement of a contact: white may go, gray is undecided, black must not."""

    WHITE = "white"
    GRAY = "gray"
    BLACK = "black"
    NONE = ""


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """One thing said or done with a contact. `at` is timezone-aware or None when the hub does not say."""

    source_id: str
    at: datetime | None
    method: str
    content: str


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One hub contact, normalised: text is stripped, `phone` is as written, `mobile` its 11 digits or ""."""

    source_id: str
    name: str = ""
    phone: str = ""
    mobile: str = ""
    phone_verified: bool = False
    wechat_id: str = ""
    company: str = ""
    kind: Kind = Kind.INDIVIDUAL
    address: str = ""
    email: str = ""
    channel: str = ""
    notes: str = ""
    remark: str = ""
    k_code: str = ""
    confidence: int | None = None
    listing: Listing = Listing.NONE
    score: float | None = None
    summary: str = ""
    owner: str = ""
    first_deal_at: datetime | None = None
    updated_at: datetime | None = None
    deleted: bool = False
    extra: Mapping[str, JSONValue] = field(default_factory=dict)
    interactions: tuple[InteractionRecord, ...] = ()
