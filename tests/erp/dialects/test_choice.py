"""Which dialect says what: the connection's choice by operation, and what can be relied on under it."""

from typing import Any

import pytest

from tests.erp.support import Lane, config, golden
from zbsync.erp.catalogue import ACTS, CUSTOMER_FILTERS, OPERATIONS
from zbsync.erp.dialects.choice import ADD, EDIT, Choice


def spoken(operation: str, group: str = "", **settings: Any) -> str:
    return type(Choice(config(**settings)).speaker(operation, group)).__name__


@pytest.mark.parametrize(
    ("settings", "operation", "group", "name"),
    [
        ({}, "save_unit", EDIT, "Legacy"),
        ({}, "options", "", "Legacy"),
        ({"dialect": "ov1"}, "save_unit", EDIT, "Ov1"),
        ({"dialect": "ov1"}, "assign", "", "Ov1"),
        ({"dialect": "ov1"}, "options", "", "Legacy"),
        ({"dialect": "ov1"}, "list_contact_book", "", "Legacy"),
        ({"dialects": {"assign": "ov1"}}, "assign", "", "Ov1"),
        ({"dialects": {"assign": "ov1"}}, "share", "", "Legacy"),
        ({"dialects": {EDIT: "ov1"}}, "save_unit", EDIT, "Ov1"),
        ({"dialects": {EDIT: "ov1"}}, "save_unit", ADD, "Legacy"),
        ({"dialects": {EDIT: "ov1", "save_unit": "legacy"}}, "save_unit", EDIT, "Legacy"),
        ({"dialects": {"options": "ov1"}}, "options", "", "Legacy"),
        ({}, "list_users", "", "V3"),
        ({"dialect": "ov1"}, "read_contract", "", "V3"),
        ({"dialect": "v3"}, "save_unit", EDIT, "V3"),
        ({"dialect": "v3"}, "assign", "", "Legacy"),
        ({"dialect": "v3", "dialects": {"assign": "ov1"}}, "assign", "", "Ov1"),
        ({"dialect": "v3", "dialects": {ADD: "legacy"}}, "save_unit", ADD, "Legacy"),
        ({"dialects": {EDIT: "v3"}}, "save_individual", EDIT, "V3"),
    ],
)
def test_an_operation_is_said_where_the_connection_says(
    settings: dict[str, Any], operation: str, group: str, name: str
) -> None:
    assert spoken(operation, group, **settings) == name


def test_an_operation_nobody_has_is_no_operation() -> None:
    with pytest.raises(ValueError, match="list_follow_ups: no dialect of this connection says it"):
        spoken("list_follow_ups")


@pytest.mark.parametrize("dialect", ["legacy", "ov1"])
def test_what_can_be_relied_on_is_told(dialect: str) -> None:
    able = Lane(dialect=dialect).client.capabilities
    assert able.reserves_ids
    assert able.answers_id
    assert able.finds_by == CUSTOMER_FILTERS
    assert able.operations >= ACTS | {"read_person", "list_contracts", "options"}
    assert not able.lists_follow_ups
    assert "list_follow_ups" not in able.operations


def test_a_page_of_follow_ups_makes_them_readable() -> None:
    able = Lane(follow_up_list="/sysa/mobilephone/x/replylist.asp").client.capabilities
    assert able.lists_follow_ups
    assert able.operations <= OPERATIONS.keys()


def test_one_session_serves_all_doors() -> None:
    lane = Lane(golden("list_rows"), golden("options_ly"), dialect="ov1")
    lane.client.customers({})
    lane.client.options("ly")
    paths = [path for path, _ in lane.erp.asked]
    assert paths == [
        "/webapi/v3/ov1/login",
        "/webapi/v3/ov1/salesmanage/custom/list",
        "/sysa/mobilephone/source.asp?enumid=13",
    ]
    assert {body["session"] for body in lane.erp.work} == {"session-1"}


def test_a_create_may_go_by_another_door_than_a_change() -> None:
    lane = Lane(golden("save_ok"), dialects={"customer.add": "ov1"})
    lane.client.save("unit", 1207, {"name": "甲"}, creates=True)
    lane.client.save("unit", 1207, {"name": "甲"})
    assert [path for path, _ in lane.erp.asked[1:]] == [
        "/webapi/v3/ov1/salesmanage/custom/add?intsort=1",
        "/sysa/mobilephone/salesmanage/custom/add.asp?intsort=1",
    ]
