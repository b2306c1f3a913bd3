"""The front page: every number leads to exactly its rows, and it says what lives and what stopped."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tests.admin.desk import desk, english, text, with_permissions
from tests.admin.people import browser
from tests.models import make
from zbsync.admin.dashboard import flow, health
from zbsync.admin.dashboard.charts import bars, ceiling
from zbsync.admin.filters import NEAR_BY
from zbsync.models import GateSetting, Heartbeat, SourceCode
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db

FRONT = "/admin/"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    cache.clear()


@pytest.fixture
def busy_day() -> None:
    """A little of everything that waits or happened today."""
    bootstrap.seed()
    now = timezone.now()
    make.proposal(state="ready", created_at=now)
    make.proposal(state="ready", has_errors=True, cause="mapping.too_long")
    make.proposal(state="ready", match_kind="ambiguous", action="", has_errors=True, cause="match.ambiguous")
    for score in (59.5, 55, 54.9, 20):
        make.proposal(state="blocked", cause="gate.score_low", score=score)
    make.proposal(state="blocked", cause="gate.black_listed", score=58)
    make.proposal(state="approved", decided_at=now)
    make.proposal(state="rejected", decided_at=now - timedelta(days=3))
    for state in ("queued", "sending", "in_doubt", "drifted"):
        make.push(state=state)
    make.push(state="rejected", cause="duplicate")
    make.push(state="dead", cause="duplicate")
    make.push(state="rejected")
    make.push(state="verified", verified_at=now)
    SourceCode.objects.create(connection=make.erp(), channel="名片", option="")
    SourceCode.objects.create(connection=make.erp(), channel="微信", option="微信咨询")


def links(page) -> dict[str, int]:
    """Every number that is a link, by address."""
    found = page.context["desk"]
    told = {card.url: card.count for card in found["cards"]}
    told |= {one.url: one.count for one in found["failed"]}
    told |= {stage.url: stage.count for stage in found["funnel"]}
    return told | {url: count for day in found["chart"].days for count, url in day.cells}


def test_every_number_leads_to_exactly_its_rows(busy_day) -> None:
    client = desk("administrator")
    told = links(client.get(FRONT))
    assert len(told) > 50
    for url, count in told.items():
        shown = client.get(url).context
        undecided = [row for row in shown["board"].inbox if not row.option] if "board" in shown else []
        assert (shown["cl"].result_count if "cl" in shown else len(undecided)) == count, url


def test_every_number_is_a_link_on_the_page(busy_day) -> None:
    page = desk("administrator").get(FRONT)
    hrefs = set(re.findall(r'href="([^"]+)"', page.content.decode().replace("&amp;", "&")))
    assert set(links(page)) <= hrefs


def test_what_waits_is_counted_by_what_it_asks_of_a_person(busy_day) -> None:
    page = desk("administrator").get(FRONT)
    counted = {card.title: card.count for card in page.context["desk"]["cards"]}
    expected = {"To review": 3, "Can be approved": 1, "Several matches": 1, "To be mended": 2, "Held back": 5}
    expected |= {"Near misses": 2, "Unmapped channels": 1, "On the way": 2, "In doubt": 1, "Refused": 2}
    assert {title: counted[title] for title in expected} == expected


def test_a_near_miss_is_measured_from_the_gates_own_threshold(busy_day) -> None:
    GateSetting.objects.filter(code="score").update(params={"minimum": 55 + NEAR_BY - 5.05})
    page = desk("administrator").get(FRONT)
    near = next(card for card in page.context["desk"]["cards"] if card.title == "Near misses")
    assert near.count == 1


def test_failures_are_told_by_reason_the_most_frequent_first(busy_day) -> None:
    failed = desk("administrator").get(FRONT).context["desk"]["failed"]
    assert [one.count for one in failed] == [2, 1]
    assert failed[1].sentence == "no reason given"
    assert "duplicate" not in failed[0].sentence


def test_the_funnel_is_of_today(busy_day) -> None:
    funnel = desk("administrator").get(FRONT).context["desk"]["funnel"]
    assert [(stage.label, stage.count) for stage in funnel] == [
        ("new proposals", 1), ("decided", 1), ("approved", 1), ("verified in the ERP", 1),
    ]  # fmt: skip


def test_the_chart_has_fourteen_days_and_ends_today(busy_day) -> None:
    chart = desk("administrator").get(FRONT).context["desk"]["chart"]
    assert len(chart.days) == 14
    assert chart.days[-1].label == f"{timezone.localdate():%m-%d}"
    assert [count for count, _url in chart.days[-1].cells] == [1, 1, 1]


def test_a_day_ends_at_the_desks_own_midnight() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    now = datetime(2026, 3, 5, 0, 30, tzinfo=shanghai)
    make.proposal(created_at=datetime(2026, 3, 4, 23, 59, tzinfo=shanghai))
    make.proposal(created_at=datetime(2026, 3, 5, 0, 1, tzinfo=shanghai))
    chart = flow.fortnight(make.user(), now)
    assert [day.cells[0][0] for day in chart.days[-2:]] == [1, 1]
    assert flow.funnel(make.user(), now)[0].count == 1


def test_the_past_is_remembered_and_today_is_not(busy_day) -> None:
    now = timezone.now()
    before = flow.fortnight(make.user(), now).days
    make.proposal(created_at=now)
    make.proposal(created_at=now - timedelta(days=2))
    after = flow.fortnight(make.user(), now).days
    assert after[-1].cells[0][0] == before[-1].cells[0][0] + 1
    assert after[-3].cells[0][0] == before[-3].cells[0][0]


def test_it_is_read_as_a_table_too(busy_day) -> None:
    page = desk("administrator").get(FRONT).content.decode()
    assert 'class="zb-chart"' in page
    assert page.count('aria-hidden="true" focusable="false"') >= 2
    assert page.count('<th scope="row">') >= 14


def test_it_takes_few_queries_however_much_there_is(busy_day, django_assert_max_num_queries) -> None:
    client = browser("administrator")
    for _ in range(5):
        make.push(state="rejected", cause=f"c{_}")
    with django_assert_max_num_queries(34):
        client.get(FRONT)


def test_the_part_that_refreshes_is_the_same_without_the_frame(busy_day) -> None:
    client = desk("administrator")
    part = client.get(f"{FRONT}?part=front")
    assert "<html" not in part.content.decode()
    assert "To review" in text(part)
    assert set(links(client.get(FRONT))) == set(links(part))


def test_a_stranger_gets_no_part_of_it(client) -> None:
    assert client.get(f"{FRONT}?part=front").status_code == 302


def test_a_role_sees_only_what_it_may_open(busy_day) -> None:
    page = with_permissions("view_proposal").get(FRONT)
    titles = {card.title for card in page.context["desk"]["cards"]}
    assert "To review" in titles
    assert titles.isdisjoint({"In doubt", "Unmapped channels"})
    assert "funnel" not in page.context["desk"]


def test_a_worker_that_beats_is_at_work_and_one_that_does_not_is_an_alarm() -> None:
    client = desk("operator")
    assert "No background job has shown itself" in text(client.get(FRONT))
    Heartbeat.objects.create(name="worker", at=timezone.now())
    shown = text(client.get(FRONT))
    assert "No background job" not in shown
    assert "at work" in shown
    Heartbeat.objects.update(at=timezone.now() - health.BEAT_MAX_AGE)
    assert "No background job has shown itself" in text(client.get(FRONT))


def test_a_push_that_waits_too_long_is_pointed_out() -> None:
    now = timezone.now()
    make.push(not_before=now - timedelta(minutes=1))
    make.push(not_before=now + timedelta(minutes=5))
    assert health.jobs(now).due == 1
    assert not health.jobs(now).late
    assert health.jobs(now + health.WAIT_MAX).late


def test_whoever_can_stop_something_may_tell_it_here(monkeypatch) -> None:
    told = health.Alarm("erp", "Too many failures in a row.", timezone.now(), reverse("admin:index"), "look")
    monkeypatch.setattr(health, "PROVIDERS", [*health.PROVIDERS, lambda: [told]])
    page = english(browser("operator")).get(FRONT)
    assert 'role="alert"' in page.content.decode()
    assert "Too many failures in a row." in text(page)


# ---------------------------------------------------------------- pictures
@pytest.mark.parametrize(
    ("number", "top"), [(0, 4), (3, 4), (4, 4), (5, 8), (9, 12), (13, 20), (41, 80), (300, 400), (1001, 1200)]
)
def test_the_scale_ends_at_a_round_number(number, top) -> None:
    assert ceiling(number) == top >= number


def test_bars_stand_on_the_base_inside_the_picture_and_do_not_overlap() -> None:
    picture = bars([[0, 5, 10], [1, 0, 400]])
    for bar in picture.bars:
        assert abs(bar.y + bar.height - picture.base) < 0.2
        assert picture.left <= bar.x <= bar.x + bar.width <= picture.width
    for before, after in zip(picture.bars, picture.bars[1:], strict=False):
        assert before.x + before.width <= after.x + 0.2


def test_a_bar_that_is_not_nothing_is_seen() -> None:
    heights = [bar.height for bar in bars([[1, 0, 1_000_000]]).bars]
    assert heights[0] >= 2
    assert heights[1] == 0


def test_a_picture_of_nothing_has_a_scale() -> None:
    assert [number for _y, number in bars([]).lines] == [0, 1, 2, 3, 4]
