"""Make or change a hub connection: the door that contacts come through."""

from typing import Any

from django.core.management.base import CommandParser

from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.models import HubKind
from zbsync.pipeline import connect
from zbsync.sentences import say


def read_pairs(given: list[str]) -> dict[str, str]:
    """`k=v` words as a table; exit 2 for one without `=`."""
    pairs = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise bad_input(f"--option {text}: write it as name=value")
        pairs[name.strip()] = value.strip()
    return pairs


class Command(base.Command):
    """`manage.py connect_hub NAME --kind KIND [--option k=v]…`."""

    help = "Make or change a hub connection."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--kind", required=True, metavar="|".join(HubKind.values))
        parser.add_argument("--option", action="append", default=[], metavar="k=v", help="name= takes it out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store it and say so."""
        try:
            row, is_new = connect.hub(options["name"], options["kind"], read_pairs(options["option"]))
        except connect.ConnectError as error:
            raise bad_input(say(error.finding)) from None
        self.stdout.write(f"hub {row.name} ({row.kind}) {'made' if is_new else 'is as you said'}")
