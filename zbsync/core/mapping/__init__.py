"""Mapping: a published rule set that turns a contact into a payload.

Called by `pipeline.propose` (apply) and `pipeline.publish` (compile, so that no broken mapping is ever
published). It does not check what the ERP demands of a payload (`payload.check`) and looks nothing up outside
`Tables`.
"""

from zbsync.core.mapping.compare import COLUMNS, RuleChange, compare_rules, key_of, rules_digest, split_rules
from zbsync.core.mapping.plan import SPILL_TO, Plan, compile_mapping
from zbsync.core.mapping.rules import Mapped, MappingError, Policy, Rule, TooLong
from zbsync.core.transforms import Tables, ValueMap, check_value_map

__all__ = [
    "COLUMNS",
    "SPILL_TO",
    "Mapped",
    "MappingError",
    "Plan",
    "Policy",
    "Rule",
    "RuleChange",
    "Tables",
    "TooLong",
    "ValueMap",
    "check_value_map",
    "compare_rules",
    "compile_mapping",
    "key_of",
    "rules_digest",
    "split_rules",
]
