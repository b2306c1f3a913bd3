"""The lane and everything that is no customer's save: acts, forms, lists, and the way out."""

from typing import Any

import httpx
import pytest

from tests.erp.support import Lane, answer, golden, said, source
from zbsync.core.outcome import Accepted, Deferred, InDoubt, Rejected
from zbsync.erp import errors
from zbsync.erp.catalogue import ACTS

ACCEPTING = golden("assign", "operations")
EXPIRED = golden("expired_act", "operations")


def test_an_act_is_said_once_with_its_id_and_fields() -> None:
    lane = Lane(ACCEPTING)
    assert lane.client.act("assign", 1207, {"member1": "0", "member2": "63"}) == Accepted(1207, "指派成功！")
    assert lane.erp.asked[-1][0] == "/sysa/mobilephone/systemmanage/order.asp?datatype=tel"
    assert lane.erp.work[0]["datas"] == [
        {"id": "ord", "val": 1207},
        {"id": "member1", "val": "0"},
        {"id": "member2", "val": "63"},
    ]


@pytest.mark.parametrize("ord_", [None, 0])
def test_a_new_person_has_no_id_to_tell(ord_: int | None) -> None:
    lane = Lane(golden("save_person", "operations"))
    outcome = lane.client.act("save_person", ord_, {"company": "1207", "person_name": "李工"})
    assert outcome == Accepted(None, "联系人保存完成")
    assert lane.erp.work[0]["datas"][0] == {"id": "ord", "val": 0}


@pytest.mark.parametrize("operation", sorted(ACTS))
@pytest.mark.parametrize(
    ("reply", "kind", "cause"),
    [
        (httpx.ConnectError("refused"), Deferred, "not_sent"),
        (httpx.ReadTimeout("silence"), InDoubt, "lost_reply"),
        (golden("html_500"), InDoubt, "server_fault"),
        (golden("pc_page"), InDoubt, "not_json"),
        (golden("empty_body"), InDoubt, "empty_answer"),
        (golden("unavailable"), Deferred, "unavailable"),
        (golden("not_found"), Deferred, "wrong_path"),
        (said("服务器异常: 【类型不匹配】"), InDoubt, "script_error"),
        (said("单据已经有其他操作!"), InDoubt, "unknown_answer"),
        (said("抱歉，没有权限！"), Rejected, "refused"),
        (said("抱歉，您访问的单据已被删除！"), Rejected, "absent"),
    ],
)
def test_no_act_is_ever_said_twice(operation: str, reply: Any, kind: type, cause: str) -> None:
    lane = Lane(reply)
    outcome = lane.client.act(operation, 1207, {})
    assert type(outcome) is kind
    assert getattr(outcome, "cause", "") == cause
    assert len(lane.erp.work) <= 1
    assert lane.slept == []


def test_an_expired_session_proves_that_an_act_was_not_done() -> None:
    lane = Lane(EXPIRED, ACCEPTING)
    assert isinstance(lane.client.act("assign", 1207, {"member1": "1"}), Accepted)
    assert (len(lane.erp.work), lane.erp.logins) == (2, 2)


def test_a_refused_act_tells_the_field_by_its_caption() -> None:
    outcome = Lane(golden("assign_refused", "operations")).client.act("assign", 1207, {"member1": "0", "member2": ""})
    assert isinstance(outcome, Rejected)
    (finding,) = outcome.findings
    assert (finding.field, finding.params["caption"]) == ("member2", "指派用户")


@pytest.mark.parametrize(("operation", "fields"), [("save_unit", {}), ("merge", {}), ("assign", {"colour": "red"})])
def test_an_act_there_is_not_is_refused_here(operation: str, fields: dict[str, str]) -> None:
    lane = Lane(ACCEPTING)
    with pytest.raises(ValueError, match=r"no act|no operation|no field"):
        lane.client.act(operation, 1207, fields)
    assert lane.erp.asked == []


def test_an_act_that_would_come_too_late_is_not_said() -> None:
    lane = Lane(ACCEPTING)
    outcome = lane.client.act("protect", 1207, {}, start_by=-1.0)
    assert isinstance(outcome, Deferred)
    assert lane.erp.work == []


def test_a_person_is_read_as_a_form() -> None:
    form = Lane(golden("read_person", "operations")).client.form("read_person", 988)
    assert form is not None
    assert (form.values["mobile"], form.captions["job"]) == ("13800000000", "职务")


def test_a_deleted_person_is_none() -> None:
    assert Lane(golden("read_person_deleted", "operations")).client.form("read_person", 999999) is None


@pytest.mark.parametrize("reply", [golden("html_500"), golden("pc_page"), golden("empty_body"), said("没有权限")])
def test_an_error_is_never_an_absent_person(reply: Any) -> None:
    with pytest.raises(errors.ErpError):
        Lane(reply).client.form("read_person", 988)


def test_any_list_is_read_page_by_page() -> None:
    lane = Lane(golden("list_contracts", "operations"))
    page = lane.client.rows("list_contracts", {"datatype": "tel", "ord": "1207"}, page=2, size=50)
    assert page.rows[0]["htid"] == "HT00017"
    assert lane.erp.work[0]["datas"][-2:] == [{"id": "pagesize", "val": 50}, {"id": "pageindex", "val": 2}]


def test_a_list_comes_in_pages_as_large_as_the_connection_says() -> None:
    lane = Lane(golden("list_products", "operations"), page_size=33)
    lane.client.rows("list_products", {})
    assert {"id": "pagesize", "val": 33} in lane.erp.work[0]["datas"]


def test_an_installation_may_call_its_columns_otherwise() -> None:
    reply = source(
        type="table",
        table={"cols": [{"id": "pid"}, {"id": "khord"}, {"id": "mobile"}], "rows": [["988", "1207", "138"]]},
    )
    lane = Lane(reply, columns={"list_persons.pid": "ord", "list_persons.khord": "company", "list_users.pid": "name"})
    assert lane.client.persons({}).rows == [{"ord": "988", "company": "1207", "mobile": "138"}]
    assert lane.client.rows("pick_persons", {}).rows == [{"pid": "988", "khord": "1207", "mobile": "138"}]


@pytest.mark.parametrize("cols", [["ord", "name"], ["uid", "username"], ["name", "bm"], ["bh", "xm"]])
def test_the_contact_book_is_read_by_its_first_two_cells(cols: list[str]) -> None:
    table = {"cols": [{"id": name} for name in [*cols, "phone"]], "rows": [["63", "周敏", "1"], ["64", "吴磊", ""]]}
    rows = Lane(source(type="table", table=table)).client.rows("list_contact_book", {}).rows
    assert [(row["ord"], row["name"], row["phone"]) for row in rows] == [("63", "周敏", "1"), ("64", "吴磊", "")]


def test_an_empty_contact_book_is_empty() -> None:
    assert Lane(golden("list_empty")).client.rows("list_contact_book", {}).rows == []


def test_a_passing_failure_of_a_list_is_tried_again() -> None:
    lane = Lane(golden("html_500"), golden("list_contact_book", "operations"))
    assert len(lane.client.rows("list_contact_book", {}).rows) == 2


def test_the_way_out_is_the_way_in() -> None:
    lane = Lane(golden("logout"))
    lane.client.logout()
    assert lane.erp.asked == [], "nobody was in"
    lane.erp.replies = [golden("list_empty"), golden("logout")]
    lane.client.customers({})
    lane.client.logout()
    path, body = lane.erp.asked[-1]
    assert (path, body["session"]) == ("/webapi/v3/ov1/logout", "session-1")


def test_after_the_way_out_one_has_to_come_in_again() -> None:
    lane = Lane(golden("list_empty"), golden("logout"), golden("list_empty"))
    lane.client.customers({})
    lane.client.logout()
    lane.client.customers({})
    assert lane.erp.logins == 2


def test_an_older_erp_is_left_by_its_own_door() -> None:
    lane = Lane(golden("list_empty"), golden("logout"), login_path="/sysa/mobilephone/login.asp")
    lane.client.customers({})
    lane.client.logout()
    assert lane.erp.asked[-1][0] == "/sysa/mobilephone/logout.asp"


def test_a_way_out_that_fails_is_told_and_the_session_forgotten() -> None:
    lane = Lane(golden("list_empty"), answer("", 500))
    lane.client.customers({})
    with pytest.raises(errors.ServerFault):
        lane.client.logout()
    lane.client.logout()
    assert len(lane.erp.work) == 2
