"""Which door saves a customer, what it has a place for, and what it calls an option."""

from typing import Any

import pytest

from tests.erp.support import config
from zbsync.core.payload import KINDS
from zbsync.erp.catalogue import CARRIED, DERIVED, FIELDS, OPERATIONS, SPELLED, fields_for
from zbsync.erp.client import ErpClient, LoginGuard
from zbsync.erp.dialects.choice import DIALECTS, door_of
from zbsync.erp.naming import NAMED, fits, halves

NO_PLACE = {"pym", "bz", "jf2", "age", "@personpym", "phone2", "XiQueIntro", "lng", "lat"}


def test_the_older_doors_have_a_place_for_every_field() -> None:
    for name in ("legacy", "ov1"):
        assert DIALECTS[name](config()).carries == FIELDS.keys()


def test_v3_has_none_for_nine() -> None:
    assert FIELDS.keys() - DIALECTS["v3"](config()).carries == NO_PLACE
    assert FIELDS.keys() >= CARRIED
    assert DERIVED <= NO_PLACE, "what the ERP works out is not sent either"


def test_what_is_carried_has_a_field_of_the_flat_form() -> None:
    flat = OPERATIONS["add_customer"].asked
    assert {SPELLED[name] for name in CARRIED - {"sort1"}} <= flat.keys()
    assert {"sort", "sort1"} <= flat.keys(), "the pair goes apart"


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_must_have_can_be_said_at_every_door(kind: str) -> None:
    required = {name for name, spec in fields_for(kind).items() if spec.required_for(kind)}
    assert required <= CARRIED


@pytest.mark.parametrize(
    ("default", "chosen", "creates", "door"),
    [
        ("legacy", {}, True, "legacy"),
        ("v3", {}, False, "v3"),
        ("legacy", {"customer.add": "v3"}, True, "v3"),
        ("legacy", {"customer.add": "v3"}, False, "legacy"),
        ("ov1", {"customer.edit": "v3"}, False, "v3"),
        ("legacy", {"save_unit": "v3", "customer.add": "ov1"}, True, "v3"),
        ("legacy", {"save_individual": "v3"}, True, "legacy"),
    ],
)
def test_the_door_is_the_one_the_client_goes_by(default: str, chosen: dict[str, str], creates: bool, door: str) -> None:
    found = door_of(default, chosen, "names", "unit", creates=creates)
    assert (found.dialect, found.wants_names) == (door, door == "v3")
    client = ErpClient(config(dialect=default, dialects=chosen), LoginGuard(), lambda _: None)
    assert client.door("unit", creates=creates) == found
    client.close()


def test_ids_are_said_where_the_installation_takes_them() -> None:
    assert not door_of("v3", {}, "ids", "unit", creates=True).wants_names


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("意向客户/初步接触", ("意向客户", "初步接触")),
        ("意向客户,初步接触", ("意向客户", "初步接触")),
        (" 意向客户 / 初步接触 ", ("意向客户", "初步接触")),
        ("意向客户", ()),
        ("意向客户/", ()),
        ("甲/乙/丙", ()),
        ("", ()),
    ],
)
def test_a_stage_is_a_category_and_what_lies_below(label: str, parts: Any) -> None:
    assert halves(label) == parts
    assert fits("sort1", label) is bool(parts)


@pytest.mark.parametrize("field", sorted(NAMED - {"sort1"}))
def test_any_other_option_needs_any_name(field: str) -> None:
    assert fits(field, "微信")
    assert not fits(field, " ")
