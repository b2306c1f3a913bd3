"""Asking: tried again a little, inside the time of one call; an error is never taken for "not there"."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.erp.support import Lane, answer, bill, config, golden, said, source
from zbsync.erp import errors
from zbsync.erp.client import LEAST_S, READ_PAUSES_S, ErpClient, LoginGuard

EMPTY = golden("list_empty")
ROWS = golden("list_rows")
FAULT = golden("html_500")


def page_of(number: int, pages: int) -> Any:
    """One page of a list of so many."""
    return source(
        type="table",
        table={
            "page": {"pageindex": number, "pagecount": pages, "recordcount": pages},
            "cols": [{"id": "ord"}],
            "rows": [[str(number)]],
        },
    )


def test_it_reads_a_customer() -> None:
    record = Lane(golden("detail_edit")).client.read(1207)
    assert record is not None
    assert record.values["khid"] == "WX0001"


def test_a_deleted_customer_is_none() -> None:
    assert Lane(golden("detail_deleted")).client.read(999999) is None


@pytest.mark.parametrize(
    ("reply", "leaf"),
    [
        (httpx.ReadTimeout("silence"), errors.LostReply),
        (FAULT, errors.ServerFault),
        (golden("empty_body"), errors.EmptyAnswer),
        (golden("pc_page"), errors.NotJSON),
        (golden("list_skeleton"), errors.UnknownAnswer),
        (said("您没有权限"), errors.Refused),
        (said("奇怪"), errors.UnknownAnswer),
        (golden("not_found"), errors.WrongPath),
    ],
)
@pytest.mark.parametrize("ask", ["read", "customers"])
def test_an_error_is_never_absence(ask: str, reply: Any, leaf: type[errors.ErpError]) -> None:
    lane = Lane(reply)
    with pytest.raises(leaf):
        lane.client.read(1) if ask == "read" else lane.client.customers({"khid": "WX1"})


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
        FAULT,
        golden("empty_body"),
        answer("", 503, retry_after="0"),
    ],
)
def test_a_passing_failure_is_tried_again(reply: Any) -> None:
    lane = Lane(reply, reply, EMPTY)
    assert lane.client.customers({}).rows == []
    assert lane.slept == list(READ_PAUSES_S)
    assert len(lane.exchanges) == 4, "a login and three tries"


def test_three_tries_are_all() -> None:
    lane = Lane(FAULT)
    with pytest.raises(errors.ServerFault):
        lane.client.customers({})
    assert len(lane.erp.work) == 3


@pytest.mark.parametrize("case", ["pc_page", "list_skeleton", "not_found", "save_refused_khid", "save_script_error"])
def test_a_failure_that_stays_is_not_tried_again(case: str) -> None:
    lane = Lane(golden(case))
    with pytest.raises(errors.ErpError):
        lane.client.customers({})
    assert len(lane.erp.work) == 1


def test_the_erps_own_wish_is_obeyed() -> None:
    lane = Lane(answer("", 429, retry_after="2"), EMPTY)
    lane.client.customers({})
    assert lane.slept == [2.0]


def test_a_wish_longer_than_a_call_is_handed_up() -> None:
    lane = Lane(golden("unavailable"), timeout_s=5.0)
    with pytest.raises(errors.Unavailable) as caught:
        lane.client.customers({})
    assert caught.value.retry_after_s == 30.0
    assert len(lane.erp.work) == 1


def test_tries_do_not_outlast_one_call() -> None:
    lane = Lane(FAULT, timeout_s=0.1)
    with pytest.raises(errors.ServerFault):
        lane.client.customers({})
    assert len(lane.erp.work) == 1


def test_a_later_try_has_only_the_time_that_is_left() -> None:
    waits: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        waits.append(request.extensions["timeout"]["read"])
        return httpx.Response(FAULT.status, content=FAULT.body)

    lane = Lane(handler, timeout_s=3.0)
    with pytest.raises(errors.ServerFault):
        lane.client.customers({})
    assert waits[0] <= 3.0
    assert waits == sorted(waits, reverse=True)
    assert len(set(waits)) == 3


def test_an_expired_session_is_renewed_for_a_read() -> None:
    lane = Lane(golden("expired"), ROWS)
    assert len(lane.client.customers({}).rows) == 2
    assert lane.erp.logins == 2


def test_allocating_is_never_tried_again() -> None:
    lane = Lane(FAULT)
    with pytest.raises(errors.ServerFault):
        lane.client.allocate("unit")
    assert len(lane.erp.work) == 1


def test_it_allocates_an_id_with_its_form() -> None:
    made = Lane(golden("allocate")).client.allocate("individual")
    assert (made.ord, made.khid) == (1208, "KH00032")
    assert any(known.id == "sort1" and known.required for known in made.form)


@pytest.mark.parametrize(
    "ask",
    [
        lambda lane: lane.client.customers({"mobile": "13800000000"}),
        lambda lane: lane.client.persons({"weixinAcc": "wx_demo"}),
        lambda lane: lane.client.options("stage"),
        lambda lane: lane.client.tree("ly"),
        lambda lane: lane.client.allocate("firm"),
    ],
)
def test_a_question_the_erp_would_misread_is_not_asked(ask: Callable[[Lane], object]) -> None:
    lane = Lane(ROWS)
    with pytest.raises(ValueError, match=r"filter|vocabulary|tree|kind"):
        ask(lane)
    assert lane.erp.asked == []


def test_a_page_is_asked_for_by_its_number() -> None:
    lane = Lane(page_of(2, 3), EMPTY)
    page = lane.client.customers({}, 2)
    assert (page.rows[0]["ord"], page.page_count) == ("2", 3)
    assert [body["datas"][-1]["val"] for body in lane.erp.work] == [2]
    assert lane.client.customers({"name": "无"}).rows == []


@pytest.mark.parametrize(("given", "asked"), [(None, 100), (20, 20)])
def test_the_page_size_is_the_connections_unless_given(given: int | None, asked: int) -> None:
    lane = Lane(EMPTY)
    lane.client.persons({}, size=given)
    assert {"id": "pagesize", "val": asked} in lane.erp.work[0]["datas"]


def test_vocabularies_are_read() -> None:
    assert [row.code for row in Lane(golden("options_ly")).client.options("ly")][:2] == ["171", "172"]
    assert Lane(golden("tree_sort")).client.tree("stage")[0].label == "意向客户"


def test_a_check_logs_in_and_reads() -> None:
    checked = Lane(ROWS, golden("options_ly")).client.check()
    assert (checked["dialect"], checked["customers"]) == ("legacy", 2)
    assert checked["ly"]["微信咨询"] == "978"  # type: ignore[index] # a mapping under that key


def test_an_older_erp_is_logged_into_by_its_own_door() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        found = golden("not_found" if "ov1" in request.url.path else "login_ok")
        return httpx.Response(found.status, content=found.body)

    lane = Lane(EMPTY, login=handler)
    lane.client.customers({})
    lane.client.customers({})
    assert [path for path, _ in lane.erp.asked][:2] == ["/webapi/v3/ov1/login", "/sysa/mobilephone/login.asp"]
    assert lane.erp.logins == 2


def test_calls_of_a_lane_keep_their_distance() -> None:
    lane = Lane(EMPTY, pace_ms=5_000)
    lane.client.customers({})
    lane.client.customers({})
    assert len(lane.slept) == 2, "before each call but the login"
    assert all(4 < pause <= 5 for pause in lane.slept)


def test_one_call_at_a_time_even_when_a_lane_is_shared() -> None:
    inside: list[int] = [0]
    most: list[int] = [0]
    pause = threading.Event()

    def handler(_: httpx.Request) -> httpx.Response:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        pause.wait(0.01)
        inside[0] -= 1
        return httpx.Response(200, content=EMPTY.body)

    lane = Lane(handler)
    lane.client.customers({})
    threads = [threading.Thread(target=lane.client.customers, args=({},)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_dialect_nobody_speaks_is_refused() -> None:
    with pytest.raises(ValueError, match="'v9' is not known; use legacy, ov1, v3"):
        ErpClient(config(dialect="v9"), LoginGuard(), print)


def test_a_draft_is_read_as_a_record_without_a_name() -> None:
    record = Lane(bill({"id": "name", "value": "", "text": ""}, {"id": "khid", "value": "KH1"})).client.read(1207)
    assert record is not None
    assert not record.saved


def test_what_can_be_relied_on_is_the_dialects() -> None:
    assert Lane().client.capabilities.reserves_ids


def test_a_closed_lane_says_so() -> None:
    lane = Lane(EMPTY)
    lane.client.close()
    with pytest.raises(RuntimeError, match="closed"):
        lane.client.customers({})


def test_a_slow_login_leaves_the_read_a_second() -> None:
    waits: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        waits.append(request.extensions["timeout"]["read"])
        return httpx.Response(200, content=EMPTY.body)

    def login(_: httpx.Request) -> httpx.Response:
        threading.Event().wait(0.3)
        return httpx.Response(200, content=golden("login_ok").body)

    Lane(handler, login=login, timeout_s=1.2).client.customers({})
    assert waits == [LEAST_S]
