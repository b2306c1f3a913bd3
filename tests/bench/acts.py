"""Many at once: what another threshold would let through, and an act that approves and one that takes back, each over a
hundred thousand rows. `python -m tests.bench acts`; on the PostgreSQL that DATABASE_URL names, in a database beside it,
or else on SQLite. Whole requests through every middleware, rendering included.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from tests.bench import Report, throw_away_database
from tests.bench.approve import _fill

ROWS = 100_000
REQUEST_S, BATCH_STATEMENTS = 1.0, 60
"""No request takes longer; no batch of a thousand asks more."""
LIST = "/admin/zbsync/proposal/"
HELD = f"{LIST}held/"
CAUSE = "gate.score_low"


def run(report: Report) -> None:
    """Fill, ask, approve, take back."""
    address = os.environ.get("DATABASE_URL", "")
    server = address if address.startswith("postgres") else ""
    with throw_away_database(server, ZBSYNC_SECOND_PERSON_ABOVE="500"):
        _measure(report)


def _measure(report: Report) -> None:
    from django.conf import settings
    from django.db import connection

    from tests.models import make
    from zbsync.pipeline import bootstrap

    settings.ALLOWED_HOSTS = ["*"]
    bootstrap.seed()
    _fill(2 * ROWS)
    _hold(ROWS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    report(f"{ROWS:,} held and {ROWS:,} ready on {connection.vendor}")
    asks, confirms = _Browser(report, make.user("asks")), _Browser(report, make.user("confirms"))
    _what_if(asks)
    act = _approve(asks, confirms)
    _batches(report, "approve", act)
    asks.get("the act's page, done", f"/admin/zbsync/act/{act.pk}/change/")
    back = _undo(asks, act)
    _batches(report, "take back", back)
    worst = max(asks.slowest, confirms.slowest)
    report(f"slowest request {worst:.2f} s (at most {REQUEST_S:g} s)")


def _hold(count: int) -> None:
    """Half of them did not pass: scores from 20 to 59, of which an eighth are 55 or more."""
    from django.db.models import F
    from django.db.models.functions import Mod

    from zbsync.models import Contact, Proposal

    last = Contact.objects.order_by("-pk").values_list("pk", flat=True)[count]
    held = Contact.objects.filter(pk__gt=last)
    Contact.objects.update(phone_verified=True, mobile="13800000001", phone="13800000001", company="", score=80)
    Contact.objects.update(name="王小明", eligible=True)
    held.update(score=Mod(F("pk"), 40) + 20.0, eligible=False)
    told = [{"code": CAUSE, "field": "score", "severity": "error", "params": {"score": 40, "needs": 60}}]
    Proposal.objects.filter(contact__gt=last).update(
        state="blocked", cause=CAUSE, gate_findings=told, has_errors=True, score=40
    )


class _Browser:
    """Somebody logged in; each request is timed, told and asked to succeed."""

    def __init__(self, report: Report, user: Any) -> None:
        from django.test import Client

        self._report, self._client = report, Client()
        self._client.force_login(user)
        self.slowest = 0.0

    def get(self, name: str, url: str) -> Any:
        """A page."""
        return self._timed(name, lambda: self._client.get(url))

    def post(self, name: str, url: str, form: dict[str, Any]) -> Any:
        """A form."""
        return self._timed(name, lambda: self._client.post(url, form))

    def _timed(self, name: str, ask: Callable[[], Any]) -> Any:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as asked:
            started = time.perf_counter()
            answer = ask()
            took = time.perf_counter() - started
        assert answer.status_code in (200, 302), (name, answer.status_code)
        self.slowest = max(self.slowest, took)
        longest = max((float(one["time"]) for one in asked.captured_queries), default=0.0)
        self._report(f"  {name}: {took:.2f} s, {len(asked)} statements, the longest {longest:.2f} s")
        return answer


def _what_if(browser: _Browser) -> None:
    browser.get("the page of what is held", HELD)
    for name, value in (("a little lower", 55), ("so low that all may go", 20), ("higher", 70), ("above all", 95)):
        page = browser.get(f"a threshold {name} ({value})", f"{HELD}?ask=score.minimum&value={value}")
        found = page.context_data["answer"]
        browser._report(f"    {found.count:,} of {found.looked:,} looked at, {'all' if found.whole else 'time was up'}")


def _approve(asks: _Browser, confirms: _Browser) -> Any:
    from zbsync.models import Act, Proposal

    url = f"{LIST}?state__exact=ready"
    form = {"action": "approve", "_selected_action": Proposal.objects.for_review().latest("pk").pk, "index": "0"}
    page = asks.post("approve all: the question", url, {**form, "select_across": "1"})
    shown = page.context_data["shown_at"]
    asks.post("approve all: asked", url, {**form, "select_across": "1", "shown_at": shown, "confirmed": "1"})
    act = Act.objects.latest("pk")
    page_of = f"/admin/zbsync/act/{act.pk}/change/"
    confirms.get("the act's page, waiting", page_of)
    for row_id in act.sample:
        confirms.post("a row of the sample", page_of, {"verb": "look", "proposal": row_id})
    confirms.post("confirmed", page_of, {"verb": "confirm"})
    act.refresh_from_db()
    assert (act.state, act.total) == ("queued", ROWS), (act.state, act.total)
    return act


def _undo(browser: _Browser, act: Any) -> Any:
    from zbsync.models import Act

    url = f"/admin/zbsync/act/{act.pk}/undo/"
    page = browser.get("take back: the question", url)
    assert page.context_data["preview"].total == ROWS
    browser.post("take back: asked", url, {"reason": "bench"})
    return Act.objects.latest("pk")


def _batches(report: Report, name: str, act: Any) -> None:
    """Every batch as a job carries it out."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from zbsync.pipeline.review import acts

    took: list[float] = []
    asked: list[int] = []
    while True:
        with CaptureQueriesContext(connection) as seen:
            started = time.perf_counter()
            if acts.step(act.pk) is None:
                break
            took.append(time.perf_counter() - started)
        asked.append(len(seen))
    act.refresh_from_db()
    assert (act.state, act.taken, act.left_out) == ("done", ROWS, 0), (act.state, act.taken, act.left_out)
    report(f"{name}: {act.taken:,} rows in {len(took)} batches and {sum(took):.1f} s, {ROWS / sum(took):,.0f} a second")
    report(
        f"  a batch: {min(took):.2f}–{max(took):.2f} s, first {took[0]:.2f}, {min(asked[:-1])}–{max(asked)} statements"
        f" (at most {BATCH_STATEMENTS})"
    )
