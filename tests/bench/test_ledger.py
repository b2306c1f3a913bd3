"""The ledger of a fire can tell: each of its questions finds the breach that it is there for."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.bench.fire.ledger import Ledger
from tests.pipeline.life import Life, life
from tests.pipeline.push.test_dispatch_races import client_of
from zbsync.models import Attempt, Exchange, Proposal, Push
from zbsync.pipeline import operations, outbox, reconcile, verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def burnt(tmp_path) -> Iterator[Life]:
    """Three contacts that arrived."""
    with life(tmp_path) as made:
        for number in range(3):
            made.hub(f"f{number}", phone=f"1380000000{number}")
        made.think()
        for number in range(3):
            made.approve(f"f{number}")
        made.deliver()
        yield made


def told(of: Life, deaths: tuple[float, ...] = ()) -> list[str]:
    rows = list(Ledger.of(of.erp.sandbox.store, deaths).questions())
    assert all(row.checked for row in rows if "doubt" not in row.says), "a question that asks nothing"
    return [breach for row in rows for breach in row.breaches]


def test_a_life_without_trouble_has_no_breach(burnt: Life) -> None:
    assert told(burnt) == []


def twin(of: Life) -> None:
    of.erp.sandbox.store.add_customers([{"name": "双", "khid": "WXf1", "intsort": "2"}])


def changed(of: Life) -> None:
    of.erp.sandbox.store.run("UPDATE person SET mobile = '13900000000' WHERE company = ?", args=(of.bound("f1"),))


def stranger(of: Life) -> None:
    of.erp.sandbox.store.run("UPDATE call SET ord = 9999 WHERE effect = 'created' AND ord = ?", args=(of.bound("f1"),))


def gone(of: Life) -> None:
    of.erp.sandbox.store.delete(of.bound("f1"))


def other_digest(of: Life) -> None:
    Push.objects.filter(contact=of.contact("f1")).update(digest="0" * 64)


def no_push(of: Life) -> None:
    one = of.row("f1")
    Proposal.objects.filter(pk=of.row("f0").pk).update(state="superseded")
    of.hub("f0", name="王小红")
    of.think()
    Proposal.objects.filter(pk=of.row("f0").pk).update(
        state="approved", decided_by=one.decided_by, decided_at=one.created_at
    )


def left_leased(of: Life) -> None:
    Push.objects.filter(contact=of.contact("f1")).update(state="queued")


def untold(of: Life) -> None:
    Push.objects.filter(contact=of.contact("f1")).update(state="drifted", cause="made up")


def unexplained(of: Life) -> None:
    Push.objects.filter(contact=of.contact("f1")).update(state="in_doubt")


def open_attempt(of: Life) -> None:
    Attempt.objects.filter(push__contact=of.contact("f1")).update(outcome="sending", finished_at=None)


def unheard(of: Life) -> None:
    of.erp.sandbox.store.run(
        "UPDATE call SET at = at + 3600 WHERE effect = 'created' AND ord = ?", args=(of.bound("f1"),)
    )


@pytest.mark.parametrize(
    ("breach", "says"),
    [
        (twin, "WXf1: 2 customers"),
        (changed, "'mobile': '13900000000'"),
        (stranger, "created customer 9999, no push's"),
        (gone, ", not there"),
        (other_digest, "digests differ"),
        (no_push, "came to nothing"),
        (left_leased, "is queued"),
        (untold, "is drifted, last told ['verified']"),
        (unexplained, "in doubt: ''"),
        (open_attempt, "was never closed"),
        (unheard, "save"),
    ],
)
def test_a_breach_is_named(burnt: Life, breach: Callable[[Life], None], says: str) -> None:
    breach(burnt)
    assert any(says in line for line in told(burnt)), told(burnt)


@pytest.mark.parametrize("session", ["lives", "dies"])
def test_a_save_whose_process_died_in_the_silence_is_explained_by_its_attempt(burnt: Life, session: str) -> None:
    """A session that dies makes it two saves of one attempt."""
    push = burnt.erp.push(9)
    [held] = outbox.claim(burnt.erp.connection, 1, burnt.erp.clock())
    handed = [outbox.Reserved(held, burnt.erp.sandbox.store.allocate(1, 2)[0], "")]
    [attempt] = outbox.mark_sending(outbox.reserve(burnt.erp.connection, handed, burnt.erp.clock()), burnt.erp.clock())
    if session == "dies":
        burnt.erp.sandbox.faults.arm([{"name": "session_kill", "cmdkey": "__sys_dosave", "count": 1}])
    operations.send(client_of(burnt.erp), attempt=attempt, clock=burnt.erp.clock)
    assert not Exchange.objects.filter(attempt=attempt).exists()
    burnt.erp.clock.pass_(121)
    reconcile.drain(clock=burnt.erp.clock)
    verify.drain(clock=burnt.erp.clock)
    assert Push.objects.get(pk=push.pk).state == "verified"
    saves = [seen.effect for seen in burnt.erp.sandbox.store.log() if seen.cmdkey and seen.ord == handed[0].ord]
    assert saves == (["created"] if session == "lives" else ["expired", "created"])
    assert not [line for line in told(burnt, (timezone.now().timestamp(),)) if line.startswith("save")]
    Attempt.objects.filter(pk=attempt.pk).update(started_at=timezone.now() - timedelta(hours=1))
    assert [line for line in told(burnt) if line.startswith("save")]
