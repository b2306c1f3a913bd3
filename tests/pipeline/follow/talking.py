"""What the tests of this folder share: contacts that were talked to, and what became of it."""

from typing import Any

from django.utils import timezone

from tests.models import make
from tests.pipeline.life import Life
from zbsync.models import Proposal, Push
from zbsync.pipeline import audit, follow, outbox, review

HELLO = {"source_id": "i1", "at": "2026-01-05T08:30:00+08:00", "method": "微信", "content": "要报价"}
CALL = {"source_id": "i2", "at": "2026-01-06T09:00:00+08:00", "method": "电话", "content": "已发报价"}
TALK = [HELLO, CALL]


def rows(operation: str = "followup.add") -> list[tuple[str, str, str]]:
    """Subject, state and cause of every proposal of an operation, oldest first."""
    found = Proposal.objects.filter(operation=operation).order_by("pk")
    return list(found.values_list("subject", "state", "cause"))


def pushes(operation: str = "followup.add") -> list[tuple[str, str, str]]:
    """The same of its pushes."""
    found = Push.objects.filter(operation=operation).order_by("pk")
    return list(found.values_list("subject", "state", "cause"))


def think(world: Life) -> None:
    """Everything that needs no person."""
    world.think()
    follow.drain()


def create(world: Life, source_id: str = "77", **said: Any) -> None:
    """A contact whose customer we made and read back, with what follows it proposed."""
    world.hub(source_id, **said)
    think(world)
    assert world.approve(source_id).done == 1
    world.deliver()
    follow.drain()


def bound(world: Life, source_id: str = "77", **said: Any) -> int:
    """A contact bound to a customer that the ERP had; its id."""
    ord_ = world.customer(name="示例公司", intsort="1", person_name="王先生", mobile="13700000001")
    world.hub(source_id, **said)
    world.think()
    make.binding(world.contact(source_id), ord_, connection=world.erp.connection)
    follow.drain()
    return ord_


def approve(operation: str = "followup.add") -> review.Decision:
    """What a person does who ticks all of an operation."""
    return review.approve(Proposal.objects.for_review().filter(operation=operation), make.user())


def stored(world: Life) -> list[str]:
    """The texts of all follow-ups the ERP has; two lanes may swap their order."""
    return sorted(one["intro"] for one in world.erp.sandbox.store.follow_ups())


def found(push: Push) -> None:
    """A person has looked in the ERP, and it is there."""
    told: dict[str, Any] = {"act": audit.new_act(), "actor": audit.Actor.of(make.user()), "now": timezone.now()}
    assert outbox.say_found(push.pk, push.ord or 0, reason="seen in the ERP", **told)


def not_there(push: Push) -> None:
    """A person has looked in the ERP, and there is nothing."""
    told: dict[str, Any] = {"act": audit.new_act(), "actor": audit.Actor.of(make.user()), "now": timezone.now()}
    assert outbox.vouch_absent([push.pk], reason="not in the ERP", **told) == [push.pk]
