"""Run the stages in the foreground: for people who watch, for cron jobs and for drills. A worker may run beside it."""

import json
import sys
import time
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Count, Max
from django.utils import timezone

from zbsync.conf import conf
from zbsync.management import base
from zbsync.models import Exchange
from zbsync.pipeline import flow, wiring
from zbsync.pipeline.tally import Tally

NAP_S = 0.2
"""Seconds between two looks while something is due that somebody else has in hand."""


class Command(base.Command):
    """`manage.py run [--until-idle] [--stages a,b,…] [--json]`."""

    help = "Run the stages of the flow in the foreground."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("--until-idle", action="store_true", help="go on until only people can")
        parser.add_argument("--stages", default=",".join(flow.STAGES), metavar="a,b,…", help="default: all")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, then tell what was done."""
        names = _stages(options["stages"])
        first = Exchange.objects.aggregate(last=Max("pk"))["last"] or 0
        work = _Work(names, self._tell if sys.stderr.isatty() and not options["json"] else None)
        try:
            work.turn()
            while options["until_idle"] and work.wait():
                work.turn()
        except wiring.WiringError as error:
            raise CommandError(_mend(error), returncode=2) from error
        report = work.as_json(first)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False))
        else:
            self.stdout.write(_readable(report))

    def _tell(self, name: str, done: int, total: int | None) -> None:
        of = "" if total is None else f"/{total}"
        self.stderr.write(f"\r\x1b[K{name} {done}{of}", ending="")
        self.stderr.flush()


class _Work:
    """The turns of one call: what they did in all, and how long nothing has moved."""

    def __init__(self, names: list[str], progress: flow.Progress | None) -> None:
        self.names = names
        self.progress = progress
        self.tallies = {name: Tally() for name in names}
        self.idle = False
        self.moved_at = time.monotonic()

    def turn(self) -> None:
        """Every stage once."""
        tallies = flow.turn(self.names, conf().drain_s, self.progress)
        for name, tally in tallies.items():
            self.tallies[name].add(tally)
        if any(tally.done or tally.failed for tally in tallies.values()):
            self.moved_at = time.monotonic()
        self.idle = flow.next_due(self.names) is None

    def wait(self) -> bool:
        """Wait for what is due next; False when nothing is, or when nothing moved for as long as a row may wait.

        Without that bound an ERP that stays away would keep the call for ever.
        """
        due = flow.next_due(self.names)
        self.idle = due is None
        while due is not None and due > timezone.now() and self._patient():
            time.sleep(min(NAP_S, max((due - timezone.now()).total_seconds(), 0.01)))
            due = flow.next_due(self.names)
        if due is None:
            self.idle = True
            return False
        if time.monotonic() - self.moved_at > NAP_S:
            time.sleep(NAP_S)
        return self._patient()

    def _patient(self) -> bool:
        rules = conf()
        patience = 2 * rules.lease_s + 2 * rules.look_again_s + 4 * rules.retry_base_s
        return time.monotonic() - self.moved_at < patience

    def as_json(self, first: int) -> dict[str, Any]:
        """The contract's document; calls are counted from the exchanges kept since `first`."""
        said = Exchange.objects.filter(pk__gt=first).values_list("operation").annotate(n=Count("pk"))
        by_operation = dict(sorted(said))
        return {
            "stages": {name: tally.as_json() for name, tally in self.tallies.items()},
            "erp": {"calls": sum(by_operation.values()), "by_operation": by_operation},
            "idle": self.idle,
        }


def _stages(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in flow.STAGES]
    if unknown or not names:
        raise CommandError(
            f"--stages: {', '.join(unknown) or 'nothing'} is no stage; use some of {','.join(flow.STAGES)}",
            returncode=2,
        )
    return [name for name in flow.STAGES if name in names]


def _mend(error: wiring.WiringError) -> str:
    if error.code == "erp.secret_missing":
        where = error.params["connection"]
        return f"connection {where}: set the environment variable {error.params['variable']}"
    return f"connection {error.params.get('connection')}: {error.params.get('problem')}"


def _readable(report: dict[str, Any]) -> str:
    lines = [f"{'stage':<10} {'seen':>8} {'done':>8} {'failed':>8} {'seconds':>8}"]
    for name, tally in report["stages"].items():
        lines.append(f"{name:<10} {tally['seen']:>8} {tally['done']:>8} {tally['failed']:>8} {tally['seconds']:>8.1f}")
    operations = ", ".join(f"{name} {count}" for name, count in report["erp"]["by_operation"].items())
    lines.append(f"ERP calls: {report['erp']['calls']}" + (f" ({operations})" if operations else ""))
    lines.append("idle: nothing is due" if report["idle"] else "not idle: run again, or leave it to the worker")
    return "\n".join(lines)
