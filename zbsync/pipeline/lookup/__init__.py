"""Look-ups: what the ERP says of a customer right now, and when its first contract was signed.

`look` answers a person's question from a page, in their request; `contracts` reads the list of contracts for all bound
customers, so that a first deal does not wait for somebody to open a page. Both only read. Their one effect is
`first_deal_at` of the mirror, which makes the contact due again: a first deal is one of the owner's triggers.
"""

from zbsync.pipeline.lookup import contracts
from zbsync.pipeline.lookup.live import KEPT_S, PERMISSION, Seen, look, problem_of
from zbsync.pipeline.lookup.sections import Section

__all__ = ["KEPT_S", "PERMISSION", "Section", "Seen", "contracts", "look", "problem_of"]
