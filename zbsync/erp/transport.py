"""Bytes over HTTP: the only place that knows httpx. `client` gives requests, takes replies, or an error that
tells whether anything was said.

One connection per lane, kept alive. No redirects (a POST must not wander), nothing from the process
environment (a proxy found there would see the account), and a bound on time and size of a whole reply, not
only of each part.
"""

import contextlib
import socket
import ssl
import time
from functools import lru_cache

import httpx
from httpx import BaseTransport as Inner

from zbsync.erp.config import PARTS, ErpConfig
from zbsync.erp.errors import LostReply, NotSent, UnknownAnswer, Unsaid
from zbsync.erp.wire import WireAnswer, WireRequest

__all__ = ["Inner", "Transport"]

ANSWER_MAX = 32 * 1024 * 1024
"""Bytes of a reply beyond which it is not read on: a full page of 500 customers is below 1 MB."""

_OWN = {"User-Agent": "zbsync", "Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "keep-alive"}

_UNSAID = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Transport:
    """One lane's connection. `inner` is the seam for tests; others name its type `Inner` and never import httpx."""

    def __init__(self, config: ErpConfig, inner: Inner | None = None) -> None:
        self._config = config
        self._wire = inner or httpx.HTTPTransport(
            verify=_tls(config.verify_tls, config.ca_file),
            proxy=config.proxy or None,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1),
        )
        self._closed = False
        self._cookies = httpx.Cookies()
        self._said_cookies: dict[str, str] = {}
        self._urls: dict[str, httpx.URL] = {}

    def send(self, request: WireRequest, timeout_s: float) -> WireAnswer:
        """The whole reply within `timeout_s`. Raises NotSent before anything was said, LostReply after, and
        RuntimeError when it was closed.
        """
        if self._closed:
            raise RuntimeError("the connection was closed")
        until = time.monotonic() + timeout_s
        asked = self._asked(request, timeout_s)
        try:
            with contextlib.closing(self._wire.handle_request(asked)) as response:
                body = _read(response, until)
        except _UNSAID as error:
            raise NotSent(_words(error), self._why(error)) from error
        except httpx.HTTPError as error:
            raise LostReply(_words(error)) from error
        if "set-cookie" in response.headers:
            response.request = asked
            self._cookies.extract_cookies(response)
            self._said_cookies.clear()
        return WireAnswer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    def _asked(self, request: WireRequest, timeout_s: float) -> httpx.Request:
        """The request as it goes out: without what a client of many hosts, redirects and ways to sign in looks after,
        which is half of what a call costs.
        """
        url = self._url(request.path)
        size = {"Content-Length": str(len(request.body))}
        asked = httpx.Request(
            request.method,
            url,
            headers={"Host": url.netloc.decode("ascii"), **_OWN, **request.headers, **size},
            stream=httpx.ByteStream(request.body),
            extensions={"timeout": timeouts(timeout_s, self._config).as_dict()},
        )
        jar = self._cookies.jar
        if request.path not in self._said_cookies or any(cookie.expires is not None for cookie in jar):
            self._cookies.set_cookie_header(asked)
            self._said_cookies[request.path] = asked.headers.get("Cookie", "")
        elif said := self._said_cookies[request.path]:
            asked.headers["Cookie"] = said
        return asked

    def _why(self, error: Exception) -> Unsaid:
        """What stood in the way, from whatever the error was raised from."""
        chain: list[BaseException] = [error]
        while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
            chain.append(before)
        if any(isinstance(one, ssl.SSLError) for one in chain) or "SSL" in str(error):
            return Unsaid.TLS
        if isinstance(error, httpx.ProxyError) or self._config.proxy:
            return Unsaid.PROXY
        if any(isinstance(one, socket.gaierror) for one in chain):
            return Unsaid.NAME
        return Unsaid.SILENT if isinstance(error, httpx.TimeoutException) else Unsaid.CLOSED

    def _url(self, path: str) -> httpx.URL:
        """The whole address, put together once: there are a dozen pages, and reading an address costs as much as
        sending a request.
        """
        url = self._urls.get(path)
        if url is None:
            url = self._urls[path] = httpx.URL(self._config.base_url + path)
        return url

    def forget_cookies(self) -> None:
        """A new session starts without the old one's cookies."""
        self._cookies.clear()
        self._said_cookies.clear()

    def close(self) -> None:
        """Close the connection for good."""
        self._closed = True
        self._wire.close()


@lru_cache(maxsize=4)
def _tls(verify: bool, ca_file: str = "") -> ssl.SSLContext:
    """Shared by all lanes: the list of authorities takes 20 ms to read."""
    if verify and ca_file:
        return ssl.create_default_context(cafile=ca_file)
    return httpx.create_ssl_context(verify=verify, trust_env=False)


def timeouts(timeout_s: float, config: ErpConfig) -> httpx.Timeout:
    """All four parts of a timeout, in seconds: each its own bound, none beyond the whole."""
    connect, read, write, pool = (min(timeout_s, getattr(config, part) or timeout_s) for part in PARTS)
    return httpx.Timeout(connect=connect, read=read, write=write, pool=pool)


def _read(response: httpx.Response, until: float) -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > ANSWER_MAX:
            raise UnknownAnswer(f"the answer is longer than {ANSWER_MAX} bytes")
        if time.monotonic() > until:
            raise LostReply("the answer drips in too slowly")
    return bytes(body)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
