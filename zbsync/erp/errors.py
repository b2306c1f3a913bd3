"""What can go wrong with the ERP, as a tree. Every leaf answers one question: did the request take effect?

    ErpError                 .code .reached .message .evidence
    ├── NotSent              no       no connection was made: nothing was said
    ├── Expired              no       the session is not known any more: the ERP did not process the request
    ├── LoginRefused         no       the ERP does not let this account in
    │   └── CaptchaDemanded  no       it wants a picture read: only a person can go on
    ├── LoginFailed          no       the login broke half-way, so what it was for was never sent
    ├── WrongPath            no       404 or 405: no page of the ERP stands at this address
    ├── Later                no       "come back later"; .retry_after_s when it says when
    │   ├── TooManyRequests  no       429
    │   └── Unavailable      no       503 with Retry-After, or the maintenance sentence
    ├── Refused              yes      the ERP said no; .fields its sentence names; nothing was stored
    │   └── Duplicate        yes      no, because another record has this value
    ├── Absent               yes      the record asked for is deleted
    ├── LostReply            unknown  the request went out, no whole reply came back
    ├── ServerFault          unknown  HTTP 5xx
    ├── ScriptError          unknown  the page crashed half-way
    ├── EmptyAnswer          unknown  200 and nothing in it
    ├── NotJSON              unknown  a page for people, or garbage
    └── UnknownAnswer        unknown  JSON that says neither yes nor no in words we know

"Reached" is about effect, not about bytes: *no* means provably not processed, so it may be sent again;
*yes* means answered, so there is nothing to send again; *unknown* means that only looking can tell.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from zbsync.erp.exchange import Exchange


class Reached(StrEnum):
    """Whether the request reached the ERP and was processed."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ErpError(Exception):
    """Root. `message` is the ERP's own sentence, or the transport's; `evidence` the redacted exchange, if any."""

    code: ClassVar[str] = "erp.error"
    reached: ClassVar[Reached] = Reached.UNKNOWN

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.evidence: Exchange | None = None

    @property
    def message(self) -> str:
        """The words, in one place only, so that what is struck out of them is gone from the traceback too."""
        return str(self.args[0])

    @message.setter
    def message(self, text: str) -> None:
        self.args = (text,)

    @property
    def cause(self) -> str:
        """The code without its family, as outcomes carry it: `lost_reply`, `duplicate`…"""
        return self.code.removeprefix("erp.")

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


class Unsaid(StrEnum):
    """What stood in the way of a connection."""

    TLS = "tls"
    PROXY = "proxy"
    NAME = "name"
    SILENT = "silent"
    CLOSED = "closed"
    LATE = "late"


class NotSent(ErpError):
    """No connection: refused, unknown host, TLS, proxy, timeout while connecting; `why` says which, for people."""

    code = "erp.not_sent"
    reached = Reached.NO

    def __init__(self, message: str = "", why: Unsaid = Unsaid.LATE) -> None:
        super().__init__(message)
        self.why = why


class Expired(ErpError):
    """The session ran out; the framework answers before any page runs (fact sheet §1.4)."""

    code = "erp.expired"
    reached = Reached.NO


class LoginRefused(ErpError):
    """The account is not let in, or the guard closed after too many refusals."""

    code = "erp.login_refused"
    reached = Reached.NO


class CaptchaDemanded(LoginRefused):
    """Too many refusals for this serial number: the ERP asks for the letters of a picture."""

    code = "erp.captcha_demanded"


class LoginFailed(ErpError):
    """The login got no usable answer. The cause, with a reach of its own, is `__cause__`."""

    code = "erp.login_failed"
    reached = Reached.NO


class WrongPath(ErpError):
    """No such page: wrong base URL, path or dialect."""

    code = "erp.wrong_path"
    reached = Reached.NO


class Later(ErpError):
    """The ERP asks to come back; `retry_after_s` in seconds, None when it does not say."""

    code = "erp.unavailable"
    reached = Reached.NO

    def __init__(self, message: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooManyRequests(Later):
    """HTTP 429."""

    code = "erp.too_many_requests"


class Unavailable(Later):
    """HTTP 503 that says when to come back, or the ERP's maintenance sentence."""


class Refused(ErpError):
    """The ERP said no. `fields` are the ids of the fields its sentence names, in its order."""

    code = "erp.refused"
    reached = Reached.YES

    def __init__(self, sentence: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.fields = fields

    @property
    def sentence(self) -> str:
        """The ERP's own words."""
        return self.message

    @property
    def field(self) -> str:
        """The first field the sentence names, "" when it names none."""
        return self.fields[0] if self.fields else ""


class Duplicate(Refused):
    """Another record of the ERP already has the value."""

    code = "erp.duplicate"


class Absent(ErpError):
    """The ERP says that the record is deleted or does not exist."""

    code = "erp.absent"
    reached = Reached.YES


class LostReply(ErpError):
    """Sent, but no whole reply: timeout while reading, connection reset, broken encoding."""

    code = "erp.lost_reply"


class ServerFault(ErpError):
    """HTTP 5xx; the page may have done its work before it fell."""

    code = "erp.server_fault"


class ScriptError(ErpError):
    """`服务器异常`: the page crashed; what it stored before that is unknown."""

    code = "erp.script_error"


class EmptyAnswer(ErpError):
    """HTTP 200 without a body."""

    code = "erp.empty_answer"


class NotJSON(ErpError):
    """A page for people, or bytes that are no JSON document."""

    code = "erp.not_json"


class UnknownAnswer(ErpError):
    """A document of another shape or with a sentence that no phrase knows."""

    code = "erp.unknown_answer"
