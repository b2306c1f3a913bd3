"""How things stand, in numbers: for people at a terminal and for monitors."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db import models
from django.db.models import Count, Min
from django.utils import timezone
from django_q.models import OrmQ

from zbsync.core.lifecycle import ProposalState, PushState
from zbsync.management import base
from zbsync.models import Binding, Contact, ErpConnection, Heartbeat, Proposal, Push
from zbsync.pipeline import outbox


class Command(base.Command):
    """`manage.py status [--json]`."""

    help = "Counts by state, oldest due, in doubt, queue and worker health."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count and tell."""
        now = timezone.now()
        report = status(now)
        if options["json"]:
            self.stdout.write(json.dumps(report))
        else:
            self.stdout.write("\n".join([*_readable(report), *_health(now)]))


def status(now: datetime) -> dict[str, Any]:
    """The contract's document; every state is named, also with 0."""
    verdicts = dict(Contact.objects.present().order_by().values_list("eligible").annotate(n=Count("pk")))
    counts = {
        "total": sum(verdicts.values()),
        "eligible": verdicts.get(True, 0),
        "blocked": verdicts.get(False, 0),
    }
    pushes = _by_state(Push.objects.all(), [str(state) for state in PushState])
    operations: dict[str, dict[str, int]] = {}
    for operation, state, count in Push.objects.values_list("operation", "state").annotate(n=Count("pk")):
        operations.setdefault(operation, {})[state] = count
    return {
        "contacts": counts,
        "proposals": _by_state(Proposal.objects.all(), [str(state) for state in ProposalState]),
        "pushes": pushes,
        "operations": operations,
        "bindings": Binding.objects.count(),
        "in_doubt": pushes[PushState.IN_DOUBT],
        "oldest_due_s": _oldest_due(now),
    }


def _by_state(rows: "models.QuerySet[Any]", states: list[str]) -> dict[str, int]:
    found = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in states}


def _oldest_due(now: datetime) -> float | None:
    """Seconds for which the push that has waited longest has been due; None when none is."""
    waiting = [PushState.QUEUED, PushState.ACCEPTED, PushState.IN_DOUBT]
    due = Push.objects.filter(state__in=waiting, not_before__lte=now).exclude(cause__in=outbox.FOR_A_PERSON)
    oldest: datetime | None = due.aggregate(oldest=Min("not_before"))["oldest"]
    return None if oldest is None else round((now - oldest).total_seconds(), 1)


def _readable(report: dict[str, Any]) -> list[str]:
    lines = []
    for title in ("contacts", "proposals", "pushes"):
        told = ", ".join(f"{name} {count}" for name, count in report[title].items() if count or name == "total")
        lines.append(f"{title:<10} {told or 'none'}")
    lines.append(f"{'bindings':<10} {report['bindings']}")
    lines.append(f"{'in doubt':<10} {report['in_doubt']}")
    due = report["oldest_due_s"]
    lines.append(f"{'oldest due':<10} {'nothing is due' if due is None else f'{due:.0f} s'}")
    return lines


def _health(now: datetime) -> list[str]:
    beats = {
        beat.name: f"{beat.name:<10} last beat {(now - beat.at).total_seconds():.0f} s ago {beat.note}".rstrip()
        for beat in Heartbeat.objects.order_by("name")
    }
    paused = [
        f"{'paused':<10} {connection.name}: {connection.pause_cause}"
        for connection in ErpConnection.objects.filter(paused_at__isnull=False)
    ]
    beats.setdefault("worker", f"{'worker':<10} never seen: start one with `manage.py worker`")
    return [f"{'queue':<10} {OrmQ.objects.count()} rings waiting", *beats.values(), *paused]
