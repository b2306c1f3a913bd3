"""What a new installation starts with, put into the database: gate, mapping, value maps, source codes.

Called by the command `bootstrap`, by `demo` and by tests. Idempotent: what is there stays as people left it;
only what is missing altogether is made.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from zbsync.core.defaults import DEFAULT_GATE, DEFAULT_RULES, DEFAULT_SOURCE_CODES, DEFAULT_VALUE_MAPS
from zbsync.models import (
    ErpConnection,
    GateSetting,
    Mapping,
    MappingRule,
    MappingState,
    ValueMap,
    ValueMapEntry,
)
from zbsync.pipeline import audit, tables


def seed() -> dict[str, int]:
    """Make what is missing: `{"gate", "value_maps", "mapping", "source_codes", "follow_rules"}`, rows made of each."""
    makers: dict[str, Callable[[datetime], int]] = {
        "gate": _gate,
        "value_maps": _value_maps,
        "mapping": _mapping,
        "source_codes": _source_codes,
        "follow_rules": _follow_rules,
    }
    now = timezone.now()
    with transaction.atomic():
        # A row that is always there: of two who start at once, the second finds everything made.
        ContentType.objects.select_for_update().get(app_label="zbsync", model="mapping")
        made = {name: make(now) for name, make in makers.items()}
        if any(made.values()):
            line = audit.Line("installation", after=made)
            audit.write(audit.new_act(), audit.Actor.job("bootstrap"), "installation.seed", [line], now=now)
    return made


def _gate(now: datetime) -> int:
    known = set(GateSetting.objects.values_list("code", flat=True))
    missing = [
        GateSetting(code=rule.code, params=dict(rule.params), position=position)
        for position, rule in enumerate(DEFAULT_GATE, start=1)
        if rule.code not in known
    ]
    for setting in missing:
        setting.save()  # one by one: their history begins here
    return len(missing)


def _value_maps(now: datetime) -> int:
    made = 0
    for default in DEFAULT_VALUE_MAPS:
        row, is_new = ValueMap.objects.get_or_create(name=default.name, defaults={"kind": default.kind})
        if is_new:
            made += 1
            for key, value in default.pairs:
                ValueMapEntry.objects.create(value_map=row, key=key, value=value)
    return made


def _mapping(now: datetime) -> int:
    """Version 1, published, unless there is any version."""
    if Mapping.objects.exists():
        return 0
    mapping = Mapping.objects.create(version=1, state=MappingState.PUBLISHED, published_at=now)
    for rule in DEFAULT_RULES:
        values = asdict(rule) | {"policy": rule.policy.value, "too_long": rule.too_long.value}
        MappingRule.objects.create(mapping=mapping, **values)
    return len(DEFAULT_RULES)


def _source_codes(now: datetime) -> int:
    channels = {*DEFAULT_SOURCE_CODES, *tables.seen_channels()}
    return sum(tables.add_source_codes(connection, channels) for connection in ErpConnection.objects.all())


def _follow_rules(now: datetime) -> int:
    return tables.add_follow_rules(ErpConnection.objects.all())
