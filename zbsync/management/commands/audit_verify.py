"""Verify the audit's hash chain, in the database or in an export, and name the first bad row."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from zbsync.core.findings import Finding
from zbsync.core.records import JSONObject
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.pipeline import export, seal
from zbsync.sentences import say


class Command(base.Command):
    """`manage.py audit_verify [--export FILE | --db] [--checkpoint FILE] [--json]`; exit 1 if anything was altered."""

    help = "Verify the audit; an export needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--export", metavar="FILE", help="a file that audit_export wrote")
        what.add_argument("--db", action="store_true", help="the database; the default")
        parser.add_argument("--checkpoint", metavar="FILE", help="the last hashes, kept from an earlier export")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify, tell, and fail when something was altered."""
        checkpoint = _checkpoint(Path(options["checkpoint"])) if options["checkpoint"] else None
        report = _of_file(Path(options["export"]), checkpoint) if options["export"] else _of_database(checkpoint)
        told = report.as_json() | ({} if options["export"] else {"unsealed": seal.unsealed()})
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        elif report.ok:
            self.stdout.write("nothing was altered: " + ", ".join(f"{n} {name}" for name, n in report.checked.items()))
        if not report.ok:
            if options["json"]:
                sys.exit(1)
            row = {"table": report.table, "id": "–" if report.id is None else report.id}
            raise CommandError(say(Finding(report.why, params=row)), returncode=1)


def _of_database(checkpoint: dict[str, JSONObject] | None) -> seal.Report:
    return seal.verify(seal.records(), checkpoint)


def _of_file(path: Path, checkpoint: dict[str, JSONObject] | None) -> seal.Report:
    broken: list[int] = []

    def told() -> Iterator[seal.Record]:
        try:
            yield from export.read(path)
        except export.ExportError as error:
            if error.line == 1:
                raise bad_input(f"--export {path}: {error}") from None
            broken.append(error.line)
        except OSError as error:
            raise bad_input(f"--export {path}: {error.strerror}; give a file that audit_export wrote") from None

    report = seal.verify(told(), checkpoint)
    if broken:
        report.why, report.table, report.id = "chain.unreadable", "line", broken[0]
    return report


def _checkpoint(path: Path) -> dict[str, JSONObject]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: {"last_id": int(kept[name]["last_id"]), "hash": str(kept[name]["hash"])} for name in seal.TABLES}
    except OSError as error:
        raise bad_input(
            f"--checkpoint {path}: {error.strerror}; give the file audit_export wrote beside its export"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise bad_input(
            f"--checkpoint {path}: not a checkpoint; give the file audit_export wrote beside its export"
        ) from None
