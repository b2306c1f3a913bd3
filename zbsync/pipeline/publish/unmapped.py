"""The inbox of what no rule knows: values without a pair, names that are no option, channels without a source.

Counted over the open proposals that are held by it, so every row says how many contacts a decision frees. Reads only.
"""

from collections import Counter
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser

from zbsync.models import ErpConnection, Proposal, ValueMapKind
from zbsync.models.within import within
from zbsync.pipeline import tables
from zbsync.pipeline.publish.maps import read_maps

NO_PAIR, NO_CHANNEL, NO_MAP = "mapping.no_pair", "mapping.channel_unmapped", "mapping.value_map_missing"
OPTIONS = ("mapping.not_an_option", "mapping.option_retired")
CODES = (NO_PAIR, NO_CHANNEL, NO_MAP, *OPTIONS)
LOOKED_AT = 20_000
"""Held proposals that are counted, the newest; a larger heap says no more about what is missing."""
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Unmapped:
    """One value nobody decided: `code` says what is missing, `place` in which value map or dictionary ("" for a
    channel), `target` the ERP field it is for, `held` how many proposals wait for it.
    """

    code: str
    place: str
    value: str
    target: str
    held: int


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is to be decided, most held first; `offered` are the names to choose from by value map; `exact` the maps
    that take a pair for a single value.
    """

    rows: list[Unmapped]
    offered: dict[str, list[str]]
    exact: frozenset[str]
    capped: bool

    def of(self, *codes: str) -> list[Unmapped]:
        """Those that miss the same kind of thing."""
        return [row for row in self.rows if row.code in codes]


def inbox(by: AbstractBaseUser) -> Inbox:
    """What the person may see of it; the number of statements is constant."""
    held = within(by, Proposal.objects.open().filter(operation=tables.OPERATION, cause__in=CODES))
    found: Counter[tuple[str, str, str, str]] = Counter()
    seen = 0
    for findings in held.order_by("-pk").values_list("findings", flat=True)[:LOOKED_AT].iterator(chunk_size=1000):
        seen += 1
        for one in findings:
            if one["code"] in CODES and one["severity"] == "error":
                params = one["params"]
                place = str(params.get("map") or params.get("vocabulary") or "")
                value = str(params.get("channel") or params.get("value") or "")
                found[one["code"], place, value, one["field"]] += 1
    ordered = found.most_common(SHOWN)
    rows = [Unmapped(code, place, value, target, count) for (code, place, value, target), count in ordered]
    maps = {one.name: one for one in read_maps({row.place for row in rows if row.code == NO_PAIR})}
    exact = frozenset(name for name, one in maps.items() if one.kind == ValueMapKind.EXACT)
    return Inbox(rows, _offered(set(maps)), exact, seen >= LOOKED_AT)


def _offered(maps: set[str]) -> dict[str, list[str]]:
    """Option names of the dictionary that the rules of the published version look a map's results up in."""
    connections = list(ErpConnection.objects.filter(is_active=True).order_by("id"))
    published = tables.published_rules() if maps and connections else ()
    known = [target.tables.options for target in tables.targets(connections)] if published else []
    found: dict[str, list[str]] = {}
    for rule in published:
        name, _colon, vocabulary = (part.strip() for part in rule.argument.partition(":"))
        if rule.transform == "value_map" and name in maps and vocabulary:
            names = [path for options in known for path in options.get(vocabulary, {})]
            found[name] = list(dict.fromkeys([*found.get(name, []), *names]))
    return found
