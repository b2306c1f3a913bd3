"""What the customer list shows of an act, and what that means for a push that is accepted or in doubt."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import F

from tests.models import make
from tests.pipeline.pushing import Desk, desk, settled
from zbsync.core.findings import Finding
from zbsync.core.follow.operations import ASSIGN, ORDERED
from zbsync.core.lifecycle import PushEvent
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.erp.errors import UnknownAnswer
from zbsync.models import Contact, Push
from zbsync.pipeline import dispatch, operations, outbox, verify, wiring
from zbsync.pipeline.operations.base import Seen
from zbsync.sentences import say

pytestmark = pytest.mark.django_db
RIGHTS = dict.fromkeys(("sharecontact", "replyshare", "chanceshare", "contractshare"), "0")
USER = {"payload": {"member1": "0", "member2": "63"}, "labels": {"member2": "销售中心/销售一部/周敏"}}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk() as made:
        yield made


def ordered(erp: Desk, operation: str, **given: Any) -> Push:
    (ord_,) = erp.sandbox.store.add_customers([{"name": "王先生", "intsort": "2"}])
    row = make.proposal(state="approved", connection=erp.connection, operation=operation)
    return make.push(proposal=row, operation=operation, ord=int(ord_), **{"payload": {}, **given})


def look(erp: Desk, push: Push) -> bool | None:
    client = ErpClient(wiring.config_for(erp.connection), LoginGuard(), lambda _: None)
    return operations.of(push.operation).look(erp.connection, push, client).holds


@pytest.mark.parametrize(
    ("operation", "given", "before", "act"),
    [
        ("customer.assign", USER, False, lambda store, ord_: store.assign(ord_, 63)),
        ("customer.assign", {"payload": {"member1": "1"}}, True, lambda store, ord_: None),
        ("customer.protect", {}, False, lambda store, ord_: store.protect(ord_)),
        ("customer.unprotect", {}, True, lambda store, ord_: None),
        ("customer.approve", {"payload": {"blset": "1"}}, True, lambda store, ord_: None),
        ("customer.apply", {}, None, lambda store, ord_: store.wait(ord_, "apply", 1)),
        ("customer.share", {}, False, lambda store, ord_: store.share(ord_, 1, [0], {})),
    ],
)
def test_the_list_shows_whether_it_took_effect(
    erp: Desk, operation: str, given: dict[str, Any], before: bool | None, act: Any
) -> None:
    push = ordered(erp, operation, **given)
    assert look(erp, push) is before
    act(erp.sandbox.store, push.ord)
    assert look(erp, push) is True


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("customer.assign", lambda store, ord_: store.assign(ord_, 64)),
        ("customer.take_back", lambda store, ord_: store.assign(ord_, 64)),
        ("customer.unprotect", lambda store, ord_: store.protect(ord_)),
        ("customer.approve", lambda store, ord_: store.wait(ord_, "apply", 1)),
        ("customer.review", lambda store, ord_: store.wait(ord_, "new")),
    ],
)
def test_the_opposite_is_shown_as_such(erp: Desk, operation: str, act: Any) -> None:
    push = ordered(erp, operation, **(USER if operation == "customer.assign" else {}))
    act(erp.sandbox.store, push.ord)
    assert look(erp, push) is False


@pytest.mark.parametrize("ignored", [["stype"], ["stype", "catetype"]])
@pytest.mark.parametrize("operation", ["protect", "share", "unprotect", "approve", "review", "apply"])
@pytest.mark.parametrize("done", [False, True])
def test_a_list_that_heeds_no_filter_proves_nothing(erp: Desk, operation: str, ignored: list[str], done: bool) -> None:
    """Neither that it was done nor that it was not."""
    push = ordered(erp, f"customer.{operation}")
    erp.sandbox.store.set_policy(ignored=ignored)
    if done:
        erp.sandbox.store.protect(push.ord or 0)
        erp.sandbox.store.share(push.ord or 0, 1, [0], {})
        erp.sandbox.store.wait(push.ord or 0, "apply", 1)
    shown_by_the_other_filter_alone = operation in ("protect", "unprotect") and done and ignored == ["stype"]
    assert look(erp, push) is ((operation == "protect") if shown_by_the_other_filter_alone else None)


def test_what_cannot_be_proved_is_told_and_not_counted_as_done(erp: Desk) -> None:
    erp.sandbox.store.set_policy(ignored=["stype"])
    push = ordered(erp, "customer.share", payload={"member1": "1", **RIGHTS})
    Contact.objects.update(followed_version=F("version"))
    dispatch.drain()
    verify.drain()
    assert settled(push) == ("accepted", "not_readable")
    assert push.verified_at is None
    assert "shows nothing by which that could be checked" in say(Finding(push.cause))


@pytest.mark.parametrize("operation", ["unprotect", "approve"])
def test_a_customer_that_is_in_no_list_proves_no_end(erp: Desk, operation: str) -> None:
    push = ordered(erp, f"customer.{operation}")
    erp.sandbox.store.run("UPDATE customer SET del = 2 WHERE ord = ?", args=(push.ord,))
    assert look(erp, push) is None


def test_a_list_that_shows_others_proves_nothing(erp: Desk) -> None:
    push = ordered(erp, "customer.protect")

    class Deaf:
        def customers(self, filters: dict[str, str]) -> Any:
            assert filters == {"telord": str(push.ord), "stype": "3"}
            return type("Page", (), {"rows": [{"ord": "1"}]})()

    with pytest.raises(UnknownAnswer, match="shows others"):
        operations.of("customer.protect").look(erp.connection, push, Deaf())  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", [ASSIGN, *ORDERED])
@pytest.mark.parametrize(
    ("holds", "accepted", "doubt"),
    [
        (True, PushEvent.READ_EQUAL, PushEvent.FOUND),
        (False, PushEvent.READ_DIFFERENT, None),
        (None, None, None),
    ],
)
def test_what_was_seen_leads_on_or_asks_a_person(
    operation: str, holds: bool | None, accepted: PushEvent | None, doubt: PushEvent | None
) -> None:
    push = make.push(operation=operation, state="accepted")
    family = operations.of(operation)
    event, values = family.judge_accepted(push, Seen(holds=holds, words="李四"), make.NOW)
    assert event is accepted
    assert (values.get("cause") == "not_readable") is (holds is None)
    event, values = family.judge_doubt(push, Seen(holds=holds), make.NOW)
    assert event is doubt
    assert (values.get("cause") == outbox.UNSEEN) is (holds is None)


def test_only_the_second_look_apart_proves_that_it_is_not_there() -> None:
    push = make.push(operation="customer.protect", state="in_doubt", ord=1)
    event, values = operations.of("customer.protect").judge_doubt(push, Seen(holds=False), make.NOW)
    assert (event, values["looks"]) == (None, 1)
    push.looks = values["looks"]
    event, _ = operations.of("customer.protect").judge_doubt(push, Seen(holds=False), make.NOW)
    assert event is PushEvent.PROVED_ABSENT


def test_a_different_owner_is_named(erp: Desk) -> None:
    push = ordered(erp, "customer.assign", **USER)
    _, values = operations.of("customer.assign").judge_accepted(push, Seen(holds=False, words="吴磊"), make.NOW)
    assert values["differences"] == [{"target": "member2", "sent": "周敏", "read": "吴磊"}]


def test_every_operation_there_is_has_its_family_and_no_other_name_does() -> None:
    assert all(operations.of(name) for name in (ASSIGN, *ORDERED, "customer.save", "person.save", "followup.add"))
    with pytest.raises(KeyError):
        operations.of("customer.eat")
