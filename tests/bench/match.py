"""Matching 20,000 new contacts against 100,000 mirrored customers, against the bare SQL join; then what a new customer
costs in ERP calls, counted by the ERP's own journal. `python -m tests.bench match`.
"""

import json
import os
import time
import urllib.request
from datetime import timedelta
from typing import Any

from tests.bench import Report, customers, erp_with, throw_away_database

CONTACTS, CUSTOMERS = 20_000, 100_000
KNOWN_EVERY = 20
"""One contact of so many is a customer already."""
TIMES = 20.0
PUSHES, CALLS = 500, 3.1

BARE = (
    "SELECT p.id, r.{ord} FROM zbsync_proposal p JOIN {table} r ON r.connection_id = p.connection_id"
    " AND r.{column} = {key} AND NOT (r.{column} = '') AND r.gone_at IS NULL WHERE p.state = 'mapped'"
)
KEYS = (
    ("zbsync_erprecord", "ord", "mobile", "p.mobile"),
    ("zbsync_erprecord", "ord", "phone", "p.mobile"),
    ("zbsync_erprecord", "ord", "weixin", "p.wechat_id"),
    ("zbsync_erprecord", "ord", "khid", "json_extract(p.payload, '$.khid')"),
    ("zbsync_erpperson", "customer", "mobile", "p.mobile"),
    ("zbsync_erpperson", "customer", "phone", "p.mobile"),
)
"""The keys matching looks by: table, what is found, its column, the contact's key. `NOT (… = '')` is what lets SQLite
use the partial indexes.
"""


def run(report: Report) -> None:
    """Measure on a throw-away database."""
    os.environ["ZBSYNC_DETAIL_BUDGET"] = "0"
    with throw_away_database() as folder:
        _local(report)
        with erp_with(customers(PUSHES), folder, 0) as url:
            _calls(report, url)


def _local(report: Report) -> None:
    from django.utils import timezone

    from tests.models import make
    from zbsync.models import Proposal
    from zbsync.pipeline import bootstrap, match, propose

    connection = make.erp(name="local", base_url="http://127.0.0.1:9", surveyed_at=timezone.now())
    make.options(connection)
    bootstrap.seed()
    _mirror(connection)
    _contacts(CONTACTS)
    propose.drain()
    assert Proposal.objects.to_match().count() == CONTACTS
    bare, bare_busy, found = _bare()
    looked = _look(connection)
    wall, busy = time.perf_counter(), time.process_time()
    tally = match.drain()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    unique = Proposal.objects.filter(match_kind="unique").count()
    assert tally.done == CONTACTS
    assert unique == CONTACTS // KNOWN_EVERY, unique
    report(
        f"match: {CONTACTS:,} contacts against {CUSTOMERS:,} customers in {wall:.2f} s, {CONTACTS / wall:,.0f} a second"
    )
    report(f"  bare join by every key: {bare:.2f} s, {bare_busy:.2f} s of CPU, {found:,} pairs")
    report(f"  matching, which finds and judges: {looked:.2f} s, {looked / bare:.1f} × (under {TIMES:g} × wanted)")
    written = _bare_writes()
    report(
        f"  the whole stage, with difference and digest: {wall / (bare + written):.1f} × the bare join and the bare"
        f" update of all it writes ({written:.2f} s)"
    )
    report(f"  {wall / bare:.1f} × the bare join alone, {busy / bare_busy:.1f} × by CPU")
    report(f"  {busy / CONTACTS * 1e6:.0f} µs of CPU for each contact")


def _mirror(connection: Any) -> None:
    """The customers, most known from a list only; of those that will be found, everything."""
    from django.utils import timezone

    from tests.models import make
    from zbsync.models import ErpPerson, ErpRecord
    from zbsync.pipeline import bulk

    fresh = timezone.now() - timedelta(minutes=5)
    records, persons = [], []
    for number in range(CUSTOMERS):
        mobile, known = f"139{number:08d}", number < CONTACTS // KNOWN_EVERY
        record = ErpRecord(connection=connection, ord=number + 1, name=f"客户{number}", name_normal=f"客户{number}",
                           mobile=mobile, weixin=f"wx_old_{number}" if known else "", seen_at=fresh)  # fmt: skip
        if known:
            record.detailed_at, record.khid = fresh, f"KH{number}"
            record.values = {"name": record.name, "mobile": mobile, "khid": record.khid, "intro": "老客户"}
        records.append(record)
        persons.append(ErpPerson(connection=connection, ord=number + 1, customer=number + 1, name=f"联系人{number}",
                                 mobile=mobile, seen_at=make.NOW))  # fmt: skip
    bulk.insert(records)
    bulk.insert(persons)


def _contacts(count: int, start: int = 0) -> None:
    from tests.models import make
    from zbsync.models import Contact
    from zbsync.pipeline import bulk

    rows = []
    for number in range(start, start + count):
        mobile = f"139{number // KNOWN_EVERY:08d}" if number % KNOWN_EVERY == 0 else f"138{number:08d}"
        rows.append(Contact(hub=make.hub(), source_id=f"m{number}", digest=f"{number:064d}", name=f"张示例{number}",
                            phone=mobile, mobile=mobile, phone_verified=True, wechat_id=f"wx_{number}", channel="微信",
                            score=80.0, notes="问过价格，约了下周见面。", changed_at=make.NOW))  # fmt: skip
    bulk.insert(rows)


def _bare() -> tuple[float, float, int]:
    """The least that finds the same: one statement a key, all rows fetched; the best of three, by clock and CPU."""
    from django.db import connection

    best, least, found = float("inf"), float("inf"), 0
    for _ in range(3):
        wall, busy, found = time.perf_counter(), time.process_time(), 0
        with connection.cursor() as cursor:
            for table, ord_, column, key in KEYS:
                cursor.execute(BARE.format(table=table, ord=ord_, column=column, key=key))
                found += len(cursor.fetchall())
        best, least = min(best, time.perf_counter() - wall), min(least, time.process_time() - busy)
    return best, least, found


def _bare_writes() -> float:
    """Seconds for the statement alone that gives each proposal its verdict: the same columns, rows ready in memory."""
    from django.db import connection, transaction

    from zbsync.conf import conf
    from zbsync.models import Proposal
    from zbsync.pipeline import worklist

    columns = [str(one.column) for one in Proposal._meta.concrete_fields if one.name in worklist._MATCH_FIELDS]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}, id FROM zbsync_proposal ORDER BY id")
        rows, size = cursor.fetchall(), conf().batch_size
        sql = f"UPDATE zbsync_proposal SET {', '.join(f'{name} = %s' for name in columns)} WHERE id = %s"
        wall = time.perf_counter()
        for place in range(0, len(rows), size):
            with transaction.atomic():
                cursor.executemany(sql, rows[place : place + size])
        return time.perf_counter() - wall


def _look(connection: Any) -> float:
    """Seconds for finding and judging alone, in the stage's own batches, with the contacts' rows at hand."""
    from django.utils import timezone

    from zbsync.conf import conf
    from zbsync.core.matching import judge, query_for
    from zbsync.models import Proposal
    from zbsync.pipeline.match.asking import look_for
    from zbsync.pipeline.match.case import Case

    rows, size = list(Proposal.objects.to_match().order_by("pk")), conf().batch_size
    wall = time.perf_counter()
    for place in range(0, len(rows), size):
        cases = [Case(row, query_for(row.kind, row.payload)) for row in rows[place : place + size]]
        assert look_for(connection, cases, None, None, timezone.now) is None
        for case in cases:
            judge(case.query, case.views(), case.target, case.row.not_same)
    return time.perf_counter() - wall


def _calls(report: Report, url: str) -> None:
    from tests.models import make
    from tests.pipeline.reviewing import person
    from zbsync.models import ErpConnection, Proposal, Push
    from zbsync.pipeline import flow, match, propose, review, survey
    from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

    os.environ |= {"ERP_USER": DEMO_LOGIN, "ERP_PASSWORD": DEMO_WORD}
    Proposal.objects.update(state="superseded")
    ErpConnection.objects.update(is_active=False)
    make.erp(name="live", base_url=url, options={"sort1": "意向客户/初步接触", "page_size": 500})
    survey.run(make.erp(name="live"))
    _contacts(PUSHES, start=10_000_001)
    before = _journal(url)
    propose.drain()
    match.drain()
    asked = _journal(url) - before
    review.approve(Proposal.objects.for_review(), person("bench"))
    waiting = Push.objects.exclude(state="verified")
    for _ in range(PUSHES):  # the first few go ahead of the others, until they are verified
        flow.turn()
        if not waiting.exists():
            break
    said, verified = _journal(url) - before, Push.objects.filter(state="verified").count()
    assert verified == PUSHES, f"{verified} of {PUSHES} verified"
    report(f"ERP calls: {said} for {verified} verified new customers with a fresh copy, {asked} of them look-ups")
    report(f"  {said / max(verified, 1):.2f} for each, in the session the survey left ({CALLS} allowed)")


def _journal(url: str) -> int:
    """How many calls the ERP has seen."""
    with urllib.request.urlopen(f"{url}/__sandbox__/log") as answer:
        return len(json.load(answer)["calls"])


if __name__ == "__main__":
    run(print)
