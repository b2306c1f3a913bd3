"""Logging in: the flow without I/O, and a guard that never lets a wrong password lock the account."""

import contextlib
import threading
import time
from collections.abc import Callable

import pytest

from tests.erp.support import config
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.entrance import Entrance
from zbsync.erp.errors import CaptchaDemanded, ErpError, LoginFailed, LoginRefused, LostReply, NotSent, WrongPath
from zbsync.erp.session import LoginGuard, Session, login_flow

ENTRANCE = Entrance(config())
NEW, OLD = ENTRANCE.paths()


def raising(error: ErpError) -> Callable[[], str]:
    """A login that ends in this error."""

    def attempt() -> str:
        raise error

    return attempt


def path_of(call: Call[str]) -> str:
    return call.encode("").path


def test_the_flow_asks_the_preferred_door_first() -> None:
    flow = login_flow(ENTRANCE, (NEW, OLD))
    assert path_of(next(flow)) == NEW
    with pytest.raises(StopIteration) as done:
        flow.send("s-1")
    assert done.value.value == ("s-1", NEW)


def test_the_flow_falls_back_where_the_door_does_not_exist() -> None:
    flow = login_flow(ENTRANCE, (NEW, OLD))
    next(flow)
    assert path_of(flow.throw(WrongPath("404"))) == OLD
    with pytest.raises(StopIteration) as done:
        flow.send("s-2")
    assert done.value.value == ("s-2", OLD)


@pytest.mark.parametrize("error", [LoginRefused("no"), CaptchaDemanded("no"), LostReply("no"), NotSent("no")])
def test_the_flow_tries_no_second_door_for_any_other_reason(error: ErpError) -> None:
    flow = login_flow(ENTRANCE, (NEW, OLD))
    next(flow)
    with pytest.raises(type(error)):
        flow.throw(error)


def test_the_last_door_missing_ends_the_flow() -> None:
    flow = login_flow(ENTRANCE, (OLD,))
    next(flow)
    with pytest.raises(WrongPath):
        flow.throw(WrongPath("404"))


def test_the_guard_stops_after_two_refusals_without_asking_again() -> None:
    guard, asked = LoginGuard(), []

    def attempt() -> str:
        asked.append(1)
        raise LoginRefused("wrong password")

    for _ in range(5):
        with pytest.raises(LoginRefused):
            guard.login(attempt)
    assert (len(asked), guard.refused, guard.closed) == (2, 2, True)


def test_a_captcha_closes_the_guard_at_once() -> None:
    guard = LoginGuard()
    with pytest.raises(CaptchaDemanded):
        guard.login(raising(CaptchaDemanded("picture")))
    assert guard.closed
    with pytest.raises(LoginRefused, match="before a person has looked"):
        guard.login(lambda: "s-1")


@pytest.mark.parametrize("error", [LostReply("timeout"), NotSent("refused"), WrongPath("404")])
def test_a_broken_login_counts_neither_way(error: ErpError) -> None:
    guard = LoginGuard(refused=1)
    with pytest.raises(type(error)):
        guard.login(raising(error))
    assert guard.refused == 1


def test_a_login_that_works_forgives_earlier_refusals() -> None:
    guard = LoginGuard(refused=1)
    assert guard.login(lambda: "s-1") == "s-1"
    assert guard.refused == 0


def test_refusals_from_an_earlier_life_count() -> None:
    guard = LoginGuard(refused=2)
    with pytest.raises(LoginRefused, match="refused 2 times"):
        guard.login(lambda: "s-1")


def test_a_person_opens_the_guard_again() -> None:
    guard = LoginGuard(refused=2)
    guard.reset()
    assert guard.login(lambda: "s-1") == "s-1"


def test_the_limit_can_be_set() -> None:
    guard = LoginGuard(limit=1)
    with pytest.raises(LoginRefused):
        guard.login(raising(LoginRefused("no")))
    assert guard.closed


def test_eight_lanes_with_a_wrong_password_ask_twice_in_all() -> None:
    guard, asked = LoginGuard(), []

    def attempt() -> str:
        asked.append(threading.get_ident())
        time.sleep(0.005)
        raise LoginRefused("wrong password")

    def lane() -> None:
        with pytest.raises(LoginRefused):
            guard.login(attempt)

    threads = [threading.Thread(target=lane) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 2


def side_by_side(guard: LoginGuard, lanes: int, fails: bool = False) -> list[int]:
    """For each login that was tried, how many were under way when it began, itself included."""
    under_way, began = [0], []

    def attempt() -> str:
        under_way[0] += 1
        began.append(under_way[0])
        time.sleep(0.05)
        under_way[0] -= 1
        if fails:
            raise LoginRefused("wrong password")
        return "s"

    def lane() -> None:
        with contextlib.suppress(LoginRefused):
            guard.login(attempt)

    threads = [threading.Thread(target=lane) for _ in range(lanes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return began


def test_one_login_at_a_time_until_one_has_worked() -> None:
    began = side_by_side(LoginGuard(), 6)
    assert began[:2] == [1, 1]
    assert max(began) > 1


def test_a_login_that_worked_long_ago_vouches_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zbsync.erp.session.PROVED_S", 0.0)
    assert side_by_side(LoginGuard(), 4) == [1, 1, 1, 1]


def test_a_refusal_takes_back_what_an_earlier_login_proved() -> None:
    guard = LoginGuard(limit=5)
    guard.login(lambda: "s-1")
    with pytest.raises(LoginRefused):
        guard.login(raising(LoginRefused("wrong password")))
    assert side_by_side(guard, 3, fails=True) == [1, 1, 1]


def test_nobody_waits_for_ever_for_another_lanes_login() -> None:
    guard, inside, done = LoginGuard(), threading.Event(), threading.Event()

    def attempt() -> str:
        inside.set()
        done.wait(5)
        return "s-1"

    slow = threading.Thread(target=guard.login, args=(attempt,))
    slow.start()
    inside.wait(5)
    with pytest.raises(LoginFailed, match="another lane"):
        guard.login(lambda: "s-2", 0.02)
    done.set()
    slow.join()
    assert guard.login(lambda: "s-3", 0.02) == "s-3"
    assert guard.refused == 0


class Door:
    """Answers logins: only the old door exists."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, call: Call[str]) -> str:
        """One login."""
        self.asked.append(path_of(call))
        if self.asked[-1] == NEW:
            raise WrongPath("404")
        return f"s-{len(self.asked)}"


def test_a_session_is_got_once_and_kept() -> None:
    door = Door()
    session = Session(ENTRANCE, LoginGuard(), door)
    assert session.current() == "s-2"
    assert session.current() == "s-2"
    assert door.asked == [NEW, OLD]


def test_a_renewal_remembers_which_door_exists() -> None:
    door = Door()
    session = Session(ENTRANCE, LoginGuard(), door)
    session.current()
    assert session.renew("s-2") == "s-3"
    assert door.asked == [NEW, OLD, OLD]


def test_a_failed_renewal_leaves_no_session() -> None:
    guard = LoginGuard()
    session = Session(ENTRANCE, guard, Door())
    session.current()
    guard.refused = guard.limit
    with pytest.raises(LoginRefused):
        session.renew(session.value)
    assert session.value == ""


def test_one_expiry_is_one_login_however_many_threads_notice() -> None:
    logins, start = [0], threading.Barrier(8)

    def ask(call: Call[str]) -> str:
        logins[0] += 1
        time.sleep(0.01)
        return f"s-{logins[0]}"

    session = Session(ENTRANCE, LoginGuard(), ask)
    stale = session.current()
    got: list[str] = []

    def notice() -> None:
        start.wait(5)
        got.append(session.renew(stale))

    threads = [threading.Thread(target=notice) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (logins, set(got)) == ([2], {"s-2"})


def test_eight_threads_without_a_session_log_in_once() -> None:
    logins, start = [0], threading.Barrier(8)

    def ask(call: Call[str]) -> str:
        logins[0] += 1
        time.sleep(0.01)
        return f"s-{logins[0]}"

    session = Session(ENTRANCE, LoginGuard(), ask)

    def come_in() -> None:
        start.wait(5)
        session.current()

    threads = [threading.Thread(target=come_in) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert logins == [1]


def test_a_session_that_is_forgotten_is_nobodys() -> None:
    session = Session(ENTRANCE, LoginGuard(), Door())
    assert session.forget() == ""
    session.current()
    assert session.forget() == "s-2"
    assert session.value == ""
