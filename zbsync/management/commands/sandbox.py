"""Serve the sandbox ERP and hub alone, until Ctrl-C or SIGTERM."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from zbsync.management import base
from zbsync.sandbox import app


class Command(base.Command):
    """`manage.py sandbox --port P [--latency-ms L] [--faults JSON] [--policies JSON] [--seed N]` and some more."""

    help = "Serve a pretend ERP over HTTP."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options, and where the store lies."""
        parser.add_argument("--port", required=True, metavar="P", help="0 takes a free one")
        parser.add_argument("--latency-ms", default="0", metavar="L", help="milliseconds before every answer")
        parser.add_argument("--faults", default="[]", metavar="JSON", help='for example \'[{"name": "bom"}]\'')
        parser.add_argument("--policies", default="{}", metavar="JSON", help="for example '{\"single_login\": true}'")
        parser.add_argument("--seed", default="0", metavar="N", help="of everything that is random in it")
        parser.add_argument("--store", default=":memory:", metavar="FILE", help="file that outlives the process")
        parser.add_argument("--customers", default="", metavar="N", help="sample customers of an empty store")

    def handle(self, *args: Any, **options: Any) -> None:
        """Hand over; the sandbox checks what it is given and says what is wrong with it."""
        names = ("port", "latency_ms", "faults", "policies", "seed", "store", "customers")
        argv = [f"--{name.replace('_', '-')}={options[name]}" for name in names if options[name] != ""]
        sys.exit(app.main(argv))
