"""Set an installation up, or bring it up to date: harmless however often it runs."""

import secrets
from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandParser

from zbsync import roles, schedules
from zbsync.conf import secret
from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.pipeline import bootstrap

PASSWORD = "ZBSYNC_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable


class Command(base.Command):
    """`manage.py bootstrap [--admin NAME]`."""

    help = "Migrate, and make what is missing: roles, gate, mapping, source codes, schedules, an administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("--admin", metavar="NAME", help=f"an administrator; password from {PASSWORD} or printed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Each step tells what it made, in one line."""
        password = secret(PASSWORD)
        if options["admin"]:
            _check(options["admin"], password)
        call_command("migrate", verbosity=0)
        made = {"roles": roles.ensure(), **bootstrap.seed(), "schedules": sum(schedules.ensure())}
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in made.items() if count)
        self.stdout.write(f"made: {told or 'nothing, all was there'}")
        if options["admin"]:
            self.stdout.write(_administrator(options["admin"], password))


def _check(name: str, password: str) -> None:
    user, place = User(username=name), "--admin"
    try:
        user.clean_fields(exclude=["password"])
        place = PASSWORD
        if password:
            validate_password(password, user)
    except ValidationError as error:
        raise bad_input(f"{place}: {' '.join(error.messages)}") from None


def _administrator(name: str, password: str) -> str:
    """Make the account, or give an existing one the role; its password is never changed."""
    user, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True, "is_superuser": True})
    user.groups.add(Group.objects.get(name="administrator"))
    if not is_new:
        User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
        return f"administrator {name} was there; the password stays"
    made = password or secrets.token_urlsafe(12)
    user.set_password(made)
    user.save()
    return f"administrator {name} made, password {f'from {PASSWORD}' if password else made}"
