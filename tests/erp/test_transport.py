"""Bytes over HTTP: each way a call can break tells whether anything was said; nothing waits for ever."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.erp.support import config
from zbsync.erp import transport as module
from zbsync.erp.errors import ErpError, LostReply, NotSent, UnknownAnswer
from zbsync.erp.transport import Transport, timeouts
from zbsync.erp.wire import WireRequest

REQUEST = WireRequest("list_customers", "/list.asp?a=1", b'{"a":1}', {"Content-Type": "application/json"})


def sending(handler: Callable[[httpx.Request], httpx.Response]) -> Transport:
    """A transport whose other end is this function."""
    return Transport(config(), httpx.MockTransport(handler))


def breaking(error: Exception) -> Transport:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return sending(handler)


@pytest.mark.parametrize(
    ("error", "leaf"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout("nobody"), NotSent),
        (httpx.PoolTimeout("busy"), NotSent),
        (httpx.ProxyError("407"), NotSent),
        (httpx.UnsupportedProtocol("gopher"), NotSent),
        (httpx.ReadTimeout("silence"), LostReply),
        (httpx.WriteTimeout("half"), LostReply),
        (httpx.ReadError("reset"), LostReply),
        (httpx.WriteError("reset"), LostReply),
        (httpx.CloseError("reset"), LostReply),
        (httpx.RemoteProtocolError("hung up"), LostReply),
        (httpx.LocalProtocolError("odd"), LostReply),
        (httpx.DecodingError("gzip"), LostReply),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value.__name__,
)
def test_a_break_tells_whether_anything_was_said(error: Exception, leaf: type[ErpError]) -> None:
    with pytest.raises(ErpError) as caught:
        breaking(error).send(REQUEST, 1.0)
    assert type(caught.value) is leaf
    assert caught.value.message == f"{type(error).__name__}: {error}"


def test_a_whole_answer_comes_back_as_it_is() -> None:
    answer = sending(lambda _: httpx.Response(418, headers={"X-One": "1"}, content=b"\xff")).send(REQUEST, 1.0)
    assert (answer.status, answer.headers["x-one"], answer.body) == (418, "1", b"\xff")


def test_the_request_goes_out_as_it_was_made() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    sending(handler).send(REQUEST, 1.0)
    assert (seen[0].method, str(seen[0].url)) == ("POST", "http://erp.example/list.asp?a=1")
    assert (seen[0].content, seen[0].headers["content-type"]) == (b'{"a":1}', "application/json")


def test_a_base_path_is_kept() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(200)

    Transport(config(base_url="http://erp.example/crm"), httpx.MockTransport(handler)).send(REQUEST, 1.0)
    assert seen == ["http://erp.example/crm/list.asp?a=1"]


def test_a_post_does_not_wander() -> None:
    answer = sending(lambda _: httpx.Response(307, headers={"Location": "http://other.example/"})).send(REQUEST, 1.0)
    assert answer.status == 307


def test_an_answer_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_MAX", 10)
    with pytest.raises(UnknownAnswer, match="longer than 10 bytes"):
        sending(lambda _: httpx.Response(200, content=b"x" * 11)).send(REQUEST, 1.0)


def test_all_four_parts_of_the_timeout_are_set() -> None:
    assert timeouts(20.0, config()).as_dict() == {"connect": 5.0, "read": 20.0, "write": 20.0, "pool": 20.0}
    assert timeouts(0.5, config()).as_dict() == {"connect": 0.5, "read": 0.5, "write": 0.5, "pool": 0.5}


@pytest.mark.parametrize(
    ("settings", "parts"),
    [
        ({"connect_timeout_s": 2}, (2, 20, 20, 20)),
        ({"connect_timeout_s": 0}, (20, 20, 20, 20)),
        ({"read_timeout_s": 8.0, "write_timeout_s": 4.0, "pool_timeout_s": 1.0}, (5, 8, 4, 1)),
        ({"read_timeout_s": 60.0}, (5, 20, 20, 20)),
    ],
)
def test_each_part_may_have_a_bound_of_its_own_below_the_whole(
    settings: dict[str, float], parts: tuple[float, ...]
) -> None:
    assert tuple(timeouts(20.0, config(**settings)).as_dict().values()) == parts


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] no"), "tls"),
        (httpx.ProxyError("403 Forbidden"), "proxy"),
        (httpx.ConnectTimeout("nobody"), "silent"),
        (httpx.PoolTimeout("busy"), "silent"),
        (httpx.ConnectError("refused"), "closed"),
    ],
)
def test_what_stood_in_the_way_is_told(error: Exception, why: str) -> None:
    with pytest.raises(NotSent) as caught:
        breaking(error).send(REQUEST, 1.0)
    assert caught.value.why == why


def test_the_cause_below_tells_a_name_from_a_port() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        try:
            raise socket.gaierror(-2, "Name or service not known")
        except OSError as below:
            raise httpx.ConnectError(str(below)) from below

    with pytest.raises(NotSent) as caught:
        sending(handler).send(REQUEST, 1.0)
    assert caught.value.why == "name"


def test_behind_a_proxy_it_is_the_proxy_that_does_not_answer() -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    behind = Transport(config(proxy="http://proxy.example:3128"), httpx.MockTransport(handler))
    with pytest.raises(NotSent) as caught:
        behind.send(REQUEST, 1.0)
    assert caught.value.why == "proxy"


def built(monkeypatch: pytest.MonkeyPatch, **settings: object) -> dict[str, object]:
    """What the HTTP library is asked for."""
    asked: dict[str, object] = {}
    real = httpx.HTTPTransport

    def wire(**options: object) -> httpx.HTTPTransport:
        asked.update(options)
        return real()

    monkeypatch.setattr(httpx, "HTTPTransport", wire)
    Transport(config(**settings))
    return asked


def test_certificates_are_checked_unless_the_connection_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    for asked, mode in ((built(monkeypatch), ssl.CERT_REQUIRED), (built(monkeypatch, verify_tls=False), ssl.CERT_NONE)):
        context = asked["verify"]
        assert isinstance(context, ssl.SSLContext)
        assert context.verify_mode is mode


def test_only_the_connection_names_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = built(monkeypatch)
    assert (asked["proxy"], asked["trust_env"]) == (None, False)
    assert built(monkeypatch, proxy="http://proxy.example:3128")["proxy"] == "http://proxy.example:3128"


def test_cookies_are_forgotten_on_demand() -> None:
    seen: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "ZBCCSN=1; path=/"})

    lane = sending(handler)
    lane.send(REQUEST, 1.0)
    lane.send(REQUEST, 1.0)
    lane.forget_cookies()
    lane.send(REQUEST, 1.0)
    assert seen == [None, "ZBCCSN=1", None]


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A real socket that takes one connection, reads a request and then does as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


@pytest.mark.parametrize(
    "talk",
    [
        lambda connection: None,
        lambda connection: connection.sendall(HEAD + b"half"),
        lambda connection: connection.sendall(b"garbage\r\n\r\n"),
        lambda connection: time.sleep(0.6),
    ],
    ids=["hangs up", "hangs up half-way", "talks no HTTP", "says nothing"],
)
def test_a_real_connection_that_breaks_after_the_request_is_a_lost_reply(
    talk: Callable[[socket.socket], None],
) -> None:
    with server(talk) as url, pytest.raises(LostReply):
        Transport(config(base_url=url)).send(REQUEST, 0.3)


def test_an_answer_that_drips_does_not_hold_a_lane_for_ever() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        for _ in range(10):
            time.sleep(0.1)
            try:
                connection.sendall(b"x")
            except OSError:
                return

    began = time.monotonic()
    with server(drip) as url, pytest.raises(LostReply, match="drips"):
        Transport(config(base_url=url)).send(REQUEST, 0.3)
    assert time.monotonic() - began < 1.5


def test_nobody_at_the_address_means_nothing_was_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NotSent):
        Transport(config(base_url=f"http://127.0.0.1:{port}")).send(REQUEST, 1.0)


def test_a_name_nobody_has_means_nothing_was_said() -> None:
    with pytest.raises(NotSent):
        Transport(config(base_url="http://nowhere.invalid")).send(REQUEST, 1.0)
