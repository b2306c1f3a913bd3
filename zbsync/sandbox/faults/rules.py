"""When a fault strikes: rules over calls, counted and thrown with dice from a seed, and the weather.

Safe to use from many threads. Which calls fall under which dice depends on the order they arrive in.
"""

import json
import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from zbsync.sandbox import operations
from zbsync.sandbox.documents import JSON
from zbsync.sandbox.faults.kinds import GROUPS, KINDS, SHAPES
from zbsync.sandbox.request import Call

WEATHER = "weather"
"""The rule that is any fault at all: `probability` is how often something is wrong with a call."""


class BadFault(ValueError):
    """A rule that cannot be armed; the text names the place and the mend."""


@dataclass(slots=True)
class Rule:
    """One armed fault: it hits a matching call with `probability`, `count` times, past the first `after` matches.

    `path` is a part of the path (any case), `cmdkey` the exact command ("" is a page load), `dialect` one of
    legacy, ov1, v3, `operation` a name of `operations` or a group (writes, creates), `where` id -> value of
    the call's data. Without path, cmdkey and operation it hits what its kind hits. `only` and `without` name
    kinds for the weather. `struck` counts hits.
    """

    name: str
    probability: float = 1.0
    count: int | None = None
    after: int = 0
    path: str = ""
    cmdkey: str | None = None
    dialect: str = ""
    operation: str = ""
    where: dict[str, str] = field(default_factory=dict)
    seconds: float | None = None
    text: str = ""
    shape: str = ""
    only: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    struck: int = 0
    seen: int = 0

    def __post_init__(self) -> None:
        if self.name not in {*KINDS, WEATHER}:
            raise BadFault(f"unknown fault {self.name!r}; known are {', '.join(KINDS)}, {WEATHER}")
        for name, kinds in _TYPES.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, kinds):
                raise BadFault(f"fault {self.name}: {name} cannot be {value!r}")
        if not 0 <= self.probability <= 1:
            raise BadFault(f"fault {self.name}: probability {self.probability} is not between 0 and 1")
        if (self.seconds or 0) < 0 or self.after < 0 or (self.count is not None and self.count < 0):
            raise BadFault(f"fault {self.name}: seconds, after and count cannot be negative")
        self._check_names()
        self._take_from_kind()
        self.path = self.path.lower()
        self.where = {id_: str(value) for id_, value in self.where.items()}

    def _check_names(self) -> None:
        if self.shape not in {"", *SHAPES}:
            raise BadFault(f"fault {self.name}: shape {self.shape!r} is none of {', '.join(SHAPES)}")
        if self.dialect not in {"", "legacy", "ov1", "v3"}:
            raise BadFault(f"fault {self.name}: dialect {self.dialect!r} is none of legacy, ov1, v3")
        if self.operation not in {"", *GROUPS, *operations.NAMES}:
            known = ", ".join(sorted({*GROUPS, *operations.NAMES}))
            raise BadFault(f"fault {self.name}: operation {self.operation!r} is none of {known}")
        if unknown := sorted(set(map(str, self.only + self.without)) - set(KINDS)):
            raise BadFault(f"fault {self.name}: unknown fault {', '.join(unknown)}; known are {', '.join(KINDS)}")

    def _take_from_kind(self) -> None:
        if self.name == WEATHER:
            return
        kind = KINDS[self.name]
        if not self.path and self.cmdkey is None and not self.operation:
            self.operation = kind.operation
        self.seconds = kind.seconds if self.seconds is None else self.seconds
        self.text = self.text or kind.text
        self.shape = self.shape or kind.shape

    @property
    def wait_s(self) -> float:
        """`seconds`, for those that take time."""
        return self.seconds or 0.0

    def fits(self, call: Call) -> bool:
        """Whether the rule speaks of this call."""
        return (
            self.path in call.request.path
            and self.cmdkey in (None, call.command)
            and self.dialect in ("", call.dialect)
            and (not self.operation or call.operation in GROUPS.get(self.operation, {self.operation}))
            and all(call.data.get(id_) == value for id_, value in self.where.items())
        )

    def today(self, call: Call, dice: random.Random) -> "Rule | None":
        """What the weather brings to this call: one of the faults that hit such a call by themselves."""
        names = [name for name, kind in KINDS.items() if name in self.only or not (self.only or kind.lasting)]
        likely = [Rule(name, seconds=self.seconds) for name in names if name not in self.without]
        fitting = [rule for rule in likely if rule.fits(call)]
        return dice.choice(fitting) if fitting else None


_TYPES: dict[str, tuple[type, ...]] = {
    "probability": (int, float),
    "seconds": (int, float, type(None)),
    "after": (int,),
    "count": (int, type(None)),
    "path": (str,),
    "cmdkey": (str, type(None)),
    "dialect": (str,),
    "operation": (str,),
    "where": (dict,),
    "text": (str,),
    "shape": (str,),
    "only": (list,),
    "without": (list,),
}

Struck = Mapping[str, Rule]
"""The rules that hit one call, by name."""


def read_rules(spec: Any) -> list[Rule]:
    """Rules from JSON text or its value: a list of rule objects, or name -> rule object or bare probability.

    `[{"name": "reply_lost", "count": 1}]` and `{"reply_lost": {"count": 1}, "bom": 0.5}` both work, and
    `{"seed": 7, "rules": [...]}` throws the dice from another seed. Raises BadFault.
    """
    spec = _loaded(spec)
    if isinstance(spec, dict) and "rules" in spec:
        spec = spec["rules"]
    if isinstance(spec, dict):
        spec = [
            {"name": name} | (rule if isinstance(rule, dict) else {"probability": rule}) for name, rule in spec.items()
        ]
    if not isinstance(spec, list):
        raise BadFault("faults are a JSON list of rules, or an object of name and rule")
    return [_rule(entry) for entry in spec]


def _loaded(spec: Any) -> Any:
    if not isinstance(spec, str | bytes):
        return spec
    try:
        return json.loads(spec)
    except ValueError as wrong:
        raise BadFault(f"faults are not JSON: {wrong}") from wrong


def _seed(spec: Any, usual: int) -> int:
    """The seed a specification brings along."""
    spec = _loaded(spec)
    if not isinstance(spec, dict) or "rules" not in spec:
        return usual
    seed = spec.get("seed", usual)
    if not isinstance(seed, int) or isinstance(seed, bool) or set(spec) - {"seed", "rules"}:
        raise BadFault('faults with a seed are {"seed": number, "rules": [...]}')
    return seed


def _rule(entry: Any) -> Rule:
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise BadFault(f'a rule needs a name, for example {{"name": "reply_lost"}}, not {entry!r}')
    known = Rule.__dataclass_fields__.keys() - {"struck", "seen"}
    if unknown := sorted(set(entry) - known):
        raise BadFault(f"fault {entry['name']}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    return Rule(**entry)


class Faults:
    """The armed rules and their dice. Safe to use from many threads."""

    def __init__(self, rules: Sequence[Rule] = (), seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._seed = seed
        self._rules: list[Rule] = []
        self._dice = random.Random(seed)
        self.arm(rules)

    def arm(self, spec: Any) -> None:
        """Replace all rules (`[]` disarms) and take the dice from the seed again; rules or their JSON."""
        seed = self._seed
        if isinstance(spec, Sequence) and all(isinstance(rule, Rule) for rule in spec):
            rules = list(spec)
        else:
            seed, rules = _seed(spec, seed), read_rules(spec)
        with self._lock:
            self._rules, self._dice = rules, random.Random(seed)

    def armed(self) -> list[JSON]:
        """The rules as JSON, with how often each has struck."""
        with self._lock:
            return [asdict(rule) for rule in self._rules]

    def strike(self, call: Call) -> Struck:
        """The rules that hit this call; counts them."""
        struck: dict[str, Rule] = {}
        with self._lock:
            for rule in self._rules:
                if rule.name not in struck and rule.fits(call) and self._falls(rule):
                    hit = rule.today(call, self._dice) if rule.name == WEATHER else rule
                    if hit is not None:
                        struck.setdefault(hit.name, hit)
        return struck

    def _falls(self, rule: Rule) -> bool:
        rule.seen += 1
        if rule.seen <= rule.after or (rule.count is not None and rule.struck >= rule.count):
            return False
        if rule.probability < 1 and self._dice.random() >= rule.probability:
            return False
        rule.struck += 1
        return True
