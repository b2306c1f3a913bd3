"""The gate at work: chosen rules compiled into closures, each contact judged by all of them."""

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from zbsync.core.findings import Finding
from zbsync.core.gate.catalogue import GateRule, check_params, settings_of
from zbsync.core.phones import mobile_digits
from zbsync.core.records import ContactRecord, JSONValue, Kind, Listing

Judge = Callable[[ContactRecord, list[Finding]], None]


class Gate:
    """A compiled set of rules. Built once, asked for every contact."""

    __slots__ = ("_judges",)

    def __init__(self, judges: Sequence[Judge]) -> None:
        self._judges = tuple(judges)

    def judge(self, record: ContactRecord) -> list[Finding]:
        """All findings with the actual values; [] = eligible. A contact gone at the source is never
        eligible."""
        found: list[Finding] = []
        if record.deleted:
            found.append(Finding("gate.deleted"))
        for judge in self._judges:
            judge(record, found)
        return found


def compile_gate(rules: Sequence[GateRule]) -> Gate:
    """The gate of these rules; raises ValueError naming the rule or setting the catalogue does not know."""
    for rule in rules:
        wrong = check_params(rule.code, rule.params)
        if wrong:
            raise ValueError(f"{wrong[0].code}: {dict(wrong[0].params)}")
    return Gate([_COMPILERS[rule.code](settings_of(rule)) for rule in rules])


def _phone_verified(settings: Mapping[str, JSONValue]) -> Judge:
    must_be_verified = bool(settings["require_verified"])

    def judge(record: ContactRecord, found: list[Finding]) -> None:
        written = record.phone or record.mobile
        if not written:
            found.append(Finding("gate.phone_missing", "phone"))
            return
        if not mobile_digits(record.mobile or written):
            found.append(Finding("gate.phone_not_mobile", "phone", params={"phone": written}))
        if must_be_verified and not record.phone_verified:
            found.append(Finding("gate.phone_not_verified", "phone_verified", params={"phone": written}))

    return judge


def _essence(name: str) -> str:
    """The letters and digits of a name, width and case folded: what is left when ornament is taken off."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def _bare(essence: str) -> str:
    return essence.rstrip("0123456789") or essence


def _name_complete(settings: Mapping[str, JSONValue]) -> Judge:
    needs: int = settings["min_length"]
    placeholders = frozenset(_bare(_essence(name)) for name in settings["placeholders"])

    def judge(record: ContactRecord, found: list[Finding]) -> None:
        field = "company" if record.kind == Kind.COMPANY and record.company else "name"
        name = record.company if field == "company" else record.name
        if not name:
            found.append(Finding("gate.name_missing", field))
            return
        essence = _essence(name)
        if not essence:
            found.append(Finding("gate.name_no_letters", field, params={"name": name}))
        elif _bare(essence) in placeholders:
            found.append(Finding("gate.name_placeholder", field, params={"name": name}))
        elif len(essence) < needs:
            found.append(
                Finding("gate.name_short", field, params={"name": name, "length": len(essence), "needs": needs})
            )

    return judge


def _score(settings: Mapping[str, JSONValue]) -> Judge:
    needs: float = settings["minimum"]

    def judge(record: ContactRecord, found: list[Finding]) -> None:
        score = record.score
        if score is None:
            found.append(Finding("gate.score_missing", "score", params={"needs": needs}))
        elif not score >= needs:  # not a number is not enough
            found.append(Finding("gate.score_low", "score", params={"score": _plain(score), "needs": needs}))

    return judge


def _plain(number: float) -> float | int | str:
    """57.0 reads 57; what JSON cannot hold reads as text."""
    if not math.isfinite(number):
        return str(number)
    return int(number) if number == int(number) else number


def _not_black_listed(settings: Mapping[str, JSONValue]) -> Judge:
    only_white = bool(settings["only_white"])

    def judge(record: ContactRecord, found: list[Finding]) -> None:
        if record.listing == Listing.BLACK:
            found.append(Finding("gate.black_listed", "list"))
        elif only_white and record.listing != Listing.WHITE:
            found.append(Finding("gate.not_white_listed", "list", params={"list": str(record.listing) or "–"}))

    return judge


_COMPILERS: Mapping[str, Callable[[Mapping[str, JSONValue]], Judge]] = {
    "phone_verified": _phone_verified,
    "name_complete": _name_complete,
    "score": _score,
    "not_black_listed": _not_black_listed,
}
