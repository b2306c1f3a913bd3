"""Every call leaves its evidence, and no evidence holds a secret."""

import httpx
import pytest

from tests.erp.support import NOW, PASSWORD, UNIT_FIELDS, Lane, answer, golden, said
from zbsync.core.outcome import InDoubt
from zbsync.erp.errors import ErpError, LoginFailed, LoginRefused, ServerFault

SAVED = said("保存成功！")


def test_a_login_and_a_save_leave_two_exchanges() -> None:
    lane = Lane(SAVED)
    lane.client.save("unit", 1207, UNIT_FIELDS)
    assert [kept.operation for kept in lane.exchanges] == ["login", "save_unit"]
    assert [(kept.at, kept.status, kept.error) for kept in lane.exchanges] == [(NOW, 200, "")] * 2
    assert all(kept.elapsed_ms >= 0 for kept in lane.exchanges)
    assert "渝北示例机械有限公司" in lane.exchanges[1].request_body
    assert "保存成功" in lane.exchanges[1].response_body


@pytest.mark.parametrize(
    ("reply", "status", "error"),
    [
        (httpx.ReadTimeout("silence"), None, "erp.lost_reply"),
        (httpx.ConnectError("refused"), None, "erp.not_sent"),
        (golden("html_500"), 500, "erp.server_fault"),
        (golden("save_refused_khid"), 200, "erp.duplicate"),
        (golden("empty_body"), 200, "erp.empty_answer"),
    ],
)
def test_a_failed_call_leaves_its_evidence_too(reply: object, status: int | None, error: str) -> None:
    lane = Lane(reply)  # type: ignore[arg-type] # each is a Reply
    lane.client.save("unit", 1207, UNIT_FIELDS)
    assert (lane.exchanges[-1].status, lane.exchanges[-1].error) == (status, error)


def test_an_error_carries_the_exchange_it_came_from() -> None:
    lane = Lane(golden("html_500"))
    with pytest.raises(ServerFault) as caught:
        lane.client.allocate("unit")
    assert caught.value.evidence is lane.exchanges[-1]


def test_a_login_that_broke_hands_on_its_evidence() -> None:
    lane = Lane(SAVED, login=answer("", 500))
    with pytest.raises(LoginFailed) as caught:
        lane.client.allocate("unit")
    assert caught.value.evidence is lane.exchanges[-1]
    assert isinstance(caught.value.__cause__, ServerFault)


@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt])
def test_a_worker_stopped_in_the_silence_leaves_what_it_said(stop: type[BaseException]) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise stop

    lane = Lane(handler)
    with pytest.raises(stop):
        lane.client.save("unit", 1207, UNIT_FIELDS)
    assert (lane.exchanges[-1].operation, lane.exchanges[-1].error) == ("save_unit", "interrupted")


SECRETS = ('it\'s "quoted" 密码&more', "plain-word", "a")


@pytest.mark.parametrize("password", SECRETS)
def test_no_exchange_holds_a_secret(password: str) -> None:
    lane = Lane(
        golden("expired"),
        answer(f"<html>{password} session-2</html>", 500),
        said(f"保存失败：{password}"),
        SAVED,
        password=password,
        username="robot-account",
    )
    for _ in range(3):
        lane.client.save("unit", 1207, UNIT_FIELDS)
    assert len(lane.exchanges) == 6
    for kept in lane.exchanges:
        for text in (kept.request_body, kept.response_body, kept.url, *kept.response_headers.values()):
            assert password not in text
            assert "session-" not in text
            assert "robot-account" not in text


def test_a_refused_login_does_not_show_what_was_tried() -> None:
    lane = Lane(SAVED, login=golden("login_refused"))
    with pytest.raises(LoginRefused) as caught:
        lane.client.save("unit", 1207, UNIT_FIELDS)
    assert PASSWORD not in repr(lane.exchanges)
    assert PASSWORD not in str(caught.value)


def test_a_login_whose_answer_repeats_the_password_keeps_it_out_of_the_error() -> None:
    lane = Lane(SAVED, login=answer({"header": {"status": 2, "message": f"密码 {PASSWORD} 错误"}}))
    with pytest.raises(LoginRefused, match=r"密码 \*\*\* 错误"):
        lane.client.save("unit", 1207, UNIT_FIELDS)


def test_cookies_do_not_stay_in_the_evidence() -> None:
    lane = Lane(SAVED, login=golden("login_ok"))
    lane.client.save("unit", 1207, UNIT_FIELDS)
    assert "h3kq0c2n5d1x" not in repr(lane.exchanges)
    assert "set-cookie" in lane.exchanges[0].response_headers


def test_a_record_that_fails_is_not_swallowed() -> None:
    def record(_: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        Lane(SAVED, record=record).client.save("unit", 1207, UNIT_FIELDS)


def test_errors_keep_their_class_through_redaction() -> None:
    lane = Lane(httpx.ReadError(f"reset {PASSWORD}"))
    outcome = lane.client.save("unit", 1207, UNIT_FIELDS)
    assert outcome == InDoubt("lost_reply", "ReadError: reset ***")
    with pytest.raises(ErpError, match=r"reset \*\*\*") as caught:
        lane.client.read(1)
    assert PASSWORD not in repr(caught.value)
