"""Several lanes at one ERP over real HTTP: a session each, one renewal for one expiry, and a stop that all obey."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from tests.erp.support import UNIT_FIELDS, config
from zbsync.core.outcome import Accepted
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.erp.errors import LoginRefused
from zbsync.sandbox.app import Sandbox, running

LANES = 6


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(customers=3) as started:
        yield started


def lane(sandbox: Sandbox, guard: LoginGuard | None = None, **settings: object) -> ErpClient:
    return ErpClient(config(base_url=sandbox.url, **settings), guard or LoginGuard(), lambda _: None)


def together(*works: Callable[[], object]) -> list[BaseException]:
    """Run them at the same moment; what they raised."""
    start = threading.Barrier(len(works))
    raised: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        start.wait(5)
        try:
            work()
        except Exception as error:  # noqa: BLE001 - handed to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return raised


def logins(sandbox: Sandbox) -> int:
    return sum(seen.effect == "login" for seen in sandbox.log())


def test_each_lane_has_one_session_and_keeps_it(sandbox: Sandbox) -> None:
    guard = LoginGuard()
    clients = [lane(sandbox, guard) for _ in range(LANES)]
    for _ in range(3):
        assert together(*(lambda one=one: one.customers({}) for one in clients)) == []
    assert logins(sandbox) == LANES
    assert len({seen.session for seen in sandbox.log(effect="listed")}) == LANES


@pytest.mark.parametrize("dialect", ["legacy", "ov1", "v3"])
def test_a_restart_of_the_erp_costs_every_lane_one_login(sandbox: Sandbox, dialect: str) -> None:
    guard = LoginGuard()
    clients = [lane(sandbox, guard, dialect=dialect) for _ in range(LANES)]
    assert together(*(lambda one=one: one.customers({}) for one in clients)) == []
    sandbox.store.kill_sessions()
    assert together(*(lambda one=one: one.rows("list_products", {}) for one in clients)) == []
    assert together(*(lambda one=one: one.rows("list_users", {}) for one in clients)) == []
    assert logins(sandbox) == 2 * LANES


def test_two_threads_of_one_lane_renew_one_expiry_once(sandbox: Sandbox) -> None:
    client = lane(sandbox)
    client.customers({})
    sandbox.store.kill_sessions()
    works = [lambda: client.customers({}) for _ in range(LANES)]
    assert together(*works) == []
    assert logins(sandbox) == 2


def test_writes_of_one_expiry_take_effect_once_each(sandbox: Sandbox) -> None:
    client = lane(sandbox)
    ords = [client.allocate("unit").ord for _ in range(4)]
    sandbox.store.kill_sessions()
    outcomes = []

    def save(ord_: int) -> None:
        outcomes.append(client.save("unit", ord_, UNIT_FIELDS | {"khid": f"WX{ord_}", "name": f"客户{ord_}"}))

    assert together(*(lambda ord_=ord_: save(ord_) for ord_ in ords)) == []
    assert all(isinstance(one, Accepted) for one in outcomes)
    assert Counter(seen.effect for seen in sandbox.log() if seen.effect == "created") == {"created": 4}
    assert logins(sandbox) == 2


def test_all_lanes_use_the_serial_number_of_the_connection(sandbox: Sandbox) -> None:
    guard = LoginGuard()
    clients = [lane(sandbox, guard, serialnum="fixedserial07") for _ in range(LANES)]
    together(*(lambda one=one: one.customers({}) for one in clients))
    rows = sandbox.store.rows("SELECT DISTINCT serial FROM session")
    assert [row["serial"] for row in rows] == ["fixedserial07"]


def test_a_wrong_password_is_tried_twice_by_however_many_lanes_at_once(sandbox: Sandbox) -> None:
    guard = LoginGuard()
    clients = [lane(sandbox, guard, password="wrong") for _ in range(LANES)]
    raised = together(*(lambda one=one: one.customers({}) for one in clients))
    assert [type(error) for error in raised] == [LoginRefused] * LANES
    assert [seen.effect for seen in sandbox.log()] == ["login_refused"] * 2
    assert guard.closed


def test_a_lane_keeps_its_pace_whoever_asks(sandbox: Sandbox) -> None:
    client = lane(sandbox, pace_ms=60)
    client.customers({})
    began = time.monotonic()
    assert together(*(lambda: client.customers({}) for _ in range(4))) == []
    assert time.monotonic() - began >= 4 * 0.06


def test_a_session_that_was_left_is_not_used_again(sandbox: Sandbox) -> None:
    client = lane(sandbox)
    client.customers({})
    client.logout()
    client.customers({})
    sessions = [seen.session for seen in sandbox.log(effect="listed")]
    assert len(set(sessions)) == 2
    assert logins(sandbox) == 2
