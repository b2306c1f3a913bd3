"""What every command shares: bad input ends with exit code 2 and one line on stderr, whoever notices it.

Django would print a page of usage for a wrong option, a report for a setting that does not fit, and a traceback for a
database that is not there; outsiders were promised one line that says what is wrong, where, and the mend.
"""

import re
import sys
from typing import Any

from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

FULL = re.compile(r"disk is full|No space left", re.IGNORECASE)
"""How SQLite and PostgreSQL say that there is no room."""


def bad_input(message: str) -> CommandError:
    """One line on stderr and exit 2."""
    return CommandError(one_line(message), returncode=2)


def one_line(text: str) -> str:
    """The text with every run of spaces and line breaks as one space."""
    return " ".join(text.split())


class Command(BaseCommand):
    """A command of zbsync."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """A parser that raises CommandError instead of printing its usage."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.called_from_command_line = False
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Django's own, but what the parser refuses is one line with the way to the options."""
        try:
            super().run_from_argv(argv)
        except CommandError as error:
            if "--traceback" in argv:
                raise
            problem = one_line(str(error)).removeprefix("Error: ")
            sys.stderr.write(f"{argv[1]}: {problem}; see `manage.py {argv[1]} --help`\n")
            sys.exit(2)

    def check(self, *args: Any, **kwargs: Any) -> None:
        """A setting that does not fit is bad input. Raises CommandError."""
        found = run_checks(tags=kwargs.get("tags"))
        wrong = [one for one in found if one.is_serious() and not one.is_silenced()]
        if wrong:
            raise bad_input(". ".join(f"{one.msg} ({one.id}): {one.hint or one.obj}" for one in wrong))

    def execute(self, *args: Any, **options: Any) -> str | None:
        """A database that is away or empty is told with the mend; exit code 1."""
        try:
            return super().execute(*args, **options)
        except (OperationalError, ProgrammingError) as error:
            said = one_line(str(error))
            raise CommandError(f"the database cannot be used: {said}; {_mend(said)}") from error


def _mend(said: str) -> str:
    """What to do about it. On a full disk what was committed stands, and the rest is done once there is room."""
    if FULL.search(said):
        return "make room on the disk of the database and run this again; nothing is lost"
    return "check DATABASE_URL, and run `manage.py bootstrap` when the installation is new or was just updated"
