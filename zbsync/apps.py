"""The Django app, and the admin app with our own site in it."""

from django.apps import AppConfig
from django.contrib.admin import (
    apps as admin_apps,
)  # as a module: importing the class would register it twice
from django.utils.translation import gettext_lazy as _


class ZbsyncConfig(AppConfig):
    """One app: its floors are packages, its tables live in `models`."""

    name = "zbsync"
    verbose_name = _("Sync review")
    default = True

    def ready(self) -> None:
        """Register the system checks."""
        from zbsync import checks  # noqa: F401


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin, with `zbsync.site.ReviewSite` as the default site."""

    default = False
    default_site = "zbsync.site.ReviewSite"
