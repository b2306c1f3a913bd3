"""Browsers for the tests of the admin: one logged-in client per role."""

from django.contrib.auth.models import Group, User
from django.test import Client

from zbsync import roles


def someone(role: str = "administrator") -> User:
    """A colleague with exactly that role; "" is one who may only open the admin."""
    roles.ensure()
    user, _ = User.objects.get_or_create(username=f"a-{role or 'nobody'}", defaults={"is_staff": True})
    user.groups.set(Group.objects.filter(name=role))
    return user


def browser(role: str = "administrator") -> Client:
    """A client that is logged in."""
    client = Client()
    client.force_login(someone(role))
    return client
