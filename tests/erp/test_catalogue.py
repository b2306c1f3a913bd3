"""The ERP as data: fields, filters, operations and vocabularies agree with each other and with the fact sheet."""

import pytest

from tests.erp.support import PERSON_FIELDS, UNIT_FIELDS
from zbsync.core.payload import check
from zbsync.erp.catalogue import (
    ACTS,
    CUSTOMER_FILTERS,
    ENUMS,
    FIELDS,
    OPERATIONS,
    PERSON_FILTERS,
    SPELLED,
    UNIT_ONLY,
    VOCABULARIES,
    Operation,
    captions_of,
    fields_for,
    fields_named_in,
    specs_of,
)


@pytest.mark.parametrize(
    ("name", "kind", "length"),
    [
        ("name", "text", 100),
        ("pym", "text", 100),
        ("khid", "text", 50),
        ("sort1", "pair", 50),
        ("ly", "option", None),
        ("zijin", "decimal", None),
        ("pernum1", "int", None),
        ("year1", "date", None),
        ("url", "text", 100),
        ("address", "text", 200),
        ("zip", "text", 10),
        ("qq", "text", 20),
        ("weixinAcc", "text", 50),
        ("intro", "text", 4000),
        ("bank2_7", "text", 50),
    ],
)
def test_a_field_has_the_type_and_length_of_the_sheet(name: str, kind: str, length: int | None) -> None:
    assert (FIELDS[name].type, FIELDS[name].max_length) == (kind, length)


def test_every_field_has_a_chinese_caption_but_the_latin_names() -> None:
    latin = {spec.name for spec in FIELDS.values() if spec.caption.isascii()}
    assert latin == {"qq", "msn"}


def test_the_id_is_no_field() -> None:
    assert "ord" not in FIELDS


def test_a_firm_needs_a_contact_person_and_an_individual_does_not() -> None:
    needed = {
        kind: {name for name, spec in fields_for(kind).items() if spec.required_for(kind)}
        for kind in ("unit", "individual")
    }
    assert needed == {"unit": {"name", "sort1", "person_name"}, "individual": {"name", "sort1"}}


@pytest.mark.parametrize(
    "name", ["person_name", "@personpym", "zijin", "pernum1", "pernum2", "bank_1", "bank2_7", "fkdays", "fkdate"]
)
def test_an_individual_has_no_such_field(name: str) -> None:
    assert name in fields_for("unit")
    assert name not in fields_for("individual")
    assert name in UNIT_ONLY


def test_one_field_means_something_else_for_an_individual() -> None:
    assert fields_for("unit")["faren"].caption == "法人代表"
    assert fields_for("individual")["faren"].caption == "所在单位"


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'firm' is not one of unit, individual"):
        fields_for("firm")


@pytest.mark.parametrize(("kind", "values"), [("unit", UNIT_FIELDS), ("individual", PERSON_FIELDS)])
def test_a_good_payload_passes_the_payload_check(kind: str, values: dict[str, str]) -> None:
    options = {"ly": {"网站注册": "171", "微信咨询": "978"}, "stage": {"意向客户/初步接触": "3,7"}}
    assert check(kind, values, FIELDS, options) == []


@pytest.mark.parametrize("name", ["mobile", "weixinAcc", "person_name", "ord"])
def test_the_customer_list_does_not_filter_by_it(name: str) -> None:
    assert name not in CUSTOMER_FILTERS


@pytest.mark.parametrize("name", ["telord", "khid", "phone", "name", "searchKey", "date1_0"])
def test_the_customer_list_filters_by_it(name: str) -> None:
    assert name in CUSTOMER_FILTERS


def test_persons_are_found_by_mobile_but_not_by_wechat_id() -> None:
    assert "mobile" in PERSON_FILTERS
    assert "weixinAcc" not in PERSON_FILTERS


EVERY = [pytest.param(one, id=one.name) for one in OPERATIONS.values()]


@pytest.mark.parametrize("operation", EVERY)
def test_an_operation_tells_what_a_reader_wants_to_know(operation: Operation) -> None:
    assert not operation.caption.isascii()
    assert operation.answer in ("header", "bill", "message", "table", "options", "trees", "v3")
    assert operation.family in ("session", "customer", "person", "act", "lookup", "dictionary")
    assert operation.mark in ("R", "V", "S", "G")
    assert operation.paths.keys() <= {"legacy", "ov1", "v3"}
    assert all(path.startswith("/") for path in operation.paths.values())


@pytest.mark.parametrize("operation", EVERY)
def test_a_field_of_an_operation_is_told_whole(operation: Operation) -> None:
    for one in operation.fields:
        assert one.caption, one.name
        assert one.wire_type in ("string", "int", "decimal", "datetime")
        assert one.direction in ("request", "answer")
        assert not one.vocabulary or one.vocabulary in VOCABULARIES, one.name
        assert not one.enum or one.enum in ENUMS, one.name
        assert one.type != "option" or one.vocabulary or one.enum, f"{one.name} has nothing to choose from"


@pytest.mark.parametrize("operation", EVERY)
def test_a_field_stands_once_in_each_direction(operation: Operation) -> None:
    names = [(one.name, one.direction) for one in operation.fields]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", EVERY)
def test_a_block_that_belongs_to_a_choice_names_a_choice_there_is(operation: Operation) -> None:
    for one in operation.asked.values():
        if one.when:
            name, _, code = one.when.partition("=")
            assert code in ENUMS[operation.asked[name].enum].values()


def test_the_twin_has_the_same_tail_without_its_ending() -> None:
    pairs = [(one.paths["legacy"], one.paths["ov1"]) for one in OPERATIONS.values() if len(one.paths) == 2]
    assert len(pairs) > 20
    for older, newer in pairs:
        assert older.replace("/sysa/mobilephone/", "/webapi/v3/ov1/").replace(".asp", "") == newer


def test_every_act_is_a_write_that_a_message_answers() -> None:
    assert {name for name in ACTS if not OPERATIONS[name].write} == set()
    assert len(ACTS) == 11
    assert {"save_unit", "save_individual", "logout"}.isdisjoint(ACTS)


def test_a_list_does_not_filter_by_its_pages() -> None:
    for one in OPERATIONS.values():
        if one.answer == "table":
            assert one.filters.isdisjoint({"pagesize", "pageindex"}), one.name
            assert {"pagesize", "pageindex"} <= one.asked.keys(), one.name


@pytest.mark.parametrize("name", ["person_name", "mobile", "intro", "searchKey"])
def test_a_filter_that_finds_more_than_it_is_asked_for_says_so(name: str) -> None:
    assert OPERATIONS["list_persons"].asked[name].fuzzy
    assert not OPERATIONS["list_persons"].asked["company"].fuzzy


def test_the_flat_customer_spells_most_fields_alike() -> None:
    assert SPELLED["weixinAcc"] == "weixinAcc"
    assert SPELLED["date1"] == "Date1"
    assert set(SPELLED) <= FIELDS.keys()
    assert {"sort1", "pym", "bz", "age"}.isdisjoint(SPELLED), "one means something else there, the others are not there"


def test_a_payload_check_reads_an_act_from_the_same_table() -> None:
    specs = specs_of("follow_up_customer")
    assert "ord" not in specs
    assert (specs["intro"].max_length, specs["intro"].required_unit) == (1000, True)
    assert not specs["@title2"].required_unit, "only when something was done"
    options = {**ENUMS, "follow_up": {"其他": "484"}}
    values = {"intro": "好" * 1001, "sort": "485", "plantype": "3", "lead": "x"}
    found = check("unit", values, specs, options)
    assert {(one.code, one.field) for one in found} == {
        ("payload.too_long", "intro"),
        ("payload.not_an_option", "sort"),
        ("payload.not_an_option", "plantype"),
        ("payload.not_a_number", "lead"),
    }
    assert check("unit", {"intro": "好", "sort": "484", "plantype": "0"}, specs, options) == []


def test_captions_are_known_of_kinds_and_operations() -> None:
    assert captions_of("individual")["faren"] == "所在单位"
    assert captions_of("assign")["member2"] == "指派用户"
    assert captions_of("nothing") == {}


@pytest.mark.parametrize(
    ("operation", "sentence", "fields"),
    [
        ("assign", "指派用户不能为空！", ("member2",)),
        ("save_person", "爱好特长不能超过3000个字！", ("joy",)),
        ("save_person", "手机2格式不正确", ("mobile2",)),
        ("follow_up_customer", "跟进方式必填", ("sort",)),
        ("review", "审核意见过长", ("intro",)),
        ("save_unit", "客户名称不能为空！", ("name",)),
    ],
)
def test_a_sentence_about_an_act_names_the_fields_of_that_act(
    operation: str, sentence: str, fields: tuple[str, ...]
) -> None:
    assert fields_named_in(sentence, operation) == fields


def test_options_of_fields_come_from_vocabularies_we_can_read() -> None:
    named = {spec.vocabulary for spec in FIELDS.values() if spec.vocabulary}
    assert named <= VOCABULARIES.keys()
    assert {vocabulary.operation for vocabulary in VOCABULARIES.values()} <= OPERATIONS.keys()


@pytest.mark.parametrize(("name", "number"), [("ly", 13), ("trade", 11), ("jz", 14), ("follow_up", 98)])
def test_a_dictionary_has_its_number(name: str, number: int) -> None:
    assert VOCABULARIES[name].enumid == number
    assert not VOCABULARIES[name].tree


def test_what_only_reads_is_no_write() -> None:
    reads = {name for name, operation in OPERATIONS.items() if not operation.write}
    assert reads == {
        *("login", "logout", "options", "tree_area", "tree_stage", "tree_users"),
        *("read_customer", "read_person", "read_contract"),
        *("list_customers", "list_persons", "pick_persons", "list_follow_ups", "list_contracts", "list_products"),
        *("list_contact_book", "list_users", "inventory_summary"),
    }


def test_no_address_asks_for_help_mode() -> None:
    """`apihelp` runs a page inside a transaction that is rolled back."""
    assert not [op.name for op in OPERATIONS.values() if "apihelp" in str(op.paths)]


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        ("相同客户编号已存在！", ("khid",)),
        ("客户名称不能为空！", ("name",)),
        ("客户名称、手机不能为空", ("name", "mobile")),
        ("手 机 格式不正确", ("mobile",)),
        ("联系人姓名不能超过50个字！", ("person_name",)),
        ("联系人拼音码过长", ("@personpym",)),
        ("办公电话重复", ("phone",)),
        ("客户来源 ： 无效", ("ly",)),
        ("所在单位不能为空", ("faren",)),
        ("法人代表不能为空", ("faren",)),
        ("客户分类不存在，请重新选择！", ("sort1",)),
        ("保存失败", ()),
        ("", ()),
    ],
)
def test_a_sentence_names_its_fields_by_caption(sentence: str, fields: tuple[str, ...]) -> None:
    assert fields_named_in(sentence) == fields
