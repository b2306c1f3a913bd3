"""/healthz as load balancers and containers ask it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from tests.management.test_settings import LIVE, read
from zbsync.conf import conf
from zbsync.models import Heartbeat

pytestmark = pytest.mark.django_db


def beat(seconds_ago: float, name: str = "worker") -> None:
    Heartbeat.objects.create(name=name, at=timezone.now() - timedelta(seconds=seconds_ago))


def test_a_worker_that_beat_lately_is_health(client: Client) -> None:
    beat(2)
    answer = client.get("/healthz")
    told = json.loads(answer.content)
    assert answer.status_code == 200
    assert set(told) == {"database", "worker_age_s"}
    assert told["database"] is True
    assert 2 <= told["worker_age_s"] < 10


@pytest.mark.parametrize(("job_s", "age_s", "status"), [(60, 119, 200), (60, 121, 503), (10, 19, 200), (10, 21, 503)])
def test_lately_means_twice_the_time_of_a_job(client: Client, job_s: float, age_s: float, status: int) -> None:
    beat(age_s)
    with override_settings(ZBSYNC=replace(conf(), job_timeout_s=job_s)):
        assert client.get("/healthz").status_code == status


def test_a_drain_is_no_worker(client: Client) -> None:
    """`run` beats too; it is no proof that anybody hears the doorbell."""
    beat(1, "drain")
    answer = client.get("/healthz")
    assert (answer.status_code, json.loads(answer.content)["worker_age_s"]) == (503, None)


def test_a_database_that_does_not_answer_is_told_without_a_word_of_why(client: Client) -> None:
    beat(1)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE zbsync_heartbeat RENAME TO zbsync_away")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert json.loads(answer.content) == {"database": False, "worker_age_s": None}


def test_it_asks_no_password_leaves_no_cookie_and_is_never_kept(client: Client, django_assert_num_queries) -> None:
    beat(1)
    with django_assert_num_queries(1):
        answer = client.get("/healthz")
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(("method", "status"), [("head", 200), ("post", 405), ("put", 405), ("delete", 405)])
def test_it_is_only_looked_at(client: Client, method: str, status: int) -> None:
    beat(1)
    assert getattr(client, method)("/healthz").status_code == status


def test_a_probe_beside_a_live_process_needs_no_https(client: Client) -> None:
    """A redirect would pass for health with many a prober."""
    live = read(**LIVE)
    with override_settings(**{name: live[name] for name in ("SECURE_SSL_REDIRECT", "SECURE_REDIRECT_EXEMPT")}):
        assert Client().get("/healthz").status_code == 503
        assert Client().get("/admin/").status_code == 301
