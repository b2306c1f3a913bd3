"""Bad days to order: what may go wrong between a client and the ERP, by name, each repeatable from a seed.

Armed at start (`--faults JSON`), at run time (`POST /__sandbox__/faults`) or by a test
(`sandbox.faults.arm`). The engine asks `strike` before it answers a call; KINDS says for each fault whether
the call took effect. `kinds` is the list, `rules` when one strikes, `meddling` what it does to the ERP,
`spoiling` what it does to the answer. Every fault here has a test that ends in a known state.
"""

from zbsync.sandbox.faults.kinds import KINDS, Kind, Processed
from zbsync.sandbox.faults.meddling import meddle, twisted
from zbsync.sandbox.faults.rules import BadFault, Faults, Rule, Struck, read_rules
from zbsync.sandbox.faults.spoiling import instead, spoil

__all__ = [
    "KINDS",
    "BadFault",
    "Faults",
    "Kind",
    "Processed",
    "Rule",
    "Struck",
    "instead",
    "meddle",
    "read_rules",
    "spoil",
    "twisted",
]
