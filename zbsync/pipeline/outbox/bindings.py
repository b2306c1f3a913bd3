"""The bindings that settle writes: the ERP said that this contact is now customer `ord`.

Used by settle and judge; `bound_to` by the desk. A pair that contradicts one already there is a finding on the push
and never an exception: what the ERP did is settled whatever we think of it.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from zbsync.core.findings import Finding
from zbsync.core.follow.operations import CUSTOMER
from zbsync.models import Binding, ErpConnection, Provenance, Push
from zbsync.pipeline import audit
from zbsync.pipeline.outbox.moves import JOB

CONFLICT = "push.binding_conflict"


def bind(connection: ErpConnection, pushes: Sequence[Push], act: uuid.UUID, now: datetime) -> None:
    """Bind the contact of each accepted create to its `ord`; wants the transaction of the settle."""
    made = (push for push in pushes if push.operation == CUSTOMER and push.action == "create")
    created = [push for push in made if push.ord is not None]
    if not created:
        return
    before = bound_to(created)
    Binding.objects.bulk_create(
        [
            Binding(
                contact_id=push.contact_id,
                connection=connection,
                ord=push.ord or 0,
                khid=push.payload.get("khid", "") or push.khid,
                provenance=Provenance.SETTLE,
            )
            for push in created
        ],
        ignore_conflicts=True,
    )
    after = bound_to(created)
    lines = []
    for push in created:
        pair = push.contact_id, push.connection_id
        if after.get(pair) != push.ord:
            params = {"ord": push.ord, "bound": after.get(pair)}
            push.findings = [*push.findings, Finding(CONFLICT, params=params).as_json()]
            push.cause = CONFLICT
        elif pair not in before:
            lines.append(audit.Line("binding", None, push.contact_id, after={"ord": push.ord, "push": push.pk}))
    audit.write(act, JOB, "binding.settle", lines, now=now)


def bound_to(pushes: Collection[Push]) -> dict[tuple[int, int], int]:
    """The customer that the contact of each push is, by (contact, connection)."""
    pairs = Binding.objects.filter(
        connection__in={push.connection_id for push in pushes}, contact__in=[push.contact_id for push in pushes]
    )
    return {(contact_id, at): ord_ for contact_id, at, ord_ in pairs.values_list("contact_id", "connection_id", "ord")}
