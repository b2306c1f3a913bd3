"""What an operation says: its fields and checks from the catalogue, and what a person may type for an option."""

import pytest

from zbsync.core.follow.operations import ALL, CUSTOMER
from zbsync.erp.catalogue import ACTS, OPERATIONS
from zbsync.pipeline import following

USERS = {"users": {"销售/赵一": "63", "销售/钱二": "64", "客服/赵一": "71", "客服/孙三": "72"}}
ASSIGN, SHARE, FOLLOW_UP = "customer.assign", "customer.share", "followup.add"


def test_every_operation_but_the_customers_own_is_an_act_of_the_erp() -> None:
    assert set(following.SAID) == set(ALL) - {CUSTOMER}
    assert set(following.SAID.values()) <= ACTS


@pytest.mark.parametrize("operation", sorted(following.SAID))
def test_its_fields_are_those_of_the_catalogue_without_the_id(operation: str) -> None:
    asked = OPERATIONS[following.SAID[operation]].asked
    assert set(following.specs(operation, "unit")) == asked.keys() - {"ord"}


def test_a_follow_up_of_a_known_person_is_said_to_the_person() -> None:
    assert following.said_as(FOLLOW_UP) == "follow_up_customer"
    assert following.said_as(FOLLOW_UP, 988) == "follow_up_person"
    assert following.said_as("customer.protect", 988) == "protect"


@pytest.mark.parametrize(
    ("operation", "field", "typed", "code", "label"),
    [
        (ASSIGN, "member2", "销售/赵一", "63", "销售/赵一"),
        (ASSIGN, "member2", "孙三", "72", "客服/孙三"),
        (ASSIGN, "member2", "64", "64", "销售/钱二"),
        (ASSIGN, "member2", "赵一", "赵一", ""),
        (SHARE, "member2", "销售/赵一，孙三", "63,72", "销售/赵一、客服/孙三"),
        (SHARE, "member2", "63, 64", "63,64", "销售/赵一、销售/钱二"),
        (SHARE, "member1", "共享给以下用户", "0", "共享给以下用户"),
        (FOLLOW_UP, "@cateid", "孙三；钱二", "72,64", "客服/孙三、销售/钱二"),
        (FOLLOW_UP, "plantype", "待完成日程", "1", "待完成日程"),
        (FOLLOW_UP, "intro", "来电，要报价", "来电，要报价", ""),
        (FOLLOW_UP, "height", "1", "1", ""),
    ],
)
def test_what_is_typed_becomes_a_code(operation: str, field: str, typed: str, code: str, label: str) -> None:
    assert following.coded(operation, field, typed, following.options(USERS)) == (code, label)


@pytest.mark.parametrize(
    ("operation", "values", "codes"),
    [
        (ASSIGN, {"member1": "0", "member2": "63"}, []),
        (ASSIGN, {"member1": "0", "member2": "赵一"}, ["payload.not_an_option"]),
        (ASSIGN, {"member2": "63"}, ["payload.required"]),
        (FOLLOW_UP, {"intro": "x", "sort": "481", "plantype": "0"}, []),
        (FOLLOW_UP, {"intro": "x", "sort": "9", "plantype": "0"}, ["payload.not_an_option"]),
        (FOLLOW_UP, {"intro": "价" * 1001, "sort": "481", "plantype": "0"}, ["payload.too_long"]),
        (FOLLOW_UP, {"intro": "😀" * 501, "sort": "481", "plantype": "0"}, ["payload.too_long"]),
        (FOLLOW_UP, {"intro": "x", "sort": "481", "plantype": "2"}, ["payload.required"] * 4),
        ("person.save", {"company": "7", "person_name": "王工", "qq": "1" * 21}, ["payload.too_long"]),
        ("customer.protect", {"ord": "1"}, ["payload.unknown_field"]),
    ],
)
def test_what_the_erp_would_refuse_is_found(operation: str, values: dict[str, str], codes: list[str]) -> None:
    known = {**USERS, "follow_up": {"电话": "481"}}
    found = following.check(operation, "unit", values, following.checks_of(operation, known))
    assert [one.code for one in found] == codes


def test_origins_tell_where_a_value_came_from_and_what_it_is_called() -> None:
    (one,) = following.origins({"sort": "481"}, {"sort": "interactions.i1.method"}, {"sort": "电话"})
    assert (one["target"], one["value"], one["label"], one["source"]) == (
        "sort", "481", "电话", "interactions.i1.method",
    )  # fmt: skip
