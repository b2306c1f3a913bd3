"""The review desk: the list of proposals, the decision screen, and what is done to many at once.

`listing` is the list, `decision` what the decision screen shows, `verbs` what its forms ask for, `bulk` the
confirmation page, `acts` the pages of what was done to many. All of them ask `pipeline.review`; nothing is decided
here.
"""

from zbsync.admin.proposal.acts.listing import ActAdmin
from zbsync.admin.proposal.listing import ProposalAdmin

__all__ = ["ActAdmin", "ProposalAdmin"]
