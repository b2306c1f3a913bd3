"""Take contacts in from a file; what cannot be taken is listed in a file beside it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from zbsync.hub.errors import FileRefused
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.models import HubConnection
from zbsync.pipeline import audit, ingest
from zbsync.sentences import say

BAR = 30
"""Characters of the progress bar."""


class Command(base.Command):
    """`manage.py import_contacts FILE --hub NAME [--dry-run] [--json]`."""

    help = "Import contacts from CSV, XLSX or JSON Lines. The same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--hub", required=True, metavar="NAME", help="the hub connection they come from")
        parser.add_argument("--dry-run", action="store_true", help="read and compare, store nothing")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, then tell; exit 2 when the file or the hub is not what it should be."""
        path: Path = options["file"]
        hub = _hub(options["hub"])
        bad_path = path.with_name(f"{path.name}.bad.csv")
        if path.is_file() and not os.access(path.parent, os.W_OK):
            folder = path.parent
            raise bad_input(f"{folder} cannot be written, where bad rows are listed; copy the file elsewhere")
        try:
            report = self._run(path, hub, bad_path, dry_run=options["dry_run"])
        except FileRefused as refused:
            raise bad_input(say(refused.finding)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(_readable(report, dry_run=options["dry_run"]))
        if report.rows and report.bad == report.rows:
            raise bad_input(f"{path.name}: no row could be taken; see {report.bad_rows_file}")

    def _run(self, path: Path, hub: HubConnection, bad_path: Path, *, dry_run: bool) -> ingest.Report:
        reading, storing = self._bar(_("reading")), self._bar(_("comparing") if dry_run else _("storing"))
        if dry_run:
            return ingest.preview_file(path, hub, bad_path=bad_path, reading=reading, storing=storing)
        actor = audit.Actor.job("import_contacts")
        now = timezone.now()
        return ingest.import_file(path, hub, actor, now=now, bad_path=bad_path, reading=reading, storing=storing)

    def _bar(self, what: str) -> Callable[[int, int | None], None] | None:
        """A progress bar on a terminal, nothing in a log."""
        if not sys.stderr.isatty():
            return None

        def tell(done: int, total: int | None) -> None:
            share = min(done / total, 1.0) if total else 0.0
            full = round(share * BAR)
            line = f"\r\x1b[K{what} {'█' * full}{'░' * (BAR - full)} {share:4.0%} {done:,}"
            self.stderr.write(line, ending="\n" if done == total else "")
            self.stderr.flush()

        return tell


def _hub(name: str) -> HubConnection:
    hub = HubConnection.objects.filter(name=name).first()
    if hub is None:
        raise bad_input(f"--hub {name}: there is no such hub; create it with connect_hub {name} --kind file")
    if not hub.is_active:
        raise CommandError(f"--hub {name}: this hub is switched off; switch it on in the admin", returncode=2)
    return hub


def _readable(report: ingest.Report, *, dry_run: bool) -> str:
    counts = report.counts
    told = _(
        "%(rows)s rows: %(new)s new, %(changed)s changed, %(same)s the same, %(stale)s older than ours, %(bad)s bad"
    ) % {"rows": report.rows, **counts.as_json(), "bad": report.bad}
    if report.repeated:
        told += "; " + _("%(count)s repeated, the latest of each id stands") % {"count": report.repeated}
    if dry_run:
        told += "; " + _("nothing was stored")
    if report.bad_rows_file:
        told += "\n" + _("bad rows: %(file)s") % {"file": report.bad_rows_file}
    return told
