"""The database goes away, an answer cannot be stored, somebody presses Ctrl-C: what the ERP said is written down."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from tests.pipeline.pushing import Desk, desk, settled
from zbsync.models import Attempt, Exchange, Push
from zbsync.pipeline import dispatch, lanes, outbox, reconcile, verify, wiring
from zbsync.pipeline.lanes import Lanes
from zbsync.pipeline.outbox import cycles, patience


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSES_S", (0.01,) * 3)


class Away:
    """A database that refuses statements with `words`, from the first such statement on, `times` times."""

    def __init__(self, words: str, times: int, error: type[Exception] = OperationalError) -> None:
        self.words, self.times, self.error = words, times, error
        self.refused = 0

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if self.words in sql and self.refused < self.times:
            self.refused += 1
            raise self.error("the database is away")
        return execute(sql, *rest)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("words", ['INSERT INTO "zbsync_exchange"', 'UPDATE "zbsync_attempt"'])
def test_a_database_that_is_away_for_a_moment_costs_no_answer(words: str, error: type[Exception]) -> None:
    with desk() as erp:
        pushes = [erp.push(number) for number in range(1, 4)]
        away = Away(words, 2, error)
        with connection.execute_wrapper(away):
            assert dispatch.drain().done == 3
        assert away.refused == 2
        assert {settled(push)[0] for push in pushes} == {"accepted"}
        assert Exchange.objects.filter(operation="save_individual").count() == 3
        assert [erp.stored(f"WX{number}") for number in (1, 2, 3)] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_stays_away_leaves_doubts_that_looking_ends() -> None:
    with desk() as erp:
        push = erp.push()
        with connection.execute_wrapper(Away('UPDATE "zbsync_attempt"', 10_000)), pytest.raises(OperationalError):
            dispatch.drain()
        assert settled(push)[0] == "sending"
        erp.clock.pass_(121)
        reconcile.drain(clock=erp.clock)
        assert settled(push)[0] == "accepted"
        assert erp.writes(push.ord) == ["created"], "found, never sent again"


@pytest.mark.django_db(transaction=True)
def test_patience_has_an_end_and_is_none_inside_a_transaction() -> None:
    tries: list[int] = []

    def write() -> None:
        tries.append(1)
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        outbox.patiently(write)
    assert len(tries) == 4
    from django.db import transaction

    with pytest.raises(OperationalError), transaction.atomic():
        outbox.patiently(write)
    assert len(tries) == 5, "a transaction that failed cannot go on"


@pytest.mark.django_db
def test_other_errors_are_not_tried_again() -> None:
    tries: list[int] = []

    def write() -> None:
        tries.append(1)
        raise ValueError("nonsense")

    with pytest.raises(ValueError, match="nonsense"):
        outbox.patiently(write)
    assert len(tries) == 1


@pytest.mark.django_db
def test_an_answer_that_cannot_be_kept_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with desk(lanes_=4) as erp:
        pushes = [erp.push(number) for number in range(1, 7)]
        poisoned = pushes[2].pk
        settle = outbox.settle

        def choking(connection_: Any, said: Any, now: Any) -> Any:
            if any(one.push.pk == poisoned for one in said):
                raise ValueError("nothing can store this")
            return settle(connection_, said, now)

        monkeypatch.setattr(cycles, "settle", choking)
        with pytest.raises(ValueError, match="store this"):
            dispatch.drain()
        monkeypatch.undo()
        states = {push.pk: settled(push)[0] for push in pushes}
        assert states.pop(poisoned) == "sending"
        assert set(states.values()) <= {"accepted", "queued"}
        assert "accepted" in states.values()
        finish(erp)
        assert [erp.stored(f"WX{number}") for number in range(1, 7)] == [1] * 6


@pytest.mark.django_db
def test_ctrl_c_hears_what_is_being_said_to_its_end_and_gives_back_the_rest() -> None:
    with desk(lanes_=2, latency_ms=40) as erp:
        for number in range(1, 21):
            erp.push(number)

        pressed = iter([KeyboardInterrupt])

        def somebody_presses(done: int, total: int | None) -> None:
            for key in pressed:
                raise key

        with pytest.raises(KeyboardInterrupt):
            dispatch.drain(progress=somebody_presses)
        states = set(Push.objects.values_list("state", flat=True))
        assert states == {"accepted", "queued"}, "no doubt, no lease is left behind"
        saves = len(erp.sandbox.store.log(cmdkey="__sys_dosave"))
        assert Push.objects.filter(state="accepted").count() == saves < 20
        assert not Attempt.objects.filter(outcome="sending").exists()
        unsent = Attempt.objects.filter(outcome="deferred")
        assert set(unsent.values_list("cause", "push__attempts_made")) <= {("not_sent", 0)}
        finish(erp)
        assert [erp.stored(f"WX{number}") for number in range(1, 21)] == [1] * 20


def finish(erp: Desk) -> None:
    for _ in range(3):
        erp.clock.pass_(200)
        reconcile.drain(clock=erp.clock)
        dispatch.drain(clock=erp.clock)
        verify.drain(clock=erp.clock)
    assert set(Push.objects.values_list("state", flat=True)) == {"verified"}


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=1, latency_ms=50) as made:
        yield made


@pytest.mark.django_db
def test_lanes_that_are_stopped_answer_what_was_asked_and_name_what_was_not(erp: Desk) -> None:
    with Lanes(erp.connection, wiring.config_for(erp.connection)) as talking:
        for tag in range(4):
            talking.submit(tag, lambda client: client.customers({}).record_count)
        first = talking.collect(5.0)
        rest = talking.stop()
    lanes.forget_sessions()
    told = {done.tag: type(done.error).__name__ for done in [*first, *rest]}
    assert set(told) == {0, 1, 2, 3}
    assert told[0] == "NoneType"
    assert told[3] == "CancelledError"
    assert talking.pending == 0
