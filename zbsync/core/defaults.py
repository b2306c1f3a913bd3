"""What a new installation starts with: the owner's mapping table, value maps, gate and source codes, as data.

`bootstrap` stores it; from then on the database is right and people change it there. ERP options stand here
by label, never by code: codes differ between installations (fact sheet §5).
"""

from collections.abc import Collection, Mapping

from zbsync.core.gate.catalogue import CATALOGUE, GateRule
from zbsync.core.mapping.rules import Policy, Rule, TooLong
from zbsync.core.transforms.tables import ValueMap

DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("name", transform="first_of", argument="company,name", required=True, applies_to="unit", position=1),
    Rule("name", "name", "strip", required=True, applies_to="individual", position=2),
    Rule("person_name", "name", "strip", required=True, too_long=TooLong.CUT, applies_to="unit", position=3),
    Rule("khid", transform="khid", policy=Policy.ON_CREATE, position=4),
    Rule("sort1", transform="stage", required=True, policy=Policy.ON_CREATE, position=5),
    Rule("mobile", "phone", "mobile", position=6),
    Rule("weixinAcc", "wechat_id", "strip", policy=Policy.IF_EMPTY, position=7),
    Rule("ly", "channel", "source_code", position=8),
    Rule("jz", "score", "value_map", "score_to_jz:jz", position=9),
    Rule("email", "email", "strip", policy=Policy.IF_EMPTY, position=10),
    Rule("address", "address", "strip", policy=Policy.IF_EMPTY, too_long=TooLong.SPILL, position=11),
    Rule("product", "summary", too_long=TooLong.SPILL, position=12),
    Rule("intro", "notes", policy=Policy.APPEND, too_long=TooLong.CUT, position=13),
)

DEFAULT_VALUE_MAPS: tuple[ValueMap, ...] = (
    ValueMap(
        "score_to_jz",
        "threshold",
        (("90", "很高"), ("75", "较高"), ("60", "一般"), ("45", "较低"), ("", "很低")),
    ),
)

DEFAULT_GATE: tuple[GateRule, ...] = tuple(
    GateRule(spec.code, {param.name: param.default for param in spec.params}) for spec in CATALOGUE.values()
)

DEFAULT_SOURCE_CODES: Mapping[str, tuple[str, ...]] = {
    "微信": ("微信", "微信咨询"),
    "网站": ("网站注册",),
    "朋友介绍": ("朋友介绍",),
    "陌生开发": ("陌生开发",),
    "广告": ("广告宣传",),
}
"""Hub channel → labels of `ly` to try in turn; the ERP has no 微信 of its own by default (fact sheet §5)."""


def first_existing(wanted: Collection[str], labels: Collection[str]) -> str | None:
    """The first wanted label the ERP has; None leaves the channel unmapped, for a person."""
    return next((label for label in wanted if label in labels), None)
