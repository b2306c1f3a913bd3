from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.models import make
from tests.models.make import NOW
from zbsync.core.redact import Redactor
from zbsync.erp.errors import CaptchaDemanded, LoginRefused
from zbsync.erp.exchange import Exchange
from zbsync.erp.wire import WireAnswer, WireRequest
from zbsync.models import Entry, Slot
from zbsync.pipeline import bulk, outbox, wiring

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def account(settings: Any) -> None:
    settings.ZBSYNC_SECRET = {"ERP_USER": "invented", "ERP_PASSWORD": "invented-word"}.get


def test_the_settings_of_a_client_come_from_the_row_and_the_environment() -> None:
    options = {"page_size": 50, "sort1": "3,7", "content_type": "application/zsml"}
    config = wiring.config_for(make.erp(timeout_s=7.0, options=options))
    assert (config.username, config.password, config.serialnum) == ("invented", "invented-word", "zbtest0001")
    assert (config.page_size, config.timeout_s, config.content_type) == (50, 7.0, "application/zsml")


def test_the_choice_of_dialects_reaches_the_client() -> None:
    chosen = {"customer.edit": "ov1"}
    options = {"dialects": chosen, "names": "ids", "follow_up_list": "/x.asp", "phrases": {"assign.success": "已转交"}}
    config = wiring.config_for(make.erp(options=options))
    assert (config.dialects, config.names, config.follow_up_list) == (chosen, "ids", "/x.asp")
    assert config.phrases == {"assign.success": "已转交"}


def test_no_call_may_take_longer_than_the_clocks_allow() -> None:
    assert wiring.config_for(make.erp(timeout_s=600.0)).timeout_s == 20.0


def test_a_secret_that_is_not_set_is_named() -> None:
    with pytest.raises(wiring.WiringError) as caught:
        wiring.config_for(make.erp(password_env="NOT_SET"))
    assert caught.value.code == "erp.secret_missing"
    assert caught.value.params == {"variable": "NOT_SET", "connection": "erp"}


@pytest.mark.parametrize(
    ("options", "says"),
    [({"page_size": 0}, "page_size"), ({"page_size": "many"}, ""), ({"login_path": "x"}, "login_path")],
)
def test_an_option_that_does_not_fit_is_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(wiring.WiringError) as caught:
        wiring.config_for(make.erp(options=options))
    assert caught.value.code == "erp.bad_setting"
    assert says in caught.value.params["problem"]


def test_only_active_connections_without_a_pause_are_usable() -> None:
    good = make.erp(name="good")
    make.erp(name="off", is_active=False)
    make.erp(name="paused", paused_at=NOW, pause_cause="captcha")
    assert wiring.usable() == [good]


def heard(body: str) -> Exchange:
    request = WireRequest("read_customer", "/add.asp", b'{"session":"s3cret"}')
    return Exchange(
        Redactor(["s3cret"]), NOW, "http://erp.example", request, WireAnswer(200, {}, body.encode()), 12.5, ""
    )


def test_evidence_is_kept_with_what_it_belongs_to_and_a_digest_over_all_of_it() -> None:
    push = make.push()
    rows = outbox.exchange_rows(push.connection, [heard("ok"), heard("other")], push=push)
    bulk.insert(rows)
    first, second = push.exchanges.order_by("pk")
    assert (first.operation, first.status, first.response_body, first.elapsed_ms) == ("read_customer", 200, "ok", 12.5)
    assert "s3cret" not in first.request_body
    assert first.digest != second.digest
    assert first.digest == outbox.exchange_digest(first), "the digest can be checked from the stored row alone"
    first.response_body = "changed"
    assert first.digest != outbox.exchange_digest(first)


def test_a_nul_in_an_answer_does_not_lose_the_evidence() -> None:
    push = make.push()
    bulk.insert(outbox.exchange_rows(push.connection, [heard("a\x00b")], push=push))
    assert push.exchanges.get().response_body == "a␀b"


def test_a_slot_is_for_one_and_free_again_afterwards() -> None:
    connection = make.erp()
    with wiring.slot(connection) as first:
        assert first
        with wiring.slot(connection) as second:
            assert not second
        with wiring.slot(make.erp(name="other")) as other:
            assert other
        assert first.renew()
    with wiring.slot(connection) as third:
        assert third


def test_a_slot_is_freed_when_its_holder_fails() -> None:
    with pytest.raises(ZeroDivisionError), wiring.slot(make.erp()):
        raise ZeroDivisionError
    with wiring.slot(make.erp()) as hold:
        assert hold


def test_a_slot_whose_holder_died_is_free_after_the_lease_and_lost_to_it() -> None:
    connection = make.erp()
    with wiring.slot(connection) as first:
        Slot.objects.update(until=timezone.now() - timedelta(seconds=1))
        with wiring.slot(connection) as second:
            assert second
            assert not first.renew()
            assert not first
        assert Slot.objects.get().token is None


def test_a_pause_is_set_once_kept_and_lifted_by_a_person() -> None:
    connection = make.erp()
    assert wiring.pause(connection, "captcha", outbox.JOB, NOW)
    assert not wiring.pause(connection, "other", outbox.JOB, NOW)
    assert (connection.paused_at, connection.pause_cause) == (NOW, "captcha")
    assert wiring.resume(connection, outbox.JOB, NOW, "logged in by hand")
    assert not wiring.resume(connection, outbox.JOB, NOW)
    assert (connection.paused_at, connection.login_refusals) == (None, 0)
    assert list(Entry.objects.order_by("pk").values_list("verb", "reason")) == [
        ("connection.pause", ""),
        ("connection.resume", "logged in by hand"),
    ]


@pytest.mark.parametrize(
    ("refused", "error", "cause"),
    [
        (0, None, ""),
        (1, LoginRefused("no"), ""),
        (2, LoginRefused("no"), "login_refused"),
        (2, CaptchaDemanded("picture"), "captcha"),
    ],
)
def test_what_the_lanes_learnt_about_the_account_is_kept(refused: int, error: LoginRefused | None, cause: str) -> None:
    connection = make.erp()
    assert wiring.note_logins(connection, refused, error, outbox.JOB, NOW) == bool(cause)
    connection.refresh_from_db()
    assert (connection.login_refusals, connection.pause_cause) == (refused, cause)
