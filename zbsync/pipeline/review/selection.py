"""Choosing rows by words: `k=v,…` of the commands, the same names as the review page's filters."""

from collections.abc import Callable, Mapping
from math import isfinite

from django.db.models import Q, QuerySet

from zbsync.core.lifecycle import ProposalState
from zbsync.models import Proposal, Push

Condition = Callable[[str], Q]


class SelectionError(ValueError):
    """A key nobody knows, or a value that does not fit; the message names the mend."""


def _number(lookup: str) -> Condition:
    def condition(value: str) -> Q:
        try:
            number = float(value)
            if not isfinite(number):
                raise ValueError(value)
            return Q(**{lookup: number})
        except ValueError:
            raise SelectionError(f"{value!r} is not a number: write something like 60") from None

    return condition


def _is(lookup: str) -> Condition:
    return lambda value: Q(**{lookup: value})


KEYS: Mapping[str, Condition] = {
    "state": _is("state"),
    "operation": _is("operation"),
    "why": _is("cause"),
    "hub": _is("hub__name"),
    "connection": _is("connection__name"),
    "source_id": _is("contact__source_id"),
    "channel": _is("channel"),
    "score_min": _number("score__gte"),
    "score_max": _number("score__lte"),
    "match": _is("match_kind"),
    "action": _is("action"),
    "kind": _is("kind"),
    "name": _is("title__icontains"),
    "mobile": _is("mobile"),
    "wechat_id": _is("wechat_id"),
    "k_code": _is("k_code"),
}
"""What proposals may be chosen by."""

PUSH_KEYS: Mapping[str, Condition] = {
    "state": _is("state"),
    "operation": _is("operation"),
    "why": _is("cause"),
    "hub": _is("contact__hub__name"),
    "connection": _is("connection__name"),
    "source_id": _is("contact__source_id"),
    "action": _is("action"),
    "kind": _is("kind"),
    "name": _is("title__icontains"),
    "ord": _number("ord"),
}
"""What pushes may be chosen by."""


def parse(text: str, keys: Mapping[str, Condition]) -> Q:
    """The conditions of `k=v,…`, all of which must hold. Raises SelectionError naming the keys there are."""
    wanted = Q()
    for part in filter(None, (one.strip() for one in text.split(","))):
        key, equals, value = part.partition("=")
        condition = keys.get(key.strip())
        if not equals or condition is None:
            raise SelectionError(f"{part!r}: write key=value with one of the keys {', '.join(sorted(keys))}")
        wanted &= condition(value.strip())
    if not wanted:
        raise SelectionError(f"an empty query: write key=value with one of the keys {', '.join(sorted(keys))}")
    return wanted


def proposals_by(text: str) -> QuerySet[Proposal]:
    """The proposals that `k=v,…` describes; those to review, unless it names a state. Raises SelectionError."""
    wanted = parse(text, KEYS)
    rows = Proposal.objects.filter(wanted)
    return rows if names_key(text, "state") else rows.filter(state=ProposalState.READY)


def pushes_by(text: str) -> QuerySet[Push]:
    """The pushes that `k=v,…` describes; those that failed, unless it names a state. Raises SelectionError."""
    wanted = parse(text, PUSH_KEYS)
    rows = Push.objects.filter(wanted)
    return rows if names_key(text, "state") else rows.failed()


def names_key(text: str, key: str) -> bool:
    """Whether `k=v,…` names this key."""
    return any(part.partition("=")[0].strip() == key for part in text.split(","))
