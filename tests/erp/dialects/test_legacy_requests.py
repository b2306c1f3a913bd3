"""legacy, outward: the requests are those of the golden bytes, and what cannot be said is refused before it is."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.erp.support import PASSWORD, PERSON_FIELDS, SESSION, UNIT_FIELDS, config
from tests.wire import Golden, load
from zbsync.erp.commands import (
    Allocate,
    ListRows,
    ReadCustomer,
    ReadOptions,
    ReadTree,
    SaveCustomer,
)
from zbsync.erp.dialects.base import Call
from zbsync.erp.dialects.entrance import Entrance
from zbsync.erp.dialects.legacy import Legacy
from zbsync.erp.wire import WireRequest

LEGACY = Legacy(config())
ZSML = Legacy(config(content_type="application/zsml"))


def encoded(call: Call[Any]) -> WireRequest:
    return call.encode(SESSION)


def said_in(body: bytes) -> dict[str, Any]:
    """The document with its values as text: the ERP takes 1207 and "1207" alike."""
    document = json.loads(body)
    document["datas"] = [(data["id"], str(data["val"])) for data in document["datas"]]
    return dict(document)


CASES: dict[str, Callable[[], Call[Any]]] = {
    "allocate": lambda: LEGACY.allocate(Allocate("individual")),
    "allocate_unit": lambda: LEGACY.allocate(Allocate("unit")),
    "save_ok": lambda: LEGACY.save(SaveCustomer("unit", 1207, UNIT_FIELDS)),
    "save_refused_khid": lambda: LEGACY.save(SaveCustomer("unit", 1207, UNIT_FIELDS | {"khid": "WX0009"})),
    "save_refused_required": lambda: LEGACY.save(SaveCustomer("unit", 1207, UNIT_FIELDS | {"name": ""})),
    "save_script_error": lambda: LEGACY.save(SaveCustomer("unit", 1207, UNIT_FIELDS | {"sort1": "意向客户"})),
    "save_individual_ok": lambda: ZSML.save(SaveCustomer("individual", 1207, PERSON_FIELDS)),
    "detail_edit": lambda: LEGACY.read(ReadCustomer(1207)),
    "detail_deleted": lambda: LEGACY.read(ReadCustomer(999999)),
    "list_rows": lambda: LEGACY.rows(ListRows("list_customers", {"name": "示例机械"}, 1, 20)),
    "list_empty": lambda: LEGACY.rows(ListRows("list_customers", {"khid": "WX-none"}, 1, 20)),
    "person_list_rows": lambda: LEGACY.rows(ListRows("list_persons", {"mobile": "13900000000"}, 1, 20)),
    "options_ly": lambda: LEGACY.options(ReadOptions("ly")),
    "tree_sort": lambda: LEGACY.tree(ReadTree("stage")),
    "tree_area": lambda: LEGACY.tree(ReadTree("area")),
    "tree_gate": lambda: LEGACY.tree(ReadTree("users")),
    "login_ok": lambda: Entrance(config()).login("/sysa/mobilephone/login.asp"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_the_golden_request_says(case: str) -> None:
    request, golden = encoded(CASES[case]()), load(case)
    assert f"{request.method} {request.path} HTTP/1.1".lower() == golden.request_line.lower()
    assert said_in(request.body) == said_in(golden.request_body)
    assert request.headers["Content-Type"] == header_of(golden, "Content-Type")


def header_of(golden: Golden, name: str) -> str:
    """One header of a golden request."""
    head = golden.request_bytes.split(b"\r\n\r\n", 1)[0].decode("ascii")
    return next(line.partition(":")[2].strip() for line in head.split("\r\n") if line.startswith(name))


@pytest.mark.parametrize(
    ("case", "write"), [("save_ok", True), ("allocate", True), ("detail_edit", False), ("login_ok", False)]
)
def test_only_what_changes_something_is_marked_a_write(case: str, write: bool) -> None:
    call = CASES[case]()
    assert call.write is write
    assert encoded(call).write is write


def test_ids_and_counts_go_out_as_numbers() -> None:
    save = json.loads(encoded(CASES["save_ok"]()).body)["datas"][0]
    assert save == {"id": "ord", "val": 1207}
    page = json.loads(encoded(CASES["list_rows"]()).body)["datas"][1:]
    assert page == [{"id": "pagesize", "val": 20}, {"id": "pageindex", "val": 1}]


def test_the_body_is_strict_json_in_utf_8() -> None:
    body = encoded(CASES["save_ok"]()).body
    assert "渝北示例机械有限公司".encode() in body
    assert b"\n" not in body


def test_a_straight_apostrophe_is_set_right() -> None:
    fields = {"name": "O'Brien's", "sort1": "3,7"}
    for call in (
        LEGACY.save(SaveCustomer("individual", 1, fields)),
        LEGACY.rows(ListRows("list_customers", {"name": "O'Brien's"})),
    ):
        assert "O’Brien’s".encode() in encoded(call).body
        assert b"'" not in encoded(call).body


def test_a_password_keeps_its_apostrophe() -> None:
    body = encoded(Entrance(config(password="it's")).login("/login")).body
    assert {"id": "password", "val": "txt:it's"} in json.loads(body)["datas"]


def test_the_login_is_in_the_clear_mark_and_carries_no_session() -> None:
    document = json.loads(encoded(CASES["login_ok"]()).body)
    assert "session" not in document
    assert {"id": "password", "val": f"txt:{PASSWORD}"} in document["datas"]


def test_half_a_character_does_not_stop_a_save() -> None:
    body = encoded(LEGACY.save(SaveCustomer("individual", 1, {"name": "王\ud83d"}))).body
    assert json.loads(body)["datas"][1]["val"] == "王?"


def test_an_id_among_the_fields_does_not_override_the_id() -> None:
    body = encoded(LEGACY.save(SaveCustomer("unit", 1207, {"ord": "1", "name": "甲"}))).body
    assert [data for data in json.loads(body)["datas"] if data["id"] == "ord"] == [{"id": "ord", "val": 1207}]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (lambda: LEGACY.allocate(Allocate("firm")), "'firm' is not one of unit, individual"),
        (lambda: LEGACY.save(SaveCustomer("", 1, {})), "kind"),
        (lambda: LEGACY.save(SaveCustomer("unit", 0, {})), "0 is no id; allocate one first"),
        (lambda: LEGACY.rows(ListRows("list_customers", {"mobile": "1"})), "no filter mobile: it would answer with"),
        (lambda: LEGACY.rows(ListRows("list_persons", {"weixinAcc": "w"})), "no filter weixinAcc"),
        (lambda: LEGACY.rows(ListRows("list_customers", {}, page=0)), "page and size start at 1"),
        (lambda: LEGACY.options(ReadOptions("stage")), "'stage' is no flat vocabulary"),
        (lambda: LEGACY.options(ReadOptions("colour")), "'colour' is no flat vocabulary"),
        (lambda: LEGACY.tree(ReadTree("ly")), "'ly' is no tree"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_it_is_said(command: Callable[[], Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        command()


@pytest.mark.parametrize(
    ("login_path", "paths"),
    [
        ("/webapi/v3/ov1/login", ("/webapi/v3/ov1/login", "/sysa/mobilephone/login.asp")),
        ("/sysa/mobilephone/login.asp", ("/sysa/mobilephone/login.asp",)),
    ],
)
def test_it_knows_where_to_log_in(login_path: str, paths: tuple[str, ...]) -> None:
    assert Entrance(config(login_path=login_path)).paths() == paths
