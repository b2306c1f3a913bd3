"""Patience with the database: what the ERP has said must be written down, even if the database is away for a moment.

Used by dispatch for the answers it holds in its hands. Nothing is lost without it, but every answer would be a doubt.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from zbsync.conf import conf

R = TypeVar("R")

PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between two tries."""


def patiently(write: Callable[[], R]) -> R:
    """What `write` (one transaction of its own) answers; tried again while the database does not, for a quarter of a
    lease at most. Raises its last error.
    """
    until = time.monotonic() + conf().lease_s / 4
    for pause in PAUSES_S:
        try:
            return write()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() + pause > until:
                raise
            connection.close()
            time.sleep(pause)
    return write()
