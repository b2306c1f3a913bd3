"""A program in which many do the same thing at the same moment, on a database as it is deployed: a file, or PostgreSQL.

`python -m tests.e2e.racing RACE ERP-URL STORE-FILE FOLDER`, on an empty database that is migrated. Prints what went
wrong in any round; [] is what is wanted. (The tests of `tests/pipeline` race on PostgreSQL; SQLite's test database
lives in memory, where threads meet other locks than those of a file.)
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import django

django.setup()

from django.utils import timezone  # noqa: E402

from tests.e2e.dying import World  # noqa: E402
from tests.models import make  # noqa: E402
from tests.pipeline.racing import together  # noqa: E402
from zbsync.models import Contact, Proposal, Push  # noqa: E402
from zbsync.pipeline import audit, dispatch, ingest, match, outbox, propose, review, verify  # noqa: E402
from zbsync.pipeline.judgement import TWIN  # noqa: E402
from zbsync.sandbox.store import Store  # noqa: E402

ROUNDS = 8
Wrong = Iterator[str]


class Race:
    """The rounds of one race; each yields what went wrong."""

    def __init__(self, world: World, store: Store) -> None:
        self.world, self.store = world, store
        self.people = [make.user("first"), make.user("second")]

    def ready(self) -> Proposal:
        """A fresh contact's proposal, waiting for a person."""
        self.world.next()
        for step in (self.world.ingest, self.world.propose, self.world.match):
            step()
        return Proposal.objects.get(contact__source_id=self.world.source_id, state="ready")

    def tell(self, *rows: dict[str, str]) -> None:
        """The hub tells."""
        path = self.world.folder / "told.jsonl"
        more = {"phone_verified": True, "score": 90, "channel": "微信"}
        path.write_text("".join(json.dumps(row | more, ensure_ascii=False) + "\n" for row in rows))
        ingest.import_file(path, make.hub(), audit.Actor.job("import_contacts"), now=timezone.now())

    def two_approve(self) -> Wrong:
        """One wins, the other is told."""
        row = self.ready()
        both = together(*[partial(review.approve, [row.pk], by, digests={row.pk: row.digest}) for by in self.people])
        if sorted(one.done for one in both) != [0, 1]:
            yield f"approved {[one.done for one in both]} times"
        if sum((one.left_out for one in both), Counter()) != {"review.not_ready": 1}:
            yield f"told {[dict(one.left_out) for one in both]}"
        if Push.objects.filter(proposal=row).count() != 1:
            yield "not one push"

    def edit_and_approve(self) -> Wrong:
        """Either the edit is refused, or what was shown is not what is there any more."""
        row = self.ready()
        first, second = self.people
        edited, approved = together(
            partial(review.edit, row.pk, "intro", "改过", "heard on the phone", first, row.digest),
            partial(review.approve, [row.pk], second, digests={row.pk: row.digest}),
        )
        told = {**edited.left_out, **approved.left_out}
        if (edited.done, approved.done, told) not in (
            (1, 0, {"review.moved": 1}),
            (0, 1, {"review.not_ready": 1}),
        ):
            yield f"edited {edited.done}, approved {approved.done}, told {told}"
        sent = Push.objects.filter(proposal=row).values_list("payload__intro", "digest")
        if list(sent) != ([(row.payload.get("intro"), row.digest)] if approved.done else []):
            yield f"pushed {list(sent)}"

    def sixteen_claim(self) -> Wrong:
        """One gets it."""
        row = self.ready()
        review.approve([row.pk], self.people[0])
        erp = row.connection
        taken = together(*[partial(outbox.claim, erp, 1, timezone.now())] * 16)
        if sum(len(rows) for rows in taken) != 1:
            yield f"{sum(len(rows) for rows in taken)} have it"
        outbox.release([push for rows in taken for push in rows], timezone.now())
        Push.objects.filter(proposal=row).update(state="cancelled")

    def twins(self) -> Wrong:
        """Two contacts with one mobile, the second coming while the first is approved: one creates, one is held."""
        row = self.ready()
        mobile, second = row.mobile, f"{self.world.source_id}-twin"

        def comes() -> None:
            self.tell({"source_id": second, "name": "别人", "phone": mobile})
            propose.drain()
            match.drain()

        together(partial(review.approve, [row.pk], self.people[0], digests={row.pk: row.digest}), comes)
        propose.drain()
        match.drain()
        review.approve(Proposal.objects.for_review(), self.people[1])
        dispatch.drain()
        verify.drain()
        held = Proposal.objects.get(contact__source_id=second)
        made = [one["khid"] for one in self.store.customers() if one["mobile"] == mobile]
        if len(made) > 1 or (held.state, held.cause) != ("ready", TWIN):
            yield f"{len(made)} customers with one mobile, the second is {held.state} {held.cause!r}"

    def approve_and_supersede(self) -> Wrong:
        """The whole list is approved while the hub changes half of it: nothing of an old version arrives."""
        rows = [self.ready() for _ in range(6)]
        changed = [row.contact for row in rows[::2]]

        def changes() -> None:
            self.tell(*[{"source_id": one.source_id, "name": "新名", "phone": one.phone} for one in changed])
            propose.drain()

        together(partial(review.approve, Proposal.objects.for_review(), self.people[0]), changes)
        propose.drain()
        match.drain()
        dispatch.drain()
        verify.drain()
        for push in Push.objects.filter(proposal__in=rows).select_related("proposal", "contact"):
            current = push.proposal.contact_version == push.contact.version
            if push.state != ("verified" if current else "cancelled"):
                yield f"push {push.pk} of version {push.proposal.contact_version} is {push.state} {push.cause!r}"
        names = {one["khid"]: one["name"] for one in self.store.customers()}
        if any(f"WX{one.source_id}" in names for one in changed):
            yield f"a version that was not approved, or no longer, arrived: {names}"
        if Contact.objects.due().exists():
            yield "a contact was left behind"
        review.reject(Proposal.objects.for_review(), self.people[0])


RACES: dict[str, Callable[[Race], Wrong]] = {
    "two_approve": Race.two_approve,
    "edit_and_approve": Race.edit_and_approve,
    "sixteen_claim": Race.sixteen_claim,
    "twins": Race.twins,
    "approve_and_supersede": Race.approve_and_supersede,
}


def main(name: str, url: str, store: str, folder: str) -> None:
    """Race, and tell."""
    world = World(url, Path(folder))
    world.found()
    race = Race(world, Store(store))
    print(json.dumps([wrong for _ in range(ROUNDS) for wrong in RACES[name](race)], ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:5])
