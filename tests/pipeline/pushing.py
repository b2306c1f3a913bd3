"""A sandbox ERP over real HTTP with a connection to it, and pushes to send there: for everything that talks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.test import override_settings
from django.utils import timezone

from tests.models import make
from zbsync.conf import conf
from zbsync.models import ErpConnection, Push
from zbsync.pipeline import lanes
from zbsync.sandbox.app import Sandbox, running
from zbsync.sandbox.factory import DEMO_LOGIN, DEMO_WORD

SECRETS = {"ERP_USER": DEMO_LOGIN, "ERP_PASSWORD": DEMO_WORD}


@dataclass
class Clock:
    """The time of a stage: real, moved ahead by what a test adds."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return timezone.now() + self.ahead

    def pass_(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Desk:
    """One ERP to push to."""

    sandbox: Sandbox
    connection: ErpConnection
    clock: Clock

    def push(self, number: int = 1, **given: Any) -> Push:
        """An approved create of an individual, due now."""
        name = given.pop("name", f"张示例{number}")
        values = {
            "khid": f"WX{number}",
            "name": name,
            "mobile": f"1390000{number:04d}",
            "weixinAcc": f"wx_{number}",
            "sort1": "3,7",
            "intro": "想要报价",
        }
        contact = make.contact(proposed_version=1, eligible=True)
        proposal = make.proposal(state="approved", contact=contact, connection=self.connection, payload=values)
        given = {"payload": values, "khid": values["khid"], "title": name, **given}
        return make.push(proposal=proposal, **given)

    def update(self, ord_: int, payload: dict[str, str], base: dict[str, str], **given: Any) -> Push:
        """An approved update of customer `ord_`."""
        return self.push(action="update", ord=ord_, payload=payload, base=base, **given)

    def customer(self, ord_: int | None) -> dict[str, Any]:
        """A customer as the ERP holds it now."""
        found = self.sandbox.store.record(ord_ or 0)
        return dict(found) if found else {}

    def stored(self, khid: str) -> int:
        """How many customers have this number."""
        return sum(one["khid"] == khid for one in self.sandbox.store.customers())

    def writes(self, ord_: int | None) -> list[str]:
        """What happened to a customer, in order: `created`, `modified`…"""
        return [seen.effect for seen in self.sandbox.store.writes() if seen.ord == ord_]


@contextmanager
def desk(
    *, lanes_: int = 2, faults: Any = (), settings: dict[str, Any] | None = None, **options: Any
) -> Iterator[Desk]:
    """A running sandbox and its connection; `settings` replaces values of `Conf`."""
    changed = replace(conf(), **({"retry_base_s": 30.0} | (settings or {})))
    with (
        override_settings(ZBSYNC=changed, ZBSYNC_SECRET=lambda name: SECRETS.get(name, "")),
        running(faults=faults, **options) as sandbox,
    ):
        try:
            yield Desk(sandbox, make.erp(name="sandbox", base_url=sandbox.url, lanes=lanes_), Clock())
        finally:
            lanes.forget_sessions()


def settled(push: Push) -> tuple[str, str]:
    """State and cause as they stand in the database now; the row in hand is refreshed."""
    push.refresh_from_db()
    return push.state, push.cause
