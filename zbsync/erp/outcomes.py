"""What a failed write came to, as one of the four outcomes. Used by `client` and by whoever catches an ErpError of a
write's preparations.
"""

from zbsync.core.findings import Finding
from zbsync.core.outcome import Deferred, InDoubt, Outcome, Rejected
from zbsync.erp.catalogue import FIELDS, captions_of
from zbsync.erp.errors import ErpError, Later, Reached, Refused
from zbsync.erp.naming import Unnamed


def outcome_of(error: ErpError, about: str) -> Outcome:
    """Rejected when the ERP said no, deferred when provably unprocessed, else doubt.

    `about` is the kind of customer, or the operation, whose captions the findings use.
    """
    if isinstance(error, Refused):
        return Rejected(error.cause, error.sentence, _findings(error, about))
    if error.reached is Reached.YES:
        return Rejected(error.cause, error.message, (Finding(error.code, params={"sentence": error.message}),))
    if error.reached is Reached.NO:
        return Deferred(error.cause, error.retry_after_s if isinstance(error, Later) else None, error.message)
    return InDoubt(error.cause, error.message)


def rejected_option(unnamed: Unnamed) -> Rejected:
    """Nothing was said: the door is told names, and this option has none."""
    params = {"caption": FIELDS[unnamed.field].caption, "value": unnamed.value, "vocabulary": unnamed.vocabulary}
    return Rejected(
        "refused", f"not sent: {unnamed}", (Finding("payload.option_unnamed", unnamed.field, params=params),)
    )


def _findings(error: Refused, about: str) -> tuple[Finding, ...]:
    captions = captions_of(about)
    return tuple(
        Finding(error.code, name, params={"sentence": error.sentence, "caption": captions.get(name, name)})
        for name in error.fields or ("",)
    )
