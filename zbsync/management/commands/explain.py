"""Tell one contact's whole story, as JSON or to read."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from zbsync.management import base
from zbsync.management.base import bad_input
from zbsync.models import Contact
from zbsync.pipeline import story
from zbsync.sentences import say


class Command(base.Command):
    """`manage.py explain SOURCE_ID [--hub NAME] [--json]`."""

    help = "Tell one contact's whole story: gate, mapping, match, decisions, attempts, the ERP's answers."

    def add_arguments(self, parser: CommandParser) -> None:
        """The contract's options."""
        parser.add_argument("source_id")
        parser.add_argument("--hub", metavar="NAME", help="needed when two hubs know the id")
        parser.add_argument("--json", action="store_true", help="one JSON document on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find the contact, tell its story."""
        told = story.of(_contact(options["source_id"], options["hub"]))
        if options["json"]:
            self.stdout.write(json.dumps(told.as_json(), ensure_ascii=False, cls=DjangoJSONEncoder))
        else:
            self.stdout.write("\n".join(_readable(told)))


def _contact(source_id: str, hub: str | None) -> Contact:
    found = Contact.objects.filter(source_id=source_id).select_related("hub")
    if hub is not None:
        found = found.filter(hub__name=hub)
    rows = list(found[:2])
    where = f" in the hub {hub}" if hub else ""
    if not rows:
        raise bad_input(f"{source_id}: no such contact{where}; import it, or check the id")
    if len(rows) > 1:
        raise bad_input(f"{source_id}: several hubs know this id; name one with --hub")
    return rows[0]


def _readable(told: story.Story) -> Iterator[str]:
    contact, row = told.contact, told.proposal
    yield f"{contact} ({contact.source_id}, {contact.hub.name}, version {contact.version})"
    values = ", ".join(f"{name}={value}" for name, value in story.plain(contact, story.JUDGED).items())
    yield f"gate: {told.verdict} ({values})"
    yield from (f"  - {say(one)}" for one in told.gate_findings)
    if row is not None:
        yield f"mapping {row.mapping}:"
        for one in row.fields:
            edited = f", edited by {one['edited_by']}" if one["edited_by"] else ""
            yield f"  {one['target']} = {one['value']}  ← {one['source']} ({one['transform']}{edited})"
        yield f"match: {row.match_kind or '–'} {row.target_ord or ''}".rstrip()
        yield f"proposal {row.pk}: {row.state}, {row.action or '–'}"
        yield from (f"  - {say(one)}" for one in told.findings)
    for push in told.pushes:
        yield f"push {push.pk}: {push.state}, {push.action}, ord {push.ord or '–'} {push.message}".rstrip()
    yield "timeline:"
    for moment in told.timeline():
        detail = json.dumps(moment.after, ensure_ascii=False, cls=DjangoJSONEncoder) if moment.after else ""
        parts = (moment.sentence, moment.who, detail, moment.reason)
        at = timezone.localtime(moment.at)
        yield f"  {at:%Y-%m-%d %H:%M:%S}  " + " · ".join(part for part in parts if part)
