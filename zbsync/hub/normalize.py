"""A hub's row → the fields it says, clean. Called by `pipeline.ingest` for every row of every door.

What a row does not say stays as it is in the mirror; what it says empty becomes empty. That difference is why the
answer is a dict of said fields and not a whole `ContactRecord`. Keys of the row are the contract's names; keys of the
answer are the mirror's columns, plus `deleted` and `interactions`.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from zbsync.core import phones
from zbsync.core.findings import Finding
from zbsync.core.records import InteractionRecord, Kind
from zbsync.hub import values
from zbsync.hub.errors import shown
from zbsync.hub.values import BadValue

LIMITS: Mapping[str, int | None] = {
    "source_id": 200,
    "name": 500,
    "phone": 100,
    "wechat_id": 200,
    "company": 500,
    "address": 1000,
    "email": 254,
    "channel": 100,
    "notes": None,
    "remark": 1000,
    "k_code": 200,
    "summary": None,
    "owner": 200,
}
"""Characters that each text column of the mirror holds; None has no bound (a test compares with the models)."""
FIELDS: tuple[str, ...] = (
    "source_id", "name", "phone", "phone_verified", "wechat_id", "company", "kind", "address", "email", "channel",
    "notes", "remark", "k_code", "confidence", "list", "score", "summary", "owner", "first_deal_at", "updated_at",
    "deleted", "interactions",
)  # fmt: skip
"""The contract's names, in its order."""
_KEYS = {"source_id", "phone", "wechat_id"}
_METHOD_MAX, _ID_MAX = 100, 200
_COMPANY, _INDIVIDUAL = Kind.COMPANY.value, Kind.INDIVIDUAL.value
_DEPTH = 20
"""Levels of lists and objects that an unknown field may nest."""


class Normal(NamedTuple):
    """What came of a row: `said` is None when `findings` stop it."""

    said: dict[str, Any] | None
    findings: list[Finding]


Cleaner = Callable[[Any], Any]


class _Field(NamedTuple):
    """Where a contract field goes, how it is cleaned, what empty means, and how long plain text may be."""

    column: str
    clean: Cleaner
    empty: Any
    plain: int = -1


def _cleaners() -> dict[str, _Field]:
    """Contract name → what becomes of it."""
    table = {
        name: _Field(name, values.text(limit, key=name in _KEYS), "", sys.maxsize if limit is None else limit)
        for name, limit in LIMITS.items()
    }
    table["phone_verified"] = _Field("phone_verified", values.yes_no, False)
    table["kind"] = _Field("kind", values.one_of(values.KINDS, "intake.not_a_kind"), "")
    table["list"] = _Field("listing", values.one_of(values.LISTS, "intake.not_a_list_name"), "")
    table["confidence"] = _Field("confidence", values.percent, None)
    table["score"] = _Field("score", values.number, None)
    table["first_deal_at"] = _Field("first_deal_at", values.moment, None)
    table["updated_at"] = _Field("source_updated_at", values.moment, None)
    table["deleted"] = _Field("deleted", values.yes_no, False)
    table["interactions"] = _Field("interactions", _interactions, ())
    return table


def _clean_json(value: Any, depth: int = 0) -> Any:
    """An unknown field's value as any database holds it: no control characters, no NaN, plain JSON types."""
    if type(value) is str:
        return value if value.isprintable() else values.scrub(value)
    if depth > _DEPTH:
        raise BadValue("intake.too_deep", max=_DEPTH)
    if isinstance(value, dict):
        return {values.scrub(str(key)): _clean_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_json(item, depth + 1) for item in value]
    if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124
        raise BadValue("intake.not_a_number")
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return values.plain(value)


_text, _method, _id = values.text(None), values.text(_METHOD_MAX), values.text(_ID_MAX, key=True)


def _interactions(value: Any) -> tuple[InteractionRecord, ...]:
    """A list of `{source_id, at, method, content}`; the later one of the same id stands."""
    if not isinstance(value, list):
        raise BadValue("intake.not_interactions")
    found: dict[str, InteractionRecord] = {}
    for position, item in enumerate(value, 1):
        if not isinstance(item, dict):
            raise BadValue("intake.bad_interaction", position=position, part="")
        part = ""
        try:
            part = "source_id"
            source_id = _id(item.get(part))
            if not source_id:
                raise BadValue("intake.source_id_missing")
            part = "at"
            at = values.moment(item.get(part))
            part = "method"
            method = _method(item.get(part))
            part = "content"
            found[source_id] = InteractionRecord(source_id, at, method, _text(item.get(part)))
        except BadValue:
            raise BadValue("intake.bad_interaction", position=position, part=part) from None
    return tuple(found.values())


_CLEANERS = _cleaners()


def normalise(row: Mapping[str, Any]) -> Normal:
    """Clean a row; every field that does not fit is named, not only the first.

    `said` holds mirror columns → values (`first_deal_at` and `source_updated_at` aware and in UTC, `mobile` and
    `kind` derived), `deleted`, and `interactions` when the row has them. Unknown keys are under `extra`.
    """
    said: dict[str, Any] = {"deleted": False}
    findings: list[Finding] = []
    extra: dict[str, Any] = {}
    tame = _tame(row)
    for name, raw in row.items():
        field = _CLEANERS.get(name)
        try:
            if field is None:
                if name == "extra" and isinstance(raw, dict):
                    extra.update(_clean_json(raw))
                else:
                    extra[values.scrub(name)] = _clean_json(raw)
                continue
            column, clean, empty, plain = field
            if type(raw) is str and len(raw) <= plain and (tame or (raw.isprintable() and "+" not in raw)):
                said[column] = raw.strip()  # nearly all text; a call for each would cost as much again
            elif raw is None or raw == "":
                said[column] = empty
            else:
                said[column] = clean(raw)
        except BadValue as bad:
            findings.append(Finding(bad.code, name, params={"value": shown(raw), **bad.params}))
    if not said.get("source_id") and not any(finding.field == "source_id" for finding in findings):
        findings.append(Finding("intake.source_id_missing", "source_id", params={"value": ""}))
    if findings:
        return Normal(None, findings)
    if extra:
        said["extra"] = extra
    _derive(said)
    return Normal(said, findings)


def _tame(row: Mapping[str, Any]) -> bool:
    """Whether all cells are text that needs no cleaning but at its ends: one look at a row instead of one at each."""
    try:
        text = "".join(row.values())
    except TypeError:
        return False
    return text.isprintable() and "+" not in text


def _derive(said: dict[str, Any]) -> None:
    """`mobile` follows the phone; `kind` follows the company unless the row says it."""
    if "phone" in said:
        said["mobile"] = phones.mobile_digits(said["phone"])
    if not said.get("kind"):
        said.pop("kind", None)
        if "company" in said:
            said["kind"] = _COMPANY if said["company"] else _INDIVIDUAL
