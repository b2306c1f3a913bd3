"""What the commands of a reviewer share: who acts, on which rows, and how it is told.

Exit 2 with one line on stderr for bad input and missing rights, as the contract says. A verb's rights, checks and
entries are those of `pipeline.review`: the keyboard may do no more than the browser.
"""

import json
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandParser
from django.db.models import QuerySet

from zbsync.core.findings import Finding
from zbsync.management.base import Command, bad_input
from zbsync.models import ErpConnection, Proposal, Push
from zbsync.pipeline.review import Decision, SelectionError, proposals_by, pushes_by
from zbsync.sentences import say

ROWS = "--all, --proposal ID… or --query 'k=v,…'"


def user_named(name: str) -> AbstractBaseUser:
    """The user who acts; exit 2 when there is none."""
    users = get_user_model()._default_manager
    found = users.filter(**{get_user_model().USERNAME_FIELD: name}).first()
    if found is None:
        raise bad_input(f"--by {name}: there is no such user; create one in the admin, or name another")
    return found


def erp_named(name: str) -> ErpConnection:
    """The ERP connection of that name; exit 2 when there is none."""
    connection = ErpConnection.objects.filter(name=name).first()
    if connection is None:
        known = ", ".join(ErpConnection.objects.values_list("name", flat=True)) or "none yet: see connect_erp"
        raise bad_input(f"{name}: there is no such ERP connection; there are {known}")
    return connection


class VerbCommand(Command):
    """A verb on many rows: `… (--all | --proposal ID… | --query 'k=v,…') --by USER [--reason TEXT] [--json]`."""

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        which = parser.add_mutually_exclusive_group(required=True)
        self.add_rows(which)
        parser.add_argument("--by", required=True, metavar="USER", help="who acts; their permissions count")
        parser.add_argument("--reason", default="", help="kept in the audit")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def add_rows(self, which: Any) -> None:
        """The ways of saying which rows."""
        which.add_argument("--all", action="store_true", help="everything this verb is for")
        which.add_argument("--proposal", nargs="+", type=int, metavar="ID")
        which.add_argument("--query", metavar="'k=v,…'", help="rows by words; a wrong key lists the keys")

    def handle(self, *args: Any, **options: Any) -> None:
        """Act, then tell."""
        by = user_named(options["by"])
        try:
            decision = self.act(by, options)
        except SelectionError as error:
            raise bad_input(f"--query: {error}") from None
        except PermissionDenied as error:
            raise bad_input(f"{error}; ask an administrator for the role, or name another user") from None
        if options["json"]:
            self.stdout.write(json.dumps(decision.as_json(), ensure_ascii=False))
        else:
            self.stdout.write(readable(decision))

    def act(self, by: AbstractBaseUser, options: dict[str, Any]) -> Decision:
        """The verb itself."""
        raise NotImplementedError


class BrakeCommand(Command):
    """A verb on one ERP connection: `… NAME --by USER [--reason TEXT] [--json]`.

    JSON: `{"connection": name, "paused": bool, "changed": bool}`. What was so already is no failure.
    """

    changed = "%s"
    unchanged = "%s"

    def add_arguments(self, parser: CommandParser) -> None:
        """The options of every verb."""
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--by", required=True, metavar="USER", help="who acts; their permissions count")
        parser.add_argument("--reason", default="", help="kept in the audit")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Act, then tell."""
        connection, by = erp_named(options["name"]), user_named(options["by"])
        try:
            moved = self.act(connection, by, options["reason"].strip())
        except PermissionDenied as error:
            raise bad_input(f"{error}; ask an administrator for the role, or name another user") from None
        if options["json"]:
            paused = connection.paused_at is not None
            told = {"connection": connection.name, "paused": paused, "changed": moved}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
        else:
            self.stdout.write((self.changed if moved else self.unchanged) % connection.name)

    def act(self, connection: ErpConnection, by: AbstractBaseUser, reason: str) -> bool:
        """The verb itself: whether anything changed."""
        raise NotImplementedError


class PushCommand(VerbCommand):
    """A verb on pushes, which may also be named themselves: `--push ID…`."""

    def add_rows(self, which: Any) -> None:
        """Pushes by their own ids too."""
        super().add_rows(which)
        which.add_argument("--push", nargs="+", type=int, metavar="ID")


def proposals(options: dict[str, Any], all_: QuerySet[Proposal]) -> list[int] | QuerySet[Proposal]:
    """The proposals the options name; `all_` is what --all means."""
    if options["proposal"]:
        ids: list[int] = options["proposal"]
        return ids
    return all_ if options["all"] else proposals_by(options["query"])


def pushes(options: dict[str, Any]) -> list[int] | QuerySet[Push]:
    """The pushes the options name; --all means those that failed."""
    if options["push"]:
        ids: list[int] = options["push"]
        return ids
    if options["proposal"]:
        return Push.objects.filter(proposal__in=options["proposal"])
    return Push.objects.failed() if options["all"] else pushes_by(options["query"])


def readable(decision: Decision) -> str:
    """A decision in words: how many, and why the others not, with their ids."""
    lines = [f"{decision.done} done (act {decision.act})"]
    for code, count in sorted(decision.left_out.items()):
        named = ", ".join(map(str, decision.left_ids[code]))
        more = ", …" if count > len(decision.left_ids[code]) else ""
        lines.append(f"{count} left out: {say(Finding(code))} ({named}{more})")
    return "\n".join(lines)
