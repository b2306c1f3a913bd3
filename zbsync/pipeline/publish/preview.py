"""The preview: a draft run over the whole mirror by a job, beside what is in force. Nothing but its own row is written.

A batch is read, weighed and counted, then kept by compare-and-swap: a job that dies is taken up where it was, of two
that meet only one counts, and one that was cancelled stops at the end of its batch. What is kept does not grow with the
mirror: numbers, and the ids of the first few examples of each kind.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.core.keys import digest
from zbsync.core.lifecycle import PushState
from zbsync.core.mapping import MappingError, rules_digest
from zbsync.models import Contact, MappingState, Preview, PreviewState, Proposal, Push
from zbsync.models import Mapping as MappingRow
from zbsync.models.within import Anybody, within
from zbsync.pipeline import audit, doorbell, tables
from zbsync.pipeline.publish.versions import PERMISSION, PublishError
from zbsync.pipeline.publish.weigh import Moved, Scales

BATCH = 2_000
EXAMPLES = 20
"""Examples that are kept of each kind of change, and shown at once of all."""
STALE = 200
"""Open proposals that are kept by id, for a link to them."""
OPEN = (PreviewState.QUEUED, PreviewState.RUNNING)
_ACTOR = audit.Actor.job("preview")


def start_preview(chosen: MappingRow, by: AbstractBaseUser) -> Preview:
    """Ask for a preview of a draft; one that is under way is answered, an older one of the same draft is replaced.

    Raises PermissionDenied, PublishError (`publish.not_draft`) and MappingError.
    """
    actor = audit.permit(by, PERMISSION)
    with transaction.atomic():
        mapping = MappingRow.objects.select_for_update().get(pk=chosen.pk)
        if mapping.state != MappingState.DRAFT:
            raise PublishError("publish.not_draft")
        published = _published()
        Scales(published, mapping)
        stands = digest_of(published, mapping)
        running = Preview.objects.filter(mapping=mapping, state__in=OPEN).first()
        if running is not None and running.digest == stands:
            return running
        Preview.objects.filter(mapping=mapping).delete()
        made = Preview.objects.create(mapping=mapping, base=published, digest=stands, asked_by_id=by.pk)
        line = audit.Line("mapping", mapping.pk, after={"version": mapping.version})
        audit.write(audit.new_act(), actor, "mapping.ask_preview", [line], now=timezone.now())
        doorbell.ring(doorbell.PREVIEW)
    return made


def cancel_preview(chosen: MappingRow, by: AbstractBaseUser) -> bool:
    """Stop the preview of a draft at the end of its batch; False when none is under way. Raises PermissionDenied."""
    actor = audit.permit(by, PERMISSION)
    with transaction.atomic():
        now = timezone.now()
        stopped = Preview.objects.filter(mapping=chosen, state__in=OPEN)
        if not stopped.update(state=PreviewState.CANCELLED, finished_at=now):
            return False
        audit.write(audit.new_act(), actor, "mapping.cancel_preview", [audit.Line("mapping", chosen.pk)], now=now)
    return True


def preview_of(mapping: MappingRow) -> Preview | None:
    """The latest preview of a version."""
    return Preview.objects.filter(mapping=mapping).select_related("base", "asked_by").order_by("-pk").first()


def preview_stands(preview: Preview) -> bool:
    """Whether draft and published version are still those it was made of."""
    return preview.digest == digest_of(_published(), preview.mapping)


def digest_of(published: MappingRow | None, mapping: MappingRow) -> str:
    """What a preview rests on: the rules of both versions."""
    before = rules_digest(tables.read_rules(published)) if published else ""
    return digest([published.pk if published else None, before, rules_digest(tables.read_rules(mapping))])


def drain_previews(until: float | None = None) -> bool:
    """Go on with what was asked for until all is done or time (`monotonic`) is up; True when more is left."""
    for row in Preview.objects.filter(state__in=OPEN).select_related("mapping", "base").order_by("pk"):
        _run(row, until)
        if until is not None and time.monotonic() >= until:
            break
    return Preview.objects.filter(state__in=OPEN).exists()


def examples(preview: Preview, by: Anybody, kind: str = "") -> list[tuple[str, Moved]]:
    """Up to EXAMPLES contacts that change and that the person may see, of one kind or of each in turn, as both versions
    read them now.
    """
    kept = {kind: preview.examples.get(kind, [])} if kind else preview.examples
    chosen = _in_turn(kept)
    there = within(by, Contact.objects.present()).in_bulk([pk for _kind, pk in chosen])
    moved = {one.contact.pk: one for one in reversed(Scales(preview.base, preview.mapping).weigh(list(there.values())))}
    return [(of, moved[pk]) for of, pk in chosen if pk in moved]


def _in_turn(kept: dict[str, list[int]]) -> list[tuple[str, int]]:
    """The first of each kind, then the second of each, each contact once."""
    chosen: dict[int, str] = {}
    for place in range(EXAMPLES):
        for kind, ids in kept.items():
            if place < len(ids) and len(chosen) < EXAMPLES:
                chosen.setdefault(ids[place], kind)
    return [(kind, pk) for pk, kind in chosen.items()]


def _published() -> MappingRow | None:
    return MappingRow.objects.filter(state=MappingState.PUBLISHED).first()


def _run(row: Preview, until: float | None) -> None:
    mine = Preview.objects.filter(pk=row.pk, state__in=OPEN, last_id=row.last_id)
    if not preview_stands(row):
        _end(row, PreviewState.FAILED, "publish.preview_moved")
        return
    try:
        scales = Scales(row.base, row.mapping)
    except MappingError as error:
        _end(row, PreviewState.FAILED, error.findings[0].code)
        return
    if not mine.update(state=PreviewState.RUNNING, total=row.total or Contact.objects.present().count()):
        return
    while True:
        began = time.monotonic()
        contacts = list(Contact.objects.present().filter(pk__gt=row.last_id).order_by("pk")[:BATCH])
        if not contacts:
            _end(row, PreviewState.DONE)
            return
        _count(row, scales.weigh(contacts))
        before, row.last_id, row.done = row.last_id, contacts[-1].pk, row.done + len(contacts)
        row.seconds += time.monotonic() - began
        kept = ("last_id", "done", "seconds", "counts", "examples", "stale")
        still = Preview.objects.filter(pk=row.pk, state=PreviewState.RUNNING, last_id=before)
        if not still.update(**{name: getattr(row, name) for name in kept}):
            return  # cancelled, or another job is at it
        if until is not None and time.monotonic() >= until:
            return


def _count(row: Preview, moved: Sequence[Moved]) -> None:
    """Add a batch to the numbers; two statements when anything changed, none else."""
    counts = Counter(row.counts)
    counts["rewritten"] += sum(one.rewritten for one in moved)
    counts["rewritten_going"] += sum(one.rewritten and one.after.goes for one in moved)
    for one in moved:
        for kind in one.kinds:
            counts[f"kind:{kind}"] += 1
            kept = row.examples.setdefault(kind, [])
            if len(kept) < EXAMPLES:
                kept.append(one.contact.pk)
    if moved:
        counts.update(_stale(row, moved))
    row.counts = dict(counts)


def _stale(row: Preview, moved: Iterable[Moved]) -> Counter[str]:
    """Open proposals, and approvals not yet taken up, that would say something else."""
    pairs = {(one.contact.pk, one.connection_id) for one in moved}
    ids = {contact_id for contact_id, _connection in pairs}
    of_customers = {"operation": tables.OPERATION, "contact_id__in": ids}
    found: Counter[str] = Counter()
    opened = Proposal.objects.open().filter(**of_customers).order_by("pk")
    for pk, contact_id, connection_id, state, edits in opened.values_list(
        "pk", "contact_id", "connection_id", "state", "edits"
    ):
        if (contact_id, connection_id) in pairs:
            found[f"stale:{state}"] += 1
            found["stale:edited"] += bool(edits)
            if len(row.stale) < STALE:
                row.stale.append(pk)
    queued = Push.objects.filter(**of_customers, state=PushState.QUEUED).values_list("contact_id", "connection_id")
    found["stale:queued"] += sum(pair in pairs for pair in queued)
    return found


def _end(row: Preview, state: PreviewState, error: str = "") -> None:
    """Say once how it ended."""
    now: datetime = timezone.now()
    with transaction.atomic():
        mine = Preview.objects.filter(pk=row.pk, state__in=OPEN, last_id=row.last_id)
        if mine.update(state=state, error=error, finished_at=now):
            told = {"contacts": row.done, "rewritten": row.counts.get("rewritten", 0), "error": error}
            line = audit.Line("mapping", row.mapping_id, after=told)
            audit.write(audit.new_act(), _ACTOR, "mapping.preview", [line], now=now)
