"""Ids that an ERP handed out twice. Asked by dispatch before a new id is kept.

Two saves under one id are one customer, and the first of the two is gone. So an id is kept for a push only when no
other push has it, nobody is bound to it and no survey has seen it; the push asks for another one later.
"""

from collections.abc import Sequence

from django.db.models import BigIntegerField, Value

from zbsync.models import Binding, ErpConnection, ErpRecord, Push
from zbsync.pipeline.outbox.lease import Reserved

TAKEN = "id_taken"
"""Cause of a wait: the id that came is somebody's already."""


def handed_twice(connection: ErpConnection, handed: Sequence[Reserved]) -> set[int]:
    """Of the pushes that were handed an id, by their own ids, those whose id is another's, or came twice just now."""
    ords = {one.ord for one in handed}
    nobody = Value(0, BigIntegerField())
    pushes = Push.objects.filter(connection=connection, ord__in=ords).values_list("ord", "pk")
    bound = Binding.objects.filter(connection=connection, ord__in=ords).values_list("ord", nobody)
    surveyed = ErpRecord.objects.filter(connection=connection, ord__in=ords).values_list("ord", nobody)
    owners: dict[int | None, set[int]] = {}
    for ord_, push in pushes.union(bound, surveyed, all=True):
        owners.setdefault(ord_, set()).add(push)
    found: set[int] = set()
    for one in handed:
        if owners.setdefault(one.ord, set()) - {one.push.pk}:
            found.add(one.push.pk)
        owners[one.ord].add(one.push.pk)
    return found
