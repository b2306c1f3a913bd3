"""Saving: never sent twice, never an exception for what the ERP or the network did, never a claim it cannot prove."""

from typing import Any

import httpx
import pytest

from tests.erp.support import PASSWORD, UNIT_FIELDS, Lane, answer, golden, header, said
from zbsync.core.findings import Finding
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.erp.client import LoginGuard, outcome_of
from zbsync.erp.errors import CaptchaDemanded, ErpError, LoginRefused, Refused
from zbsync.sentences import say

EXPIRED = golden("expired")
SAVED = said("保存成功！")


def save(lane: Lane) -> Outcome:
    return lane.client.save("unit", 1207, UNIT_FIELDS)


def test_a_save_that_works_is_a_claim_with_the_erps_own_words() -> None:
    assert save(Lane(SAVED)) == Accepted(1207, "保存成功！")


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (httpx.ConnectError("refused"), "not_sent"),
        (httpx.ConnectTimeout("nobody"), "not_sent"),
        (answer("", 404), "wrong_path"),
        (answer("", 429), "too_many_requests"),
        (said("系统维护中，请稍后再试！"), "unavailable"),
        (EXPIRED, "expired"),
    ],
)
def test_what_was_provably_not_processed_is_deferred(reply: Any, cause: str) -> None:
    outcome = save(Lane(reply))
    assert isinstance(outcome, Deferred)
    assert (outcome.cause, outcome.after_s) == (cause, None)


def test_a_deferral_carries_the_erps_own_wish() -> None:
    assert save(Lane(golden("unavailable"))) == Deferred(
        "unavailable", 30.0, "HTTP 503 503 - Service unavailable. 503 - Service unavailable."
    )


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (httpx.ReadTimeout("silence"), "lost_reply"),
        (httpx.RemoteProtocolError("hung up"), "lost_reply"),
        (httpx.WriteError("reset"), "lost_reply"),
        (golden("html_500"), "server_fault"),
        (answer("", 503), "server_fault"),
        (golden("save_script_error"), "script_error"),
        (golden("empty_body"), "empty_answer"),
        (golden("pc_page"), "not_json"),
        (answer('{"header":{"status":0'), "not_json"),
        (said("单据已经有其他操作!"), "unknown_answer"),
        (said("保存成功，请及时跟进"), "unknown_answer"),
        (header("参数不对", 7), "unknown_answer"),
        (answer({"header": {"status": 0, "message": "ok"}}), "unknown_answer"),
        (answer("", 302, location="http://other.example"), "unknown_answer"),
    ],
)
def test_what_may_have_taken_effect_is_in_doubt_and_sent_once(reply: Any, cause: str) -> None:
    lane = Lane(reply)
    outcome = save(lane)
    assert isinstance(outcome, InDoubt)
    assert outcome.cause == cause
    assert len(lane.erp.work) == 1
    assert lane.slept == []


def test_a_refusal_names_sentence_field_and_caption() -> None:
    sentence = "相同客户编号已存在！"
    finding = Finding("erp.duplicate", "khid", params={"sentence": sentence, "caption": "客户编号"})
    assert save(Lane(golden("save_refused_khid"))) == Rejected("duplicate", sentence, (finding,))
    assert sentence in say(finding)


@pytest.mark.parametrize(
    ("sentence", "cause", "fields"),
    [
        ("客户名称、手机不能为空！", "refused", ["name", "mobile"]),
        ("本阶段有必填项未填写，请填写后再保存！", "refused", [""]),
        ("同名客户已被保护！", "duplicate", [""]),
        ("抱歉，您访问的单据已被删除！", "absent", [""]),
    ],
)
def test_every_no_of_the_erp_is_a_rejection(sentence: str, cause: str, fields: list[str]) -> None:
    outcome = save(Lane(said(sentence)))
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.message) == (cause, sentence)
    assert [finding.field for finding in outcome.findings] == fields
    assert all(sentence in say(finding) for finding in outcome.findings)


def test_a_caption_is_that_of_the_kind() -> None:
    found = {kind: outcome_of(Refused("所在单位不能为空", ("faren",)), kind) for kind in ("unit", "individual")}
    captions = {kind: got.findings[0].params["caption"] for kind, got in found.items() if isinstance(got, Rejected)}
    assert captions == {"unit": "法人代表", "individual": "所在单位"}


def test_a_refusal_about_a_field_of_the_other_kind_is_told_all_the_same() -> None:
    outcome = outcome_of(Refused("联系人姓名不能为空", ("person_name",)), "individual")
    assert isinstance(outcome, Rejected)
    assert outcome.findings[0].params["caption"] == "person_name"


def test_an_expired_session_is_renewed_once_and_the_save_sent_again() -> None:
    lane = Lane(EXPIRED, SAVED)
    assert save(lane) == Accepted(1207, "保存成功！")
    assert [body["session"] for body in lane.erp.work] == ["session-1", "session-2"]


def test_a_session_that_expires_at_once_is_not_renewed_for_ever() -> None:
    lane = Lane(EXPIRED)
    assert isinstance(save(lane), Deferred)
    assert (len(lane.erp.work), lane.erp.logins) == (2, 2)


def test_a_frozen_account_ends_in_a_refused_login() -> None:
    lane = Lane(golden("frozen"))
    save(lane)
    lane.erp.login = golden("login_refused")
    with pytest.raises(LoginRefused):
        save(lane)


def test_a_reply_lost_after_a_renewal_is_doubt() -> None:
    lane = Lane(EXPIRED, httpx.ReadTimeout("silence"))
    assert isinstance(save(lane), InDoubt)
    assert len(lane.erp.work) == 2


@pytest.mark.parametrize(("reply", "leaf"), [("login_refused", LoginRefused), ("login_captcha", CaptchaDemanded)])
def test_a_refused_login_stops_the_lane(reply: str, leaf: type[ErpError]) -> None:
    lane = Lane(SAVED, login=golden(reply))
    with pytest.raises(leaf):
        save(lane)
    assert lane.erp.work == []


@pytest.mark.parametrize(
    ("login", "cause"),
    [
        (httpx.ConnectError("refused"), "not_sent"),
        (httpx.ReadTimeout("silence"), "login_failed"),
        (answer("", 500), "login_failed"),
        (answer("<html>"), "login_failed"),
        (answer("", 404), "wrong_path"),
        (golden("unavailable"), "unavailable"),
    ],
)
def test_a_login_that_breaks_defers_the_save_which_never_went_out(login: Any, cause: str) -> None:
    lane = Lane(SAVED, login=login)
    outcome = save(lane)
    assert isinstance(outcome, Deferred)
    assert outcome.cause == cause
    assert lane.erp.work == []
    assert lane.guard.refused == 0


def test_a_renewal_that_breaks_defers_the_save_which_was_not_processed() -> None:
    lane = Lane(SAVED)
    save(lane)
    lane.erp.replies = [EXPIRED]
    lane.erp.login = httpx.ReadTimeout("silence")
    assert isinstance(save(lane), Deferred)


def test_lanes_of_one_connection_share_the_guard() -> None:
    guard = LoginGuard()
    lanes = [Lane(SAVED, login=golden("login_refused"), guard=guard) for _ in range(4)]
    for lane in lanes:
        with pytest.raises(LoginRefused):
            save(lane)
    assert [lane.erp.logins for lane in lanes] == [1, 1, 0, 0]
    assert guard.refused == 2


def test_it_posts_exactly_the_given_fields() -> None:
    lane = Lane(SAVED)
    lane.client.save("individual", 5, {"name": "李", "intro": ""})
    assert lane.erp.asked[-1][0].endswith("intsort=2")
    assert lane.erp.work[0]["datas"] == [
        {"id": "ord", "val": 5},
        {"id": "name", "val": "李"},
        {"id": "intro", "val": ""},
    ]


@pytest.mark.parametrize(("kind", "ord_"), [("firm", 1), ("unit", 0), ("unit", -1)])
def test_a_save_that_means_nothing_is_refused_here(kind: str, ord_: int) -> None:
    lane = Lane(SAVED)
    with pytest.raises(ValueError, match=r"kind|ord"):
        lane.client.save(kind, ord_, {})
    assert lane.erp.asked == []


def test_a_sentence_that_repeats_the_password_is_redacted_too() -> None:
    outcome = save(Lane(said(f"保存失败 {PASSWORD}")))
    assert isinstance(outcome, Rejected)
    assert outcome.message == "保存失败 ***"
    assert PASSWORD not in repr(outcome)
