"""What is done to a customer besides saving it: assign, take back, apply, decide, share, protect.

None of them has a record of its own. What the customer list shows tells whether it took effect: the owner's name, or
that the customer stands in the list of those that wait, are protected or shared. All of them set something to what it
is to be, so that a second one changes nothing; what cannot be seen is a person's to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from zbsync.core.diff import Difference
from zbsync.core.follow import operations
from zbsync.core.follow.operations import NOT_READABLE
from zbsync.core.outcome import Accepted, Outcome
from zbsync.erp.client import Allocated, ErpClient
from zbsync.erp.errors import UnknownAnswer
from zbsync.models import Attempt, ErpConnection, Push
from zbsync.pipeline import following, outbox
from zbsync.pipeline.operations.base import (
    DIFFERENT,
    Clock,
    Judgement,
    Seen,
    absent,
    act,
    asked,
    different,
    found,
    verified,
)

WAITING, PROTECTED, SHARED = "2", "3", "4"
"""`stype`: the list of customers that wait for a decision, are protected, are shared (fact sheet §4.3)."""

SHARED_BY_OTHERS: Mapping[str, str] = {"stype": "5"}
UNPROTECTED: Mapping[str, str] = {"catetype": "7"}
"""Filters that show others: what colleagues share with our account, and what is not protected."""

OWNER = "catename"
"""The column with the owner's name; empty for a customer that is open to all."""

LISTED, UNLISTED = "listed", "not listed"


@dataclass(frozen=True, slots=True)
class Listing:
    """It took effect when the list `stype` shows the customer, or (`gone`) no longer does.

    `contrary` narrows the list to others than those of `stype`. An ERP that shows the customer under both has heeded
    neither, for it ignores in silence what it does not know: then nothing is proved.
    """

    stype: str
    contrary: Mapping[str, str]
    gone: bool = False
    sure: bool = True
    """Whether its absence proves anything: an application may be granted on the spot."""

    def look(self, client: ErpClient, push: Push) -> Seen:
        """In a lane: one page of the list, narrowed to the customer, and one more for the proof."""
        shown = _row(client, push, {"stype": self.stype}) is not None
        if self._proved(client, push, shown=shown):
            return Seen(holds=shown is not self.gone, words=LISTED if shown else UNLISTED)
        return Seen(holds=None)

    def _proved(self, client: ErpClient, push: Push, *, shown: bool) -> bool:
        if shown:
            return _row(client, push, self.contrary) is None
        # That it is in no list at all would look like the end of what it was listed for.
        return self.sure and (not self.gone or _row(client, push, {}) is not None)


class Owner:
    """It took effect when the list names the owner that was asked for: "" for nobody."""

    def look(self, client: ErpClient, push: Push) -> Seen:
        """In a lane: the customer's row."""
        row = _row(client, push, {})
        if row is None or OWNER not in row:
            return Seen(holds=None)
        name = row[OWNER].strip()
        return Seen(holds=name == owner_of(push), words=name)


def owner_of(push: Push) -> str:
    """The name of whom the customer is to belong to; "" for nobody."""
    return str(push.labels.get("member2", "")).rpartition("/")[2] if push.payload.get("member2") else ""


def _row(client: ErpClient, push: Push, filters: Mapping[str, str]) -> Mapping[str, str] | None:
    """The customer's row in a list; None when it is not there. Raises UnknownAnswer when others are shown instead."""
    listed = client.customers({"telord": str(push.ord), **filters})
    mine = [row for row in listed.rows if row.get("ord", "").replace(",", "") == str(push.ord)]
    if listed.rows and not mine:
        raise UnknownAnswer(f"the list was asked for {push.ord} and shows others")
    return mine[0] if mine else None


EFFECTS: Mapping[str, Listing | Owner] = {
    operations.ASSIGN: Owner(),
    operations.TAKE_BACK: Owner(),
    operations.APPLY: Listing(WAITING, SHARED_BY_OTHERS, sure=False),
    operations.APPROVE: Listing(WAITING, SHARED_BY_OTHERS, gone=True),
    operations.REVIEW: Listing(WAITING, SHARED_BY_OTHERS, gone=True),
    operations.SHARE: Listing(SHARED, SHARED_BY_OTHERS),
    operations.PROTECT: Listing(PROTECTED, UNPROTECTED),
    operations.UNPROTECT: Listing(PROTECTED, UNPROTECTED, gone=True),
}
"""Where each shows that it took effect."""


class Acts:
    """`customer.assign` and the operations a person orders."""

    def wants_id(self, push: Push) -> bool:
        """Never: the customer has its id."""
        return False

    def reserve(self, client: ErpClient, push: Push) -> Allocated | None:
        """Nothing to reserve."""
        return None

    def send(self, client: ErpClient, attempt: Attempt, clock: Clock) -> Outcome:
        """In a lane: say it. A second try first looks whether an earlier one took effect after all."""
        push, said = attempt.push, following.SAID[attempt.push.operation]
        if attempt.number > 1:
            seen, failed = asked(lambda: EFFECTS[push.operation].look(client, push), said)
            if failed or (seen and seen.holds):
                return failed or Accepted(push.ord)
        return act(client, push, clock, said, push.ord, push.payload)

    def look(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: what the customer list shows of it."""
        return EFFECTS[push.operation].look(client, push)

    read_back = look

    def judge_accepted(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """What the list shows, against what was asked for."""
        if seen.holds is None:
            return None, {"cause": NOT_READABLE}
        if seen.holds:
            return verified(now)
        target = "member2" if isinstance(EFFECTS[push.operation], Owner) else ""
        return different(DIFFERENT, [Difference(target, owner_of(push), seen.words)])

    def judge_doubt(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """The same; what cannot be seen a person must say."""
        if seen.holds is None:
            return None, {"cause": outbox.UNSEEN}
        return found(now) if seen.holds else absent(push, now)
