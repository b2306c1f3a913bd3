"""The form table and the factory content against a second transcription of fact sheet 4.1, 4.2, 4.5, 4.7 and 5."""

import pytest

from zbsync.sandbox import factory
from zbsync.sandbox.fields import (
    CONTACT,
    CUSTOMER,
    CUSTOMER_COLUMNS,
    INDIVIDUAL,
    PERSON,
    PERSON_COLUMNS,
    UNIT,
    Field,
    customer_form,
)
from zbsync.sandbox.store import Store

TEXTS = {
    "name": 100,
    "pym": 100,
    "khid": 50,
    "sort1": 50,
    "credit": 50,
    "url": 100,
    "bz": 50,
    "address": 200,
    "lng": 50,
    "lat": 50,
    "zip": 10,
    "faren": 50,
    "person_name": 50,
    "@personpym": 50,
    "sex": 50,
    "part1": 50,
    "job": 50,
    "phone": 50,
    "fax": 50,
    "mobile": 50,
    "phone2": 50,
    "email": 50,
    "qq": 20,
    "weixinAcc": 50,
    "XiQueIntro": 50,
    "msn": 50,
    "jg": 50,
    "product": 4000,
    "c2": 4000,
    "c3": 4000,
    "c4": 4000,
    "intro": 4000,
}
WHOLE = {"ly", "jf2", "area", "trade", "jz", "pernum1", "pernum2", "age", "fkdays", "fkdate"}
DECIMAL = {"hk_xz", "zijin"}
ONLY_UNIT = {"person_name", "@personpym", "zijin", "pernum1", "pernum2", "fkdays", "fkdate"}
ONLY_UNIT |= {f"{prefix}_{n}" for prefix in ("bank", "bank2") for n in range(1, 8)}

PERSON_TEXTS = {
    "person_name": 50,
    "pym": 50,
    "sex": 50,
    "part1": 50,
    "job": 50,
    "phone": 50,
    "fax": 50,
    "mobile": 50,
    "mobile2": 50,
    "phone2": 50,
    "email": 50,
    "qq": 20,
    "weixinAcc": 50,
    "XiQueIntro": 50,
    "msn": 50,
    "jg": 50,
    "zip": 10,
    "joy": 3000,
    "intro": 5000,
}


def by_id(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.id: field for field in fields}


@pytest.mark.parametrize(("name", "longest"), TEXTS.items())
def test_a_text_of_the_unit_form_has_its_length(name: str, longest: int) -> None:
    field = by_id(customer_form(UNIT))[name]
    assert (field.maxl, field.dbtype) == (longest, "string")


@pytest.mark.parametrize(("name", "longest"), PERSON_TEXTS.items())
def test_a_text_of_the_person_form_has_its_length(name: str, longest: int) -> None:
    assert by_id(PERSON)[name].maxl == longest


def test_numbers_are_typed_as_the_help_has_them() -> None:
    form = customer_form(UNIT)
    assert {field.id for field in form if field.dbtype == "int"} == WHOLE
    assert {field.id for field in form if field.dbtype == "number"} == DECIMAL
    assert {field.id for field in form if field.dbtype == "date"} == {"date1", "year1"}


def test_an_individual_lacks_what_only_a_unit_has() -> None:
    unit, individual = by_id(customer_form(UNIT)), by_id(customer_form(INDIVIDUAL))
    assert set(unit) - set(individual) == ONLY_UNIT
    assert set(individual) <= set(unit)
    assert (unit["faren"].caption, individual["faren"].caption) == ("法人代表", "所在单位")


@pytest.mark.parametrize(
    ("intsort", "required"), [(UNIT, {"name", "sort1", "person_name"}), (INDIVIDUAL, {"name", "sort1"})]
)
def test_only_the_starred_fields_are_required(intsort: int, required: set[str]) -> None:
    assert {field.id for field in customer_form(intsort) if field.required} == required


def test_a_person_requires_its_customer_and_a_name() -> None:
    assert {field.id for field in PERSON if field.required} == {"company", "person_name"}


def test_no_form_has_a_field_twice_and_nothing_invented_by_the_seeds() -> None:
    invented = {"telname", "source", "keyword", "charge", "linkman", "k_code", "custid"}
    for form in (customer_form(UNIT), customer_form(INDIVIDUAL), PERSON):
        ids = [field.id for field in form]
        assert len(set(ids)) == len(ids)
        assert not invented & set(ids)


def test_every_field_has_a_column_in_its_table() -> None:
    assert {field.kept_as for field in CUSTOMER} == set(CUSTOMER_COLUMNS)
    assert {field.kept_as for field in CONTACT} <= set(PERSON_COLUMNS)
    columns = {row["name"] for row in Store().rows("PRAGMA table_info(customer)")}
    assert set(CUSTOMER_COLUMNS) | {"ord", "del", "intsort", "cateid", "cat", "stage"} <= columns


@pytest.mark.parametrize(
    ("field", "entries"),
    [
        ("ly", {"171": "网站注册", "172": "朋友介绍", "173": "陌生开发", "174": "广告宣传", "977": "VIP"}),
        ("jz", {"175": "很高", "289": "较高", "176": "一般", "177": "较低", "290": "很低"}),
        ("trade", {"137": "银行", "138": "证券", "139": "印刷"}),
        ("reply_sort", {"481": "电话", "482": "邮件", "483": "上门", "484": "其他"}),
        ("bz", {"14": "人民币"}),
    ],
)
def test_the_factory_has_the_known_codes(field: str, entries: dict[str, str]) -> None:
    options = Store().options(factory.ENUMS[field])
    assert entries.items() <= {value: name for name, value in options}.items()


@pytest.mark.parametrize(("field", "enum"), [("trade", 11), ("ly", 13), ("jz", 14), ("reply_sort", 98)])
def test_dictionaries_have_the_vendors_numbers(field: str, enum: int) -> None:
    assert factory.ENUMS[field] == enum


@pytest.mark.parametrize("kind", sorted(factory.TREES))
def test_every_node_of_a_tree_hangs_below_one_that_exists(kind: str) -> None:
    ids = {0} | {node[0] for node in factory.TREES[kind]}
    assert all(parent in ids for _, parent, _ in factory.TREES[kind])
    assert len(ids) == len(factory.TREES[kind]) + 1


def test_the_stage_every_plan_speaks_of_is_3_7() -> None:
    names = {(row["parent"], row["id"]): row["name"] for row in Store().tree("sort")}
    assert (names[0, 3], names[3, 7]) == ("意向客户", "初步接触")


def test_a_subtree_holds_its_root_and_everything_below() -> None:
    assert sorted(Store().subtree("area", [20])) == [20, 21, 22, 23, 221, 222, 231, 232]
    assert Store().subtree("area", [221, 4711]) == [221, 4711]
