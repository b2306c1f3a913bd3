"""Proposals in the same case as this one, so that a decision can be made for all of them at once.

Two are in the same case when the same would happen for the same reasons: action, match, what stops them, kind and
channel. They go the way of every act on many: the list, narrowed to them, asks what will happen first.
"""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from zbsync.models import Proposal, ProposalStateChoice
from zbsync.models.within import Anybody, within

SAME = ("operation", "cause", "match_kind", "action", "kind", "channel")
COUNTED = 1000
"""Above so many it is enough to know that there are many."""


@dataclass(frozen=True, slots=True)
class Alike:
    """How many others are in the same case, and the list of all of them."""

    others: int
    url: str

    @property
    def many(self) -> bool:
        """Whether nobody counted to the end."""
        return self.others >= COUNTED


def alike(row: Proposal, user: Anybody) -> Alike:
    """Of a proposal that waits for a person; one query by the index (state, cause)."""
    same = {name: getattr(row, name) for name in SAME}
    if row.state != ProposalStateChoice.READY:
        return Alike(0, "")
    there = Proposal.objects.for_review().filter(connection=row.connection_id, **same).exclude(pk=row.pk)
    found = within(user, there)
    query: dict[str, Any] = {"state__exact": row.state, "connection__id__exact": row.connection_id}
    query |= {f"{name}__exact": value for name, value in same.items()}
    url = f"{reverse('admin:zbsync_proposal_changelist')}?{urlencode(query)}"
    return Alike(found[:COUNTED].count(), url)
