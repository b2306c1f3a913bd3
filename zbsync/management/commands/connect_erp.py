"""Make or change an ERP connection, and with --check try it: log in and read one page."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from zbsync.core.findings import Finding
from zbsync.erp.errors import ErpError
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.management.commands.connect_hub import read_pairs
from zbsync.models import Dialect, ErpConnection
from zbsync.pipeline import connect, survey, wiring
from zbsync.sentences import say


class Command(base.Command):
    """`manage.py connect_erp NAME --base-url URL --dialect D --username-env VAR --password-env VAR …`."""

    help = "Make or change an ERP connection."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--base-url", required=True, metavar="URL")
        parser.add_argument("--dialect", required=True, metavar="|".join(Dialect.values))
        parser.add_argument("--username-env", required=True, metavar="VAR", help="variable with the user name")
        parser.add_argument("--password-env", required=True, metavar="VAR", help="variable with the password")
        parser.add_argument("--serialnum", metavar="S", help="device serial; made once and kept when not given")
        parser.add_argument("--lanes", type=int, metavar="N")
        parser.add_argument("--timeout", type=float, metavar="S", help="seconds per call")
        parser.add_argument("--option", action="append", default=[], metavar="k=v", help="name= takes it out")
        parser.add_argument("--check", action="store_true", help="log in and read one page")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store it, say so, and check it when asked to."""
        given = connect.ErpGiven(
            base_url=options["base_url"],
            dialect=options["dialect"],
            username_env=options["username_env"],
            password_env=options["password_env"],
            serialnum=options["serialnum"],
            lanes=options["lanes"],
            timeout_s=options["timeout"],
        )
        try:
            row, is_new = connect.erp(options["name"], given, read_pairs(options["option"]))
        except connect.ConnectError as error:
            raise bad_input(say(error.finding)) from None
        self.stdout.write(f"ERP {row.name} at {row.base_url} {'made' if is_new else 'is as you said'}")
        if options["check"]:
            self._check(row)

    def _check(self, connection: ErpConnection) -> None:
        try:
            told = survey.check(connection)
        except wiring.WiringError as error:
            raise bad_input(say(Finding(error.code, params=error.params))) from None
        except ErpError as error:
            raise CommandError(f"{connection.name} is stored, but: {say(connect.trouble(error))}") from None
        self.stdout.write(
            f"checked: logged in; {told['customers']} customers, {len(told['ly'])} customer sources are readable"
        )
        for code, seen in (("check.no_customers", told["customers"]), ("check.no_options", told["ly"])):
            if not seen:
                self.stdout.write(say(Finding(code)))
