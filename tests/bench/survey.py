"""A survey of 100,000 customers and their persons, 500 a page, into a 50 ms ERP. `python -m tests.bench survey`.

The limit is what one lane could do at best: pages ÷ latency. The sandbox runs in a process of its own; what it needs to
make a page comes on top of the latency and counts against us. Whole records are left out: their number is a budget.
"""

import os
import resource
import time

from tests.bench import Report, customers, erp_with, throw_away_database

CUSTOMERS, LANES, LATENCY_MS, PAGE = 100_000, 4, 50, 500
RATIO, LIMIT_MB = 0.80, 250


def run(report: Report) -> None:
    """Measure a first survey, and one that finds all as it was."""
    os.environ["ZBSYNC_DETAIL_BUDGET"] = "0"
    with throw_away_database() as folder, erp_with(customers(CUSTOMERS), folder, LATENCY_MS) as url:
        _measure(report, url)


def _measure(report: Report, url: str) -> None:
    from tests.models import make
    from zbsync.models import ErpPerson, ErpRecord
    from zbsync.pipeline import bootstrap
    from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

    os.environ |= {"ERP_USER": DEMO_LOGIN, "ERP_PASSWORD": DEMO_WORD}
    connection = make.erp(name="bench", base_url=url, lanes=LANES, options={"page_size": PAGE, "sort1": "3,7"})
    bootstrap.seed()
    for name in ("first", "second"):
        _survey(report, connection, name)
    assert ErpRecord.objects.count() == CUSTOMERS
    assert ErpPerson.objects.count() >= CUSTOMERS
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report(f"  peak memory {peak:.0f} MB ({LIMIT_MB} allowed)")


def _survey(report: Report, connection, name: str) -> None:
    from django.db.models import Avg

    from zbsync.models import Exchange
    from zbsync.pipeline import survey

    since = Exchange.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    wall, busy = time.perf_counter(), time.process_time()
    done = survey.run(connection)
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    assert done.complete
    said = Exchange.objects.filter(pk__gt=since, operation__in=["list_customers", "list_persons"])
    pages, heard = said.count(), said.aggregate(mean=Avg("elapsed_ms"))["mean"]
    limit = pages * LATENCY_MS / 1000
    told = f"{done.seen:,} customers and {done.of('persons', 'seen'):,} persons, {pages} pages of {PAGE}"
    report(f"{name} survey: {told}, in {wall:.1f} s with {LANES} lanes")
    report(f"  {limit / wall:.0%} of one lane's limit, {pages} pages at {LATENCY_MS} ms ({RATIO:.0%} needed)")
    talking = heard * pages / LANES / wall / 1000
    report(f"  a page took {heard:.0f} ms to come; the lanes were talking {talking:.0%} of the time")
    report(f"  {busy / pages * 1000:.1f} ms of our CPU a page")


if __name__ == "__main__":
    run(print)
