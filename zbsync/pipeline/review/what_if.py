"""What if a rule of the gate asked for something else: how many contacts more could go, or how many fewer, and which.

The real gate judges, over the contacts whose verdict can change: an index finds those that this rule holds first of
all, or those that may go, and time bounds how many are looked at. Nothing is stored.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet

from zbsync.core.findings import Finding, errors
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.gate import CATALOGUE, GateRule, check_params, compile_gate
from zbsync.core.records import ContactRecord, JSONValue, Kind, Listing
from zbsync.models import Contact, GateSetting, Proposal
from zbsync.models.within import within

SECONDS, SHOWN, CHUNK = 1.0, 100, 2000
"""How long is looked, how many contacts are named, how many are read at once."""

CAUSES: Mapping[str, tuple[str, ...]] = {
    "phone_verified": ("gate.phone_not_verified",),
    "name_complete": ("gate.name_short",),
    "score": ("gate.score_low",),
    "not_black_listed": ("gate.not_white_listed",),
}
"""The findings of a rule that another number can lift."""

HELD = "contact__"
"""From a proposal to the contact that it holds."""
Narrow = Callable[[str, Any], Q]
LOOSER: Mapping[str, Narrow] = {"minimum": lambda to, value: Q((f"{to}score__gte", value))}
STRICTER: Mapping[str, Narrow] = {
    "minimum": lambda to, value: Q((f"{to}score__isnull", True)) | Q((f"{to}score__lt", value)),
    "require_verified": lambda to, value: Q((f"{to}phone_verified", False)),
    "only_white": lambda to, value: ~Q((f"{to}listing", Listing.WHITE)),
}
"""Setting → which contacts alone a looser, or a stricter, value can move; the first argument leads to the contact."""

_READ = ("id", "source_id", "name", "phone", "mobile", "phone_verified", "company", "kind", "listing", "score")


@dataclass(frozen=True, slots=True)
class Moved:
    """A contact whose verdict would change, with what the gate says of it: now, or then."""

    contact_id: int
    title: str
    findings: list[Finding]


@dataclass(slots=True)
class Answer:
    """`count` contacts would go besides (`looser`), or would be held besides; the first hundred of them. `whole`:
    whether there was time to look at all that can change.
    """

    looser: bool
    count: int = 0
    looked: int = 0
    whole: bool = True
    moved: list[Moved] = field(default_factory=list)


def settings_now() -> dict[str, GateRule]:
    """The rules that are switched on, by code; one query."""
    rows = GateSetting.objects.filter(is_enabled=True, code__in=CATALOGUE)
    return {row.code: GateRule(row.code, row.params) for row in rows}


def offered(rules: Mapping[str, GateRule]) -> list[tuple[str, str, JSONValue]]:
    """What can be asked: rule, setting and its value now; lists of names are none of it."""
    return [
        (code, spec.name, rule.params.get(spec.name, spec.default))
        for code, rule in rules.items()
        for spec in CATALOGUE[code].params
        if spec.type in ("int", "float", "bool")
    ]


def what_if(code: str, name: str, value: JSONValue, by: AbstractBaseUser, seconds: float = SECONDS) -> Answer | None:
    """The answer for one setting of a rule that is on; None when its value is that already, or nobody asks for it.

    Raises ValueError when the value does not fit the setting.
    """
    rules = settings_now()
    now = next((said for rule, setting, said in offered(rules) if (rule, setting) == (code, name)), None)
    if now is None or value == now:
        return None
    changed = GateRule(code, {**rules[code].params, name: value})
    if wrong := check_params(code, changed.params):
        raise ValueError(wrong[0].code)
    answer = Answer(looser=_number(value) < _number(now))
    now_and_then = compile_gate([rules[code]]), compile_gate([changed])
    others = compile_gate([rule for name_, rule in rules.items() if name_ != code])
    until = time.monotonic() + seconds
    for pk, record in _records(within(by, _candidates(code, name, value, looser=answer.looser))):
        if answer.looked % 200 == 0 and time.monotonic() > until:
            answer.whole = False
            break
        answer.looked += 1
        before, after = (errors(gate.judge(record)) for gate in now_and_then)
        if bool(before) == bool(after) or errors(others.judge(record)):
            continue
        answer.count += 1
        if len(answer.moved) < SHOWN:
            answer.moved.append(Moved(pk, record.company or record.name or record.source_id, before or after))
    return answer


def _number(value: JSONValue) -> float:
    """A setting on one scale, on which less is looser: no, then yes; few, then many."""
    return float(value) if isinstance(value, bool | int | float) else 0.0


def _nobody_less(to: str, value: Any) -> Q:
    return Q()


def _candidates(code: str, name: str, value: Any, *, looser: bool) -> QuerySet[Any]:
    """The rows about contacts whose verdict can change at all: the contacts themselves, or the proposals that hold
    them, which lie in order by what holds them.
    """
    if not looser:
        narrow = STRICTER.get(name, _nobody_less)
        return Contact.objects.present().filter(narrow("", value), eligible=True)
    held = Proposal.objects.blocked().filter(operation=CUSTOMER, cause__in=CAUSES[code])
    narrow = LOOSER.get(name, _nobody_less)
    return held.filter(narrow(HELD, value), contact__eligible=False, contact__deleted_at__isnull=True)


def _records(rows: QuerySet[Any]) -> Iterator[tuple[int, ContactRecord]]:
    """What the gate reads of each contact, once, the newest first, in chunks."""
    columns = [f"{HELD if rows.model is Proposal else ''}{name}" for name in _READ]
    last: int | None = None
    told: set[int] = set()
    while True:
        page = rows.order_by("-pk") if last is None else rows.filter(pk__lt=last).order_by("-pk")
        read = list(page.values_list("pk", *columns)[:CHUNK])
        for _row_id, pk, source_id, person, phone, mobile, verified, company, kind, listing, score in read:
            if pk in told:
                continue  # held for more than one ERP
            told.add(pk)
            yield (
                pk,
                ContactRecord(
                    source_id=source_id,
                    name=person,
                    phone=phone,
                    mobile=mobile,
                    phone_verified=verified,
                    company=company,
                    kind=Kind(kind),
                    listing=Listing(listing),
                    score=score,
                ),
            )
        if len(read) < CHUNK:
            return
        last = read[-1][0]
