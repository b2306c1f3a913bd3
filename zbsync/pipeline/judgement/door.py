"""What the door a customer is to be saved by cannot say: fields it has no place for, options it has no name for.

Used by `judgement` wherever a difference is worked out, so that it is told before anybody approves; and by the
operation that sends, for a connection may have been given another door since.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from zbsync.core.diff import Change
from zbsync.core.findings import Finding, Severity
from zbsync.erp.catalogue import DERIVED, FIELDS
from zbsync.erp.dialects.choice import Door, door_of
from zbsync.erp.naming import NAMED, fits
from zbsync.models import ErpConnection, Proposal

NOT_CARRIED = "payload.not_carried"
UNNAMED = "payload.option_unnamed"
CODES = frozenset({NOT_CARRIED, UNNAMED})

WHY = "not_carried"
"""`Change.why` of a field the door has no place for."""

_UNCHECKED = "payload.option_unchecked"


def of(connection: ErpConnection, kind: str, *, creates: bool) -> Door:
    """The door of a connection's row, by which a customer of this kind is made or changed."""
    chosen, names = connection.option("dialects"), connection.option("names") or "names"
    return door_of(connection.dialect, chosen if isinstance(chosen, Mapping) else {}, names, kind, creates=creates)


def sayable(made: Sequence[Change], door: Door) -> list[Change]:
    """The same changes, without writing what the door has no place for."""
    return [
        replace(one, after=one.before, written=False, why=WHY)
        if one.written and one.target not in door.carries
        else one
        for one in made
    ]


def findings(row: Proposal, made: Sequence[Change], door: Door) -> Iterator[Finding]:
    """What of these changes the door cannot say. What the ERP works out for itself is only told; a name that nobody
    could look up yet may be found when it is sent.
    """
    if not door.wants_names and not any(one.why == WHY for one in made):
        return
    labels = {one["target"]: one.get("label") or "" for one in row.fields}
    unchecked = {one["field"] for one in row.findings if one["code"] == _UNCHECKED}
    for one in made:
        if one.why == WHY:
            severity = Severity.INFO if one.target in DERIVED else Severity.ERROR
            yield not_carried(one.target, row.payload.get(one.target, ""), door, severity)
        elif (
            one.written
            and door.wants_names
            and one.target in NAMED
            and not fits(one.target, labels.get(one.target, ""))
        ):
            severity = Severity.WARNING if one.target in unchecked else Severity.ERROR
            params = {"value": one.after, "vocabulary": FIELDS[one.target].vocabulary}
            yield Finding(UNNAMED, one.target, severity, {"caption": _caption(one.target), **params})


def not_carried(target: str, value: str, door: Door, severity: Severity = Severity.ERROR) -> Finding:
    """One field that the door has no place for."""
    return Finding(
        NOT_CARRIED, target, severity, {"caption": _caption(target), "value": value, "dialect": door.dialect}
    )


def _caption(target: str) -> str:
    return FIELDS[target].caption if target in FIELDS else target
