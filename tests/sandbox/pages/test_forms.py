"""Forms as the ERP shows them and what it refuses them for, without HTTP: text beside raw value, limits, sources."""

from typing import Any

import pytest

from tests.sandbox.caller import LIST, REFRESH
from tests.sandbox.engine import Desk, document
from zbsync.sandbox.documents import Refused, ScriptError
from zbsync.sandbox.fields import FOLLOW_UP, INDIVIDUAL, PERSON, UNIT, Field, customer_form
from zbsync.sandbox.legacy import bills, checks
from zbsync.sandbox.legacy.bills import Form
from zbsync.sandbox.store import Store

BY_ID = {field.id: field for field in customer_form(UNIT)}


@pytest.fixture
def store() -> Store:
    return Store()


def shown(store: Store, name: str, value: str, *, edit: bool = True) -> dict[str, Any]:
    return Form(store, edit=edit).field(BY_ID[name], value)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("name", "示例公司", "示例公司"),
        ("ly", "171", "网站注册"),
        ("ly", "999999", ""),
        ("ly", "", ""),
        ("bz", "14", "人民币"),
        ("jf2", "0", "不积分"),
        ("sort1", "3,7", "意向客户,初步接触"),
        ("sort1", "3,999", "意向客户,"),
        ("area", "321", "成都"),
        ("area", "999", ""),
        ("zijin", "1234.5", "1,234.50"),
        ("zijin", "1234567", "1,234,567.00"),
        ("zijin", "-12", "-12.00"),
        ("zijin", "", ""),
        ("pernum1", "1234", "1234"),
        ("intro", "一\n二", "一\n二"),
    ],
)
def test_a_value_is_shown_in_words(store: Store, name: str, value: str, text: str) -> None:
    entry = shown(store, name, value)
    assert (entry["text"], entry["value"]) == (text, value)
    reading = shown(store, name, value, edit=False)
    assert (reading["text"], reading["value"], reading["source"], reading["edit"]) == (text, "", None, "0")


@pytest.mark.parametrize(
    ("entities", "text"), [(False, '甲&乙<丙>\n"丁"\''), (True, "甲&#38;乙&#60;丙&#62;<br>&#34;丁&#34;&#39;")]
)
def test_text_may_come_as_html_and_the_value_never_does(store: Store, entities: bool, text: str) -> None:
    store.set_policy(entities=entities)
    entry = shown(store, "intro", '甲&乙<丙>\n"丁"\'')
    assert (entry["text"], entry["value"]) == (text, '甲&乙<丙>\n"丁"\'')


@pytest.mark.parametrize(
    ("name", "kind", "first"),
    [
        ("ly", "options", {"n": "网站注册", "v": "171"}),
        ("jz", "options", {"n": "很高", "v": "175"}),
        ("sort1", "trees", {"text": "意向客户", "value": "3"}),
        ("area", "trees", {"text": "华北", "value": "10"}),
    ],
)
def test_a_choice_brings_what_may_be_chosen(store: Store, name: str, kind: str, first: dict[str, str]) -> None:
    source = shown(store, name, "")["source"]
    entries = source["options"] if kind == "options" else source["trees"]["nodes"]
    assert source["type"] == kind
    assert {key: entries[0][key] for key in first} == first


def test_a_text_brings_no_choices(store: Store) -> None:
    assert {shown(store, name, "")["source"] for name in ("name", "khid", "zijin", "intro")} == {None}


@pytest.mark.parametrize(
    ("policy", "required"),
    [([], {"name", "sort1", "person_name"}), (["ly", "area"], {"name", "sort1", "person_name", "ly", "area"})],
)
def test_the_form_marks_what_must_be_filled_in(store: Store, policy: list[str], required: set[str]) -> None:
    store.set_policy(required=policy)
    groups = Form(store, edit=True).groups(customer_form(UNIT), {})
    marked = {field["id"] for group in groups for field in group["fields"] if field["notnull"] == "1"}
    assert marked == required


@pytest.mark.parametrize(
    ("form", "groups"),
    [
        (customer_form(UNIT), ["base", "person", "bank", "custom", "text"]),
        (customer_form(INDIVIDUAL), ["base", "person", "custom", "text"]),
        (PERSON, ["base"]),
        (FOLLOW_UP, ["base", "done", "todo"]),
    ],
)
def test_a_form_shows_only_groups_that_hold_something(store: Store, form: tuple[Field, ...], groups: list[str]) -> None:
    made = Form(store, edit=True).groups(form, {})
    assert [group["id"] for group in made] == groups
    assert [group["caption"] for group in made] == [bills.GROUPS[name] for name in groups]
    assert sum(len(group["fields"]) for group in made) == len(form)


@pytest.mark.parametrize(
    ("uid", "text", "value"),
    [(63, "周敏", "1|2|63"), (71, "孙悦", "4|71"), (999, "", ""), (None, "", "")],
)
def test_the_owner_is_named_with_the_way_down_to_him(store: Store, uid: int | None, text: str, value: str) -> None:
    owner = Form(store, edit=True).owner(uid)
    assert (owner["text"], owner["value"]) == (text, value)
    assert (owner["post"], owner["onlyread"], owner["edit"]) == ("0", "1", "0")


def test_trees_nest_and_every_node_occurs_once(store: Store) -> None:
    def walk(nodes: list[dict[str, Any]]) -> list[str]:
        return [code for node in nodes for code in (node["value"], *walk(node["nodes"]))]

    for kind in ("sort", "area"):
        codes = walk(bills.nodes(store, kind))
        assert sorted(codes) == sorted(str(row["id"]) for row in store.tree(kind))
    users = walk(bills.gate_nodes(store))
    assert sorted(code for code in users if code != "0") == ["63", "64", "65", "71"]
    assert users.count("0") == 4, "a department cannot be picked"


@pytest.mark.parametrize(("written", "number"), [("7", 7), (" 7 ", 7), ("-3", -3), ("2147483647", 2**31 - 1)])
def test_a_whole_number_is_read(written: str, number: int) -> None:
    assert checks.whole(written, "x") == number


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "类型不匹配: 'x'"),
        ("七", "类型不匹配"),
        ("1.5", "类型不匹配"),
        ("1,207", "类型不匹配"),
        ("2147483648", "溢出: 'x'"),
    ],
)
def test_another_number_breaks_the_page(written: str, says: str) -> None:
    with pytest.raises(ScriptError, match=says):
        checks.whole(written, "x")


GOOD = {"name": "示例公司", "sort1": "3,7", "person_name": "王工"}


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"name": ""}, Refused, "客户名称不能为空！"),
        ({"name": "   "}, Refused, "客户名称不能为空！"),
        ({"sort1": ""}, Refused, "客户分类不能为空！"),
        ({"person_name": ""}, Refused, "联系人姓名不能为空！"),
        ({"name": "甲" * 101}, Refused, "客户名称不能超过100个字！"),
        ({"khid": "甲" * 51}, Refused, "客户编号不能超过50个字！"),
        ({"qq": "1" * 21}, Refused, "QQ不能超过20个字！"),
        ({"ly": "网站"}, ScriptError, "类型不匹配: 'ly'"),
        ({"ly": "1.5"}, ScriptError, "类型不匹配: 'ly'"),
        ({"zijin": "1,234"}, ScriptError, "类型不匹配: 'zijin'"),
    ],
)
def test_a_form_is_refused_by_its_first_fault(
    store: Store, change: dict[str, str], error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        checks.form(store, customer_form(UNIT), GOOD | change)
    assert str(caught.value) == says


@pytest.mark.parametrize("change", [{}, {"name": "甲" * 100}, {"zijin": "-1.5e3"}, {"ly": " 171 "}, {"intro": "'" * 9}])
def test_a_good_form_passes(store: Store, change: dict[str, str]) -> None:
    checks.form(store, customer_form(UNIT), GOOD | change)
    checks.stage(store, GOOD)


@pytest.mark.parametrize(
    ("sort1", "error", "says"),
    [
        ("3", ScriptError, "下标越界"),
        ("意向客户", ScriptError, "下标越界"),
        ("意向客户,初步接触", ScriptError, "类型不匹配: 'sort'"),
        ("3,", ScriptError, "类型不匹配: 'sort1'"),
        ("3,12", Refused, "客户分类不存在"),
        ("4,7", Refused, "客户分类不存在"),
        ("99,7", Refused, "客户分类不存在"),
    ],
)
def test_a_stage_must_stand_below_its_category(store: Store, sort1: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        checks.stage(store, GOOD | {"sort1": sort1})


def test_a_stage_may_ask_for_more_and_names_what_is_missing(store: Store) -> None:
    store.set_policy(stage_required={"9": ["ly", "address"]})
    checks.stage(store, GOOD)
    checks.stage(store, GOOD | {"sort1": "3,9", "ly": "171", "address": "人民路1号"})
    with pytest.raises(Refused, match=f"^{checks.NEEDED}address$"):
        checks.stage(store, GOOD | {"sort1": "3,9", "ly": "171", "address": " "})


@pytest.mark.parametrize(
    ("policy", "field", "refused"),
    [
        ({"duplicates": {"khid": "block"}}, "khid", True),
        ({"duplicates": {"khid": "enter"}}, "khid", True),
        ({"duplicates": {"khid": "point"}}, "khid", False),
        ({"duplicates": {"khid": "point"}, "warnings_block": True}, "khid", True),
        ({"duplicates": {"phone": "enter"}}, "phone", True),
        ({"duplicates": {"zip": "enter"}}, "zip", True),
        ({"duplicates": {"khid": "warn"}}, "khid", False),
        ({"duplicates": {"khid": "warn"}, "warnings_block": True}, "khid", True),
        ({"duplicates": {"khid": "off"}, "warnings_block": True}, "khid", False),
        ({"duplicates": {}}, "khid", False),
        ({"duplicates": {"weixinAcc": "block"}}, "weixinAcc", True),
        ({"duplicates": {"name": "block"}}, "khid", False),
    ],
)
def test_a_value_may_stand_only_once_where_the_rule_says_so(
    store: Store, policy: dict[str, Any], field: str, refused: bool
) -> None:
    store.set_policy(**policy)
    [ord_] = store.add_customers([{"name": "甲", field: "X1"}])
    form = customer_form(UNIT)
    checks.duplicates(store, form, {field: "X1"}, ord_)
    checks.duplicates(store, form, {field: "X2"}, 0)
    if not refused:
        checks.duplicates(store, form, {field: "X1"}, 0)
        return
    with pytest.raises(Refused, match=f"相同{BY_ID[field].caption}已存在！"):
        checks.duplicates(store, form, {field: "X1"}, 0)


def test_a_page_can_be_switched_off_without_a_word_of_the_usual_shape() -> None:
    desk = Desk()
    desk.store.set_policy(closed=["salesmanage/custom/list"])
    assert document(desk.post(LIST, REFRESH)) == {"success": False, "msg": "该功能未开启，请联系管理员！"}
    assert desk.effects() == ["refused"]
    assert desk.allocate() == 1201, "other pages go on"
