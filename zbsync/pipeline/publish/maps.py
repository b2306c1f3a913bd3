"""Value maps: read as values, and edited where the mapping is, by who may. They are in force at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone

from zbsync.core.findings import Finding
from zbsync.core.keys import digest
from zbsync.core.transforms import check_value_map
from zbsync.models import ValueMap as MapRow
from zbsync.models import ValueMapEntry
from zbsync.pipeline import audit, tables
from zbsync.pipeline.publish.versions import PublishError, all_again

VALUE_MAPS = "zbsync.change_valuemap"
PAIR_MAX = 200
"""Characters that either side of a pair has room for."""


@dataclass(frozen=True, slots=True)
class NamedMap:
    """A value map with its pairs, in their order; `row` is where it stands in a file."""

    name: str
    kind: str
    note: str
    pairs: tuple[tuple[str, str], ...]
    row: int = field(default=0, compare=False)


class PairsWrong(ValueError):
    """Pairs that cannot be kept; `findings` name theirs by position, from 1."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(", ".join(one.code for one in findings))
        self.findings = list(findings)


def map_digest(one: NamedMap) -> str:
    """By which an editor knows that nobody else was at it."""
    return digest([one.kind, [list(pair) for pair in one.pairs]])


def keep_pairs(
    name: str, pairs: Sequence[tuple[str, str]], by: AbstractBaseUser, *, seen: str = "", reason: str = ""
) -> int:
    """Give a value map exactly these pairs; every contact goes through it again. Returns how many pairs changed.

    Raises PermissionDenied, PublishError (`publish.no_such_map`, `publish.map_moved`) and PairsWrong; then nothing has
    changed.
    """
    actor = audit.permit(by, VALUE_MAPS)
    with transaction.atomic():
        tables.lock_rules()
        before = next(iter(read_maps([name])), None)
        if before is None:
            raise PublishError("publish.no_such_map")
        if seen and seen != map_digest(before):
            raise PublishError("publish.map_moved")
        if wrong := [*check_value_map(name, before.kind, pairs), *_too_long(name, pairs)]:
            raise PairsWrong(wrong)
        changed = set(before.pairs) ^ set(pairs)
        if changed:
            store_map(NamedMap(name, before.kind, before.note, tuple(pairs)))
            told = [sorted(list(pair) for pair in set(one) - set(other))
                    for one, other in ((before.pairs, pairs), (pairs, before.pairs))]  # fmt: skip
            row = MapRow.objects.get(name=name)
            line = audit.Line("valuemap", row.pk, before={"pairs": told[0]}, after={"name": name, "pairs": told[1]})
            all_again(actor, "value_map.edit", line, timezone.now(), reason)
    return len({key for key, _value in changed})


def add_pairs(name: str, added: Mapping[str, str], by: AbstractBaseUser, reason: str = "") -> int:
    """Give values that nobody decided yet their pairs, beside those there are. Raises as `keep_pairs`."""
    audit.permit(by, VALUE_MAPS)
    with transaction.atomic():
        tables.lock_rules()
        before = next(iter(read_maps([name])), None)
        if before is None:
            raise PublishError("publish.no_such_map")
        return keep_pairs(name, list({**dict(before.pairs), **added}.items()), by, reason=reason)


def _too_long(name: str, pairs: Sequence[tuple[str, str]]) -> list[Finding]:
    return [
        Finding("mapping.pair_long", params={"map": name, "position": position, "max": PAIR_MAX})
        for position, pair in enumerate(pairs, start=1)
        if max(map(len, pair)) > PAIR_MAX
    ]


def same_map(one: NamedMap, other: NamedMap) -> bool:
    """The order of pairs decides nothing, for no left side stands there twice."""
    return (one.kind, sorted(one.pairs)) == (other.kind, sorted(other.pairs))


def read_maps(names: Iterable[str] | None = None) -> list[NamedMap]:
    """The stored value maps of these names, or all, by name; two statements."""
    chosen = MapRow.objects.all() if names is None else MapRow.objects.filter(name__in=names)
    rows = list(chosen.order_by("name"))
    pairs: dict[int, list[tuple[str, str]]] = {}
    entries = ValueMapEntry.objects.filter(value_map__in=rows).order_by("id")
    for pk, key, value in entries.values_list("value_map_id", "key", "value"):
        pairs.setdefault(pk, []).append((key, value))
    return [NamedMap(row.name, row.kind, row.note, tuple(pairs.get(row.pk, ()))) for row in rows]


def store_map(one: NamedMap) -> None:
    """Make the stored value map equal to this one, pair by pair, so that each keeps its history."""
    row, _new = MapRow.objects.update_or_create(name=one.name, defaults={"kind": one.kind, "note": one.note})
    wanted = dict(one.pairs)
    for entry in ValueMapEntry.objects.filter(value_map=row):
        if entry.key not in wanted:
            entry.delete()
        elif entry.value != wanted.pop(entry.key):
            entry.value = dict(one.pairs)[entry.key]
            entry.save()
    for key, value in wanted.items():
        ValueMapEntry.objects.create(value_map=row, key=key, value=value)
