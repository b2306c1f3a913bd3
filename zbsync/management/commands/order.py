"""Order an operation on the customers of contacts, from the keyboard; it waits for approval like any proposal."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandParser
from django.db.models import QuerySet

from zbsync.core.follow.operations import ORDERED
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.management.verbs import readable, user_named
from zbsync.models import Contact
from zbsync.pipeline import review
from zbsync.sentences import say

SHORT = {name.removeprefix("customer."): name for name in ORDERED}
"""What is typed → the operation."""


class Command(base.Command):
    """`manage.py order OPERATION --contact SOURCE_ID… [--hub NAME] [--field k=v]… --by USER [--reason T] [--json]`."""

    help = "Order an operation on bound ERP customers."

    def add_arguments(self, parser: CommandParser) -> None:
        """What, for whom, by whom."""
        parser.add_argument("operation", help=", ".join(SHORT))
        parser.add_argument("--contact", nargs="+", required=True, metavar="SOURCE_ID", help="their ids at the hub")
        parser.add_argument("--hub", default="", metavar="NAME", help="when several hubs have such a contact")
        parser.add_argument("--field", action="append", default=[], metavar="k=v", help="a field of the operation")
        parser.add_argument("--by", required=True, metavar="USER", help="who orders; their permissions count")
        parser.add_argument("--reason", default="", help="kept in the audit")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Order, then tell."""
        name = options["operation"]
        operation = SHORT.get(name, name)
        contacts = _contacts(options["contact"], options["hub"])
        try:
            decision = review.order(
                operation, contacts, _fields(options["field"]), user_named(options["by"]), options["reason"]
            )
        except review.UnknownOrder:
            raise bad_input(f"{name} cannot be ordered; use one of {', '.join(SHORT)}") from None
        except PermissionDenied as error:
            raise bad_input(f"{error}; ask an administrator for the role, or name another user") from None
        if decision.findings and not decision.done:
            raise bad_input("; ".join(say(finding) for finding in decision.findings))
        if options["json"]:
            self.stdout.write(json.dumps(decision.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(readable(decision))


def _contacts(source_ids: list[str], hub: str) -> QuerySet[Contact]:
    rows = Contact.objects.filter(source_id__in=source_ids)
    rows = rows.filter(hub__name=hub) if hub else rows
    found = list(rows.values_list("source_id", flat=True))
    if missing := sorted(set(source_ids) - set(found)):
        raise bad_input(f"--contact {missing[0]}: there is no such contact; import it first")
    if len(found) > len(set(source_ids)):
        raise bad_input("--contact: several hubs have such a contact; name one with --hub")
    return rows


def _fields(pairs: list[str]) -> dict[str, str]:
    fields = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise bad_input(f"--field {pair}: write it as name=value")
        fields[name.strip()] = value
    return fields
