"""Where a mapper begins: an installation, a draft of its mapping, and a rule that reads a value map."""

from tests.models import make
from zbsync.models import Mapping, MappingRule, ValueMap, ValueMapEntry
from zbsync.pipeline import bootstrap, publish


def installed() -> Mapping:
    """The mapping in force, for an ERP with its options."""
    make.options(make.erp())
    bootstrap.seed()
    return Mapping.objects.get()


def drafted() -> Mapping:
    """A draft of it."""
    return publish.draft(installed(), make.user())


def with_trades() -> Mapping:
    """Trades by a value map that knows one of them."""
    make.options(make.erp(), trade={"印刷业": "1", "制造业": "2"})
    mapping = installed()
    made = ValueMap.objects.create(name="trades", kind="exact")
    ValueMapEntry.objects.create(value_map=made, key="印刷", value="印刷业")
    rule = {"source": "extra.trade", "transform": "value_map", "argument": "trades:trade"}
    MappingRule.objects.create(mapping=mapping, target="trade", position=20, **rule)
    return mapping
