"""Rules beside the mapping were changed: whoever they concern goes through gate and mapping again."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zbsync.models import Contact, ErpConnection, SourceCode
from zbsync.pipeline import audit, doorbell, tables, worklist
from zbsync.pipeline.publish.versions import PublishError, all_again

SOURCES = "zbsync.change_sourcecode"


def reconsider(actor: audit.Actor, *, reason: str) -> int:
    """A rule beside the mapping (gate, value map, source code) was changed: every contact is judged again.

    To be called in the transaction of the change, by whoever checked that the actor may make it. Returns how many
    contacts are due.
    """
    with transaction.atomic():
        tables.lock_rules()
        return all_again(actor, "rules.reconsider", audit.Line("contact"), timezone.now(), reason)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a choice of source codes came to: the channels that changed, and how many contacts go through it again."""

    channels: tuple[str, ...]
    due: int


def choose_sources(
    connection: ErpConnection, chosen: Mapping[str, str], by: AbstractBaseUser, reason: str = ""
) -> Chosen:
    """Give hub channels their customer source, {channel: name of a `ly` option, or "" for undecided}; a channel nobody
    met yet gets its row. Only the contacts of channels that changed go through gate and mapping again.

    Raises PermissionDenied, and PublishError (`publish.no_such_source`) when the ERP has no such option.
    """
    actor = audit.permit(by, SOURCES)
    with transaction.atomic():
        tables.lock_rules()
        rows = SourceCode.objects.filter(connection=connection, channel__in=list(chosen))
        known = {row.channel: row for row in rows.order_by("pk").select_for_update()}
        wanted = {channel: option for channel, option in chosen.items() if _option_of(known, channel) != option}
        offered = tables.sources(connection)
        if not set(wanted.values()) <= {"", *offered}:
            raise PublishError("publish.no_such_source")
        lines, due = [], 0
        for channel, option in wanted.items():
            row = known.get(channel) or SourceCode(connection=connection, channel=channel)
            line_before = {"channel": channel, "option": row.option}
            row.option, row.freed = option, worklist.remap(Q(channel=channel))
            row.save()  # one by one: each has its history
            due += row.freed
            after = {"channel": channel, "option": option, "due_again": row.freed}
            lines.append(audit.Line("sourcecode", row.pk, before=line_before, after=after))
        audit.write(audit.new_act(), actor, "source_code.choose", lines, now=timezone.now(), reason=reason)
        if due:
            doorbell.ring()
    return Chosen(tuple(wanted), due)


def _option_of(known: Mapping[str, SourceCode], channel: str) -> str | None:
    return known[channel].option if channel in known else None


def follow_again(actor: audit.Actor, *, reason: str) -> int:
    """A rule about what follows customers was changed: what is not decided yet is worked out anew. As `reconsider`."""
    with transaction.atomic():
        tables.lock_rules()
        due: int = Contact.objects.filter(followed_version__gt=0).update(followed_version=0)
        line, now = audit.Line("contact", after={"due_again": due}), timezone.now()
        audit.write(audit.new_act(), actor, "rules.follow_again", [line], now=now, reason=reason)
    doorbell.ring()
    return due
