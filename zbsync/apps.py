"""The Django app, and the admin app with our own site in it."""

import gc

from django.apps import AppConfig
from django.contrib.admin import (
    apps as admin_apps,
)  # as a module: importing the class would register it twice
from django.utils.translation import gettext_lazy as _

COLLECT_AFTER = 3_000
"""Objects made and not yet freed after which cycles are looked for. Rows come by thousands and hold none; the
interpreter's own 700 would look at each of them several times, which is a fifteenth of an import. Many more, and the
long answers of a survey, which do hang in cycles, would fill its memory.
"""


class ZbsyncConfig(AppConfig):
    """One app: its floors are packages, its tables live in `models`."""

    name = "zbsync"
    verbose_name = _("Sync review")
    default = True

    def ready(self) -> None:
        """Register the system checks; leave what was loaded by now out of every later look for cycles."""
        from zbsync import checks  # noqa: F401

        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin, with `zbsync.site.ReviewSite` as the default site."""

    default = False
    default_site = "zbsync.site.ReviewSite"
