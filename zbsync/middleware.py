"""What every answer carries: a strict Content-Security-Policy, the language the user chose, and no hidden number."""

from collections.abc import Callable, Iterator
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from zbsync.core.redact import mask_page

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

DESK = "/admin/"
TEXTS = ("text/", "application/json")


class ContentSecurityPolicy:
    """Nothing inline, nothing from elsewhere; the stock admin runs under it as it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add the header to the answer."""
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class PreferredLanguage:
    """Chinese unless the user chose otherwise. The browser's own preference is not asked: it is mostly an accident."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activate the language of the cookie that Django's set_language view writes."""
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", chosen)
        return response


class MaskedPhones:
    """No page of the desk shows a whole phone number to somebody without the right `view_full_phone`.

    It works on the finished answer, so that no page can forget it: HTML, JSON, and files of text. A page that may show
    whole numbers this once, because a reveal was recorded, says so on the request (`zb_revealed`).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Mask the answer's text, unless the person may see it as it is."""
        response: HttpResponseBase = self.get_response(request)
        if not request.path_info.startswith(DESK) or getattr(request, "zb_revealed", False):
            return response
        if not response.get("Content-Type", "").startswith(TEXTS) or request.user.has_perm("zbsync.view_full_phone"):
            return response
        if isinstance(response, StreamingHttpResponse):
            return _masked_lines(response)
        assert isinstance(response, HttpResponse)  # noqa: S101 - Django knows no third kind
        typed = [value for given in (request.GET, request.POST) for _name, values in given.lists() for value in values]
        response.content = mask_page(response.content.decode(response.charset), typed).encode(response.charset)
        return response


def _masked_lines(response: StreamingHttpResponse) -> HttpResponseBase:
    """A file of text, line by line; its length is not known before."""
    blocks = cast(Iterator[bytes], response.streaming_content)
    del response.headers["Content-Length"]
    response.streaming_content = (
        mask_page(line.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape") for line in _lines(blocks)
    )
    return response


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in whole)
    yield rest
