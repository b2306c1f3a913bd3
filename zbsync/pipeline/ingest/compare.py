"""A batch against the mirror: what is new, changed, the same, stale. Reads, and stores nothing.

Three statements a batch at most: of the contacts named what the rows speak of, all of those that differ, and the
interactions where a row has any. Most rows of most files say nothing new, and most columns no file mentions.
"""

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from zbsync.core import keys
from zbsync.core.records import InteractionRecord, JSONObject
from zbsync.models import Contact, Interaction
from zbsync.pipeline.ingest.spool import Said

EMPTY: dict[str, Any] = {
    "name": "",
    "phone": "",
    "mobile": "",
    "phone_verified": False,
    "wechat_id": "",
    "company": "",
    "kind": "individual",
    "address": "",
    "email": "",
    "channel": "",
    "notes": "",
    "remark": "",
    "k_code": "",
    "confidence": None,
    "listing": "",
    "score": None,
    "summary": "",
    "owner": "",
    "first_deal_at": None,
    "extra": {},
}
"""The mirror's columns that a row can say, as a contact has them of which nothing is known."""
COLUMNS = tuple(EMPTY)
_UNKNOWN = {**EMPTY, "source_updated_at": None}
_texts = itemgetter(*(name for name, empty in EMPTY.items() if isinstance(empty, str)))
_others = itemgetter("phone_verified", "confidence", "score", "deleted", "first_deal_at", "extra")
_BETWEEN = "\x1f"
"""Stands between two values of a fingerprint; no text of the mirror holds a control character but line end and tab."""


@dataclass(slots=True)
class Counts:
    """What became of rows. `same` includes those that only say a later time of change."""

    new: int = 0
    changed: int = 0
    same: int = 0
    stale: int = 0

    def add(self, other: "Counts") -> None:
        """Sum another batch into this one."""
        self.new += other.new
        self.changed += other.changed
        self.same += other.same
        self.stale += other.stale

    def as_json(self) -> dict[str, int]:
        """`{"new", "changed", "same", "stale"}`."""
        return {"new": self.new, "changed": self.changed, "same": self.same, "stale": self.stale}


class Stored(NamedTuple):
    """What the mirror has of one contact: `fields` are its id, `deleted`, and of what a row can say all or a part."""

    id: int
    source_updated_at: datetime | None
    deleted_at: datetime | None
    fields: dict[str, Any]


@dataclass(slots=True)
class Difference:
    """A contact to be written: all its columns as they will stand, and what stood there (`stored` is None: new)."""

    row: int
    fields: dict[str, Any]
    digest: str
    stored: Stored | None
    interactions: Sequence[InteractionRecord] = ()

    def as_json(self) -> JSONObject:
        """`{"row", "source_id", "kind": "new"|"changed", "title", "fields": [[name, before, after]]}`."""
        before = self.stored.fields if self.stored else {**EMPTY, "deleted": False}
        return {
            "row": self.row,
            "source_id": self.fields["source_id"],
            "kind": "changed" if self.stored else "new",
            "title": self.fields["company"] or self.fields["name"] or self.fields["source_id"],
            "fields": [
                [name, _shown(before[name]), _shown(self.fields[name])]
                for name in (*COLUMNS, "deleted")
                if before[name] != self.fields[name] and name != "mobile"
            ]
            + ([["interactions", "", f"+{len(self.interactions)}"]] if self.interactions else []),
        }


@dataclass(slots=True)
class Judged:
    """One batch: its counts, what is to be written, and contacts whose time of change alone moved on."""

    counts: Counts = field(default_factory=Counts)
    differences: list[Difference] = field(default_factory=list)
    touched: list[tuple[int, datetime]] = field(default_factory=list)


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def fingerprint(fields: dict[str, Any]) -> str:
    """The digest of a contact's content: everything but its id, its interactions and its time of change.

    SHA-256, 64 hexadecimal digits. Not `keys.digest`: JSON of twenty values costs as much as cleaning the row.
    """
    verified, confidence, score, deleted, first_deal_at, extra = _others(fields)
    deal = first_deal_at.isoformat() if first_deal_at else ""
    rest = f"{verified}|{confidence}|{score}|{deleted}|{deal}|{keys.canonical(extra) if extra else ''}"
    return hashlib.sha256(_BETWEEN.join((*_texts(fields), rest)).encode()).hexdigest()


def judge(hub_id: int, rows: Sequence[tuple[int, Said]], *, lock: bool) -> Judged:
    """Compare one batch, in which every id stands once. The rows are used up.

    `lock` keeps the contacts for the transaction that will write them.
    """
    spoken: set[str] = set()
    for _, said in rows:
        spoken.update(said)
    columns = tuple(name for name in COLUMNS if name in spoken)
    stored = _stored(hub_id, [said["source_id"] for _, said in rows], columns, lock=lock)
    talking = rows if "interactions" in spoken else ()
    talks = _interactions([stored[said["source_id"]].id for _, said in talking if _talks(said, stored)])
    result, moved = Judged(), []
    for number, said in rows:
        there = stored.get(said["source_id"])
        if there is None:
            result.differences.append(_appearance(number, said))
        elif _differs(result, said, there, talks.get(there.id, {})):
            moved.append((number, said))
    result.counts.new += len(result.differences)
    if moved:
        result.counts.changed += len(moved)
        whole = _stored(hub_id, [said["source_id"] for _, said in moved], COLUMNS, lock=lock)
        result.differences.extend(_change(number, said, whole[said["source_id"]]) for number, said in moved)
        result.differences.sort(key=attrgetter("row"))
    return result


def _appearance(number: int, said: Said) -> Difference:
    fields = {**_UNKNOWN, **said}
    talk = fields.pop("interactions", ())
    return Difference(number, fields, fingerprint(fields), None, talk)


def _change(number: int, said: Said, there: Stored) -> Difference:
    """`there` has all columns."""
    talk = said.pop("interactions")
    fields = {**there.fields, **said}
    return Difference(number, fields, fingerprint(fields), there, talk)


def _differs(result: Judged, said: Said, there: Stored, known: dict[str, InteractionRecord]) -> bool:
    """Whether a contact that the mirror has is to be written; of its talks only the news then stay in `said`."""
    at = said.pop("source_updated_at", None)
    if at is not None and there.source_updated_at is not None and at < there.source_updated_at:
        result.counts.stale += 1
        return False
    talk = said.pop("interactions", ())
    if talk:
        talk = [item for item in talk if known.get(item.source_id) != item]
    if "extra" in said:
        said["extra"] = {**there.fields["extra"], **said["extra"]}
    if not talk and said.items() <= there.fields.items():
        result.counts.same += 1
        if at is not None and at != there.source_updated_at:
            result.touched.append((there.id, at))
        return False
    said.update(source_updated_at=at or there.source_updated_at, interactions=talk)
    return True


def _stored(hub_id: int, source_ids: list[str], columns: tuple[str, ...], *, lock: bool) -> dict[str, Stored]:
    """What the mirror has of these ids in these columns."""
    if not source_ids:
        return {}
    # Django's own `in` looks at each value three times; here that would cost as much as the look-up itself.
    among = f"source_id IN ({', '.join(['%s'] * len(source_ids))})"
    named = RawSQL(among, source_ids, output_field=BooleanField())  # noqa: S611 - marks only, values are parameters
    contacts = Contact.objects.filter(named, hub_id=hub_id)
    if lock and connection.features.has_select_for_update:
        contacts = contacts.order_by("id").select_for_update()  # the order of the other stages: no deadlock
    names, found = ("source_id", *columns), {}
    for pk, at, deleted_at, *values in contacts.values_list("id", "source_updated_at", "deleted_at", *names):
        fields = dict(zip(names, values, strict=True))
        fields["deleted"] = deleted_at is not None
        found[fields["source_id"]] = Stored(pk, at, deleted_at, fields)
    return found


def _talks(said: Said, stored: Container[str]) -> bool:
    return bool(said.get("interactions")) and said["source_id"] in stored


def _interactions(contact_ids: list[int]) -> dict[int, dict[str, InteractionRecord]]:
    found: dict[int, dict[str, InteractionRecord]] = {}
    if contact_ids:
        items = Interaction.objects.filter(contact_id__in=contact_ids)
        rows = items.values_list("contact_id", "source_id", "at", "method", "content")
        for contact_id, source_id, at, method, content in rows:
            known = found.setdefault(contact_id, {})
            known[source_id] = InteractionRecord(source_id, at, method, content)
    return found
