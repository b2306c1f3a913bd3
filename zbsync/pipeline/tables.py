"""What gate and mapping look things up in, read from the database and compiled.

Called by propose (once per batch, inside its transaction), by publish and bootstrap, and by the editor's
preview. Compiled rule sets are cached by their content, so a rule that changed is never served stale;
vocabularies are read afresh. It judges no contact and changes nothing but the rows of new source codes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db import transaction

from zbsync.core.defaults import DEFAULT_SOURCE_CODES, first_existing
from zbsync.core.follow.assignment import DEFAULT_ASSIGNMENT
from zbsync.core.follow.operations import CUSTOMER
from zbsync.core.follow.texts import DEFAULT_METHODS
from zbsync.core.gate import Gate, GateRule, compile_gate
from zbsync.core.mapping import Plan, Rule, Tables, compile_mapping
from zbsync.core.payload import Checks
from zbsync.core.transforms import ValueMap, check_value_map
from zbsync.erp.catalogue import FIELDS
from zbsync.models import (
    AssignmentRule,
    Contact,
    ErpConnection,
    FollowUpMethod,
    GateSetting,
    MappingRule,
    MappingState,
    Option,
    SourceCode,
    ValueMapEntry,
)
from zbsync.models import (
    Mapping as MappingRow,
)

OPERATION = CUSTOMER
"""What gate, mapping and match are for; the stage `follow` proposes the rest."""

_SETTINGS = ("sort1", "khid")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The published mapping, compiled, with the gate that stands before it."""

    mapping_id: int
    version: int
    plan: Plan
    gate: Gate
    reads_interactions: bool
    reads_deals: bool


@dataclass(frozen=True, slots=True)
class Target:
    """One ERP connection as mapping and payload checks see it."""

    connection: ErpConnection
    tables: Tables
    checks: Checks


def lock_rules() -> MappingRow | None:
    """The published mapping, locked until the transaction ends; None when nothing is published.

    Whoever changes a rule (mapping, gate, value map, source code, vocabulary) holds this lock while it makes
    contacts due again, and each batch of propose holds it while it works: so none ends under rules that went.
    """
    published = MappingRow.objects.filter(state=MappingState.PUBLISHED).select_for_update()
    # Who waited for a publish sees its old version vanish; the second look sees the new one.
    return published.first() or published.first()


def rule_set(mapping: MappingRow) -> RuleSet:
    """The mapping and the enabled gate rules, compiled.

    Raises ValueError naming the rule that is broken (a gate that is left out would let everybody pass);
    publishing a mapping and the gate's form rule that out.
    """
    rules = read_rules(mapping)
    settings = GateSetting.objects.filter(is_enabled=True)
    gate = compile_gate([GateRule(row.code, row.params) for row in settings])
    return RuleSet(
        mapping.pk,
        mapping.version,
        _compiled(rules),
        gate,
        reads_interactions=any(reads(rule, "interactions") for rule in rules),
        reads_deals=any(reads(rule, "first_deal_at") for rule in rules),
    )


def published_rules() -> tuple[Rule, ...]:
    """The rules in force, in their order; () when nothing is published."""
    published = MappingRow.objects.filter(state=MappingState.PUBLISHED).first()
    return read_rules(published) if published else ()


def read_rules(mapping: MappingRow) -> tuple[Rule, ...]:
    """The rules of one version, in their order."""
    rows = MappingRule.objects.filter(mapping=mapping).order_by("position", "id")
    return tuple(row.to_rule() for row in rows)


@lru_cache(maxsize=8)
def _compiled(rules: tuple[Rule, ...]) -> Plan:
    return compile_mapping(rules, FIELDS)


def reads(rule: Rule, word: str) -> bool:
    """Whether a rule may read this field of a contact; naming it anywhere counts."""
    return any(word in part for part in (rule.source, rule.transform, rule.argument))


def targets(connections: Sequence[ErpConnection]) -> list[Target]:
    """Each connection with its options, source codes and settings: three statements, however many."""
    options: dict[int, dict[str, dict[str, str]]] = {}
    retired: dict[int, dict[str, set[str]]] = {}
    named = Option.objects.filter(vocabulary__connection__in=connections).order_by("id")
    for connection_id, name, path, code, gone in named.values_list(
        "vocabulary__connection_id", "vocabulary__name", "path", "code", "retired_at"
    ):
        if gone is None:
            options.setdefault(connection_id, {}).setdefault(name, {})[path] = code
        else:
            retired.setdefault(connection_id, {}).setdefault(name, set()).add(path)
    sources: dict[int, dict[str, str | None]] = {}
    for connection_id, channel, option in SourceCode.objects.filter(connection__in=connections).values_list(
        "connection_id", "channel", "option"
    ):
        sources.setdefault(connection_id, {})[channel] = option or None
    maps = value_maps()
    return [
        _target(one, options.get(one.pk, {}), retired.get(one.pk, {}), sources.get(one.pk, {}), maps)
        for one in connections
    ]


def _target(
    connection: ErpConnection,
    options: Mapping[str, Mapping[str, str]],
    retired: Mapping[str, Collection[str]],
    sources: Mapping[str, str | None],
    maps: Mapping[str, ValueMap],
) -> Target:
    settings = {name: str(connection.option(name)) for name in _SETTINGS if connection.option(name)}
    return Target(connection, Tables(options, sources, maps, settings, retired), Checks(FIELDS, options))


def value_maps() -> dict[str, ValueMap]:
    """All value maps that are fit; a broken one is missing, and whoever needs it is told so by a finding."""
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
    entries = ValueMapEntry.objects.order_by("id").values_list("value_map__name", "value_map__kind", "key", "value")
    for name, kind, key, value in entries:
        pairs.setdefault((name, kind), []).append((key, value))
    return {
        name: ValueMap(name, kind, tuple(found))
        for (name, kind), found in pairs.items()
        if not check_value_map(name, kind, found)
    }


def number_prefix(connection: ErpConnection) -> str:
    """How the customer numbers begin that the published mapping gives out; "" when it gives none of its own."""
    published = MappingRule.objects.filter(mapping__state=MappingState.PUBLISHED, target="khid", transform="khid")
    rule = published.values_list("argument", flat=True).first()
    ours = str(connection.option("khid") or "wx") == "wx"
    return (rule.strip() or "WX") if ours and rule is not None else ""


def add_follow_rules(connections: Iterable[ErpConnection]) -> int:
    """Give each connection without any assignment rule the default ones, and an empty table of ways of follow-up its
    defaults; returns rows made.
    """
    made = 0
    for connection in connections:
        if not AssignmentRule.objects.filter(connection=connection).exists():
            for position, rule in enumerate(DEFAULT_ASSIGNMENT, start=1):
                values = {"min_score": rule.min_score, "users": list(rule.users), "open_to_all": rule.open_to_all}
                AssignmentRule.objects.create(connection=connection, position=position, **values)
                made += 1
    if not FollowUpMethod.objects.exists():
        for position, (word, option) in enumerate(DEFAULT_METHODS, start=1):
            FollowUpMethod.objects.create(keyword=word, option=option, position=position)
            made += 1
    return made


def seen_channels() -> list[str]:
    """Every hub channel that a contact came by."""
    return list(Contact.objects.exclude(channel="").order_by().values_list("channel", flat=True).distinct())


def sources(connection: ErpConnection) -> list[str]:
    """The customer sources this ERP has now, by name, in the ERP's order."""
    now = Option.objects.current().filter(vocabulary__connection=connection, vocabulary__name="ly")
    return list(dict.fromkeys(now.order_by("id").values_list("path", flat=True)))


def default_source(channel: str, labels: Collection[str]) -> str:
    """What a channel gets without anybody's choice, of what the ERP has; "" when a person must choose."""
    return first_existing(DEFAULT_SOURCE_CODES.get(channel, ()), labels) or ""


def add_source_codes(connection: ErpConnection, channels: Iterable[str]) -> int:
    """Give each channel its row, and each undecided row the default option the ERP has; returns rows changed.

    A channel without a default, or whose default the ERP lacks, stays empty: a person decides.
    """
    known = set(sources(connection))
    with transaction.atomic():
        rows = SourceCode.objects.filter(connection=connection)
        new = [
            SourceCode(connection=connection, channel=channel, option=default_source(channel, known))
            for channel in sorted(set(channels) - set(rows.values_list("channel", flat=True)))
        ]
        SourceCode.objects.bulk_create(new, ignore_conflicts=True)
        # One that a person has in hand is theirs: they hold it while they wait for the rules, which we may hold.
        undecided = rows.filter(option="").order_by("pk").select_for_update(skip_locked=True)
        decided = [row for row in undecided if default_source(row.channel, known)]
        for row in decided:
            row.option = default_source(row.channel, known)
            row.save(update_fields=["option"])
    return len(new) + len(decided)
