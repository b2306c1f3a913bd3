"""The lane at the flat door: names looked up once, an id that nobody tells, and one login for all doors."""

import json
from typing import Any

import httpx
import pytest

from tests.erp.support import UNIT_FIELDS, Lane, answer, golden
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Outcome, Rejected
from zbsync.erp.errors import LoginRefused

ADDED = golden("add_customer", "v3")
LABELS = {"sort1": "意向客户/初步接触", "ly": "网站注册"}
BY_PAGE = {"enumid=13": golden("options_ly"), "telsort_list": golden("tree_sort"), "area_list": golden("tree_area")}


def erp(reply: Any = ADDED, **pages: Any) -> Any:
    """An ERP with dictionaries, whose flat door answers this."""

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        kept = next((pages.get(part.split("=")[0], BY_PAGE[part]) for part in BY_PAGE if part in path), reply)
        if isinstance(kept, httpx.TransportError):
            raise kept
        return httpx.Response(kept.status, headers=dict(kept.headers), content=kept.body)

    return handler


def lane(reply: Any = ADDED, **settings: Any) -> Lane:
    return Lane(erp(reply), dialect="v3", **settings)


def add(at: Lane, labels: dict[str, str] | None = None, **fields: str) -> Outcome:
    return at.client.save("unit", None, UNIT_FIELDS | fields, labels=labels)


def test_a_customer_is_added_without_an_id_and_none_is_told() -> None:
    at = lane()
    assert add(at, LABELS) == Accepted(None, "操作成功")
    assert at.erp.work == [at.erp.asked[-1][1]], "names that are given are not looked up"
    assert at.erp.asked[-1][0] == "/webapi/v3/sales/customer/add"


def test_a_change_has_the_id_it_was_given() -> None:
    at = lane()
    assert at.client.save("unit", 1207, UNIT_FIELDS, labels=LABELS) == Accepted(1207, "操作成功")
    assert at.erp.asked[-1][0] == "/webapi/v3/sales/customer/edit"


def test_names_that_are_not_given_are_looked_up_once_in_a_lanes_life() -> None:
    at = lane()
    for _ in range(3):
        assert add(at, area="31") == Accepted(None, "操作成功")
    paths = [path.partition("?")[0].rpartition("/")[2] for path, _ in at.erp.asked]
    assert sorted(paths) == sorted(["login", "telsort_list.asp", "source.asp", "area_list.asp", "add", "add", "add"])
    body = at.erp.asked[-1][1]
    assert (body["sort"], body["sort1"], body["ly"], body["area"]) == ("意向客户", "初步接触", "网站注册", "西南/重庆")


def test_one_login_serves_dictionaries_and_the_flat_door() -> None:
    at = lane()
    add(at)
    assert at.erp.logins == 1
    assert {body.get("session") for body in at.erp.work} == {"session-1", None}
    told = [one.request_headers for one in at.exchanges if one.operation == "add_customer"]
    assert [headers["ZBAPI-Token"] for headers in told] == ["***"], "a session is no evidence"


def test_an_option_the_erp_does_not_have_is_refused_before_anything_is_said() -> None:
    at = lane()
    outcome = add(at, ly="999")
    assert isinstance(outcome, Rejected)
    (finding,) = outcome.findings
    assert (finding.code, finding.field) == ("payload.option_unnamed", "ly")
    assert finding.params == {"caption": "客户来源", "value": "999", "vocabulary": "ly"}
    assert not [path for path, _ in at.erp.asked if path.startswith("/webapi/v3/sales")]


@pytest.mark.parametrize("given", ["意向客户", "意向客户/", "意向客户/初步/接触"])
def test_a_stage_by_a_name_that_is_no_pair_is_looked_up(given: str) -> None:
    at = lane()
    assert add(at, {**LABELS, "sort1": given}) == Accepted(None, "操作成功")
    assert (at.erp.asked[-1][1]["sort"], at.erp.asked[-1][1]["sort1"]) == ("意向客户", "初步接触")


def test_ids_that_are_no_pair_are_refused_before_anything_is_said() -> None:
    at = lane(names="ids")
    outcome = add(at, sort1="3")
    assert isinstance(outcome, Rejected)
    assert (outcome.cause, outcome.findings[0].field) == ("refused", "sort1")
    assert not at.erp.work


@pytest.mark.parametrize("broken", [golden("html_500"), golden("pc_page"), httpx.ReadTimeout("silence")])
def test_a_dictionary_that_cannot_be_read_defers_the_save_which_was_not_said(broken: Any) -> None:
    at = Lane(erp(enumid=broken), dialect="v3", timeout_s=0.5)
    outcome = add(at)
    assert isinstance(outcome, Deferred)
    assert not [path for path, _ in at.erp.asked if path.startswith("/webapi/v3/sales")]


def test_a_refused_login_stops_the_lane_on_the_way_to_a_dictionary_too() -> None:
    at = Lane(erp(), dialect="v3", login=golden("login_refused"))
    with pytest.raises(LoginRefused):
        add(at)


@pytest.mark.parametrize(
    ("reply", "kind", "cause"),
    [
        (golden("add_refused_duplicate", "v3"), Rejected, "duplicate"),
        (golden("add_refused_required", "v3"), Rejected, "refused"),
        (golden("edit_gone", "v3"), Rejected, "absent"),
        (golden("server_error", "v3"), InDoubt, "script_error"),
        (golden("html_page", "v3"), InDoubt, "not_json"),
        (golden("empty_body", "v3"), InDoubt, "empty_answer"),
        (golden("html_500", "v3"), InDoubt, "server_fault"),
        (golden("expired", "v3"), Deferred, "expired"),
        (golden("not_found", "v3"), Deferred, "wrong_path"),
        (answer({"Code": 200, "Msg": "单据已经有其他操作!"}), InDoubt, "unknown_answer"),
        (httpx.ReadTimeout("silence"), InDoubt, "lost_reply"),
        (httpx.ConnectError("refused"), Deferred, "not_sent"),
    ],
)
def test_an_add_says_no_more_than_it_can_prove(reply: Any, kind: type, cause: str) -> None:
    at = lane(reply)
    outcome = add(at, LABELS)
    assert type(outcome) is kind
    assert getattr(outcome, "cause", "") == cause


def test_an_expired_token_is_renewed_once_and_the_add_sent_again() -> None:
    tokens: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        tokens.append(request.headers["ZBAPI-Token"])
        reply = golden("expired", "v3") if len(tokens) == 1 else ADDED
        return httpx.Response(200, content=reply.body)

    at = Lane(handler, dialect="v3")
    assert add(at, LABELS) == Accepted(None, "操作成功")
    assert tokens == ["session-1", "session-2"]


def test_no_id_is_drawn_where_none_is_wanted() -> None:
    at = lane()
    with pytest.raises(ValueError, match="saved without an id here"):
        at.client.allocate("unit")
    assert at.erp.asked == []


def test_what_can_be_relied_on_is_what_the_door_for_new_customers_does() -> None:
    able = lane().client.capabilities
    assert (able.reserves_ids, able.answers_id) == (False, False)
    assert "khid" in able.finds_by
    mixed = lane(dialects={"customer.add": "legacy"}).client.capabilities
    assert (mixed.reserves_ids, mixed.answers_id) == (True, True)


def test_add_by_one_door_and_change_by_the_other() -> None:
    at = Lane(erp(golden("save_ok")), dialects={"customer.edit": "v3"})
    assert at.client.save("unit", 1207, UNIT_FIELDS, creates=True) == Accepted(1207, "保存成功！")
    at.erp.replies = [erp()]
    assert at.client.save("unit", 1207, UNIT_FIELDS) == Accepted(1207, "操作成功")
    assert [path for path, _ in at.erp.asked if "custom" in path] == [
        "/sysa/mobilephone/salesmanage/custom/add.asp?intsort=1",
        "/webapi/v3/sales/customer/edit",
    ]


def test_ids_are_said_where_the_connection_says_so() -> None:
    at = lane(names="ids")
    add(at, area="31")
    body = at.erp.asked[-1][1]
    assert (body["sort"], body["sort1"], body["ly"], body["area"]) == ("3", "7", "171", "31")
    assert len(at.erp.work) == 1


def test_lists_and_forms_of_the_flat_door_are_read() -> None:
    at = Lane(golden("inventory", "v3"))
    assert at.client.rows("inventory_summary", {"title": "样机"}, size=20).rows[0]["KYNum"] == "1198.00"
    at.erp.replies = [golden("read_contract", "v3")]
    form = at.client.form("read_contract", 501)
    assert form is not None
    assert form.values["khmc"] == "渝北示例机械有限公司"
    at.erp.replies = [golden("read_contract_gone", "v3")]
    assert at.client.form("read_contract", 999999) is None


def test_the_evidence_of_an_add_is_whole_but_for_its_secrets() -> None:
    at = lane()
    add(at, LABELS)
    (kept,) = [one for one in at.exchanges if one.operation == "add_customer"]
    assert json.loads(kept.request_body)["khid"] == "WX0001"
    assert "session-1" not in repr(kept)
