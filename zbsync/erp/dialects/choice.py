"""Which dialect says what: the connection's choice, and what can be relied on under it.

Used by `client`. A connection may save by one door and read by another; an operation its door lacks is said at the
first of the others that has it. One session serves them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from zbsync.erp.catalogue import CUSTOMER_FILTERS, OPERATIONS
from zbsync.erp.config import ErpConfig
from zbsync.erp.dialects.base import Dialect
from zbsync.erp.dialects.legacy import Legacy
from zbsync.erp.dialects.ov1 import Ov1
from zbsync.erp.dialects.v3 import V3

_CLASSES: Mapping[str, type[Legacy] | type[Ov1] | type[V3]] = {"legacy": Legacy, "ov1": Ov1, "v3": V3}
DIALECTS: Mapping[str, Callable[[ErpConfig], Dialect]] = _CLASSES
"""The dialects a connection may name."""

_OTHERS = {"ov1": ("ov1", "legacy", "v3")}
_FALLBACKS = ("legacy", "v3")

ADD, EDIT = "customer.add", "customer.edit"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the flow may rely on at this ERP, as it is reached.

    `reserves_ids`: an id is handed out before a new customer is saved, and a save under it can be repeated.
    `answers_id`: a save tells the id. `finds_by`: ids of customer list filters that work. `operations`: all that can be
    said. `lists_follow_ups`: what was said to a customer can be read back.
    """

    reserves_ids: bool
    answers_id: bool
    finds_by: frozenset[str]
    operations: frozenset[str] = frozenset()
    lists_follow_ups: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """One dialect, as what is to be said by it has to know it: the fields of a customer it has a place for, and whether
    it is told names of options besides their ids.
    """

    dialect: str
    carries: frozenset[str]
    wants_names: bool


def door_of(default: str, chosen: Mapping[str, str], names: str, kind: str, *, creates: bool) -> Door:
    """By which door a connection with this `dialect`, and these options `dialects` and `names`, saves a customer."""
    group = ADD if creates else EDIT
    name = chosen.get(f"save_{kind}") or chosen.get(group) or default
    made = _CLASSES.get(name, Legacy)
    return Door(name, made.carries, made is V3 and names == "names")


class Choice:
    """The dialects of one connection."""

    def __init__(self, config: ErpConfig) -> None:
        self._chosen = config.dialects
        self._default = config.dialect
        self._made = {name: made(config) for name, made in DIALECTS.items()}

    def speaker(self, operation: str, group: str = "") -> Dialect:
        """Who says it. Raises ValueError when no dialect can."""
        if operation not in OPERATIONS:
            raise ValueError(f"{operation} is no operation; it is none of {', '.join(sorted(OPERATIONS))}")
        name = self._chosen.get(operation) or self._chosen.get(group) or self._default
        for one in (name, *_OTHERS.get(self._default, _FALLBACKS)):
            if one in self._made and self._made[one].has(operation):
                return self._made[one]
        raise ValueError(f"{operation}: no dialect of this connection says it")

    @cached_property
    def capabilities(self) -> Capabilities:
        """All of it."""
        adds = self.speaker("save_unit", ADD)
        sayable = frozenset(name for name in OPERATIONS if any(one.has(name) for one in self._made.values()))
        return Capabilities(
            reserves_ids=adds.reserves_ids,
            answers_id=adds.answers_id,
            finds_by=CUSTOMER_FILTERS,
            operations=sayable,
            lists_follow_ups="list_follow_ups" in sayable,
        )
