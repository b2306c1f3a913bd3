"""Contacts that live: told by a file, proposed, matched, decided, sent to a sandbox ERP over real HTTP, read back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.hub.samples import json_file
from tests.models import make
from tests.pipeline.pushing import Desk, desk
from zbsync.models import Contact, Mapping, Proposal, Push
from zbsync.pipeline import audit, bootstrap, dispatch, ingest, match, propose, publish, review, survey, verify

HUB = audit.Actor.job("hub")


@dataclass
class Life:
    """One hub that speaks by files, one ERP, one person who decides."""

    erp: Desk
    folder: Path
    days: int = 0
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def hub(self, source_id: str = "77", **said: Any) -> ingest.Report:
        """The hub tells of a contact, one day after it last spoke; what it does not mention stays."""
        first = {"name": "王小明", "phone": "13800001111", "phone_verified": True, "score": 80, "channel": "微信"}
        self.told[source_id] = {"source_id": source_id, **self.told.get(source_id, first), **said}
        self.days += 1
        path = json_file(self.folder, self.told[source_id])
        return ingest.import_file(path, make.hub(), HUB, now=make.NOW + timedelta(days=self.days))

    def customer(self, **values: str) -> int:
        """A customer the ERP has already, and a survey has seen; its id."""
        (ord_,) = self.erp.sandbox.store.add_customers([{"name": "王先生", "intsort": "2", **values}])
        survey.run(self.erp.connection)
        return int(ord_)

    def think(self) -> None:
        """Gate, mapping, match: until only people can go on."""
        propose.drain()
        match.drain()

    def row(self, source_id: str = "77", **of: str) -> Proposal:
        """The latest proposal of a contact, of its customer unless an operation is named."""
        of = {"operation": "customer.save", **of}
        return Proposal.objects.filter(contact__source_id=source_id, **of).latest("pk")

    def contact(self, source_id: str = "77") -> Contact:
        return Contact.objects.get(source_id=source_id)

    def edit(self, name: str, value: str) -> Proposal:
        """An edit of the latest proposal, by somebody else than who approves it."""
        row = self.row()
        assert review.edit(row.pk, name, value, "heard on the phone", make.user("colleague"), row.digest).done == 1
        return self.row()

    def approve(self, source_id: str = "77") -> review.Decision:
        """What a person does who looks at the decision screen and says yes."""
        row = self.row(source_id)
        return review.approve([row.pk], make.user(), digests={row.pk: row.digest})

    def deliver(self) -> None:
        """Say it to the ERP and read it back."""
        dispatch.drain()
        verify.drain()

    def publish(self, **of_intro: str) -> None:
        """The next version of the mapping, with another rule for `intro`."""
        made = publish.draft(Mapping.objects.get(state="published"), make.user())
        made.rules.filter(target="intro").update(**of_intro)
        publish.publish(made, make.user())

    def pushes(self) -> list[tuple[str, str]]:
        """State and cause of every push, oldest first."""
        return list(Push.objects.order_by("pk").values_list("state", "cause"))

    def held(self, ord_: int) -> dict[str, str]:
        """A customer's fields as the ERP has them now."""
        return {name: str(value) for name, value in self.erp.customer(ord_).items()}

    def bound(self, source_id: str = "77") -> int:
        """The ERP customer a contact is bound to."""
        return self.contact(source_id).bindings.get().ord


@contextmanager
def life(folder: Path) -> Iterator[Life]:
    """A new installation that has surveyed its ERP."""
    with desk() as erp:
        erp.connection.options = {"sort1": "3,7"}
        erp.connection.save()
        bootstrap.seed()
        survey.run(erp.connection)
        bootstrap.seed()
        yield Life(erp, folder)
