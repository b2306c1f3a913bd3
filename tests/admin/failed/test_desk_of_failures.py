"""The desk of failures as people use it: groups in words, the mends that fit, and what each button does."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.admin.desk import desk, text, with_permissions
from tests.models import make
from zbsync.core import retry
from zbsync.models import Entry, ErpConnection, Proposal, Push
from zbsync.pipeline import bootstrap

pytestmark = pytest.mark.django_db

PAGE = "/admin/zbsync/push/failed/"
DATA = {"state": "rejected", "cause": "refused"}
KEY = re.compile(r'id="g([0-9a-f]{16})"')


def failed(message: str = "", field: str = "", **given: Any) -> Push:
    """A push that came back, with what the outbox keeps of the ERP's words."""
    values = {"name": "张示例", "mobile": "13800001111", "intro": "想要报价"}
    findings = [{"code": "erp.refused", "field": field, "params": {"sentence": message}}] if field else []
    contact = make.contact(proposed_version=1, eligible=True)
    proposal = make.proposal(state="approved", contact=contact, payload=values)
    kept = {"fault": retry.pattern(message, values.values()), "fault_field": field, "settled_at": make.NOW}
    return make.push(proposal=proposal, message=message, findings=findings, **kept, **given)


def keys(page: Any) -> list[str]:
    return KEY.findall(page.content.decode())


def send(client: Client, **sent: Any) -> str:
    """Press a button; what the page says then."""
    return text(client.post(PAGE, sent, follow=True))


def test_the_same_refusal_of_many_is_one_group_with_the_erps_sentence_and_samples() -> None:
    for number in range(7):
        failed(f"客户编号WX{number}格式不正确", "khid", title=f"客户{number}", **DATA)
    failed("手机不正确", "mobile", title="另一个", **DATA)
    page = desk("operator").get(PAGE)
    assert len(keys(page)) == 2
    read = text(page)
    assert "7 The ERP refused it: “客户编号WX6格式不正确”" in read
    assert "客户6" in read
    assert "客户1" not in read, "five samples are enough"
    assert "data refused" in read


@pytest.mark.parametrize(
    ("given", "offered", "not_offered"),
    [
        ({**DATA, "message": "备注太长", "field": "intro"}, ["Set “备注” in all", "Map them again", "Send them"], []),
        ({**DATA, "message": "不行"}, ["Map them again", "Review them again"], ["in all of them"]),
        ({"state": "dead", "cause": "not_sent"}, ["Send them again", "Close them"], ["Review them", "in all of them"]),
        ({"state": "rejected", "cause": "duplicate", "field": "khid"}, ["Review them"], ["Map them", "in all of them"]),
    ],
)
def test_the_mends_fit_the_cause(given: dict[str, Any], offered: list[str], not_offered: list[str]) -> None:
    failed(**given)
    read = text(desk("administrator").get(PAGE))
    assert all(one in read for one in offered), read
    assert not [one for one in not_offered if one in read]


def test_each_sees_only_the_mends_they_may_use() -> None:
    failed("备注太长", "intro", **DATA)
    reviewer, operator = text(desk("reviewer").get(PAGE)), text(desk("operator").get(PAGE))
    assert "Set “备注” in all of them" in reviewer
    assert "Send them again" not in reviewer
    assert "Send them again" in operator
    assert "in all of them" not in operator
    assert desk("auditor").get(PAGE).status_code == 200
    assert with_permissions().get(PAGE).status_code == 403


def test_a_field_is_set_for_the_whole_group_and_those_are_back_in_review() -> None:
    pushes = [failed("备注不合规", "intro", **DATA) for _ in range(3)]
    make.options(pushes[0].connection)
    client = desk("reviewer")
    [key] = keys(client.get(PAGE))
    told = send(client, verb="amend", group=key, upto=pushes[-1].pk, value="请致电", reason="the ERP wants it")
    assert "3 pushes dealt with." in told
    rows = Proposal.objects.filter(state="mapped")
    assert [row.payload["intro"] for row in rows] == ["请致电"] * 3
    assert "3 more are back in review" in told
    assert "Set in" not in told, "nothing is left to mend"


def test_what_joined_the_group_after_it_was_shown_is_left_alone() -> None:
    shown = failed("备注不合规", "intro", **DATA)
    client = desk("administrator")
    [key] = keys(client.get(PAGE))
    later = failed("备注不合规", "intro", **DATA)
    assert "1 push dealt with." in send(client, verb="requeue", group=key, upto=shown.pk)
    assert set(Push.objects.values_list("pk", "state")) == {(shown.pk, "queued"), (later.pk, "rejected")}


@pytest.mark.parametrize(
    ("verb", "needs", "state"), [("requeue", False, "queued"), ("bury", True, "buried"), ("reopen", False, "rejected")]
)
def test_a_verb_moves_the_group_with_its_reason(verb: str, needs: bool, state: str) -> None:
    push = failed("不行", **DATA)
    client = desk("administrator")
    [key] = keys(client.get(PAGE))
    if needs:
        assert "Say why" in send(client, verb=verb, group=key)
    send(client, verb=verb, group=key, reason="asked the ERP's people")
    push.refresh_from_db()
    assert push.state == state
    assert Entry.objects.filter(reason="asked the ERP's people").exists()


def test_a_value_the_erp_would_refuse_is_told_with_its_mend() -> None:
    push = failed("名称太长", "name", **DATA)
    make.options(push.connection)
    client = desk("reviewer")
    [key] = keys(client.get(PAGE))
    told = send(client, verb="amend", group=key, value="长" * 200, reason="x")
    assert "200 characters" in told
    assert not Proposal.objects.filter(state="mapped").exists()


def test_the_places_where_the_value_comes_from_are_linked() -> None:
    bootstrap.seed()
    failed("来源不存在", "ly", **DATA)
    page = desk("administrator").get(PAGE).content.decode()
    assert reverse("admin:zbsync_sourcecode_changelist") in page
    assert "/admin/zbsync/mapping/" in page


def test_the_exchange_is_one_click_away_for_who_may_see_it() -> None:
    push = failed("不行", **DATA)
    attempt = make.attempt(push, outcome="rejected", finished_at=make.NOW)
    make.exchange(push=push, attempt=attempt, operation="save_individual", response_body='{"said": "不行不行"}')
    assert "不行不行" in text(desk("operator").get(PAGE))
    assert "不行不行" not in text(desk("reviewer").get(PAGE))


def doubt(**given: Any) -> Push:
    contact = make.contact(proposed_version=1)
    return make.push(
        proposal=make.proposal(state="approved", contact=contact), state="in_doubt", cause="lost_reply", **given
    )


def test_a_push_in_doubt_shows_why_and_what_can_be_done() -> None:
    doubt(ord=1207, looks=1, title="王小明")
    doubt(title="李四")
    Push.objects.filter(title="李四").update(cause="in_doubt.no_id")
    read = text(desk("operator").get(PAGE))
    for words in (
        "王小明",
        "1207",
        "The reply of the ERP got lost",
        "Look again now",
        "It is there",
        "It is not there",
    ):
        assert words in read
    assert "needs a person" in read
    assert "Look again now" not in text(desk("reviewer").get(PAGE))


def test_a_person_settles_a_doubt_with_a_reason() -> None:
    there, absent, closed, asked = doubt(), doubt(ord=5), doubt(), doubt(ord=6)
    client = desk("operator")
    assert "Say why" in send(client, verb="found", push=there.pk, ord=77)
    send(client, verb="found", push=there.pk, ord=77, reason="seen there")
    send(client, verb="absent", push=absent.pk, reason="searched")
    send(client, verb="bury_one", push=closed.pk, reason="nobody wants it")
    send(client, verb="look_now", push=asked.pk)
    states = dict(Push.objects.values_list("pk", "state"))
    assert states == {there.pk: "accepted", absent.pk: "queued", closed.pk: "buried", asked.pk: "in_doubt"}
    assert Entry.objects.filter(verb="push.look_now", subject_id=asked.pk).exists()
    assert "1 push dealt with." in send(client, verb="look_now")


@pytest.mark.parametrize(
    "sent", [{"verb": "found", "ord": "abc"}, {"verb": ""}, {"verb": "found", "push": "x"}, {"verb": "found"}]
)
def test_what_cannot_be_read_changes_nothing(sent: dict[str, str]) -> None:
    push = doubt()
    assert "cannot be read" in send(desk("operator"), **{"push": str(push.pk), "reason": "seen", **sent})
    push.refresh_from_db()
    assert push.state == "in_doubt"


@pytest.mark.parametrize("verb", ["nonsense", "amend"])
def test_a_group_that_is_gone_or_a_verb_nobody_knows_is_not_found(verb: str) -> None:
    page = desk("administrator").post(PAGE, {"verb": verb, "group": "0" * 16, "reason": "x"})
    assert page.status_code == 404


def test_nobody_acts_without_the_permission() -> None:
    push, connection = failed("不行", **DATA), make.erp()
    client = desk("auditor")
    [key] = keys(client.get(PAGE))
    for sent in (
        {"verb": "requeue", "group": key},
        {"verb": "look_now"},
        {"verb": "pause", "connection": connection.pk},
        {"verb": "let_go", "connection": connection.pk, "reason": "x"},
    ):
        assert client.post(PAGE, sent).status_code == 403
    push.refresh_from_db()
    assert push.state == "rejected"


def test_a_connection_is_paused_and_resumed_at_once_and_one_goes_back_to_where_one_was() -> None:
    connection, client = make.erp(), desk("operator")
    page = client.post(PAGE, {"verb": "pause", "connection": connection.pk, "reason": "maintenance", "next": "/admin/"})
    assert page.headers["Location"] == "/admin/"
    connection.refresh_from_db()
    assert connection.pause_cause == "by_hand"
    assert Entry.objects.get(verb="connection.pause").reason == "maintenance"
    assert "A person paused it" in text(client.get(PAGE))
    assert "goes on" in send(client, verb="resume", connection=connection.pk)
    assert "somebody was faster" in send(client, verb="resume", connection=connection.pk)
    away = client.post(PAGE, {"verb": "pause", "connection": connection.pk, "next": "https://evil.example/"})
    assert away.headers["Location"] == PAGE
    assert client.post(PAGE, {"verb": "pause", "connection": 999}).status_code == 404


def held_batch() -> tuple[ErpConnection, Any, Push]:
    act = uuid.uuid4()
    bad = failed("名称不对", act=act, title="坏的", **DATA)
    for _ in range(3):
        contact = make.contact(proposed_version=1)
        make.push(proposal=make.proposal(state="approved", contact=contact), act=act, waits=True)
    Entry.objects.create(act=act, at=make.NOW, verb="proposal.approve", actor_name="liu", subject="proposal")
    return bad.connection, act, bad


def test_a_held_batch_is_told_on_the_front_page_and_here_with_the_cause() -> None:
    held_batch()
    client = desk("operator")
    front, here = text(client.get("/admin/")), text(client.get(PAGE))
    assert (
        "3 pushes that liu approved wait, for one of the first did not arrive: The ERP refused it: “名称不对”" in front
    )
    for words in ("3 pushes of a large batch wait", "坏的", "名称不对", "Send the other 3 all the same"):
        assert words in here


@pytest.mark.parametrize(("verb", "left"), [("let_go", ("queued", False)), ("call_off", ("cancelled", False))])
def test_a_person_lets_a_batch_go_on_or_calls_it_off(verb: str, left: tuple[str, bool]) -> None:
    connection, act, bad = held_batch()
    client = desk("operator")
    sent = {"verb": verb, "connection": connection.pk, "batch": str(act)}
    assert "Say why" in send(client, **sent)
    assert "3 pushes dealt with." in send(client, **sent, reason="the others are right")
    rest = Push.objects.exclude(pk=bad.pk)
    assert set(rest.values_list("state", "waits")) == {left}
    assert "large batch" not in text(client.get(PAGE))


def test_the_page_reads_a_constant_number_of_queries(django_assert_max_num_queries) -> None:
    for number in range(6):
        failed(f"第{'一二三四五六'[number]}种", "intro", **DATA)
        doubt(ord=number + 1)
    client = desk("administrator")
    client.get(PAGE)
    with django_assert_max_num_queries(28):
        assert client.get(PAGE).status_code == 200


def test_an_empty_desk_says_so() -> None:
    read = text(desk("operator").get(PAGE))
    assert "Nothing has failed." in read
    assert "Nothing is in doubt." in read


def test_the_connections_own_page_has_the_button_too() -> None:
    connection = make.erp(paused_at=make.NOW, pause_cause="breaker.share", pause_params={"failed": 9, "ended": 10})
    url = reverse("admin:zbsync_erpconnection_change", args=[connection.pk])
    read = text(desk("operator").get(url))
    assert "9 of 10 tries failed" in read
    assert "Resume" in read
