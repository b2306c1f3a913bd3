"""A follow-up, of a customer or of a contact person: the ERP appends it, and nobody can take it away again.

So it is sent once. Whether it arrived is read from the customer's latest follow-ups where the ERP lists them, by its
very words and its way, and otherwise a person says; it is never sent again for want of an answer.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from zbsync.core.diff import Difference
from zbsync.core.follow.operations import NOT_READABLE
from zbsync.core.outcome import Accepted, Outcome
from zbsync.erp.client import Allocated, ErpClient
from zbsync.erp.errors import UnknownAnswer
from zbsync.models import Attempt, ErpConnection, Push
from zbsync.pipeline import following, outbox
from zbsync.pipeline.operations.base import (
    NOT_STORED,
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

NOBODY = "0"
"""`lead`: no contact person is named (fact sheet §4.5)."""

SKEW = timedelta(days=1)
"""So far the ERP's clock, or its time zone, may be behind ours: what is older than the approval by more was there
before. Too long a time finds what a person typed in by hand; too short a one would have it sent twice."""

PAGES_MAX = 20
"""Pages of one customer's follow-ups that are looked through."""

_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d")


class FollowUp:
    """`followup.add`."""

    def wants_id(self, push: Push) -> bool:
        """Never: it has none that anybody is told."""
        return False

    def reserve(self, client: ErpClient, push: Push) -> Allocated | None:
        """Nothing to reserve."""
        return None

    def send(self, client: ErpClient, attempt: Attempt, clock: Clock) -> Outcome:
        """In a lane: append it. A second try first looks whether an earlier one arrived after all."""
        push = attempt.push
        said = following.said_as(push.operation, push.person_ord)
        if attempt.number > 1:
            shown, failed = asked(lambda: _shown(client, push), said)
            if failed or shown:
                return failed or Accepted(push.ord)
        fields = dict(push.payload)
        if push.person_ord is None:
            fields.setdefault("lead", NOBODY)
        return act(client, push, clock, said, push.person_ord or push.ord, fields)

    def look(self, connection: ErpConnection, push: Push, client: ErpClient) -> Seen:
        """In a lane: whether the latest follow-ups show it."""
        return Seen(holds=_shown(client, push))

    read_back = look

    def judge_accepted(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """It is among the latest, or it is not; without a list there is only the ERP's word."""
        if seen.holds is None:
            return None, {"cause": NOT_READABLE}
        if seen.holds:
            return verified(now)
        return different(NOT_STORED, [Difference("intro", push.payload.get("intro", ""), "")])

    def judge_doubt(self, push: Push, seen: Seen, now: datetime) -> Judgement:
        """The same; without a list a person says."""
        if seen.holds is None:
            return None, {"cause": outbox.APPEND_ONLY}
        return found(now) if seen.holds else absent(push, now)


def _shown(client: ErpClient, push: Push) -> bool | None:
    """Whether the ERP lists it; None when it lists no follow-ups at all."""
    if not client.capabilities.lists_follow_ups:
        return None
    since = push.created_at - SKEW
    return any(_same(push, row, since) for row in _rows(client, push, since))


def _rows(client: ErpClient, push: Push, since: datetime) -> Iterator[Mapping[str, str]]:
    """The latest follow-ups, newest first, until one is older than `since`."""
    target = push.person_ord or push.ord
    filters = {"ord": str(target), "datatype": "person" if push.person_ord is not None else "tel"}
    for page in range(1, PAGES_MAX + 1):
        listed = client.rows("list_follow_ups", filters, page)
        for row in listed.rows:
            said = _date(row.get("date", ""))
            if said is not None and said < since:
                return
            yield row
        if page >= listed.page_count or not listed.rows:
            return
    raise UnknownAnswer(f"too many follow-ups were listed for {target}")


def _same(push: Push, row: Mapping[str, str], since: datetime) -> bool:
    """The very words, the same way, and not there before."""
    ways = {push.payload.get("sort", ""), push.labels.get("sort", "")} - {""}
    said = _date(row.get("date", ""))
    return (
        _plain(row.get("intro", "")) == _plain(push.payload.get("intro", ""))
        and row.get("sort", "").strip() in ways
        and (said is None or said >= since)
    )


def _plain(text: str) -> str:
    """Words without what the ERP's list does to them: line breaks, outer space, the straight apostrophe."""
    return " ".join(text.replace("'", "’").split())


def _date(text: str) -> datetime | None:
    """The ERP's time, in the desk's zone; a day alone counts to its end. None when it is no time."""
    for form in _DATES:
        try:
            said = datetime.strptime(text.strip(), form)  # noqa: DTZ007  the ERP's dates carry no zone
        except ValueError:
            continue
        whole_day = "%H" not in form
        return timezone.make_aware(said + timedelta(days=1) if whole_day else said)
    return None
