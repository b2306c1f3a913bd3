"""Which operation a call is: by page and command, in both spellings, whatever the help's own switches say."""

import json
from typing import Any

import pytest

from tests.sandbox.caller import datas
from zbsync.sandbox import operations
from zbsync.sandbox.request import Call, Request, read_call

SAVE, REFRESH = operations.SAVE, operations.REFRESH

LEGACY: list[tuple[str, str, dict[str, Any], str]] = [
    # path tail, cmdkey, data, operation: a second transcription of fact sheet 4
    ("login.asp", "", {}, "login"),
    ("login.asp", SAVE, {}, "login"),
    ("logout.asp", "", {}, "logout"),
    ("salesmanage/custom/add.asp", "", {}, "allocate"),
    ("salesmanage/custom/add.asp?intsort=2", "", {"ord": "0"}, "allocate"),
    ("salesmanage/custom/add.asp?edit=1", "", {"ord": 1207}, "read_customer"),
    ("salesmanage/custom/add.asp?intsort=1", SAVE, {"ord": 1207}, "save_customer"),
    ("salesmanage/custom/add.asp?__msgid=profect", "", {"ord": 1207}, "protect"),
    ("salesmanage/custom/add.asp?__msgid=unprofect", SAVE, {"ord": 1207}, "unprotect"),
    ("salesmanage/custom/list.asp", REFRESH, {}, "list_customers"),
    ("salesmanage/custom/list.asp", "", {}, "look"),
    ("salesmanage/custom/list.asp", "adsearch", {}, "filters"),
    ("systemmanage/order.asp?datatype=tel", SAVE, {}, "assign"),
    ("salesmanage/custom/takeback.asp", "", {}, "take_back"),
    ("salesmanage/custom/apply.asp", "", {}, "apply"),
    ("salesmanage/custom/approve.asp?__msgid=onsave", "", {}, "approve"),
    ("salesmanage/custom/approve.asp", "onsave", {}, "approve"),
    ("salesmanage/custom/approve_set.asp", SAVE, {}, "review"),
    ("salesmanage/custom/share.asp", SAVE, {}, "share"),
    ("systemmanage/reply.asp?datatype=tel", SAVE, {}, "follow_up_customer"),
    ("systemmanage/reply.asp?datatype=person", SAVE, {}, "follow_up_person"),
    ("systemmanage/reply.asp", SAVE, {"datatype": "person"}, "follow_up_person"),
    ("systemmanage/reply.asp?datatype=chance", SAVE, {}, "follow_up"),
    ("systemmanage/reply.asp?datatype=tel", "", {}, "form"),
    ("systemmanage/replylist.asp", REFRESH, {}, "list_follow_ups"),
    ("salesmanage/person/add.asp", SAVE, {}, "save_person"),
    ("salesmanage/person/add.asp?edit=1", "", {"ord": 988}, "read_person"),
    ("salesmanage/person/list.asp", REFRESH, {}, "list_persons"),
    ("salesmanage/person/list.asp?checktype=radio", REFRESH, {}, "pick_persons"),
    ("salesmanage/contract/billlist.asp", REFRESH, {}, "list_contracts"),
    ("salesmanage/product/billlist.asp", REFRESH, {}, "list_products"),
    ("officemanage/businesscard/list.asp", REFRESH, {}, "list_contact_book"),
    ("source.asp?enumid=13", "", {}, "options"),
    ("systemManage/area_list.asp", "", {}, "tree_area"),
    ("systemManage/telsort_list.asp", "", {}, "tree_stage"),
    ("systemManage/gate_list.asp", "", {}, "tree_users"),
    ("salesmanage/custom/add.asp", "delete", {"ord": 1207}, ""),
    ("salesmanage/custom/list.asp", SAVE, {}, ""),
    ("nowhere.asp", SAVE, {}, ""),
]


def read(target: str, command: str, data: dict[str, Any]) -> Call:
    body = {"session": "s", "cmdkey": command, "datas": datas(data)}
    return read_call(Request("POST", target, {"content-type": "application/json"}, json.dumps(body).encode()))


@pytest.mark.parametrize(("tail", "command", "data", "operation"), LEGACY)
def test_a_legacy_call_and_its_twin_are_the_same_operation(
    tail: str, command: str, data: dict[str, Any], operation: str
) -> None:
    assert read(f"/SYSA/mobilephone/{tail}", command, data).operation == operation
    twin = f"/webapi/v3/ov1/{tail.replace('.asp', '')}"
    assert read(twin, command, data).operation == operation
    switched = twin + ("&" if "?" in twin else "?") + "apihelptype=save"
    assert read(switched, command, data).operation == operation


FLAT = [
    ("sales/customer/add", "add_customer"),
    ("sales/customer/edit", "edit_customer"),
    ("orgs/user/list", "list_users"),
    ("store/inventory/InventorySummary", "inventory_summary"),
    ("sales/contract/detail", "read_contract"),
    ("sales/customer/delete", ""),
]


def flat(page: str, body: bytes) -> Call:
    return read_call(Request("POST", f"/webapi/v3/{page}", {"zbapi-token": "s1"}, body))


@pytest.mark.parametrize(("page", "operation"), FLAT)
def test_a_flat_call_is_known_by_its_page_alone(page: str, operation: str) -> None:
    assert flat(page, b'{"cmdkey": "__sys_dosave"}').operation == operation


def test_a_flat_call_has_its_session_in_the_header_and_its_data_in_the_open() -> None:
    call = flat("sales/customer/add", '{"name": "甲", "sort2": 1, "khid": null, "session": "s2"}'.encode())
    assert (call.dialect, call.session, call.command) == ("v3", "s1", "")
    assert dict(call.data) == {"name": "甲", "sort2": "1", "khid": "", "session": "s2"}
    broken = flat("sales/customer/add", b"{")
    assert (broken.session, bool(broken.problem), broken.operation) == ("s1", True, "add_customer")


def test_every_operation_is_reached_by_some_call() -> None:
    reached = {operation for *_, operation in LEGACY} | {operation for _, operation in FLAT}
    assert reached - {""} == operations.NAMES


def test_writes_are_what_a_person_would_miss() -> None:
    reading = {name for name in operations.NAMES if name.split("_")[0] in {"read", "list", "pick", "tree"}}
    assert not operations.WRITES & (reading | {"login", "logout", "allocate", "options", "form", "look", "filters"})
    assert operations.WRITES <= operations.NAMES


def test_the_content_of_a_call_does_not_depend_on_session_or_order() -> None:
    one = read("/sysa/mobilephone/x.asp", SAVE, {"a": 1, "b": "二"})
    other = read("/sysa/mobilephone/y.asp", SAVE, {"b": "二", "a": "1"})
    assert one.content == other.content
    assert one.digest != other.digest
    assert one.content != read("/sysa/mobilephone/x.asp", SAVE, {"a": 1, "b": "三"}).content
