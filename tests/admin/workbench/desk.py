"""A colleague at the workbench."""

from django.test import Client

from tests.admin import desk
from tests.admin.people import browser


def english(role: str = "mapper") -> Client:
    """One of that role who chose English."""
    return desk.english(browser(role))
