"""The flow: the stages in their order, and whether any of them has something to do. It only calls and counts.

Called by `zbsync.tasks` (a doorbell rang) and by `manage.py run` (somebody watches). Stages know nothing of it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import ModuleType

from django.db.models import F, Min, Q
from django.utils import timezone

from zbsync.core.lifecycle import PUSH_LEASED, PushState
from zbsync.models import ErpConnection, MappingState, Proposal, Upload, UploadState
from zbsync.models import Mapping as MappingRow
from zbsync.pipeline import brakes, dispatch, follow, ingest, match, outbox, propose, reconcile, verify, wiring
from zbsync.pipeline.review import acts
from zbsync.pipeline.tally import Tally

STAGES: Mapping[str, ModuleType] = {
    "ingest": ingest,
    "propose": propose,
    "match": match,
    "acts": acts,
    "follow": follow,
    "brakes": brakes,
    "dispatch": dispatch,
    "verify": verify,
    "reconcile": reconcile,
}
"""Name → module with `drain(until, limit, progress=…) -> Tally`, in the order of the flow."""

DEADLINES: Mapping[str, float] = {
    "ingest": 0.15,
    "propose": 0.3,
    "match": 0.48,
    "acts": 0.54,
    "follow": 0.6,
    "brakes": 0.63,
    "dispatch": 0.8,
    "verify": 0.95,
    "reconcile": 1.0,
}
"""Until which part of a turn's time a stage may go on: what one leaves is for those after it, and none starves."""

TAKES_UP: Mapping[str, tuple[PushState, ...]] = {
    "dispatch": (PushState.QUEUED,),
    "verify": (PushState.ACCEPTED,),
    "reconcile": (PushState.IN_DOUBT, *PUSH_LEASED),
}
"""The states of a push that a stage leads on from."""

Progress = Callable[[str, int, int | None], None]


def turn(
    names: Iterable[str] = tuple(STAGES), seconds: float | None = None, progress: Progress | None = None
) -> dict[str, Tally]:
    """Let each named stage drain once, within `seconds` in all. Raises wiring.WiringError and KeyError."""
    began = time.monotonic()
    return {name: drain(name, began, seconds, progress) for name in names}


def drain(name: str, began: float, seconds: float | None, progress: Progress | None = None) -> Tally:
    """Let one stage drain, in a turn that began at `began` (time.monotonic) and may take `seconds`."""
    until = None if seconds is None else began + seconds * DEADLINES[name]
    started = time.monotonic()
    tally: Tally = STAGES[name].drain(until, progress=None if progress is None else _named(name, progress))
    tally.seconds = time.monotonic() - started
    return tally


def _named(name: str, progress: Progress) -> Callable[[int, int | None], None]:
    return lambda done, total: progress(name, done, total)


def next_due(names: Iterable[str] = tuple(STAGES)) -> datetime | None:
    """The earliest time at which one of the stages can go on without a person; None = never.

    In the past when something is due now. Paused and inactive connections do not count: a person lifts a pause.
    """
    asked = set(names)
    connections = wiring.usable()
    times: list[datetime | None] = []
    if "ingest" in asked and Upload.objects.filter(state__in=[UploadState.QUEUED, UploadState.RUNNING]).exists():
        times.append(timezone.now())
    if "propose" in asked and _to_propose():
        times.append(timezone.now())
    if connections and "match" in asked:
        times += [_to_match([connection.pk for connection in connections]), outbox.next_look(connections)]
    if "acts" in asked:
        times.append(acts.next_due())
    if "brakes" in asked:
        times.append(brakes.next_due(timezone.now()))
    if connections and "follow" in asked:
        times.append(_to_follow(connections))
    if states := [state for name in asked for state in TAKES_UP.get(name, ())]:
        times.append(outbox.next_due(connections, states))
    return min((time for time in times if time is not None), default=None)


def _to_propose() -> bool:
    """Whether a drain would take anything up. Without published rules or an ERP only a person can go on; a contact
    whose push is being sent waits for that push, which counts by itself.
    """
    ruled = MappingRow.objects.filter(state=MappingState.PUBLISHED).exists()
    aimed = ErpConnection.objects.filter(is_active=True).exists()
    return ruled and aimed and propose.due().exists()


def _to_follow(connections: list[ErpConnection]) -> datetime | None:
    """Contacts that moved, then contact persons that are to be looked for."""
    ruled = MappingRow.objects.filter(state=MappingState.PUBLISHED).exists()
    return timezone.now() if ruled and follow.due().exists() else follow.next_look(connections)


def _to_match(connections: list[int]) -> datetime | None:
    waiting = Proposal.objects.to_match().filter(connection__in=connections)
    if waiting.filter(match_after__isnull=True).exists() or match.to_reopen(connections):
        return timezone.now()
    found = waiting.aggregate(due=Min(F("match_after"), filter=Q(match_after__isnull=False)))
    due: datetime | None = found["due"]
    return due
