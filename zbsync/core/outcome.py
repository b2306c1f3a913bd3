"""What one attempt came to. The dispatcher turns an ERP answer or error into exactly one of these four.

Accepted   the ERP says it took effect: a claim, to be verified by reading back
Rejected   the ERP said no, with reasons: nothing was stored
Deferred   provably never processed, or "later": free to try again
InDoubt    it may or may not have taken effect: only looking can tell, never a resend
"""

from dataclasses import dataclass, field

from zbsync.core.findings import Finding


@dataclass(frozen=True, slots=True)
class Accepted:
    """`ord` is the record the ERP holds now, None when it named no id; `message` its own sentence."""

    ord: int | None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """`message` is the ERP's own sentence; `findings` say it by field where the field is known."""

    cause: str
    message: str = ""
    findings: tuple[Finding, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Deferred:
    """`after_s` is the ERP's own wish (Retry-After) in seconds, None when it has none."""

    cause: str
    after_s: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class InDoubt:
    """`cause` names what was not heard: `lost_reply`, `unknown_answer`, `lease_lapsed`…"""

    cause: str
    message: str = ""


Outcome = Accepted | Rejected | Deferred | InDoubt
