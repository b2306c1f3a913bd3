"""Write the audit to a file: entries, exchanges and seals, with the means to verify it elsewhere."""

import json
import sys
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.pipeline import export, seal


class Command(base.Command):
    """`manage.py audit_export --format jsonl|csv [--since D] --out FILE`; a checkpoint is written beside the file."""

    help = "Export entries, exchanges and seals; everything there is, is sealed first."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("--format", required=True, choices=export.FORMATS)
        parser.add_argument(
            "--since", metavar="D", help="a date or time; the export begins with the seal it falls into"
        )
        parser.add_argument("--out", required=True, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal, write, and keep the last hashes beside the file."""
        since = _since(options["since"]) if options["since"] else None
        path = Path(options["out"])
        seal.drain()
        total = seal.size_of() if sys.stderr.isatty() else None

        def tell(done: int, _: int | None) -> None:
            if total is not None:
                self.stderr.write(f"\r\x1b[K{done}/{total}", ending="")
                self.stderr.flush()

        try:
            end = export.write(path, options["format"], seal.records(since), tell)
            checkpoint = path.with_name(f"{path.name}.checkpoint.json")
            checkpoint.write_text(json.dumps(end) + "\n", encoding="utf-8")
        except OSError as error:
            raise bad_input(f"--out {path}: {error.strerror}; give a file in a folder that may be written") from None
        rows = ", ".join(f"{one['count']} {name}" for name, one in end.items())
        self.stdout.write(f"{rows} → {path}; keep {checkpoint.name} elsewhere: it proves that nothing was rewritten")


def _since(text: str) -> datetime:
    """A date is its beginning here; a time without a zone is of here."""
    try:
        at = parse_datetime(text)
        day = parse_date(text) if at is None else None
    except ValueError:
        at = day = None
    if day is not None:
        at = datetime.combine(day, time.min)
    if at is None:
        raise bad_input(f"--since {text}: not a date; write 2026-01-31 or 2026-01-31T08:30:00+08:00")
    return timezone.make_aware(at) if timezone.is_naive(at) else at
