"""Our drain, as a worker runs it: dispatch, verify, reconcile, until only people can go on."""

import itertools
import os
import time

from tests.bench.push.erp import Erp, Tally, customers
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

STAGES = ("dispatch", "verify", "reconcile")
CLOCKS = {"ZBSYNC_RETRY_BASE_S": "1", "ZBSYNC_LOOK_AGAIN_S": "1"}
"""As long as the peers wait before they try again."""

_numbers = itertools.count(1)


def push(erp: Erp, count: int, lanes: int) -> Tally:
    """Approve, send, read back, settle."""
    from django.utils import timezone

    from zbsync.models import Push
    from zbsync.pipeline import flow
    from zbsync.pipeline.lanes import forget_sessions

    os.environ |= {"ERP_USER": DEMO_LOGIN, "ERP_PASSWORD": DEMO_WORD}
    connection = _approve(erp, count, lanes)
    began, busy = time.perf_counter(), time.process_time()
    while (due := flow.next_due(STAGES)) is not None:
        time.sleep(max(0.0, min(0.2, (due - timezone.now()).total_seconds())))
        flow.turn(STAGES)
    spent = time.process_time() - busy
    mine = Push.objects.filter(connection=connection)
    unknown = mine.exclude(state__in=["verified", "rejected"]).count()
    tally = erp.tally(count, began, unknown, spent / count * 1000)
    forget_sessions()
    type(connection).objects.filter(pk=connection.pk).update(is_active=False)
    return tally


def _approve(erp: Erp, count: int, lanes: int):
    """Rows as an approval leaves them."""
    from django.db import transaction

    from tests.models import make

    with transaction.atomic():
        connection = make.erp(name=f"bench{next(_numbers)}", base_url=erp.url, lanes=lanes)
        for values in customers(count):
            proposal = make.proposal(state="approved", connection=connection, payload=values)
            make.push(proposal=proposal, payload=values, khid=values["khid"], title=values["name"])
    return connection
