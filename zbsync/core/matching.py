"""Matching: is this contact already a customer in the ERP?

`query_for` says what to look for, `rules_that_fire` compares one returned record exactly (the ERP's searches
are fuzzy and ignore unknown filters, fact sheet §4.3), `judge` decides over all of them. Called by
`pipeline.match` and by reconcile. It never looks anything up: an error while looking is the caller's, and
never reads as "absent".
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from zbsync.core.findings import Finding, Severity
from zbsync.core.payload import UNIT
from zbsync.core.phones import comparable
from zbsync.core.records import JSONObject

RULES = ("khid", "mobile", "weixin", "company_name")
"""The rules, strongest first: the order candidates are shown in."""

_BRACKETS = str.maketrans("[]{}【】〔〕〖〗「」『』《》〈〉<>", "()" * 10)


class MatchKind(StrEnum):
    """The judgement: bound = settled before; unique, ambiguous, absent = what looking showed."""

    BOUND = "bound"
    UNIQUE = "unique"
    AMBIGUOUS = "ambiguous"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ErpView:
    """One ERP customer as far as it is known; "" is unknown. `mobile` and `phone` in any spelling."""

    ord: int
    name: str = ""
    khid: str = ""
    mobile: str = ""
    phone: str = ""
    weixin: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for, normalised; "" is not looked for. `company` only for unit customers."""

    khid: str = ""
    mobile: str = ""
    weixin: str = ""
    company: str = ""

    def __bool__(self) -> bool:
        return bool(self.khid or self.mobile or self.weixin or self.company)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An ERP customer that may be this contact, and the rules that say so."""

    ord: int
    rules: tuple[str, ...]
    view: ErpView

    def as_json(self) -> JSONObject:
        """The stored shape: `{"ord", "rules", "view": {…}}`."""
        return {"ord": self.ord, "rules": list(self.rules), "view": asdict(self.view)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Candidate":
        """The inverse of `as_json`; raises KeyError when a key is missing."""
        return cls(stored["ord"], tuple(stored["rules"]), ErpView(**stored["view"]))


@dataclass(frozen=True, slots=True)
class Match:
    """The judgement. `ord` is set for bound and unique only."""

    kind: MatchKind
    ord: int | None = None
    candidates: tuple[Candidate, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def normalise_company(name: str) -> str:
    """A company name for exact comparison: NFKC, one kind of brackets, no white space, case folded.

    The legal suffix stays: 某某有限公司 and 某某集团 are two companies.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).translate(_BRACKETS)
    return unicodedata.normalize("NFKC", "".join(folded.split()))


def query_for(kind: str, values: Mapping[str, str]) -> Query:
    """What to look for, from a payload's values; `kind` is "unit" or "individual"."""
    return Query(
        khid=values.get("khid", "").strip(),
        mobile=comparable(values.get("mobile", "")),
        weixin=values.get("weixinAcc", "").strip(),
        company=normalise_company(values.get("name", "")) if kind == UNIT else "",
    )


def rules_that_fire(query: Query, view: ErpView) -> tuple[str, ...]:
    """The rules by which this record is the one looked for, strongest first; () = a fuzzy hit, not the
    one."""
    fired = []
    if query.khid and query.khid == view.khid.strip():
        fired.append("khid")
    if query.mobile and query.mobile in (comparable(view.mobile), comparable(view.phone)):
        fired.append("mobile")
    if query.weixin and query.weixin == view.weixin.strip():
        fired.append("weixin")
    if query.company and query.company == normalise_company(view.name):
        fired.append("company_name")
    return tuple(fired)


def judge(
    query: Query, views: Iterable[ErpView], bound_ord: int | None = None, not_same: Collection[int] = ()
) -> Match:
    """The judgement over everything looking returned. It never silently takes the first of several.

    A binding decides alone. Else a single `khid` hit decides alone; else a single customer by the other rules
    is unique and several are ambiguous. `not_same` are customers a person said are somebody else.
    """
    found = _candidates(query, views)
    if bound_ord is not None:
        return Match(MatchKind.BOUND, bound_ord, tuple(found), tuple(_strangers(query, found, bound_ord)))
    findings = [
        Finding("match.khid_taken", "khid", params={"khid": query.khid, "ord": one.ord})
        for one in found
        if one.ord in not_same and "khid" in one.rules
    ]
    found = [one for one in found if one.ord not in not_same]
    by_khid = [one for one in found if "khid" in one.rules]
    deciding = by_khid or found
    if not deciding:
        return Match(MatchKind.ABSENT, None, (), tuple(findings))
    if len(deciding) > 1:
        params = {"count": len(deciding), "ords": ", ".join(str(one.ord) for one in deciding)}
        findings.append(Finding("match.ambiguous", params=params))
        return Match(MatchKind.AMBIGUOUS, None, tuple(found), tuple(findings))
    chosen = deciding[0]
    findings += _strangers(query, found, chosen.ord)
    findings += _contradictions(query, chosen)
    return Match(MatchKind.UNIQUE, chosen.ord, tuple(found), tuple(findings))


def _candidates(query: Query, views: Iterable[ErpView]) -> list[Candidate]:
    """One candidate per customer, however often looking returned it; the most telling first."""
    seen: dict[int, Candidate] = {}
    for view in views:
        rules = rules_that_fire(query, view)
        if not rules:
            continue
        known = seen.get(view.ord)
        if known is None:
            seen[view.ord] = Candidate(view.ord, rules, view)
        else:
            both = tuple(rule for rule in RULES if rule in rules or rule in known.rules)
            seen[view.ord] = Candidate(view.ord, both, _merged(known.view, view))
    return sorted(seen.values(), key=lambda one: (RULES.index(one.rules[0]), -len(one.rules), one.ord))


def _merged(one: ErpView, other: ErpView) -> ErpView:
    """Two partial readings of the same customer (a list row knows no khid, a detail does)."""
    return ErpView(
        one.ord,
        one.name or other.name,
        one.khid or other.khid,
        one.mobile or other.mobile,
        one.phone or other.phone,
        one.weixin or other.weixin,
    )


def _strangers(query: Query, found: list[Candidate], ord_: int) -> list[Finding]:
    """Other customers that also look like this contact: a person should know, nothing is decided by it."""
    return [
        Finding(
            "match.also",
            one.rules[0],
            Severity.WARNING,
            {"ord": one.ord, "name": one.view.name, "chosen": ord_},
        )
        for one in found
        if one.ord != ord_
    ]


def _contradictions(query: Query, chosen: Candidate) -> list[Finding]:
    """Where the chosen customer is known to differ: a mobile changes hands, a company name is used twice."""
    view = chosen.view
    mobiles = [comparable(text) for text in (view.mobile, view.phone) if text]
    differs = {
        "khid": query.khid and view.khid and query.khid != view.khid.strip(),
        "mobile": query.mobile and mobiles and query.mobile not in mobiles,
        "weixin": query.weixin and view.weixin and query.weixin != view.weixin.strip(),
        "company_name": query.company and view.name and query.company != normalise_company(view.name),
    }
    ours = {"khid": query.khid, "mobile": query.mobile, "weixin": query.weixin, "company_name": query.company}
    theirs = {
        "khid": view.khid,
        "mobile": view.mobile or view.phone,
        "weixin": view.weixin,
        "company_name": view.name,
    }
    return [
        Finding(
            "match.differs",
            rule,
            Severity.WARNING,
            {"rule": rule, "ord": chosen.ord, "erp": theirs[rule], "ours": ours[rule]},
        )
        for rule in RULES
        if differs[rule]
    ]
