"""List, filter, search and decision screen over a million proposals, beside the stock admin on the same rows.

`python -m tests.bench desk`: on the server that DATABASE_URL names, in a database of its own that goes away again;
on a throw-away SQLite file without one. Whole requests through every middleware, rendering included.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench import Report, throw_away_database

ROWS = 1_000_000
MADE = 100_000
"""So many are made one by one; the rest are copies of them, each about another subject of the same contact."""
TIMES, STOCK_TIMES = 20, 5
LIMIT_MS = 150
NAME = "zbsync_bench_desk"
BATCH = 5_000

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英华玉兰"
PLACES = ("北京", "上海", "西安", "重庆", "成都", "武汉", "深圳", "杭州", "苏州", "青岛")
NAMES = ("丰峰", "鼎盛", "恒海", "远达", "信诚", "智禾", "嘉创", "瑞跃", "顺业", "景扬", "盛通", "云步")
TRADES = ("商贸", "印刷", "模具", "科技", "物流", "食品", "服饰", "电子", "建材", "化工")
STATES = ("ready",) * 14 + ("blocked",) * 4 + ("superseded",) * 2
CAUSES = {
    "blocked": ("gate.score_low", "gate.phone_missing", "gate.black_listed"),
    "ready": ("", "", "", "mapping.too_long"),
}

SEARCHES = {
    "two characters of a name": "王伟",
    "two characters of a company": "丰峰",
    "two that nearly all have": "有限",
    "four characters": "远达模具",
    "a whole company": "西安丰峰商贸有限公司",
    "one character": "王",
    "pinyin initials": "ffsm",
    "a mobile": "13800012345",
    "the beginning of a mobile": "1380001",
    "a K code": "K4242",
    "a customer number": "WXb4242",
    "an ERP id": "4242",
    "a WeChat id": "wx_4242",
    "nothing there": "不存在的",
}
FILTERS = {
    "held": "state__exact=blocked",
    "held for the score": "state__exact=blocked&cause__exact=gate.score_low",
    "near misses": "state__exact=blocked&score=near",
    "one channel": "state__exact=ready&channel__exact=广告",
    "one match": "state__exact=ready&match_kind__exact=unique",
    "proposed today": "state__exact=all&proposed=today",
    "all": "state__exact=all",
    "by name": "state__exact=ready&o=2",
}
PAGES = {
    "first page": "state__exact=ready",
    "page 100": "state__exact=ready&p=100",
    "page 200": "state__exact=ready&p=200",
}
LIST = "/admin/zbsync/proposal/"


def run(report: Report) -> None:
    """Fill, then ask."""
    with _database():
        started = time.perf_counter()
        _fill()
        report(f"{ROWS:,} proposals on {_vendor()}, made in {time.perf_counter() - started:.0f} s")
        with _desk(stock=False) as get:
            _ours(report, get)
        with _desk(stock=True) as get:
            _stock(report, get)


@contextmanager
def _database() -> Iterator[None]:
    """A database of its own, migrated."""
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        with throw_away_database():
            yield
        return
    import psycopg

    server = address.rpartition("/")[0]

    def tell(sql: str) -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(sql.encode())

    tell(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    tell(f"CREATE DATABASE {NAME}")
    os.environ |= {
        "DATABASE_URL": f"{server}/{NAME}",
        "DJANGO_SETTINGS_MODULE": "zbsync.settings",
        "LOG_LEVEL": "WARNING",
    }
    import django
    from django.core.management import call_command

    django.setup()
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        tell(f"DROP DATABASE {NAME} WITH (FORCE)")


def _vendor() -> str:
    from django.db import connection

    return connection.vendor


def _fill() -> None:
    """As a year of contacts would look: companies and people, most of them to review."""
    from django.db import connection
    from django.utils import timezone

    from tests.models import make
    from zbsync.models import Contact, ErpRecord, Proposal, SourceCode
    from zbsync.pipeline import bootstrap, bulk

    bootstrap.seed()
    chance, now = random.Random(7), timezone.now()
    hub, erp, mapping = make.hub(), make.erp(), make.mapping()
    SourceCode.objects.create(connection=erp, channel="广告", option="微信咨询")
    ErpRecord.objects.create(connection=erp, ord=4242, name="示例", seen_at=now)
    made = min(ROWS, MADE)
    for start in range(0, made, BATCH):
        numbers = range(start, min(start + BATCH, made))
        people = [_person(chance, number) for number in numbers]
        bulk.insert([Contact(hub=hub, proposed_version=1, digest="d" * 64, changed_at=now, **one) for one in people])
        last = Contact.objects.order_by("-pk").values_list("pk", flat=True)[0]
        first = last - len(people) + 1
        owned = {"hub_id": hub.pk, "connection_id": erp.pk, "mapping_id": mapping.pk}
        rows = [_proposal(chance, first + at, one, owned) for at, one in enumerate(people)]
        bulk.insert(rows)
    columns = [str(field.column) for field in Proposal._meta.concrete_fields if field.column not in ("id", "subject")]
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        for copy in range(1, ROWS // made):
            cursor.execute(
                f"INSERT INTO zbsync_proposal (subject, {names}) SELECT %s, {names} FROM zbsync_proposal"
                " WHERE subject = ''",
                [f"copy.{copy}"],
            )
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _person(chance: random.Random, number: int) -> dict[str, Any]:
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
    company = "".join(map(chance.choice, (PLACES, NAMES, TRADES))) + "有限公司" if number % 2 else ""
    mobile = f"138{number:08d}"
    return {
        "source_id": f"b{number}", "name": name, "company": company, "mobile": mobile, "phone": mobile,
        "wechat_id": f"wx_{number}", "k_code": f"K{number}", "channel": chance.choice(("微信", "微信", "网站", "广告")),
        "score": float(chance.randrange(20, 100)), "kind": "company" if company else "individual",
    }  # fmt: skip


def _proposal(chance: random.Random, contact_id: int, one: dict[str, Any], owned: dict[str, int]) -> Any:
    from datetime import timedelta

    from django.utils import timezone

    from zbsync.core.sought import index_text
    from zbsync.models import Proposal

    state = chance.choice(STATES)
    at = timezone.now() - timedelta(minutes=chance.randrange(200_000))
    cause = chance.choice(CAUSES.get(state, ("",)))
    target = contact_id if chance.random() < 0.15 else None
    return Proposal(
        contact_id=contact_id, contact_version=1, state=state, kind="unit" if one["company"] else "individual",
        payload={"name": one["company"] or one["name"], "mobile": one["mobile"], "khid": f"WX{one['source_id']}"},
        digest=f"{contact_id:064d}", cause=cause, has_errors=bool(cause) and state == "ready", target_ord=target,
        match_kind="unique" if target else "absent", action="update" if target else "create",
        title=one["company"] or one["name"], person=one["name"], mobile=one["mobile"], wechat_id=one["wechat_id"],
        k_code=one["k_code"], channel=one["channel"], score=one["score"], created_at=at, touched_at=at,
        sought=index_text(one["company"], one["name"]), **owned,
    )  # fmt: skip


Get = Callable[[str], Any]


def addresses() -> Any:
    """Our pages, and the stock admin with what anybody would write down first for the same rows."""
    from django.contrib import admin
    from django.urls import path

    from zbsync.models import Proposal
    from zbsync.urls import urlpatterns

    class Plain(admin.ModelAdmin[Proposal]):
        """A list to filter and search, a form to change."""

        list_display = ("title", "kind", "mobile", "channel", "score", "match_kind", "action", "cause", "created_at")
        list_filter = ("state", "channel", "match_kind", "cause")
        search_fields = ("title", "person", "mobile", "wechat_id", "k_code")
        list_per_page = 50
        ordering = ("-id",)
        fields = ("title", "person", "mobile", "channel", "kind", "state", "reason")

    stock = admin.AdminSite("stock")
    stock.register(Proposal, Plain)
    return (*urlpatterns, path("stock/", stock.urls))


def dressed(*, stock: bool) -> Any:
    """Both admins at their addresses, the stock one's in Django's own templates."""
    from django.conf import settings
    from django.test import override_settings

    templates = [{**one, "DIRS": [] if stock else one["DIRS"]} for one in settings.TEMPLATES]
    return override_settings(ROOT_URLCONF=addresses(), ALLOWED_HOSTS=["*"], TEMPLATES=templates)


@contextmanager
def _desk(*, stock: bool) -> Iterator[Get]:
    """A logged-in browser without a network."""
    from django.test import Client

    from tests.models import make

    with dressed(stock=stock):
        client = Client()
        client.force_login(make.user())

        def get(url: str) -> Any:
            answer = client.get(url, follow=True)
            assert answer.status_code == 200, (url, answer.status_code)
            return answer

        yield get


def _ours(report: Report, get: Get) -> None:
    from zbsync.models import Proposal

    some = list(Proposal.objects.for_review().order_by("-id").values_list("pk", flat=True)[ROWS // 100 :][:TIMES])
    screens = [f"{LIST}{pk}/change/?_changelist_filters=state__exact%3Dready" for pk in some]
    worst = {
        "list": max(_told(report, get, name, f"{LIST}?{query}") for name, query in PAGES.items()),
        "filter": max(_told(report, get, name, f"{LIST}?{query}") for name, query in FILTERS.items()),
        "search": max(_told(report, get, name, f"{LIST}?q={query}") for name, query in SEARCHES.items()),
        "decision screen": _told(report, get, "decision screen", *screens),
    }
    _told(report, get, "front page", "/admin/")
    for name, took in worst.items():
        report(f"{name}: p95 of the slowest {took:.0f} ms (under {LIMIT_MS} ms on PostgreSQL)")


def _stock(report: Report, get: Get) -> None:
    """The same questions where the stock admin has an answer."""
    cases = {
        "first page": "state__exact=ready",
        "page 200": "state__exact=ready&p=200",
        "held": "state__exact=blocked",
        "two characters of a name": "q=王伟",
        "nothing there": "q=不存在的",
    }
    for name, query in cases.items():
        _told(report, get, f"stock: {name}", f"/stock/zbsync/proposal/?{query}", times=STOCK_TIMES)


def _told(report: Report, get: Get, name: str, *urls: str, times: int | None = None) -> float:
    """p95 in milliseconds, after one request to warm up."""
    times, found = times or TIMES, None
    get(urls[0])
    took, busy = [], time.process_time()
    for number in range(times):
        started = time.perf_counter()
        found = get(urls[number % len(urls)])
        took.append((time.perf_counter() - started) * 1000)
    worst = sorted(took)[max(0, round(0.95 * len(took)) - 1)]
    listed = found.context.get("cl") if found is not None and found.context else None
    rows = f", {listed.result_count:,} rows" if listed else ""
    busy = (time.process_time() - busy) * 1000 / times
    report(f"  {name}: median {statistics.median(took):.0f} ms, p95 {worst:.0f} ms, {busy:.0f} ms of CPU here{rows}")
    return worst
