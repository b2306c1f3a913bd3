"""Questions about days and near misses: the front page's links lead through them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.admin.desk import LIST, desk, names, text
from tests.models import make
from zbsync.admin import filters
from zbsync.models import GateSetting
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db


def held(**given):
    return make.proposal(**{"state": "blocked", "cause": "gate.score_low", **given})


@pytest.fixture
def a_week() -> None:
    """One proposal of each of the last nine days, named by how many days ago it was made and decided."""
    noon = timezone.localtime().replace(hour=12, minute=0)
    for ago in range(9):
        at = noon - timedelta(days=ago)
        make.proposal(state="rejected", title=str(ago), created_at=at, decided_at=at - timedelta(days=1))


def day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("proposed=today", "0"),
        ("proposed=yesterday", "1"),
        ("proposed=week", "6543210"),
        ("decided=yesterday", "0"),
        ("decided=week", "543210"),
        ("decided=today", ""),
        ("proposed=nonsense", ""),
        ("proposed=2026-13-99", ""),
    ],
)
def test_it_filters_by_the_day_something_happened(a_week, query, found) -> None:
    assert "".join(names(desk().get(f"{LIST}?state__exact=all&{query}"))) == found


@pytest.mark.parametrize("ago", [0, 3, 8])
def test_a_date_in_the_address_is_a_day_too_and_is_shown_as_chosen(a_week, ago) -> None:
    page = desk().get(f"{LIST}?state__exact=all&proposed={day(ago)}")
    assert names(page) == [str(ago)]
    assert day(ago) in text(page)
    assert names(desk().get(f"{LIST}?state__exact=all&decided={day(ago + 1)}")) == [str(ago)]


def test_two_questions_about_days_are_asked_together(a_week) -> None:
    assert names(desk().get(f"{LIST}?state__exact=all&proposed={day(2)}&decided={day(3)}")) == ["2"]
    assert names(desk().get(f"{LIST}?state__exact=all&proposed={day(2)}&decided={day(2)}")) == []


@pytest.mark.parametrize(
    ("minimum", "found"), [(60, ["59.5", "55"]), (59.5, ["55", "54.5"]), (40, []), (54.5, ["50"]), (100, ["97"])]
)
def test_near_misses_are_those_just_under_the_gates_own_score(minimum, found) -> None:
    bootstrap.seed()
    GateSetting.objects.filter(code="score").update(params={"minimum": minimum})
    for score in (97, 50, 54.5, 55, 59.5):
        held(score=score, title=str(score))
    held(score=58, title="black", cause="gate.black_listed")
    assert names(desk().get(f"{LIST}?state__exact=blocked&score=near")) == found


def test_without_a_gate_the_usual_score_is_what_counts() -> None:
    held(score=57, title="57")
    held(score=41, title="41")
    assert names(desk().get(f"{LIST}?state__exact=blocked&score=near")) == ["57"]
    assert filters.threshold() == filters.THRESHOLD


def test_contacts_have_bands_of_scores_but_no_near_misses() -> None:
    make.contact(score=57)
    make.proposal(state="blocked", score=57)
    assert "near misses" in text(desk().get(f"{LIST}?state__exact=blocked"))
    assert "near misses" not in text(desk().get("/admin/zbsync/contact/"))
