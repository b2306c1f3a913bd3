"""Redaction: takes secrets out of whatever is kept or logged.

`Redactor` is applied to an exchange before it exists (`erp.exchange`); `mask_phone` to anything that may
reach a log, `mask_page` to a page for somebody who may not see whole numbers. It knows the places where this ERP
carries secrets (fact sheet §1.1, §1.3) and every configured secret by value.
"""

import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from urllib.parse import quote, quote_plus

MARK = "***"

_HIDDEN_HEADERS = frozenset(
    (
        "zbapi-token",
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-signature",
        "signature",
    )
)
_KEYS = "session|token|zbapi-token|password|passwd|pwd|secret"
_VALUE = r'(?:[^"\\]|\\.)*'
_KEEPING_HEAD = (
    # {"session":"…"}; the same inside an escaped string; the lenient {session:'…'} the ERP also reads
    rf'("(?:{_KEYS})"\s*:\s*"){_VALUE}(?=")',
    rf'(\\+"(?:{_KEYS})\\+"\s*:\s*\\+").*?(?=\\+")',
    rf"""((?<!\w)(?:{_KEYS})'?\s*:\s*')[^']*(?=')""",
    rf'((?<!\w)(?:{_KEYS})\s*:\s*"){_VALUE}(?=")',
    # {"id":"password","val":"…"}, keys in either order
    rf'("id"\s*:\s*"(?:{_KEYS})"\s*,\s*"val"\s*:\s*"){_VALUE}(?=")',
    rf'("val"\s*:\s*"){_VALUE}(?="\s*,\s*"id"\s*:\s*"(?:{_KEYS})")',
    # txt: marks a login value in the clear, wherever it stands
    r"""(txt:)(?:[^"'\\\s]|\\.)+""",
    # a header line, a query string
    r"(ZBAPI-Token\s*:\s*)[^\s\"',]+",
    rf"((?:^|[?&;\s])(?:{_KEYS})=)[^&;\s\"']+",
)
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _KEEPING_HEAD)
_WORDS = (b"session", b"token", b"passw", b"pwd", b"secret", b"txt:", "\u017f".encode(), "\u212a".encode())
"""Each pattern needs one of these; most answers hold none but the session, which goes by value first."""

_GONE = f'"session":"{MARK}"'.encode()
_PAGE = re.compile(
    r"(?=[0-9a-fA-F+１])"  # twice as fast
    # ids and digests are left alone, whatever digits are in them
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-fA-F]{20,})"
    r"|(?<!\d)(?<!\d\.)(?:"
    r"(?P<mobile>(?:(?:\+|00)?86[\s-]?)?[1１][3-9３-９]\d)[\s-]?\d{4}[\s-]?(?P<mobile_end>\d{4})"
    r"|(?P<area>0[1-9]\d{1,2}[\s-]?)\d{3,4}(?P<line_end>\d{4})"
    r"|(?P<country>\+(?!86)[1-9]\d{0,2}[\s-]?)\d[\d -]{3,9}(?P<far_end>\d{4})"
    r")(?!\d)"
)
_IN_AN_ADDRESS = ('="', "=", "D")
"""What stands before a number in a field's value or in an address, there also as %3D."""
_MOBILE = re.compile(r"(?<!\d)((?:(?:\+|00)?86[\s-]?)?)([1１][3-9３-９]\d)[\s-]?\d{4}[\s-]?(\d{4})(?!\d)")


class Redactor:
    """Takes the configured secrets and all that looks like one out of texts and headers."""

    def __init__(self, secrets: Collection[str]) -> None:
        spellings = {spelling for secret in secrets if secret.strip("* ") for spelling in _spellings(secret)}
        self._secrets = sorted(spellings, key=len, reverse=True)

    def text(self, text: str) -> str:
        """The text without secrets; JSON stays JSON."""
        for secret in self._secrets:  # the longest first, so that none is left in part
            if secret in text:
                text = text.replace(secret, MARK)
        if not _may_hide(text):
            return text
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MARK}", text)
        return text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers without secrets, names as given."""
        return {name: MARK if name.lower() in _HIDDEN_HEADERS else self.text(value) for name, value in headers.items()}


def _may_hide(text: str) -> bool:
    """Whether a pattern could change anything: a look of 0.05 ms where the patterns take 2 ms of a long answer.

    Bytes are looked at, for they are lowered several times as fast as text; so the two letters that a pattern takes for
    an s and a k although they lie outside of ASCII count as a find.
    """
    rest = text.encode("utf-8", "surrogatepass").lower().replace(_GONE, b"")
    return any(word in rest for word in _WORDS)


def _spellings(secret: str) -> set[str]:
    """A secret as it stands, and as it looks inside JSON, inside an address, and after the ERP's
    apostrophe."""
    plain = {secret, secret.replace("'", "’")}
    return plain | {
        spelling
        for text in plain
        for spelling in (
            json.dumps(text)[1:-1],
            json.dumps(text, ensure_ascii=False)[1:-1],
            quote(text, safe=""),
            quote_plus(text),
        )
    }


def mask_phone(text: str) -> str:
    """Every mainland mobile inside the text as 138****0000, whatever its spelling."""
    return _MOBILE.sub(lambda hit: unicodedata.normalize("NFKC", f"{hit[1]}{hit[2]}****{hit[3]}"), text)


def mask_page(text: str, typed: Collection[str] = ()) -> str:
    """The text of a page with every phone number in it masked: mobiles as 138****0000, other lines by area and end.

    A number that the person typed (`typed`: what came with the request) stays in the field and the addresses that
    carry it on, so that the next page finds it again; wherever else it stands, it is masked.
    """

    def masked(hit: re.Match[str]) -> str:
        whole = hit[0]
        if hit["id"] or (
            text[max(hit.start() - 2, 0) : hit.start()].endswith(_IN_AN_ADDRESS) and any(whole in one for one in typed)
        ):
            return whole
        return _masked(hit)

    return _PAGE.sub(masked, text)


def _masked(hit: re.Match[str]) -> str:
    head, end = next((hit[one], hit[other]) for one, other in _ENDS if hit[one])
    return unicodedata.normalize("NFKC", f"{head}****{end}")


_ENDS = (("mobile", "mobile_end"), ("area", "line_end"), ("country", "far_end"))


def unmask(text: str, known: str) -> str:
    """What somebody sent back who was shown `known` masked: each masked number that stands in it is whole again."""
    for hit in _PAGE.finditer(known):
        if not hit["id"]:
            text = text.replace(_masked(hit), hit[0])
    return text
