"""System checks zbsync.E001…: what would go wrong later is refused at start, with the mend."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.core.checks import CheckMessage, Error, register

from zbsync.conf import conf


@register()
def clocks_are_in_order(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """One call ends before its job, the job before the lease, the lease before django-q2 rings again."""
    now = conf()
    clocks = [
        ("ZBSYNC_CALL_TIMEOUT_S", now.call_timeout_s),
        ("ZBSYNC_JOB_TIMEOUT_S", now.job_timeout_s),
        ("ZBSYNC_LEASE_S", now.lease_s),
        ("ZBSYNC_REDELIVER_S", now.redeliver_s),
    ]
    return [
        Error(
            f"{earlier}={first:g} must be smaller than {later}={second:g}",
            hint="The clocks must stand in the order call < job < lease < redeliver, e.g. 20 < 60 < 120 < 300.",
            id="zbsync.E001",
        )
        for (earlier, first), (later, second) in pairwise(clocks)
        if not 0 < first < second
    ]
