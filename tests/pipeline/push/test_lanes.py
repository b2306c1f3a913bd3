import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.pipeline.pushing import Desk, desk
from zbsync.erp.client import ErpClient
from zbsync.pipeline import wiring
from zbsync.pipeline.lanes import Lanes, forget_sessions

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp() -> Iterator[Desk]:
    with desk(lanes_=3) as made:
        yield made


def opened(erp: Desk, size: int | None = None) -> Lanes:
    return Lanes(erp.connection, wiring.config_for(erp.connection), size=size)


def read(client: ErpClient) -> object:
    return client.read(1)


def test_each_answer_comes_back_with_its_tag_and_all_it_said(erp: Desk) -> None:
    with opened(erp) as lanes:
        lanes.submit("one", read)
        [done] = lanes.collect(5)
    assert (done.tag, done.error) == ("one", None)
    assert [exchange.operation for exchange in done.exchanges] == ["login", "read_customer"]


def test_a_question_that_fails_gives_its_error_and_its_evidence(erp: Desk) -> None:
    erp.sandbox.faults.arm([{"name": "html_500", "path": "add.asp"}])
    with opened(erp) as lanes:
        lanes.submit("one", lambda client: client.allocate("individual"))
        [done] = lanes.collect(5)
    assert done.value is None
    assert "erp.server_fault" in str(done.error)
    assert done.exchanges[-1].status == 500


def test_a_bug_in_a_question_is_handed_to_who_asked(erp: Desk) -> None:
    with opened(erp) as lanes:
        lanes.submit("one", lambda client: 1 // 0)
        [done] = lanes.collect(5)
    assert isinstance(done.error, ZeroDivisionError)


def test_no_more_is_asked_at_once_than_there_are_lanes(erp: Desk) -> None:
    now, most, one = [0], [0], threading.Lock()

    def ask(client: ErpClient) -> None:
        with one:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with one:
            now[0] -= 1

    with opened(erp) as lanes:
        answers = [done for found in lanes.each((n, ask) for n in range(30)) for done in found]
    assert sorted(done.tag for done in answers) == list(range(30))
    assert most[0] == 3


def test_work_is_drawn_no_faster_than_it_is_done(erp: Desk) -> None:
    drawn = []

    def work() -> Iterator[tuple[int, object]]:
        for number in range(100):
            drawn.append(number)
            yield number, lambda client: None

    with opened(erp) as lanes:
        first = next(lanes.each(work()))  # type: ignore[arg-type] # questions without an answer will do
        assert len(drawn) - len(first) <= 9


def test_nothing_more_is_drawn_once_time_is_up_or_it_is_closing(erp: Desk) -> None:
    with opened(erp) as lanes:
        assert list(lanes.each([(1, read)], until=time.monotonic() - 1)) == []
        answers = []
        for found in lanes.each((n, read) for n in range(100)):
            answers += found
            lanes.closing = True
        assert 0 < len(answers) <= 18
        assert lanes.pending == 0


def test_collecting_nothing_ends_at_once_and_waiting_ends_in_time(erp: Desk) -> None:
    with opened(erp) as lanes:
        assert lanes.collect(60) == []
        lanes.submit("slow", lambda client: time.sleep(0.3))
        assert lanes.collect(0.05) == []
        assert len(lanes.collect(5)) == 1


def test_the_next_user_of_this_process_finds_the_sessions_open(erp: Desk) -> None:
    for _ in range(3):
        with opened(erp) as lanes:
            lanes.submit("one", read)
            lanes.collect(5)
    assert len(erp.sandbox.log(path="/webapi/v3/ov1/login")) == 1
    forget_sessions()
    with opened(erp) as lanes:
        lanes.submit("one", read)
        lanes.collect(5)
    assert len(erp.sandbox.log(path="/webapi/v3/ov1/login")) == 2


def test_other_settings_do_not_find_the_old_sessions(erp: Desk) -> None:
    with opened(erp) as lanes:
        lanes.submit("one", read)
        lanes.collect(5)
    erp.connection.options = {"page_size": 50}
    with opened(erp) as lanes:
        lanes.submit("one", read)
        [done] = lanes.collect(5)
    assert [exchange.operation for exchange in done.exchanges] == ["login", "read_customer"]


def test_lanes_share_one_guard_so_that_a_wrong_account_is_refused_twice_at_most(erp: Desk) -> None:
    erp.sandbox.store.freeze(1)
    with opened(erp) as lanes:
        answers = [done for found in lanes.each((n, read) for n in range(12)) for done in found]
    assert {str(done.error)[:17] for done in answers} == {"erp.login_refused"}
    assert lanes.guard.refused == wiring.LOGIN_LIMIT
    assert lanes.refusal is not None
    assert len(erp.sandbox.log(path="/webapi/v3/ov1/login")) == wiring.LOGIN_LIMIT


def test_leaving_waits_for_what_is_under_way_and_drops_the_rest(erp: Desk) -> None:
    finished: list[str] = []

    def slowly(name: str, client: ErpClient) -> None:
        time.sleep(0.2)
        finished.append(name)

    with opened(erp, 1) as lanes:
        for name in ("now", "later"):
            lanes.submit(name, partial(slowly, name))
        time.sleep(0.05)
    assert finished == ["now"]
