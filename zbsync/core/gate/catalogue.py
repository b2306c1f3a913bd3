"""The gate's rules as data: what the admin may choose, with each setting's type, default and limits."""

from collections.abc import Mapping
from dataclasses import dataclass

from zbsync.core.findings import Finding
from zbsync.core.records import JSONValue

PLACEHOLDERS = (
    "微信用户",
    "新客户",
    "客户",
    "未知",
    "未命名",
    "匿名",
    "无",
    "test",
    "测试",
    "unknown",
    "none",
    "null",
)
"""Names that name nobody. Compared without case, punctuation and trailing digits."""


@dataclass(frozen=True, slots=True)
class ParamSpec:
    """One setting of a rule. `type` is int, float, bool, text or list (of texts)."""

    name: str
    type: str
    default: JSONValue
    min: float | None = None
    max: float | None = None

    def accepts(self, value: JSONValue) -> bool:
        """Whether the value has the type and keeps the limits; true is not a number here."""
        if self.type == "bool":
            return isinstance(value, bool)
        if self.type == "text":
            return isinstance(value, str)
        if self.type == "list":
            return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        if isinstance(value, bool) or not isinstance(value, int if self.type == "int" else int | float):
            return False
        return (self.min is None or value >= self.min) and (self.max is None or value <= self.max)

    @property
    def expects(self) -> str:
        """The type and limits in short: `int 1…50`."""
        low, high = ("" if limit is None else f"{limit:g}" for limit in (self.min, self.max))
        return f"{self.type} {low}…{high}" if low or high else self.type


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """One rule of the catalogue and its settings."""

    code: str
    params: tuple[ParamSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class GateRule:
    """A chosen rule; `code` is in CATALOGUE, missing settings take their defaults."""

    code: str
    params: Mapping[str, JSONValue]


CATALOGUE: Mapping[str, RuleSpec] = {
    spec.code: spec
    for spec in (
        RuleSpec("phone_verified", (ParamSpec("require_verified", "bool", True),)),
        RuleSpec(
            "name_complete",
            (ParamSpec("min_length", "int", 2, 1, 50), ParamSpec("placeholders", "list", list(PLACEHOLDERS))),
        ),
        RuleSpec("score", (ParamSpec("minimum", "float", 60, 0, 100),)),
        RuleSpec("not_black_listed", (ParamSpec("only_white", "bool", False),)),
    )
}


def settings_of(rule: GateRule) -> dict[str, JSONValue]:
    """The rule's settings, defaults filled in."""
    return {spec.name: rule.params.get(spec.name, spec.default) for spec in CATALOGUE[rule.code].params}


def check_params(code: str, params: Mapping[str, JSONValue]) -> list[Finding]:
    """What is wrong with a rule's settings (`gate.unknown_rule`, `gate.unknown_param`, `gate.bad_param`); []
    = fit."""
    spec = CATALOGUE.get(code)
    if spec is None:
        return [Finding("gate.unknown_rule", params={"rule": code, "known": ", ".join(CATALOGUE)})]
    known = {param.name: param for param in spec.params}
    return [
        Finding(
            "gate.bad_param",
            name,
            params={"rule": code, "param": name, "value": value, "expects": known[name].expects},
        )
        if name in known
        else Finding("gate.unknown_param", name, params={"rule": code, "param": name, "known": ", ".join(known)})
        for name, value in params.items()
        if name not in known or not known[name].accepts(value)
    ]
