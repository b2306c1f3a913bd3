"""Contacts as gate and mapping read them: with what was said to them, and their first deal as the ERP has it."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from zbsync.core.records import ContactRecord, InteractionRecord
from zbsync.models import Contact, Interaction
from zbsync.pipeline.customers import deals as first_deals


def records(contacts: Sequence[Contact], *, interactions: bool, deals: bool) -> Iterator[tuple[Contact, ContactRecord]]:
    """Each contact with its record; at most two statements, however many. What no rule reads is not asked for."""
    ids = [contact.pk for contact in contacts]
    spoken = _interactions(ids) if interactions else {}
    dealt = first_deals.of_contacts(ids) if deals else {}
    for contact in contacts:
        yield contact, contact.to_record(tuple(spoken.get(contact.pk, ())), dealt.get(contact.pk))


def _interactions(contact_ids: Collection[int]) -> Mapping[int, list[InteractionRecord]]:
    spoken: dict[int, list[InteractionRecord]] = {}
    rows = Interaction.objects.filter(contact_id__in=contact_ids).order_by("id")
    for row in rows:
        said = InteractionRecord(row.source_id, row.at, row.method, row.content)
        spoken.setdefault(row.contact_id, []).append(said)
    return spoken
