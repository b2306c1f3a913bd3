"""Evidence: redacted before it exists, cut with a digest of the whole, not to be changed or forged."""

import dataclasses
import hashlib
import inspect
from datetime import datetime

import pytest

from tests.erp.support import NOW, PASSWORD, SESSION, answer, golden
from tests.wire import load
from zbsync.core.redact import Redactor
from zbsync.erp.exchange import BODY_MAX, Exchange
from zbsync.erp.wire import WireAnswer, WireRequest

REDACTOR = Redactor((PASSWORD,))


def exchange(
    body: bytes = b"{}", reply: WireAnswer | None = None, error: str = "", path: str = "/x", **headers: str
) -> Exchange:
    request = WireRequest("save_unit", path, body, headers)
    return Exchange(REDACTOR, NOW, "http://erp.example", request, reply, 12.345, error)


def test_it_keeps_what_was_said_and_answered() -> None:
    kept = exchange(b'{"a":1}', answer("{}", 200, date="now"), Accept="json")
    assert (kept.at, kept.operation, kept.method) == (NOW, "save_unit", "POST")
    assert kept.url == "http://erp.example/x"
    assert (kept.request_headers, kept.request_body) == ({"Accept": "json"}, '{"a":1}')
    assert (kept.status, kept.response_headers, kept.response_body) == (200, {"date": "now"}, "{}")
    assert (kept.elapsed_ms, kept.error) == (12.3, "")


def test_a_lost_reply_leaves_no_status() -> None:
    kept = exchange(error="erp.lost_reply")
    assert kept.status is None
    assert kept.response_body == ""
    assert kept.error == "erp.lost_reply"


def test_a_login_is_kept_without_its_secrets() -> None:
    kept = exchange(load("login_ok").request_body, golden("login_ok"))
    whole = repr(kept)
    assert PASSWORD not in whole
    assert SESSION not in whole
    assert "h3kq0c2n5d1x" not in whole, "the cookie"
    assert '"id":"serialnum"' in kept.request_body
    assert "API鉴权成功" in kept.response_body


@pytest.mark.parametrize("place", ["body", "path", "header", "error", "reply"])
def test_a_secret_is_struck_out_wherever_it_stands(place: str) -> None:
    kept = {
        "body": lambda: exchange(f'{{"note":"{PASSWORD}"}}'.encode()),
        "path": lambda: exchange(path=f"/x?word={PASSWORD}"),
        "header": lambda: exchange(X_Word=PASSWORD),
        "error": lambda: exchange(error=f"ConnectError: {PASSWORD}"),
        "reply": lambda: exchange(reply=answer(f"<html>{PASSWORD}</html>", 500)),
    }[place]()
    assert PASSWORD not in repr(kept)
    assert "***" in repr(kept)


def test_it_cannot_be_made_without_a_redactor() -> None:
    assert "redactor" in inspect.signature(Exchange).parameters
    with pytest.raises(TypeError):
        dataclasses.replace(exchange(), request_body=PASSWORD)


def test_it_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        exchange().request_body = PASSWORD  # type: ignore[misc] # that is the point


def test_a_long_body_ends_in_the_digest_of_the_whole() -> None:
    body = "长" * (BODY_MAX + 10)
    kept = exchange(body.encode())
    assert len(kept.request_body) < BODY_MAX + 150
    assert kept.request_digest == hashlib.sha256(body.encode()).hexdigest()
    assert kept.request_body.endswith(f"[cut: {BODY_MAX + 10} characters in all, SHA-256 {kept.request_digest}]")


def test_a_secret_on_the_cut_does_not_survive_in_part() -> None:
    kept = exchange(b"x" * (BODY_MAX - 4) + PASSWORD.encode() + b"y" * 50)
    assert PASSWORD[:4] not in kept.request_body


def test_the_digest_gives_no_way_to_guess_a_secret() -> None:
    body = f'{{"note":"{PASSWORD}"}}'.encode()
    assert exchange(body).request_digest != hashlib.sha256(body).hexdigest()
    assert exchange(body).request_digest == exchange(b'{"note":"***"}').request_digest


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("中文".encode("gb18030"), "中文"),
        (b"\xef\xbb\xbf{}", "{}"),
        ("中文".encode(), "中文"),
        (b"", ""),
    ],
)
def test_a_body_is_kept_as_people_would_read_it(raw: bytes, text: str) -> None:
    assert exchange(reply=WireAnswer(200, {}, raw)).response_body == text


def test_bytes_that_are_no_text_are_kept_readable() -> None:
    assert exchange(b"\xff\xfe{").request_body.endswith("{")


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Exchange(
            REDACTOR,
            datetime(2025, 3, 1),  # noqa: DTZ001 - that is the point
            "http://erp.example",
            WireRequest("login", "/", b""),
            None,
        )
