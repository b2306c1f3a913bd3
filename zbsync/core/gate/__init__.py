"""The gate: named rules on whether a contact may go to the ERP at all.

Called by `pipeline.propose` for every contact and by the admin to check settings. It judges the contact as
the hub has it; what the ERP would refuse is `payload.check`'s business.
"""

from zbsync.core.gate.catalogue import CATALOGUE, GateRule, ParamSpec, RuleSpec, check_params, settings_of
from zbsync.core.gate.judge import Gate, compile_gate

__all__ = ["CATALOGUE", "Gate", "GateRule", "ParamSpec", "RuleSpec", "check_params", "compile_gate", "settings_of"]
