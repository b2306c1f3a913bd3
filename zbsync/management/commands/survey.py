"""Read the ERP's options, users and customers into the local copy, or its contracts for first deals."""

import json
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from zbsync.core.findings import Finding
from zbsync.erp.errors import ErpError
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.management.verbs import erp_named
from zbsync.pipeline import lookup, survey, wiring
from zbsync.sentences import say


class Command(base.Command):
    """`manage.py survey NAME [--contracts] [--json]`."""

    help = "Read the ERP's options, users and customers into the local copy."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--contracts", action="store_true", help="read the contracts instead, for first deals")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Survey, then tell what was seen."""
        connection = erp_named(options["name"])
        progress = self._progress if sys.stderr.isatty() and not options["json"] else None
        tell = self._tell_contracts if options["contracts"] else self._tell
        try:
            told = (lookup.contracts if options["contracts"] else survey).run(connection, progress=progress).as_json()
        except wiring.WiringError as error:
            raise bad_input(say(Finding(error.code, params=error.params))) from None
        except survey.SurveyError as error:
            raise CommandError(say(Finding(error.code, params=error.params))) from None
        except ErpError as error:
            raise CommandError(say(Finding(error.code, params={"sentence": error.message}))) from None
        if told.get("busy"):
            raise CommandError(say(Finding("lookup.busy", params={"connection": connection.name})))
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            tell(told)

    def _tell(self, told: dict[str, Any]) -> None:
        for name, one in told["vocabularies"].items():
            self.stdout.write(f"{name:12} {one['options']:7} options, {one['retired']} retired")
        counts = ", ".join(f"{count} {what}" for what, count in told["customers"].items())
        self.stdout.write(f"{'customers':12} {counts}")
        counts = ", ".join(f"{count} {what}" for what, count in told["persons"].items())
        self.stdout.write(f"{'persons':12} {counts}; {told['calls']} calls in {told['seconds']:.1f} s")
        for what, why in told["unread"].items():
            reason = say(Finding(why["code"], params={"sentence": why["sentence"]}))
            self.stdout.write(f"{what:12} not read: {reason}")
        if told["resumed"]:
            self.stdout.write("went on with the survey that was cut off before")

    def _tell_contracts(self, told: dict[str, Any]) -> None:
        self.stdout.write(
            f"{told['contracts']} contracts on {told['pages']} pages, {told['asked']} customers asked for theirs, "
            f"{told['found']} first deals found; {told['calls']} calls in {told['seconds']:.1f} s"
        )

    def _progress(self, done: int, total: int | None) -> None:
        self.stderr.write(f"\r\x1b[Krows {done}{f' of {total}' if total else ''} ", ending="")
        self.stderr.flush()
